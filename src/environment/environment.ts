/** The variables that every container gets at its next deployment, as the store keeps them. */

import { Problem } from '../lib/problem.ts';
import { isEnvironmentName, keys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

export interface Variable {
  name: string;
  value: string;
}

export interface Environment {
  /** By name. */
  list(): Promise<Variable[]>;
  /** Throws NOT_FOUND. */
  get(name: string): Promise<Variable>;
  /** Throws INVALID for what cannot be a name. */
  set(variable: Variable): Promise<void>;
  /** Throws NOT_FOUND. */
  remove(name: string): Promise<void>;
}

export function createEnvironment({ store }: { store: Pick<Store, 'get' | 'range' | 'transact'> }): Environment {
  async function found(name: string) {
    const entry = isEnvironmentName(name) ? await store.get(keys.environmentKey(name)) : undefined;
    if (!entry) throw new Problem('NOT_FOUND', `There is no variable ${name}`);
    return entry;
  }

  return {
    async list() {
      const { entries } = await store.range(keys.environment);
      return entries.map(({ key, value }) => ({ name: key.slice(keys.environment.length), value }));
    },

    get: async name => ({ name, value: (await found(name)).value }),

    async set({ name, value }) {
      if (!isEnvironmentName(name))
        throw new Problem('INVALID', 'the name of a variable must be one word of at most 253 characters without "/"');
      await store.transact({ compare: [], writes: [{ put: keys.environmentKey(name), value }] });
    },

    async remove(name) {
      for (;;) {
        const { key, revision } = await found(name);
        const { committed } = await store.transact({ compare: [{ key, revision }], writes: [{ delete: key }] });
        if (committed) return;
      }
    },
  };
}
