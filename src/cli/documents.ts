/** Descriptors from files: YAML or JSON, several documents, changed by --set. */

import { text as textOf } from 'node:stream/consumers';
import type { Document as YamlDocument } from 'yaml';
import { whyNotYaml } from '../lib/why-not-yaml.ts';
import type { Client } from './api/client.ts';
import { descriptorsOf } from './api/resources.ts';
import type { Descriptor } from './api/types.ts';
import { applySets } from './changes.ts';
import type { Context } from './context.ts';
import { usageFailure } from './exits.ts';
import { readNamed } from './files.ts';
import { nothingCalled } from './resolve.ts';

export interface Document {
  /** Where it stands, for messages. */
  from: string;
  namespace: string;
  descriptor: Descriptor;
}

export const readText = (file: string): Promise<string> => (file === '-' ? textOf(process.stdin) : readNamed(file));

/** Every document that is not empty; a JSON array counts as its items. */
export async function parseDocuments(text: string, from: string): Promise<unknown[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(text);
  const found: unknown[] = [];
  for (const document of Array.isArray(documents) ? documents : []) {
    const value = valueOf(document, from);
    if (value !== null && value !== undefined) found.push(...(Array.isArray(value) ? (value as unknown[]) : [value]));
  }
  return found;
}

function valueOf(document: YamlDocument, from: string): unknown {
  const [error] = document.errors;
  if (error !== undefined) throw usageFailure(whyNotYaml(from, error));
  try {
    return document.toJS();
  } catch (unresolved) {
    throw usageFailure(whyNotYaml(from, unresolved));
  }
}

async function documentsIn(file: string, namespace: string): Promise<Document[]> {
  const from = file === '-' ? 'stdin' : file;
  const values = await parseDocuments(await readText(file), from);
  return values.map((value, index) => {
    const place = values.length === 1 ? from : `${from}, document ${index + 1}`;
    if (typeof value !== 'object' || value === null) throw usageFailure(`${place}: a descriptor must be a mapping`);
    if ('kind' in value && 'apiVersion' in value)
      throw usageFailure(
        `${place} is a Kubernetes ${String(value.kind)}, not a descriptor`,
        '  teal init -f makes a descriptor of a Deployment',
      );
    const descriptor = value as Descriptor;
    return { from: place, namespace: typeof descriptor.namespace === 'string' ? descriptor.namespace : namespace, descriptor };
  });
}

/** What `-f` names, or the newest stored descriptor of APP; with --set applied. At least one. */
export async function documentsFor(context: Context, [app]: readonly string[]): Promise<Document[]> {
  const { options } = context;
  const files = options.list('filename');
  if (files.length === 0 && app === undefined) throw usageFailure('name a file (-f FILE, or -f - for stdin), or an app that is stored');
  if (files.length > 0 && app !== undefined) throw usageFailure(`either -f or APP; both are given, APP is "${app}"`);
  if (files.filter(file => file === '-').length > 1) throw usageFailure('stdin can be read only once');
  // Where no server is asked, the namespace is not needed either.
  const namespace = await context.namespace();
  const documents =
    app === undefined
      ? (await Promise.all(files.map(file => documentsIn(file, namespace)))).flat()
      : [{ from: app, namespace, descriptor: await storedDescriptor(await context.client(), namespace, app) }];
  if (documents.length === 0) throw usageFailure(`${files.join(', ')}: there is no document in it`);
  return documents.map(document => ({ ...document, descriptor: applySets(document.descriptor, options.list('set')) }));
}

export async function storedDescriptor(client: Client, namespace: string, app: string): Promise<Descriptor> {
  const [newest] = await descriptorsOf(client, namespace, app, 1);
  if (newest === undefined) throw await nothingCalled(client, namespace, app);
  return newest;
}
