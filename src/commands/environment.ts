/** `teal env`: the variables that every deployed pod gets, in the store that the settings name. A running server sees changes at its next deployment. */

import { openStore } from '../adapters.ts';
import { systemClock } from '../lib/clock.ts';
import { whyNoVariableName } from '../lib/names.ts';
import { isEnvironmentName, keys } from '../store/keys.ts';
import { StoreError, type Store } from '../store/store.ts';
import { loggerOf, settingsFor, type Environment } from './settings.ts';

const usage =
  'usage: teal env set NAME VALUE | teal env get [NAME] | teal env delete NAME, followed by flags such as --data-dir or --etcd\n';

export async function runEnvironment(argv: string[], env: Environment): Promise<number> {
  const [given, ...rest] = argv;
  const verb = given === 'list' ? 'get' : given;
  const firstFlag = verb === 'set' ? 2 : verb === 'get' ? (rest[0] === undefined || rest[0].startsWith('-') ? 0 : 1) : 1;
  const [name, value] = rest.slice(0, firstFlag);
  const complete =
    (verb === 'set' && name !== undefined && value !== undefined) || verb === 'get' || (verb === 'delete' && name !== undefined);
  if (!complete || (name !== undefined && !isEnvironmentName(name))) {
    process.stderr.write(complete ? 'teal: NAME must be one word without "/"\n' : usage);
    return 2;
  }
  const why = verb === 'set' ? whyNoVariableName(name ?? '') : undefined;
  if (why !== undefined) {
    process.stderr.write(`teal: the name ${why}; it is "${name ?? ''}"\n`);
    return 2;
  }
  const loaded = settingsFor(rest.slice(firstFlag), env);
  if (loaded === undefined) return 2;
  let store: Store | undefined;
  try {
    store = await openStore(loaded.settings, systemClock, loggerOf(loaded.settings));
    return await run(store, verb, name, value);
  } catch (error) {
    const locked = error instanceof StoreError && error.code === 'LOCKED';
    process.stderr.write(
      `teal: ${locked ? `${loaded.settings.dataDir} is in use by a running server; stop it, or leave --data-dir out to ask that server` : (error as Error).message}\n`,
    );
    return 1;
  } finally {
    await store?.close();
  }
}

async function run(store: Store, verb: string | undefined, name = '', value = ''): Promise<number> {
  const key = keys.environmentKey(name);
  if (verb === 'set') {
    await store.transact({ compare: [], writes: [{ put: key, value }] });
    return 0;
  }
  if (verb === 'get' && name === '') {
    const { entries } = await store.range(keys.environment);
    process.stdout.write(entries.map(entry => `${entry.key.slice(keys.environment.length)}=${entry.value}\n`).join(''));
    return 0;
  }
  const entry = await store.get(key);
  if (entry === undefined) {
    process.stderr.write(`teal: there is no variable ${name}\n`);
    return 1;
  }
  if (verb === 'get') process.stdout.write(`${entry.value}\n`);
  else await store.transact({ compare: [], writes: [{ delete: key }] });
  return 0;
}
