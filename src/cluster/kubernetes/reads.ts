/** Reading whole collections page by page, and answers as objects. */

import { ClusterError, type CallOptions, type Selector } from '../cluster.ts';
import { kinds, type Kind, type KubeObject } from '../objects.ts';
import type { Call, Caller } from './caller.ts';
import { collectionPath } from './paths.ts';
import type { HttpAnswer } from './transport.ts';

/** Objects per page: client-go's figure; about 10 MB of large pods. */
export const pageLimit = 500;
/** How often a list starts anew when its pages went stale, before it is read in one piece. */
const maxRestarts = 2;

export interface Collection {
  objects: KubeObject[];
  /** The version at which the whole list is true; a watch from here misses nothing. */
  version: string;
}

export const selectorQuery = (selector: Selector) => ({ labelSelector: selector.labels, fieldSelector: selector.fields });

/** The body of a 2xx answer as JSON. Something else than JSON means that no API server answered (a login page, a proxy). */
export function parseJson<T>(answer: HttpAnswer, mutates: boolean): T {
  try {
    return JSON.parse(answer.body.toString('utf8')) as T;
  } catch (error) {
    throw new ClusterError('UNAVAILABLE', 'the answer is not JSON; is this the address of a Kubernetes API server?', {
      status: answer.status,
      outcome: mutates ? 'unknown' : 'none',
      cause: error,
    });
  }
}

export async function listAll(
  caller: Caller,
  kind: Kind,
  namespace: string,
  selector: Selector,
  options: CallOptions = {},
): Promise<Collection> {
  for (let restart = 0; ; restart++) {
    try {
      return await readPages(
        caller,
        { method: 'GET', path: collectionPath(kind, namespace), mutates: false },
        { kind, selector, options, limit: restart > maxRestarts ? 0 : pageLimit },
      );
    } catch (error) {
      // The version of the first page was compacted while the others were read.
      if (!(error instanceof ClusterError && error.code === 'GONE') || restart > maxRestarts) throw error;
    }
  }
}

interface Page {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[] | null;
}

async function readPages(
  caller: Caller,
  call: Call,
  { kind, selector, options, limit }: { kind: Kind; selector: Selector; options: CallOptions; limit: number },
): Promise<Collection> {
  const { apiVersion } = kinds[kind];
  const objects: KubeObject[] = [];
  let next: string | undefined;
  let version = '';
  do {
    const query = { ...selectorQuery(selector), limit: limit === 0 ? undefined : String(limit), continue: next };
    const page = parseJson<Page>(await caller.call({ ...call, query }, options), false);
    // Items of a list do not say what they are.
    for (const item of page.items ?? []) objects.push({ ...item, apiVersion, kind });
    version = page.metadata?.resourceVersion ?? '';
    next = page.metadata?.continue;
  } while (next !== undefined && next !== '');
  return { objects, version };
}
