/** Defaults and rules of pods and pod templates. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, duplicate, forbiddenField, missingReference, required, unsupported, type Cause } from '../api/failure.ts';
import { isPort, portRange, whyNotName, whyNotPortName } from './names.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- raw JSON as a client sent it
type Raw = any;

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const restartPolicies = ['Always', 'OnFailure', 'Never'];

/** Fills in what the API server fills into `spec` of a pod or of a template. */
export function podSpecDefaults(spec: Raw): void {
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) containerDefaults(container);
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
}

function containerDefaults(container: Raw): void {
  for (const port of container.ports ?? []) port.protocol ??= 'TCP';
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  const tag = /:([^/:@]+)$/.exec(String(container.image ?? ''))?.[1] ?? 'latest';
  container.imagePullPolicy ??= tag === 'latest' ? 'Always' : 'IfNotPresent';
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!probe) continue;
    if (probe.httpGet) {
      probe.httpGet.path ??= '/';
      probe.httpGet.scheme ??= 'HTTP';
    }
    probe.timeoutSeconds ??= 1;
    probe.periodSeconds ??= 10;
    probe.successThreshold ??= 1;
    probe.failureThreshold ??= 3;
  }
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ??= 'v1';
  }
}

export function podSpecFaults(spec: Raw, field: string): Cause[] {
  const faults: Cause[] = [];
  const volumes = new Set<string>((spec.volumes ?? []).map((volume: Raw) => volume.name));
  const names = new Set<string>();
  const check = (list: Raw[], at: string) =>
    list.forEach((container, index) => {
      faults.push(...containerFaults(container, `${at}[${index}]`, volumes));
      if (names.has(container.name)) faults.push(duplicate(`${at}[${index}].name`, container.name));
      names.add(container.name);
    });
  if (!spec.containers?.length) faults.push(required(`${field}.containers`));
  check(spec.initContainers ?? [], `${field}.initContainers`);
  check(spec.containers ?? [], `${field}.containers`);
  if (!restartPolicies.includes(spec.restartPolicy))
    faults.push(unsupported(`${field}.restartPolicy`, spec.restartPolicy, restartPolicies));
  if (spec.terminationGracePeriodSeconds < 0) {
    faults.push(
      badValue(`${field}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds, 'must be greater than or equal to 0'),
    );
  }
  return faults;
}

function containerFaults(container: Raw, field: string, volumes: Set<string>): Cause[] {
  const faults: Cause[] = [];
  if (!container.name) faults.push(required(`${field}.name`));
  else {
    const why = whyNotName(container.name, 'dns1123-label');
    if (why) faults.push(badValue(`${field}.name`, container.name, why));
  }
  if (!container.image) faults.push(required(`${field}.image`));
  else if (container.image !== container.image.trim())
    faults.push(badValue(`${field}.image`, container.image, 'must not have leading or trailing whitespace'));
  if (!pullPolicies.includes(container.imagePullPolicy))
    faults.push(unsupported(`${field}.imagePullPolicy`, container.imagePullPolicy, pullPolicies));
  const ports: Raw[] = container.ports ?? [];
  ports.forEach((port, index) => {
    const at = `${field}.ports[${index}]`;
    if (port.name) {
      const why = whyNotPortName(port.name);
      faults.push(...why.map(text => badValue(`${at}.name`, port.name, text)));
      if (why.length === 0 && ports.findIndex(other => other.name === port.name) < index) faults.push(duplicate(`${at}.name`, port.name));
    }
    if (!port.containerPort) faults.push(required(`${at}.containerPort`));
    else if (!isPort(port.containerPort)) faults.push(badValue(`${at}.containerPort`, port.containerPort, portRange));
    if (!['SCTP', 'TCP', 'UDP'].includes(port.protocol)) faults.push(unsupported(`${at}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']));
  });
  (container.env ?? []).forEach((variable: Raw, index: number) => {
    if (!variable.name) faults.push(required(`${field}.env[${index}].name`));
    else if (!/^[ -<>-~]+$/.test(variable.name)) {
      faults.push(
        badValue(
          `${field}.env[${index}].name`,
          variable.name,
          "a valid environment variable name must consist only of printable ASCII characters other than '='",
        ),
      );
    }
    if (variable.value && variable.valueFrom)
      faults.push(badValue(`${field}.env[${index}].valueFrom`, '', 'may not be specified when `value` is not empty'));
  });
  (container.volumeMounts ?? []).forEach((mount: Raw, index: number) => {
    if (!volumes.has(mount.name)) faults.push(missingReference(`${field}.volumeMounts[${index}].name`, mount.name));
    if (!mount.mountPath) faults.push(required(`${field}.volumeMounts[${index}].mountPath`));
  });
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    if (container[name]) faults.push(...probeFaults(container[name], `${field}.${name}`, name));
  }
  return faults;
}

function probeFaults(probe: Raw, field: string, name: string): Cause[] {
  const faults: Cause[] = [];
  const handlers = ['httpGet', 'tcpSocket', 'exec', 'grpc'].filter(handler => probe[handler]);
  if (handlers.length === 0) faults.push(required(field, 'must specify a handler type'));
  if (handlers.length > 1) faults.push(forbiddenField(`${field}.${handlers[1]}`, 'may not specify more than 1 handler type'));
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
  if (typeof port === 'number' && !isPort(port)) faults.push(badValue(`${field}.${handlers[0]}.port`, port, portRange));
  for (const count of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold']) {
    if (probe[count] < 0) faults.push(badValue(`${field}.${count}`, probe[count], 'must be greater than or equal to 0'));
  }
  if (name !== 'readinessProbe' && probe.successThreshold !== 1)
    faults.push(badValue(`${field}.successThreshold`, probe.successThreshold, 'must be 1'));
  return faults;
}

/** Of a running pod's spec little may change. */
export function podUpdateFaults(pod: KubeObject, old: KubeObject): Cause[] {
  const fixed = (object: KubeObject) => {
    const spec = structuredClone<Raw>(object.spec);
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) delete container.image;
    for (const free of ['activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds', 'nodeName']) delete spec[free];
    return spec;
  };
  if (isDeepStrictEqual(fixed(pod), fixed(old))) return [];
  return [
    forbiddenField(
      'spec',
      'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    ),
  ];
}
