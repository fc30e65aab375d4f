/** Names that the server knows now, with what tells them apart. */

import type { Client } from './api/client.ts';
import type { AppSummary, Deployment, Descriptor, Variable, WhoAmI } from './api/types.ts';
import type { Completion } from './catalogue/index.ts';
import { readKind } from './kinds.ts';
import { ageOf } from './output/age.ts';

export interface Word {
  word: string;
  meaning?: string;
}

type Live = Exclude<Extract<Completion, string>, 'context'>;

/** As many as a person looks through. */
const most = 50;

export async function liveWords(client: Client, namespace: string, kind: Live, args: readonly string[]): Promise<Word[]> {
  switch (kind) {
    case 'namespace':
      return (await client.get<WhoAmI>('/whoami')).known.map(word => ({ word }));
    case 'variable':
      return (await client.get<Variable[]>('/environment/')).map(({ name }) => ({ word: name }));
    case 'app':
      return apps(client, namespace);
    case 'deployment':
      return deployments(client, namespace);
    case 'named':
      return [...(await apps(client, namespace)), ...(await ofKind(client, namespace, args[0]))];
  }
}

const apps = async (client: Client, namespace: string): Promise<Word[]> =>
  (await client.get<AppSummary[]>('/apps/', { namespace })).map(({ appName, state }) => ({ word: appName, meaning: state }));

const deployments = async (client: Client, namespace: string): Promise<Word[]> =>
  (await client.get<Deployment[]>('/deployments/', { namespace, limit: most })).map(({ id, version, status, created, descriptor }) => ({
    word: id,
    meaning: `${descriptor.appName} ${version} ${status} ${ageOf(created)} ago`,
  }));

/** `get descriptor X` wants ids of descriptors, `get app X` none at all. */
async function ofKind(client: Client, namespace: string, text: string | undefined): Promise<Word[]> {
  let kind: ReturnType<typeof readKind> = 'deployment';
  try {
    if (text !== undefined) kind = readKind(text);
  } catch {
    // It is no kind: the command takes deployments.
  }
  if (kind === 'app') return [];
  if (kind === 'deployment') return deployments(client, namespace);
  return (await client.get<Descriptor[]>('/descriptors/', { namespace, limit: most })).map(({ id = '', appName, created }) => ({
    word: id,
    meaning: `${appName} ${ageOf(created)} ago`,
  }));
}
