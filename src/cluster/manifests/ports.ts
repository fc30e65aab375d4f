/** From the ports that containers declare to the ports that Services offer and the one that is routed. */

import { healthCheckPort } from '../../descriptors/index.ts';
import type { Container, DescriptorSpec } from '../../descriptors/index.ts';

export interface ServicePort {
  name?: string;
  port: number;
  protocol: string;
  targetPort: number | string;
}

interface DeclaredPort {
  /** The name in the pod. */
  name?: string;
  port: number;
  protocol: string;
}

/** Containers that run along with the pod: the ordinary ones, then init containers that are restarted always (sidecars). */
const running = ({ podspec }: Pick<DescriptorSpec, 'podspec'>): Container[] => [
  ...podspec.containers,
  ...(podspec.initContainers ?? []).filter(container => container['restartPolicy'] === 'Always'),
];

/** Every port of every running container, once per number and protocol; the first declaration counts. */
export function declaredPorts(descriptor: Pick<DescriptorSpec, 'podspec'>): DeclaredPort[] {
  const found = new Map<string, DeclaredPort>();
  for (const { name, containerPort, protocol = 'TCP' } of running(descriptor).flatMap(container => container.ports ?? [])) {
    const key = `${containerPort}/${protocol}`;
    if (!found.has(key)) found.set(key, { ...(name ? { name } : {}), port: containerPort, protocol });
  }
  return [...found.values()];
}

/**
 * The ports of a Service for these pods. A Service with several ports needs unique names: kept where they are, made up (`tcp-8080`) where they are missing
 * or taken. `target` says what stands in `targetPort`: the number, or the pod's own name of the port where it has one that names no other.
 */
export function servicePorts(descriptor: Pick<DescriptorSpec, 'podspec'>, target: 'number' | 'name'): ServicePort[] {
  const declared = declaredPorts(descriptor);
  const taken = new Set<string>();
  const unique = (port: DeclaredPort): string => {
    const plain = `${port.protocol.toLowerCase()}-${port.port}`;
    const wished = [port.name ?? plain, plain].find(
      name => !taken.has(name) && (name === port.name || !declared.some(other => other.name === name)),
    );
    let name = wished ?? plain;
    for (let n = 2; wished === undefined && (taken.has(name) || declared.some(other => other.name === name)); n++) name = `${plain}-${n}`;
    taken.add(name);
    return name;
  };
  return declared.map(port => {
    const name = declared.length > 1 ? unique(port) : port.name;
    const telling = port.name !== undefined && declared.filter(other => other.name === port.name).length === 1;
    return {
      ...(name === undefined ? {} : { name }),
      port: port.port,
      protocol: port.protocol,
      targetPort: target === 'name' && telling && port.name !== undefined ? port.name : port.port,
    };
  });
}

/**
 * The port that the proxy sends requests to: the one named `http`, else the first TCP port that is neither named `healthcheck` nor the health check's. When those
 * are all there is, the health port serves both. Undefined without a TCP port.
 */
export function routedPort(descriptor: DescriptorSpec): number | undefined {
  const ports = declaredPorts(descriptor).filter(port => port.protocol === 'TCP');
  const health = descriptor.useHealthCheck ? healthCheckPort(descriptor) : undefined;
  const chosen =
    ports.find(port => port.name === 'http') ??
    ports.find(port => port.name !== 'healthcheck' && port.port !== health) ??
    ports.find(port => port.name !== 'healthcheck') ??
    ports[0];
  return chosen?.port;
}
