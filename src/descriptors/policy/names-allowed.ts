/** Lists of allowed names of objects in a namespace: `NAME` everywhere, `NAMESPACE/NAME` there, `*` for all. Pure. */

import { whyNoObjectName } from '../names.ts';

/** Undefined = the list's entry can be used. */
export function whyNoEntry(entry: string): string | undefined {
  const parts = entry.split('/');
  const [namespace = '', name] = parts;
  const good = (part: string) => part === '*' || whyNoObjectName(part) === undefined;
  if (parts.length === 1 && good(namespace)) return undefined;
  if (parts.length === 2 && namespace !== '*' && good(namespace) && good(name ?? '')) return undefined;
  return 'must be names: NAME for every namespace, NAMESPACE/NAME for one, "*" in place of a name for all';
}

export function isAllowed(list: readonly string[], namespace: string, name: string): boolean {
  return ['*', name, `${namespace}/*`, `${namespace}/${name}`].some(entry => list.includes(entry));
}
