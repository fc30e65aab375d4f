/** The operations during which Teal is struck, each with the state it needs and the end it must have. */

import { expect } from 'chai';
import type { DemoWish, Json } from '../support/demo.ts';
import { idOf, type User } from '../support/user.ts';
import { eventually } from '../support/wait.ts';

/** One app while it is worked on. */
export interface Subject {
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  /** Deployments asked for so far: each gets an image and an idempotency key of its own. */
  deployments: number;
  /** What serves, as far as the operations so far have ended. */
  serving: { id: string; version: string } | undefined;
  /** A user of whichever Teal lives. */
  user(): User;
  describe(wish?: DemoWish): Json;
}

export interface Operation {
  title: string;
  needs: 'nothing' | 'serving';
  /** The traffic goes on all the while. */
  serves: boolean;
  /** Brings the app to where the operation starts. */
  prepare(app: Subject): Promise<string>;
  /** Asks for it; fails when Teal dies, and is then asked again, so it must find what was accepted before. Answers the deployment it is about. */
  ask(app: Subject, prepared: string): Promise<string>;
  /** Waits for the end and checks it; answers what serves then. */
  finish(app: Subject, id: string): Promise<{ id: string; version: string } | undefined>;
}

const patienceMs = 90_000;

const image = (app: Subject): string => `v${1 + (app.deployments % 3)}`;
const start = (app: Subject, descriptorId: string) => app.user().start(descriptorId, { key: `${app.name}-${app.deployments}` });

function describe(app: Subject, wish: DemoWish = {}): Promise<string> {
  app.deployments++;
  return app.user().describe(app.describe({ image: image(app), ...wish }));
}

async function settledAs(app: Subject, id: string, status: string, code?: string): Promise<string> {
  const user = app.user();
  await user.ended(id, patienceMs);
  const record = await user.settled(id, patienceMs);
  if (record.status !== status || (code !== undefined && record.reason?.code !== code))
    throw new Error(`${id} ended as ${record.status} ${JSON.stringify(record.reason ?? {})}, not ${status}; log:\n${await user.log(id)}`);
  return record.version;
}

const deployed = async (app: Subject, id: string) => ({ id, version: await settledAs(app, id, 'DEPLOYED') });

async function atTheGate(app: Subject): Promise<string> {
  const id = await start(app, await describe(app, { promotion: 'manual' }));
  await app.user().reaches(id, 'waiting');
  return id;
}

const live = (app: Subject): string => {
  if (!app.serving) throw new Error('nothing serves');
  return app.serving.id;
};

export const operations = {
  deploy: {
    title: 'a first deployment',
    needs: 'nothing',
    serves: true,
    prepare: app => describe(app),
    ask: start,
    finish: deployed,
  },
  redeploy: {
    title: 'a redeployment',
    needs: 'serving',
    serves: true,
    prepare: app => describe(app, { promotionSeconds: 1 }),
    ask: start,
    finish: deployed,
  },
  fail: {
    title: 'a failing redeployment',
    needs: 'serving',
    serves: true,
    prepare: app => describe(app, { image: 'missing' }),
    ask: start,
    async finish(app, id) {
      await settledAs(app, id, 'FAILURE', 'IMAGE_PULL');
      return app.serving;
    },
  },
  promote: {
    title: 'a manual promotion',
    needs: 'serving',
    serves: true,
    prepare: atTheGate,
    async ask(app, id) {
      const reply = await app.user().client.call('POST', `/deployments/${id}/promote`);
      if (reply.status === 409) {
        // It was accepted before Teal died.
        const { phase, status } = await app.user().show(id);
        expect(status === 'DEPLOYING' && phase === 'waiting', `refused at the gate: ${reply.text}`).to.equal(false);
      } else expect(reply.status, reply.text).to.equal(202);
      return id;
    },
    finish: deployed,
  },
  rollback: {
    title: 'a rollback',
    needs: 'serving',
    serves: true,
    async prepare(app) {
      const id = await start(app, await describe(app, { drainSeconds: 600 }));
      await app.user().ended(id, patienceMs);
      return id;
    },
    async ask(app, from) {
      const reply = await app.user().client.call('POST', `/deployments/${from}/rollback`);
      if (reply.status === 202) return idOf(reply);
      // It was accepted before Teal died.
      const [newest] = await app.user().list({ appname: app.name });
      expect(newest?.['rollbackOf'], reply.text).to.equal(from);
      return newest?.id ?? '';
    },
    async finish(app, id) {
      const back = await deployed(app, id);
      expect(back.version).to.equal(app.serving?.version);
      return back;
    },
  },
  cancel: {
    title: 'a cancellation',
    needs: 'serving',
    serves: true,
    prepare: atTheGate,
    async ask(app, id) {
      const reply = await app.user().remove(id);
      expect(reply.status, reply.text).to.equal(202);
      return id;
    },
    async finish(app, id) {
      await settledAs(app, id, 'UNDEPLOYED', 'CANCELLED');
      return app.serving;
    },
  },
  undeploy: {
    title: 'an undeployment',
    needs: 'serving',
    serves: false,
    prepare: async app => live(app),
    async ask(app, id) {
      const reply = await app.user().remove(id);
      expect(reply.status, reply.text).to.equal(202);
      return id;
    },
    async finish(app, id) {
      await settledAs(app, id, 'UNDEPLOYED');
      return undefined;
    },
  },
  delete: {
    title: 'an undeployment with deletion of the record',
    needs: 'serving',
    serves: false,
    prepare: async app => live(app),
    async ask(app, id) {
      const reply = await app.user().remove(id, { deleteDeployment: true });
      expect([202, 404], reply.text).to.include(reply.status);
      return id;
    },
    async finish(app, id) {
      await eventually('the record is gone', patienceMs, async () =>
        expect((await app.user().client.call('GET', `/deployments/${id}/`)).status).to.equal(404),
      );
      return undefined;
    },
  },
} satisfies Record<string, Operation>;

export type OperationName = keyof typeof operations;

export const operationNames = Object.keys(operations) as OperationName[];
export const operationOf = (name: OperationName): Operation => operations[name];
