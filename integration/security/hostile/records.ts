/** Rows 57 and 60: what was deleted or changed meanwhile, and a store that somebody has tampered with. */

import { expect } from 'chai';
import { keys } from '../../../src/store/keys.ts';
import { demo } from '../../support/demo.ts';
import { eventually } from '../../support/wait.ts';
import type { Besieged, Json } from '../besieged.ts';
import { expectAnswer, type Attack } from './attack.ts';

async function described({ send }: Besieged, appName: string): Promise<{ id: string; etag: string }> {
  const made = await send({ line: 'POST /descriptors/?namespace=shop', body: demo('shop', { appName }) });
  expectAnswer(made, { status: 201 });
  return { id: (JSON.parse(made.text) as { id: string }).id, etag: made.headers['etag'] ?? '' };
}

const gone: Attack = {
  row: 57,
  what: 'DELETE twice, PUT on what was deleted',
  writes: true,
  async run(besieged) {
    const { id } = await described(besieged, 'gone');
    const line = (method: string) => `${method} /descriptors/${id}/?namespace=shop`;
    expectAnswer(await besieged.send({ line: line('DELETE') }), { status: 200 });
    const before = await besieged.stored();
    for (const method of ['DELETE', 'GET']) expectAnswer(await besieged.send({ line: line(method) }), { status: 404, code: 'NOT_FOUND' });
    expectAnswer(await besieged.send({ line: line('PUT'), body: demo('shop', { appName: 'gone' }) }), { status: 404, code: 'NOT_FOUND' });
    expect(await besieged.stored()).to.equal(before);
  },
};

const stale: Attack = {
  row: 57,
  what: 'PUT and DELETE under a condition that no longer holds',
  writes: true,
  async run(besieged) {
    const { id, etag } = await described(besieged, 'stale');
    const put = (tag: string) =>
      besieged.send({
        line: `PUT /descriptors/${id}/?namespace=shop`,
        headers: { 'If-Match': tag },
        body: demo('shop', { appName: 'stale' }),
      });
    expectAnswer(await put(etag), { status: 204 });
    const before = await besieged.stored();
    for (const tag of [etag, '"0"', 'W/"1"', '', 'x', '"'.repeat(5000)])
      expectAnswer(await put(tag), { status: 412, code: 'PRECONDITION_FAILED' });
    const removal = { line: `DELETE /descriptors/${id}/?namespace=shop`, headers: { 'If-Match': etag } };
    expectAnswer(await besieged.send(removal), { status: 412, code: 'PRECONDITION_FAILED' });
    expect(await besieged.stored()).to.equal(before);
    expectAnswer(await besieged.send({ line: `DELETE /descriptors/${id}/?namespace=shop` }), { status: 200 });
  },
};

/** What somebody with the store's password could make of a record. */
const tamperings: [string, (record: Json) => string][] = [
  ['bad JSON', record => JSON.stringify(record).slice(0, -20)],
  ['nothing', () => ''],
  ['another type', () => '[1]'],
  ['a newer schema', record => JSON.stringify({ ...record, schema: 2 })],
  ['another namespace inside', record => JSON.stringify({ ...record, namespace: 'bank' })],
  ['an id of another', record => JSON.stringify({ ...record, id: '01900000-0000-7000-8000-000000000000', name: 'other' })],
  ['no insides', ({ schema, namespace, id, name }) => JSON.stringify({ schema, namespace, id, name })],
];

/** Puts something else under a key, looks, and puts back what was there. */
async function tampered({ store }: Besieged, key: string, change: (record: Json) => string, look: () => Promise<void>): Promise<void> {
  const before = await store.get(key);
  if (!before) throw new Error(`${key} is not there`);
  const put = (value: string) => store.transact({ compare: [], writes: [{ put: key, value }] });
  await put(change(JSON.parse(before.value) as Json));
  try {
    await look();
  } finally {
    await put(before.value);
  }
}

