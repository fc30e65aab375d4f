/** Defaults and rules of Services. */

import type { KubeObject } from '../../cluster/objects.ts';
import { badValue, duplicate, required, unsupported, type Cause } from '../api/failure.ts';
import { labelFaults } from './metadata-rules.ts';
import { isPort, portRange, whyNotName, whyNotPortName } from './names.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];

/** Fills in what the API server fills in. Addresses already given to the old object are kept when the new one names none. */
export function serviceDefaults(service: KubeObject, old: KubeObject | undefined, nextClusterIp: () => string): void {
  const spec = (service.spec ??= {});
  spec.type ??= 'ClusterIP';
  spec.sessionAffinity ??= 'None';
  for (const port of spec.ports ?? []) {
    port.protocol ??= 'TCP';
    port.targetPort ??= port.port;
  }
  service.status ??= { loadBalancer: {} };
  if (spec.type === 'ExternalName') return;
  spec.clusterIP ??= spec.clusterIPs?.[0] ?? old?.spec.clusterIP;
  if (!spec.clusterIP) spec.clusterIP = old?.spec.clusterIP ?? nextClusterIp();
  spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  spec.internalTrafficPolicy ??= 'Cluster';
}

export function serviceFaults(service: KubeObject, old: KubeObject | undefined): Cause[] {
  const { spec } = service;
  const faults: Cause[] = [...labelFaults(spec.selector, 'spec.selector')];
  const ports = (spec.ports ?? []) as KubeObject[];
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && spec.type !== 'ExternalName') faults.push(required('spec.ports'));
  faults.push(...ports.flatMap((port, index) => portFaults(port, `spec.ports[${index}]`, ports.length > 1)));
  ports.forEach((port, index) => {
    if (ports.findIndex(other => other.name === port.name) < index && port.name)
      faults.push(duplicate(`spec.ports[${index}].name`, port.name));
    else if (ports.findIndex(other => other.port === port.port && other.protocol === port.protocol) < index) {
      faults.push(duplicate(`spec.ports[${index}]`, { port: port.port, protocol: port.protocol }));
    }
  });
  if (!types.includes(spec.type)) faults.push(unsupported('spec.type', spec.type, types));
  if (!['ClientIP', 'None'].includes(spec.sessionAffinity))
    faults.push(unsupported('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']));
  if (spec.type === 'ExternalName') {
    const why = whyNotName(String(spec.externalName ?? ''), 'dns1123-subdomain');
    if (why) faults.push(badValue('spec.externalName', spec.externalName ?? '', why));
  } else if (old?.spec.clusterIP && old.spec.clusterIP !== spec.clusterIP) {
    faults.push(badValue('spec.clusterIPs[0]', spec.clusterIPs, 'may not change once set'));
  } else if (!headless && !/^\d+\.\d+\.\d+\.\d+$/.test(spec.clusterIP)) {
    faults.push(badValue('spec.clusterIPs[0]', spec.clusterIP, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'));
  }
  return faults;
}

function portFaults(port: KubeObject, field: string, several: boolean): Cause[] {
  const faults: Cause[] = [];
  if (!port.name && several) faults.push(required(`${field}.name`));
  const why = port.name ? whyNotName(port.name, 'dns1123-label') : undefined;
  if (why) faults.push(badValue(`${field}.name`, port.name, why));
  if (!isPort(port.port)) faults.push(badValue(`${field}.port`, port.port ?? 0, portRange));
  if (!protocols.includes(port.protocol)) faults.push(unsupported(`${field}.protocol`, port.protocol, protocols));
  if (typeof port.targetPort === 'string') {
    faults.push(...whyNotPortName(port.targetPort).map(text => badValue(`${field}.targetPort`, port.targetPort, text)));
  } else if (port.targetPort !== undefined && !isPort(port.targetPort) && isPort(port.port)) {
    faults.push(badValue(`${field}.targetPort`, port.targetPort, portRange));
  }
  return faults;
}
