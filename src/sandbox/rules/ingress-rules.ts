/** Rules of Ingresses. */

import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, required, unsupported, type Cause } from '../api/failure.ts';
import { isPort, portRange, whyNotName } from './names.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- raw JSON as a client sent it
type Raw = any;

const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

export function ingressFaults(ingress: KubeObject): Cause[] {
  const spec: Raw = ingress.spec ?? {};
  const faults: Cause[] = [];
  if (!spec.rules?.length && !spec.defaultBackend)
    faults.push(badValue('spec', spec.rules, 'either `defaultBackend` or `rules` must be specified'));
  if (spec.defaultBackend) faults.push(...backendFaults(spec.defaultBackend, 'spec.defaultBackend'));
  (spec.rules ?? []).forEach((rule: Raw, index: number) => {
    const at = `spec.rules[${index}]`;
    faults.push(...hostFaults(rule.host, `${at}.host`));
    if (!rule.http) return;
    if (!rule.http.paths?.length) faults.push(required(`${at}.http.paths`));
    (rule.http.paths ?? []).forEach((path: Raw, place: number) => faults.push(...pathFaults(path, `${at}.http.paths[${place}]`)));
  });
  (spec.tls ?? []).forEach((tls: Raw, index: number) =>
    (tls.hosts ?? []).forEach((host: string, place: number) => faults.push(...hostFaults(host, `spec.tls[${index}].hosts[${place}]`))),
  );
  const why = spec.ingressClassName === undefined ? undefined : whyNotName(spec.ingressClassName, 'dns1123-subdomain');
  if (why) faults.push(badValue('spec.ingressClassName', spec.ingressClassName, why));
  return faults;
}

function hostFaults(host: string | undefined, field: string): Cause[] {
  if (!host) return [];
  if (/^\d+(\.\d+){3}$/.test(host)) return [badValue(field, host, 'must be a DNS name, not an IP address')];
  const why = whyNotName(host.startsWith('*.') ? host.slice(2) : host, 'dns1123-subdomain');
  return why ? [badValue(field, host, why)] : [];
}

function pathFaults(path: Raw, field: string): Cause[] {
  const faults: Cause[] = [];
  if (!path.pathType) faults.push(required(`${field}.pathType`, 'pathType must be specified'));
  else if (!pathTypes.includes(path.pathType)) faults.push(unsupported(`${field}.pathType`, path.pathType, pathTypes));
  else if (path.pathType !== 'ImplementationSpecific' && !path.path?.startsWith('/')) {
    faults.push(badValue(`${field}.path`, path.path ?? '', 'must be an absolute path'));
  }
  return [...faults, ...backendFaults(path.backend ?? {}, `${field}.backend`)];
}

function backendFaults(backend: Raw, field: string): Cause[] {
  if (backend.resource) return [];
  if (!backend.service) return [required(field, 'cannot set both resource and service backends')];
  const { name, port } = backend.service;
  const why = name ? whyNotName(name, 'dns1035-label') : undefined;
  const faults = name ? (why ? [badValue(`${field}.service.name`, name, why)] : []) : [required(`${field}.service.name`)];
  if (!port?.name && !port?.number) faults.push(required(`${field}.service.port`, 'port name or number is required'));
  else if (port.number && !isPort(port.number)) faults.push(badValue(`${field}.service.port.number`, port.number, portRange));
  return faults;
}
