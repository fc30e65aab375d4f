/** `teal config`: the named contexts in the user's configuration file. */

import { nearest } from '../../lib/nearest.ts';
import { configPath, contextKeys, readConfig, tokenKeys, writeConfig, type ConfigFile, type NamedContext } from '../config-file.ts';
import type { Context, Run } from '../context.ts';
import { exits, notFound, usageFailure } from '../exits.ts';
import { tableOf } from '../output/table.ts';

const open = async ({ env }: Context): Promise<{ path: string; config: ConfigFile }> => {
  const path = configPath(env);
  return { path, config: await readConfig(path) };
};

export const runView: Run = async context => {
  const { path, config } = await open(context);
  const { stringify } = await import('yaml');
  context.terminal.say(`# ${path}`);
  context.terminal.out(stringify(config));
  return exits.done;
};

export const runList: Run = async context => {
  const { config, path } = await open(context);
  const names = Object.keys(config.contexts).sort();
  if (names.length === 0) {
    context.terminal.say(`there are no contexts in ${path}; make one with ${context.program} config set-context`);
    return exits.done;
  }
  const rows = names.map(name => {
    const named = config.contexts[name] ?? {};
    const token = tokenKeys.find(key => named[key] !== undefined);
    return [
      name === config['current-context'] ? '*' : ' ',
      name,
      named.server ?? '',
      named.namespace ?? '',
      token === undefined ? 'none' : `${token.slice(6)} ${named[token] ?? ''}`,
    ];
  });
  context.terminal.out(tableOf([' ', 'name', 'server', 'namespace', 'token'], rows, context.terminal.paint));
  return exits.done;
};

export const runSetContext: Run = async (context, [name = '']) => {
  if (!/^[\w][\w.@-]*$/.test(name)) throw usageFailure(`the name of a context has letters, digits and . _ @ -; it is "${name}"`);
  const { options, terminal } = context;
  const { path, config } = await open(context);
  const given = contextKeys.flatMap(key => {
    const value = options.text(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const tokens = given.filter(([key]) => (tokenKeys as readonly string[]).includes(key));
  if (tokens.length > 1) throw usageFailure(`${tokens.map(([key]) => `--${key}`).join(' and ')} exclude each other: give one`);
  const server = options.text('server');
  if (server !== undefined && !URL.canParse(server)) throw usageFailure(`--server must be a URL; it is "${server}"`);
  const existed = Object.hasOwn(config.contexts, name);
  const before: NamedContext = existed ? { ...config.contexts[name] } : {};
  // A new source of the token takes the place of the old one.
  if (tokens.length > 0) for (const key of tokenKeys) delete before[key];
  config.contexts[name] = { ...before, ...Object.fromEntries(given) };
  const first = Object.keys(config.contexts).length === 1;
  if (options.flag('current') || first) config['current-context'] = name;
  await writeConfig(path, config);
  terminal.say(`context ${name} is ${existed ? 'changed' : 'added'}${config['current-context'] === name ? ' and the current one' : ''}`);
  return exits.done;
};

export const runUseContext: Run = async (context, [name = '']) => {
  const { path, config } = await open(context);
  mustKnow(config, name, path);
  await writeConfig(path, { ...config, 'current-context': name });
  context.terminal.say(`context ${name} is the current one`);
  return exits.done;
};

export const runDeleteContext: Run = async (context, [name = '']) => {
  const { path, config } = await open(context);
  mustKnow(config, name, path);
  delete config.contexts[name];
  if (config['current-context'] === name) delete config['current-context'];
  await writeConfig(path, config);
  context.terminal.say(`context ${name} is removed`);
  return exits.done;
};

function mustKnow({ contexts }: ConfigFile, name: string, path: string): void {
  if (Object.hasOwn(contexts, name)) return;
  const meant = nearest(name, Object.keys(contexts));
  throw notFound(`there is no context ${name} in ${path}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
}
