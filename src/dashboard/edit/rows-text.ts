/** Lists of small things as text that people can type: ports, and variables. Pure. */

export interface Port {
  containerPort: number;
  name?: string;
  protocol?: string;
  [field: string]: unknown;
}

/** `http:8080, 9999` */
export const portsText = (ports: readonly Port[] | undefined): string =>
  (ports ?? [])
    .map(
      ({ name, containerPort, protocol }) =>
        `${name ? `${name}:` : ''}${containerPort}${protocol && protocol !== 'TCP' ? `/${protocol}` : ''}`,
    )
    .join(', ');

/** What the text cannot say of a port (its host port, say) stays with the port of the same number. */
export function portsOf(text: string, before: readonly Port[] = []): Port[] | undefined {
  const ports = text
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => {
      const [, name, number = '', protocol] = /^(?:([^:/]*):)?([^/]*)(?:\/(.*))?$/.exec(part) ?? [];
      // What is no number goes to the server as it is: it says best what is wrong with it.
      const containerPort = /^\d+$/.test(number.trim()) ? Number(number) : (number.trim() as unknown as number);
      const { name: _name, protocol: _protocol, ...rest } = before.find(port => port.containerPort === containerPort) ?? {};
      return { ...rest, ...(name ? { name: name.trim() } : {}), containerPort, ...(protocol ? { protocol: protocol.toUpperCase() } : {}) };
    });
  return ports.length === 0 ? undefined : ports;
}

/** Rows of an editor as a map; rows without a name are not there yet. */
export const mapOf = (rows: readonly (readonly [string, string])[]): Record<string, string> | undefined => {
  const named = rows.filter(([name]) => name !== '');
  return named.length === 0 ? undefined : Object.fromEntries(named);
};
