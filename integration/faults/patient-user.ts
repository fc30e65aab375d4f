/** A user who knows that things break: repeats what was answered 503, under one Idempotency-Key, and takes no other failure. */

import { expect } from 'chai';
import type { Reply } from '../support/client.ts';
import { idOf, type Deployment, type LogLine, type User } from '../support/user.ts';
import { eventually } from '../support/wait.ts';

export interface PatientUser {
  /** POST /deployments/, repeated until it is 202; answers the id. */
  start(descriptorId: string, key: string): Promise<string>;
  rollback(id: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** The deployment as soon as its status is an end and nothing more will happen. */
  settled(id: string): Promise<Deployment>;
  show(id: string): Promise<Deployment>;
  lines(id: string): Promise<LogLine[]>;
  list(): Promise<Deployment[]>;
  /** How often the answer was 503. */
  readonly refused: number;
}

/** Longest time that a fault plus the recovery after it may take. */
const patienceMs = 100_000;

export function createPatientUser(user: User): PatientUser {
  let refused = 0;

  async function insist(what: string, wanted: number, ask: () => Promise<Reply>): Promise<Reply> {
    const from = performance.now();
    for (;;) {
      const reply = await ask();
      if (reply.status === wanted) return reply;
      // 503 with Retry-After is the one honest answer while something is away; anything else is a fault of ours.
      expect(reply.status, `${what}: ${reply.text.slice(0, 300)}`).to.equal(503);
      expect(Number(reply.headers['retry-after']), `Retry-After of ${what}`).to.be.greaterThan(0);
      refused++;
      if (performance.now() - from > patienceMs) throw new Error(`${what}: still 503 after ${patienceMs} ms: ${reply.text}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  const show = async (id: string) =>
    (await insist('GET deployment', 200, () => user.client.call('GET', `/deployments/${id}/`))).json<Deployment>();

  async function lines(id: string): Promise<LogLine[]> {
    const headers = { accept: 'application/json' };
    return (await insist('GET log', 200, () => user.client.call('GET', `/deployments/${id}/logs`, { headers }))).json<LogLine[]>();
  }

  return {
    show,
    lines,
    async start(descriptorId, key) {
      const options = { query: { descriptorId }, headers: { 'idempotency-key': key } };
      return idOf(await insist('POST deployment', 202, () => user.client.call('POST', '/deployments/', options)));
    },
    rollback: async id => idOf(await insist('POST rollback', 202, () => user.client.call('POST', `/deployments/${id}/rollback`))),
    async remove(id) {
      await insist('DELETE deployment', 202, () => user.client.call('DELETE', `/deployments/${id}/`));
    },
    async settled(id) {
      try {
        return await eventually(
          'settled',
          patienceMs,
          async () => {
            const deployment = await show(id);
            if (deployment.settledAt === undefined || /ING$/.test(deployment.status))
              throw new Error(`${deployment.status} ${deployment.phase}`);
            return deployment;
          },
          100,
        );
      } catch (error) {
        const log = await lines(id).catch(() => []);
        throw new Error(`${String(error)}; log:\n${log.map(({ time, message }) => `${time} ${message}`).join('\n')}`, { cause: error });
      }
    },
    list: async () => (await insist('GET deployments', 200, () => user.client.call('GET', '/deployments/'))).json<Deployment[]>(),
    get refused() {
      return refused;
    },
  };
}
