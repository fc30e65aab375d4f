/** The ports of a Service are ours as a set; what the API server or others added to one of them (node port, app protocol) stays with it. */

export interface PortOfService {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  [field: string]: unknown;
}

const keyOf = (port: PortOfService): string => `${port.port}/${port.protocol ?? 'TCP'}`;

const samePort = (a: PortOfService, b: PortOfService): boolean =>
  keyOf(a) === keyOf(b) && (a.name ?? '') === (b.name ?? '') && (a.targetPort ?? a.port) === (b.targetPort ?? b.port);

export const portsDiffer = (wanted: PortOfService[], actual: PortOfService[]): boolean =>
  wanted.length !== actual.length || !wanted.every(port => actual.some(other => samePort(port, other)));

/** Wanted ports, each with the foreign fields of the actual port of the same number, else of the same name. */
export function mergePorts(wanted: PortOfService[], actual: PortOfService[]): PortOfService[] {
  const numbers = new Set(wanted.map(keyOf));
  return wanted.map(port => {
    const before =
      actual.find(other => keyOf(other) === keyOf(port)) ??
      actual.find(other => port.name !== undefined && other.name === port.name && !numbers.has(keyOf(other)));
    const { name: _name, ...foreign } = before ?? {};
    return { ...foreign, ...port };
  });
}
