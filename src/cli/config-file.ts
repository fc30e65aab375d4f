/** Named contexts in the user's own configuration file: which server, which namespace, and where its token comes from. */

import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { whyNotYaml } from '../lib/why-not-yaml.ts';
import type { Environment } from './environment.ts';
import { exits, Failure, usageFailure } from './exits.ts';
import { readNamed, whyUnreadable } from './files.ts';

/** The keys of a context as they stand in the file; of the three tokens at most one. */
export interface NamedContext {
  server?: string;
  namespace?: string;
  'certificate-authority'?: string;
  'token-file'?: string;
  /** Name of a variable. */
  'token-env'?: string;
  /** A command line whose output is the token. */
  'token-exec'?: string;
}

export const contextKeys = ['server', 'namespace', 'certificate-authority', 'token-file', 'token-env', 'token-exec'] as const;
export const tokenKeys = ['token-file', 'token-env', 'token-exec'] as const;

export interface ConfigFile {
  'current-context'?: string;
  contexts: Record<string, NamedContext>;
}

/** TEAL_CONFIG_HOME, or where the platform's convention has it. */
export function configPath(env: Environment): string {
  const home = env['TEAL_CONFIG_HOME'] ?? join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'teal');
  return join(home, 'config.yaml');
}

/** Empty when there is no file. */
export async function readConfig(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { contexts: {} };
    throw new Failure(`${path} cannot be read: ${whyUnreadable(error)}`);
  }
  const { parse } = await import('yaml');
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw new Failure(whyNotYaml(path, error));
  }
  return checked(path, content ?? {});
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function checked(path: string, content: unknown): ConfigFile {
  const fault = (what: string) => new Failure(`${path}: ${what}`);
  if (!isMap(content)) throw fault('must be a mapping with current-context and contexts');
  const { contexts = {}, 'current-context': current } = content;
  if (current !== undefined && typeof current !== 'string') throw fault('current-context must be the name of a context');
  if (!isMap(contexts)) throw fault('contexts must be a mapping from names to contexts');
  for (const [name, context] of Object.entries(contexts)) {
    if (!isMap(context)) throw fault(`context ${name} must be a mapping with ${contextKeys.join(', ')}`);
    for (const [key, value] of Object.entries(context)) {
      if (!(contextKeys as readonly string[]).includes(key)) throw fault(`context ${name} has the unknown key ${key}`);
      if (typeof value !== 'string') throw fault(`${key} of context ${name} must be a text`);
    }
  }
  return { ...(current === undefined ? {} : { 'current-context': current }), contexts: contexts as Record<string, NamedContext> };
}

/** Only the owner may read it: it says where tokens are. */
export async function writeConfig(path: string, config: ConfigFile): Promise<void> {
  const { stringify } = await import('yaml');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, stringify(config), { mode: 0o600 });
  await rename(draft, path);
}

/** `called` and `exit`: see readNamed. */
export const tokenFrom = async (file: string, called: string, exit: number): Promise<string> =>
  (await readNamed(file.replace(/^~(?=\/)/, homedir()), called, exit)).trim();

export async function tokenOf(name: string, context: NamedContext, env: Environment): Promise<string | undefined> {
  const given = tokenKeys.filter(key => context[key] !== undefined);
  if (given.length > 1) throw usageFailure(`context ${name} has ${given.join(' and ')}; only one can count`);
  const file = context['token-file'];
  if (file !== undefined) return tokenFrom(file, `token-file ${file} of context ${name}`, exits.notAllowed);
  if (context['token-env'] !== undefined) {
    const token = env[context['token-env']];
    if (token === undefined || token === '')
      throw new Failure(`context ${name} takes its token from ${context['token-env']}, which is not set`, exits.notAllowed);
    return token.trim();
  }
  if (context['token-exec'] === undefined) return undefined;
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', context['token-exec']], { timeout: 60_000 });
    if (stdout.trim() !== '') return stdout.trim();
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) ?? '';
    throw new Failure(`the token command of context ${name} failed${said === '' ? '' : `: ${said}`}`, exits.notAllowed);
  }
  throw new Failure(`the token command of context ${name} printed nothing`, exits.notAllowed);
}
