/** What users do with Teal, as verbs over its REST API; each waits with a deadline and explains itself when it fails. */

import { expect } from 'chai';
import type { Reply, TealClient } from './client.ts';
import type { Json } from './demo.ts';

export interface Deployment {
  id: string;
  created: string;
  lastModified: string;
  version: string;
  status: 'DEPLOYING' | 'DEPLOYED' | 'UNDEPLOYING' | 'UNDEPLOYED' | 'FAILURE';
  phase: string;
  reason?: { code: string; message: string };
  settledAt?: string;
  endSeq?: number;
  settledSeq?: number;
  logSeq: number;
  descriptor: Json & { id: string; appName: string };
  [field: string]: unknown;
}

export interface LogLine {
  seq: number;
  time: string;
  level: string;
  message: string;
}

export interface User {
  readonly client: TealClient;
  /** POST /descriptors/, answers the id. */
  describe(descriptor: Json): Promise<string>;
  /** POST /deployments/, answers the id at once. */
  start(descriptorId: string, options?: { images?: Record<string, string>; key?: string }): Promise<string>;
  show(id: string): Promise<Deployment>;
  list(query?: Record<string, string | number>): Promise<Deployment[]>;
  /** Waits until the status is an end. */
  ended(id: string, withinMs?: number): Promise<Deployment>;
  /** Waits until nothing more will happen. */
  settled(id: string, withinMs?: number): Promise<Deployment>;
  reaches(id: string, phase: string, withinMs?: number): Promise<Deployment>;
  /** Describes, starts, and waits for this outcome, DEPLOYED by default. */
  deploy(descriptor: Json, outcome?: Deployment['status']): Promise<Deployment>;
  undeploy(id: string): Promise<Deployment>;
  remove(id: string, query?: Record<string, string | boolean>): Promise<Reply>;
  log(id: string): Promise<string>;
  lines(id: string): Promise<LogLine[]>;
}

export const idOf = (reply: Reply): string => {
  const id = /^\/(?:deployments|descriptors)\/([^/?]+)\/\?/.exec(reply.headers['location'] ?? '')?.[1];
  if (id === undefined)
    throw new Error(`no usable Location in ${reply.status} ${JSON.stringify(reply.headers)} ${reply.text.slice(0, 500)}`);
  return id;
};

const isEnd = (status: string): boolean => status !== 'DEPLOYING' && status !== 'UNDEPLOYING';

export function createUser(client: TealClient): User {
  async function show(id: string): Promise<Deployment> {
    const reply = await client.call('GET', `/deployments/${id}/`);
    if (reply.status !== 200) throw new Error(`GET deployment ${id}: ${reply.status} ${reply.text.slice(0, 300)}`);
    return reply.json<Deployment>();
  }

  const log = async (id: string) => (await client.call('GET', `/deployments/${id}/logs`)).text;

  async function explained(id: string, what: string): Promise<Error> {
    const now = await show(id).catch(() => undefined);
    const text = await log(id).catch(String);
    return new Error(
      `${what}; now ${now?.status} ${now?.phase} ${JSON.stringify(now?.reason ?? {})}; log:\n${text.split('\n').slice(-25).join('\n')}`,
    );
  }

  async function waitFor(
    id: string,
    what: string,
    withinMs: number,
    done: (deployment: Deployment) => boolean,
    until?: string,
  ): Promise<Deployment> {
    const from = performance.now();
    for (;;) {
      const left = withinMs - (performance.now() - from);
      const seconds = Math.max(1, Math.min(20, Math.floor(left / 1000)));
      const reply = await client.call('GET', `/deployments/${id}/`, { query: { wait: `${seconds}s`, until } });
      if (reply.status !== 200) throw new Error(`waiting for ${what}: ${reply.status} ${reply.text.slice(0, 300)}`);
      const deployment = reply.json<Deployment>();
      if (done(deployment)) return deployment;
      if (left <= 0) throw await explained(id, `${what}: not within ${withinMs} ms`);
      // A wait that is over at once (end status, other phase wanted) must not become a busy loop.
      await new Promise(resolve => setTimeout(resolve, 30));
    }
  }

  const ended = (id: string, withinMs = 150_000) => waitFor(id, 'an end', withinMs, ({ status }) => isEnd(status));

  async function describe(descriptor: Json): Promise<string> {
    const reply = await client.call('POST', '/descriptors/', { body: descriptor });
    if (reply.status !== 201) throw new Error(`POST descriptor: ${reply.status} ${reply.text.slice(0, 800)}`);
    return idOf(reply);
  }

  async function start(descriptorId: string, options: { images?: Record<string, string>; key?: string } = {}): Promise<string> {
    const reply = await client.call('POST', '/deployments/', {
      query: { descriptorId },
      ...(options.images ? { body: { images: options.images } } : {}),
      ...(options.key ? { headers: { 'idempotency-key': options.key } } : {}),
    });
    if (reply.status !== 202) throw new Error(`POST deployment: ${reply.status} ${reply.text.slice(0, 800)}`);
    return idOf(reply);
  }

  return {
    client,
    describe,
    start,
    show,
    log,
    ended,
    async list(query = {}) {
      const reply = await client.call('GET', '/deployments/', { query });
      expect(reply.status).to.equal(200);
      return reply.json<Deployment[]>();
    },
    settled: (id, withinMs = 150_000) => waitFor(id, 'settled', withinMs, ({ settledAt }) => settledAt !== undefined, 'settled'),
    async reaches(id, phase, withinMs = 60_000) {
      const from = performance.now();
      // Asked again and again: between two questions with ?wait a short phase could pass unseen.
      for (;;) {
        const deployment = await show(id);
        if (deployment.phase === phase) return deployment;
        if (performance.now() - from > withinMs) throw await explained(id, `phase ${phase}: not within ${withinMs} ms`);
        await new Promise(resolve => setTimeout(resolve, 30));
      }
    },
    async deploy(descriptor, outcome = 'DEPLOYED') {
      const id = await start(await describe(descriptor));
      const deployment = await ended(id);
      if (deployment.status !== outcome) throw await explained(id, `expected ${outcome}`);
      return deployment;
    },
    async undeploy(id) {
      const reply = await client.call('DELETE', `/deployments/${id}/`);
      expect(reply.status, reply.text).to.equal(202);
      const deployment = await ended(id);
      if (deployment.status !== 'UNDEPLOYED') throw await explained(id, 'expected UNDEPLOYED');
      return deployment;
    },
    remove: (id, query = {}) => client.call('DELETE', `/deployments/${id}/`, { query }),
    async lines(id) {
      const reply = await client.call('GET', `/deployments/${id}/logs`, { headers: { accept: 'application/json' } });
      expect(reply.status, reply.text).to.equal(200);
      return reply.json<LogLine[]>();
    },
  };
}