const records: [string, (besieged: Besieged) => string, (besieged: Besieged) => string, string][] = [
  ['descriptor', ({ own }) => keys.descriptor('shop', own.descriptor), ({ own }) => own.descriptor, 'descriptors'],
  ['deployment', ({ own }) => keys.deployment('shop', own.deployment), ({ own }) => own.deployment, 'deployments'],
];

function readings(
  what: string,
  title: string,
  keyOf: (besieged: Besieged) => string,
  idOf: (besieged: Besieged) => string,
  path: string,
  change: (record: Json) => string,
): Attack {
  return {
    row: 60,
    what: `a ${what} with ${title} is left out of lists and alone otherwise`,
    writes: true,
    async run(besieged) {
      const { send, store, server } = besieged;
      const key = keyOf(besieged);
      await tampered(besieged, key, change, async () => {
        const evil = (await store.get(key))?.value;
        const writes = besieged.clusterWrites().length;
        for (const query of ['', '&appname=shop', '&limit=1']) {
          const list = await send({ line: `GET /${path}/?namespace=shop${query}` });
          expectAnswer(list, { status: 200 });
          expect(list.text).to.not.include(idOf(besieged));
        }
        const one = `/${path}/${idOf(besieged)}/?namespace=shop`;
        const operations = path === 'deployments' ? ['GET', 'PUT', 'DELETE'] : ['GET', 'DELETE'];
        for (const method of operations) {
          const answer = await send({ line: `${method} ${one}` });
          expectAnswer(answer, { status: 500, code: 'INTERNAL' });
          expect(answer.text).to.include('is left alone').and.not.include(key);
        }
        expect((await store.get(key))?.value, 'what is stored').to.equal(evil);
        expect(besieged.clusterWrites().slice(writes), 'writes to the cluster').to.deep.equal([]);
        expect(server.process.printed(key).length, 'alarms').to.be.greaterThan(0);
        expect(
          JSON.parse((await send({ line: 'GET /descriptors/?namespace=bank', token: besieged.token({ namespaces: ['bank'] }) })).text),
        ).to.have.length(1);
        expect((await send({ line: 'GET /readyz', token: null })).status, 'readiness').to.equal(200);
      });
      expectAnswer(await send({ line: `GET /${path}/${idOf(besieged)}/?namespace=shop` }), { status: 200 });
    },
  };
}

function executions(title: string, change: (record: Json) => string): Attack {
  return {
    row: 60,
    what: `an app with ${title} is not worked on, and the others are`,
    writes: true,
    async run(besieged) {
      const { send, server, target } = besieged;
      const key = keys.app('shop', 'shop');
      await tampered(besieged, key, change, async () => {
        await eventually('the alarm', 5000, () => expect(server.process.printed(key).length).to.be.greaterThan(0));
        const stands = await target.kube.list('ReplicationController', 'shop');
        expect(stands.length).to.be.greaterThan(0);
        expectAnswer(await send({ line: `PUT /deployments/${besieged.own.deployment}/?namespace=shop` }), {
          status: 500,
          code: 'INTERNAL',
        });
        const bearer = besieged.token({ namespaces: ['bank'] });
        const again = await send({ line: `PUT /deployments/${besieged.foreign.deployment}/?namespace=bank`, token: bearer });
        expectAnswer(again, { status: 202 });
        const { id } = JSON.parse(again.text) as { id: string };
        const done = await send({ line: `GET /deployments/${id}/?namespace=bank&wait=20s&until=settled`, token: bearer }, 25_000);
        expect((JSON.parse(done.text) as Json)['status']).to.equal('DEPLOYED');
        expect((await target.kube.list('ReplicationController', 'shop')).map(({ metadata }) => metadata.name)).to.deep.equal(
          stands.map(({ metadata }) => metadata.name),
        );
      });
    },
  };
}

export const recordAttacks: Attack[] = [
  gone,
  stale,
  ...records.flatMap(([what, keyOf, idOf, path]) => tamperings.map(([title, change]) => readings(what, title, keyOf, idOf, path, change))),
  ...tamperings.filter(([title]) => /JSON|schema|namespace/.test(title)).map(([title, change]) => executions(title, change)),
];
