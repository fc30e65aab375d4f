/** Which environment variables a container gets, from four sources, each name once. */

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: unknown;
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The variable's name for a key: itself when it is an identifier, else upper-cased with `_` for what is not allowed. Undefined for an empty key. */
export function variableName(key: string): string | undefined {
  if (identifier.test(key)) return key;
  const name = key.toUpperCase().replace(/[^A-Z0-9_]/g, '_');
  if (name === '') return undefined;
  return /^\d/.test(name) ? `_${name}` : name;
}

/** Variables of a key -> value map, in the order of their names. Where two keys come to one name, the key that is the name wins, else the first in order. */
export function variablesOf(map: Record<string, string>): EnvVar[] {
  const found = new Map<string, { key: string; value: string }>();
  for (const key of Object.keys(map).sort()) {
    const name = variableName(key);
    const value = map[key];
    if (name === undefined || value === undefined) continue;
    if (!found.has(name) || key === name) found.set(name, { key, value });
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { value }]) => ({ name, value }));
}

/**
 * One list from four sources, each name from the strongest that has it: built-ins, the container's own, the descriptor's map, the store. The list itself is in
 * another order, the container's own last, because `$(NAME)` in a value sees earlier entries only.
 */
export function mergeEnvironment(sources: { builtIns: EnvVar[]; own: EnvVar[]; map: EnvVar[]; store: EnvVar[] }): EnvVar[] {
  const taken = new Set<string>();
  const free = (list: EnvVar[]): EnvVar[] => {
    // Kubernetes lets the last of several equal names win, so that is the one to keep.
    const kept = list.filter(
      (variable, at) => !taken.has(variable.name) && !list.slice(at + 1).some(later => later.name === variable.name),
    );
    for (const variable of kept) taken.add(variable.name);
    return kept;
  };
  const builtIns = free(sources.builtIns);
  const own = free(sources.own);
  const map = free(sources.map);
  const store = free(sources.store);
  return [...builtIns, ...store, ...map, ...own];
}
