/** `teal deploy`: descriptor by app name, deployment, live log, outcome. */

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../api/client.ts';
import { descriptorsOf } from '../api/resources.ts';
import type { Deployment, Descriptor, Verdict } from '../api/types.ts';
import type { Context, Run } from '../context.ts';
import { documentsFor, type Document } from '../documents.ts';
import { exits, Failure, usageFailure } from '../exits.ts';
import type { Until } from '../follow.ts';
import { followAll, tellOutcomes, type Started } from '../outcome.ts';
import { printDeployments } from '../show/deployments.ts';
import { readUntil } from './wait.ts';

export const runDeploy: Run = async (context, args) => {
  const { options, terminal } = context;
  const until: Until = readUntil(options);
  // What cannot be read is said before anything is done.
  options.duration('timeout');
  const documents = await documentsFor(context, args);
  const client = await context.client();
  if (documents.length > 1) await checkAll(client, documents);
  const isStored = args.length > 0 && options.list('set').length === 0;
  const started: Started[] = [];
  for (const document of documents) {
    const { id, isNew } = isStored ? { id: document.descriptor.id ?? '', isNew: false } : await store(client, document, context);
    const deployment = await start(client, document.namespace, id).catch(async (error: unknown) => {
      if (isNew && wasRefused(error)) await takeBack(client, document, id, context);
      throw error;
    });
    started.push({ namespace: document.namespace, deployment });
    const { appName } = deployment.descriptor;
    terminal.say(
      `${appName} ${deployment.version} accepted: deployment ${deployment.id}${document.namespace === (await context.namespace()) ? '' : ` in ${document.namespace}`}`,
    );
    for (const warning of deployment.warnings ?? []) terminal.say(terminal.paintProgress('yellow', `warning: ${warning}`));
  }
  if (options.flag('no-wait')) {
    await printDeployments(
      context,
      started.map(({ deployment }) => deployment),
      started.length === 1,
    );
    return exits.done;
  }
  return tellOutcomes(context, await followAll(context, started, until));
};

/** Of several documents none is deployed when one is wrong. */
async function checkAll(client: Client, documents: readonly Document[]): Promise<void> {
  const verdicts = await Promise.all(
    documents.map(async ({ descriptor, namespace }) =>
      (await client.ask('POST', '/descriptors/validate', { query: { namespace }, body: descriptor })).json<Verdict>(),
    ),
  );
  const faults = verdicts.flatMap(({ errors }, index) =>
    errors.map(({ pointer, message }) => `  ${documents[index]?.from ?? ''}: ${pointer}: ${message}`),
  );
  if (faults.length > 0)
    throw usageFailure(`nothing was deployed: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}`, ...faults);
}

interface Stored {
  id: string;
  isNew: boolean;
}

const wasRefused = (error: unknown): boolean => error instanceof Failure && !error.passing;

/** A first descriptor whose deployment was refused would be left as an app that nobody ever saw. */
async function takeBack(client: Client, { namespace, descriptor }: Document, id: string, { terminal }: Context): Promise<void> {
  const answer = await client.look('DELETE', `/descriptors/${id}/`, { query: { namespace } }).catch(() => undefined);
  if (answer?.status === 200) terminal.say(`${descriptor.appName}: descriptor ${id} removed again`);
}

/** Replaces the newest descriptor of the app, or makes the first one. */
async function store(client: Client, { namespace, descriptor }: Document, { terminal }: Context): Promise<Stored> {
  const own = withoutMarks(descriptor);
  for (let attempt = 1; ; attempt++) {
    const [newest] = typeof descriptor.appName === 'string' ? await descriptorsOf(client, namespace, descriptor.appName, 1) : [];
    if (newest?.id === undefined) {
      const { id = '' } = (await client.ask('POST', '/descriptors/', { query: { namespace }, body: own })).json<Descriptor>();
      terminal.say(`${descriptor.appName}: descriptor ${id} created`);
      return { id, isNew: true };
    }
    const path = `/descriptors/${newest.id}/`;
    const etag = (await client.ask('GET', path, { query: { namespace } })).header('etag') ?? '*';
    const answer = await client.look('PUT', path, { query: { namespace }, body: own, headers: { 'If-Match': etag } });
    if (answer.status === 204) {
      terminal.say(`${descriptor.appName}: descriptor ${newest.id} updated`);
      return { id: newest.id, isNew: false };
    }
    // Somebody else was quicker: look again.
    if (answer.status !== 412 || attempt === 4) throw client.refusal(answer);
    await sleep(50 * attempt);
  }
}

const withoutMarks = ({ id: _id, created: _created, lastModified: _lastModified, ...own }: Descriptor): Descriptor => own;

/** Under one key, so that a request whose answer was lost can be sent once more. */
export async function start(client: Client, namespace: string, descriptorId: string): Promise<Deployment> {
  const wish = { query: { namespace, descriptorId }, headers: { 'Idempotency-Key': randomUUID() } };
  try {
    return (await client.patiently('POST', '/deployments/', wish)).json<Deployment>();
  } catch (error) {
    if (error instanceof Failure && error.passing)
      throw new Failure(`${error.message}; it is not known whether the deployment was accepted`, error.exit, { more: error.more });
    throw error;
  }
}
