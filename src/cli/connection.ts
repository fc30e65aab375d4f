/** Which server, namespace and token count: flag before variable before context before default. */

import { nearest } from '../lib/nearest.ts';
import type { Server } from './api/client.ts';
import { configPath, readConfig, tokenFrom, tokenOf, type NamedContext } from './config-file.ts';
import type { Environment } from './environment.ts';
import { exits, notFound, usageFailure } from './exits.ts';
import { readNamed } from './files.ts';
import type { Options } from './options.ts';

export interface Connection {
  server: Server;
  namespace: string;
  /** The named context that counts, if one does. */
  context?: string;
}

export const defaultServer = 'http://127.0.0.1:8000';
export const defaultNamespace = 'default';

const given = (value: string | undefined): string | undefined => (value === undefined || value === '' ? undefined : value);

async function contextFor(options: Options, env: Environment): Promise<{ name?: string; context: NamedContext }> {
  const path = configPath(env);
  const config = await readConfig(path);
  const name = options.text('context') ?? config['current-context'];
  if (name === undefined || name === '') return { context: {} };
  const context = Object.hasOwn(config.contexts, name) ? config.contexts[name] : undefined;
  if (context !== undefined) return { name, context };
  const meant = nearest(name, Object.keys(config.contexts));
  throw notFound(`there is no context ${name} in ${path}${meant === undefined ? '' : `; did you mean ${meant}?`}`);
}

/** A token goes only to the server that it was made for: one that is named by flag or variable does not get the context's. */
export async function connectionFor(options: Options, env: Environment): Promise<Connection> {
  const { name, context } = await contextFor(options, env);
  const named = options.text('server') ?? (options.text('context') === undefined ? given(env['TEAL_SERVER']) : undefined);
  const url = serverUrl(named ?? context.server ?? defaultServer);
  const tokenFile = options.text('token-file');
  const fromContext = named === undefined || named === context.server;
  const token =
    tokenFile === undefined
      ? (given(env['TEAL_TOKEN']) ?? (fromContext && name !== undefined ? await tokenOf(name, context, env) : undefined))
      : await tokenFrom(tokenFile, `--token-file ${tokenFile}`, exits.usage);
  const ca = await authority(options.text('certificate-authority'), name ?? '', fromContext ? context : {});
  const namespace =
    options.text('namespace') ??
    (options.text('context') === undefined ? given(env['TEAL_NAMESPACE']) : undefined) ??
    context.namespace ??
    defaultNamespace;
  return {
    server: { url, ...(token ? { token: token.replace(/^bearer +/i, '') } : {}), ...(ca === undefined ? {} : { ca }) },
    namespace,
    ...(name === undefined ? {} : { context: name }),
  };
}

function serverUrl(text: string): string {
  const whole = /^[a-z]+:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw usageFailure(`the server must be an http or https URL; it is "${text}"`);
  return url.href.replace(/\/+$/, '');
}

async function authority(flag: string | undefined, name: string, context: NamedContext): Promise<string | undefined> {
  if (flag !== undefined) return flag === '' ? undefined : readNamed(flag, `--certificate-authority ${flag}`);
  const file = given(context['certificate-authority']);
  return file === undefined ? undefined : readNamed(file, `certificate-authority ${file} of context ${name}`, exits.failed);
}
