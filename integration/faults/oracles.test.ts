/** Each oracle of the crash and replica suites is quiet on a good history and speaks on one that was tampered with. */

import { expect } from 'chai';
import type { KubeObject } from '../../src/cluster/objects.ts';
import type { Deployment } from '../../src/deployments/record.ts';
import { inOrder, readLines, type Call, type Fact, type ObjectChange } from '../history/history.ts';
import { touched, unexpected } from '../history/oracles/objects.ts';
import { gapsInLog, lateEnds, livesOf, lostRequests, repeatedNumbers, wrongTimes, wrongTransitions } from '../history/oracles/records.ts';
import { unserved } from '../history/oracles/serving.ts';
import { changedAfter, epochsThatWentBack, lateWrites, sharedEpochs, strays, underOldClaim } from '../history/oracles/writers.ts';
import { silentRecorder } from '../history/recorder.ts';
import { chance, createStrikes } from '../history/strikes.ts';

const namespace = 'shop';
const appName = 'web';

const object = (kind: string, name: string, uid: string, rest: Partial<KubeObject> = {}, epoch?: number): KubeObject => ({
  apiVersion: 'v1',
  kind,
  ...rest,
  metadata: {
    namespace,
    name,
    uid,
    labels: { app: appName },
    ...(epoch === undefined ? {} : { annotations: { 'teal/epoch': String(epoch) } }),
    ...rest.metadata,
  },
});

const change = (revision: number, body: KubeObject, type: ObjectChange['type'] = 'modified'): ObjectChange => ({
  at: revision * 1000,
  revision,
  type,
  object: body,
});

const fact = (revision: number, key: string, value?: unknown): Fact => ({
  at: revision * 1000,
  key: `/deployer/${key}`,
  revision,
  ...(value === undefined ? {} : { value: JSON.stringify(value) }),
});

const appFact = (revision: number, app: object) => fact(revision, `apps/${namespace}/${appName}`, app);
const recordFact = (revision: number, id: string, fields: Partial<Deployment>) =>
  fact(revision, `deployments/${namespace}/${id}`, {
    id,
    appName,
    version: id,
    lastModified: new Date(revision * 1000).toISOString(),
    descriptor: {},
    ...fields,
  });

describe('the oracle of serving', () => {
  const pod = (version: string, ready: boolean) =>
    object('Pod', `${appName}-${version}-x`, `pod-${version}`, {
      metadata: { name: `${appName}-${version}-x`, namespace, uid: `pod-${version}`, labels: { app: appName, version } },
      status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
    });
  const service = (name: string, version: string) =>
    object('Service', name, `service-${name}`, { spec: { selector: { app: appName, version } } });
  const ingress = (backend: string) =>
    object('Ingress', appName, 'ingress', { spec: { rules: [{ http: { paths: [{ backend: { service: { name: backend } } }] } }] } });
  const good = [
    change(1, pod('1', true), 'added'),
    change(2, service('web', '1'), 'added'),
    change(3, service('web-1', '1'), 'added'),
    change(4, ingress('web-1'), 'added'),
    change(5, pod('2', true), 'added'),
    change(6, service('web-2', '2'), 'added'),
    change(7, service('web', '2')),
    change(8, ingress('web-2')),
    change(9, pod('1', true), 'deleted'),
    change(10, service('web-1', '1'), 'deleted'),
  ];
  const judge = (changes: ObjectChange[], from = 4) => unserved(changes, { namespace, appName, from, to: 20 });

  it('is quiet while both ways in lead to a ready pod', () => expect(judge(good)).to.deep.equal([]));

  it('speaks when the pod that is selected is not ready for one revision', () => {
    const tampered = [...good.slice(0, 5), change(5.5, pod('1', false)), change(5.6, pod('1', true)), ...good.slice(5)];
    expect(judge(tampered))
      .to.have.length(2)
      .and.to.match(/revision 5.5/);
  });

  it('speaks when the selector moves before the new pod is ready', () => {
    const tampered = good.map(one => (one.revision === 5 ? change(5, pod('2', false), 'added') : one));
    expect(judge(tampered).join()).to.match(/revision 7: Service web selects/);
  });

  it('speaks when the old Service goes while the Ingress still names it', () => {
    const tampered = good.map(one => (one.revision === 8 ? change(11, ingress('web-2')) : one)).sort((a, b) => a.revision - b.revision);
    expect(judge(tampered).join()).to.match(/revision 10: there is no Service web-1/);
  });

  it('speaks when nothing was served at the start, even if nothing changes afterwards', () => {
    expect(judge(good.slice(0, 2), 10)).to.deep.equal(['revision 10: there is no Ingress web with a backend']);
  });

  it('does not count a pod that is being deleted', () => {
    const going = pod('2', true);
    going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(judge([...good, change(11, going)]).join()).to.match(/revision 11/);
  });
});

describe('the oracle of writers', () => {
  const terms = [appFact(1, { epoch: 1, owner: 'a' }), appFact(5, { epoch: 2, owner: 'b' }), appFact(9, { epoch: 2 })];
  const call = (what: string, epoch: number, sentAt: number, outcome: Call['outcome'] = 'done'): Call => ({
    process: 'a',
    id: sentAt,
    n: 1,
    port: 'cluster',
    what,
    app: `${namespace}/${appName}`,
    epoch,
    sentAt,
    endedAt: sentAt + 1,
    outcome,
  });

  it('lets epochs grow, and speaks when an object carries an older one than before', () => {
    const grows = [1, 1, 2].map((epoch, index) => change(index + 1, object('Service', 'web', 'u', {}, epoch)));
    expect(epochsThatWentBack(grows)).to.deep.equal([]);
    expect(epochsThatWentBack([...grows, change(9, object('Service', 'web', 'u', {}, 1))])).to.have.length(1);
  });

  it('lets the old owner write until it is replaced, and speaks of what succeeds later', () => {
    expect(
      lateWrites([call('replace Service web', 1, 4000), call('replace Service web', 2, 6000)], terms, namespace, appName),
    ).to.deep.equal([]);
    expect(lateWrites([call('replace Service web', 1, 6000, 'failed')], terms, namespace, appName)).to.deep.equal([]);
    expect(lateWrites([call('replace Service web', 1, 6000)], terms, namespace, appName)).to.have.length(1);
  });

  it('speaks when the store gives an app to a new owner without a new epoch, or takes an epoch back', () => {
    expect(lateWrites([], terms, namespace, appName)).to.deep.equal([]);
    expect(lateWrites([], [...terms, appFact(10, { epoch: 2, owner: 'c' })], namespace, appName)).to.have.length(1);
    expect(lateWrites([], [...terms, appFact(10, { epoch: 1 })], namespace, appName)).to.have.length(1);
  });

  it('wants one process for each epoch', () => {
    const of = (process: string, epoch: number) => ({ ...call('replace Service web', epoch, 4000), process });
    expect(sharedEpochs([of('a', 1), of('a', 1), of('b', 2)], namespace, appName)).to.deep.equal([]);
    expect(sharedEpochs([of('a', 1), of('b', 1)], namespace, appName)).to.have.length(1);
    expect(sharedEpochs([of('a', 1), { ...of('b', 1), outcome: 'failed' }], namespace, appName)).to.deep.equal([]);
  });

  it('lets a late create stand for two seconds', () => {
    const late = object('Service', 'web-2', 'u', {}, 1);
    const made = change(6, late, 'added');
    const judge = (changes: ObjectChange[], calls: Call[] = []) => strays({ calls, facts: terms, changes }, namespace, appName, 60_000);
    expect(judge([{ ...made, at: 4000 }])).to.deep.equal([]);
    expect(judge([made, change(7, late, 'deleted')])).to.deep.equal([]);
    expect(judge([made, change(7, object('Service', 'web-2', 'u', {}, 2))])).to.deep.equal([]);
    expect(judge([made])).to.have.length(1);
    expect(judge([made], [call('create Service web-2', 1, 4000)]), 'made in time, heard of late').to.deep.equal([]);
    expect(judge([made], [call('create Service web-2', 1, 6000)])).to.have.length(1);
    expect(judge([made, change(9, late, 'deleted')])).to.have.length(1);
  });

  it('names what a process changed after a moment, reads and refused calls apart', () => {
    const calls = [
      call('replace Service web', 1, 6000),
      call('remove Service web-1', 1, 6000, 'failed'),
      { ...call('list Service', 1, 6000), n: 0 },
    ];
    expect(changedAfter(calls, 'a', 5000)).to.deep.equal(['replace Service web']);
    expect(changedAfter(calls, 'a', 7000)).to.deep.equal([]);
    expect(changedAfter(calls, 'b', 5000)).to.deep.equal([]);
  });

  it('leaves what a woken process does under a new claim to the other oracles, and nothing else', () => {
    const claim = (epoch: number, at: number, outcome: Call['outcome'] = 'done'): Call => ({
      ...call('store app', 1, at, outcome),
      port: 'store',
      owner: 'me',
      epoch,
    });
    const held = claim(2, 1000);
    const write = call('replace Service web', 2, 6000);
    const judged = (...calls: Call[]) => underOldClaim([held, ...calls], 'a', 5000).map(({ what }) => what);
    expect(judged(write)).to.deep.equal(['replace Service web']);
    expect(judged(claim(2, 5500), write), 'it goes on as if it still owned the app').to.have.length(2);
    expect(judged(claim(4, 5500, 'lost'), write), 'its claim was refused').to.have.length(2);
    expect(judged(claim(4, 5500), write)).to.deep.equal([]);
    expect(judged(call('remove Service web-2', 2, 5200), claim(4, 5500), write)).to.deep.equal(['remove Service web-2']);
    expect(underOldClaim([held, write], 'b', 5000)).to.deep.equal([]);
  });
});

describe('the oracles of records', () => {
  const life = (...steps: Partial<Deployment>[]) =>
    livesOf(
      steps.map((step, index) => recordFact(index + 1, 'd', step)),
      namespace,
      appName,
    );
  const replaced = { code: 'REPLACED', message: '' } as const;
  const patience = { resumed: [], leaseMs: 5000, timeoutMs: 30_000, now: 1_000_000 };

  it('let the transitions of the protocol pass and no other', () => {
    expect(
      wrongTransitions(
        life({ status: 'DEPLOYING' }, { status: 'DEPLOYED' }, { status: 'UNDEPLOYED', reason: replaced }, { status: 'DEPLOYED' }),
      ),
    ).to.deep.equal([]);
    expect(wrongTransitions(life({ status: 'DEPLOYING' }, { status: 'UNDEPLOYING' }))).to.have.length(1);
    expect(wrongTransitions(life({ status: 'FAILURE' }, { status: 'DEPLOYED' }))).to.have.length(1);
    expect(wrongTransitions(life({ status: 'DEPLOYED' }, { status: 'UNDEPLOYED' }))).to.have.length(1);
    expect(wrongTransitions(life({ status: 'DEPLOYED' }, { status: 'FAILURE', reason: replaced }))).to.have.length(1);
  });

  it('want lastModified to grow and deployedAt to stay', () => {
    const at = '2026-01-01T00:00:00.000Z';
    expect(wrongTimes(life({ status: 'DEPLOYED', deployedAt: at }, { status: 'DEPLOYED', deployedAt: at }))).to.deep.equal([]);
    expect(wrongTimes(life({ status: 'DEPLOYED', deployedAt: at }, { status: 'DEPLOYED' }))).to.have.length(1);
    expect(wrongTimes(life({ lastModified: at }, { lastModified: at }))).to.have.length(1);
  });

  it('want an end within lease, five seconds and what is left of the deadline', () => {
    const ends = (atMs: number) => {
      const facts = [
        recordFact(1, 'd', { status: 'DEPLOYING', deadline: 20_000 }),
        { ...recordFact(2, 'd', { status: 'DEPLOYED' }), at: atMs },
      ];
      return livesOf(facts, namespace, appName);
    };
    expect(lateEnds(ends(29_000), { ...patience, resumed: [10_000] })).to.deep.equal([]);
    expect(lateEnds(ends(31_000), { ...patience, resumed: [10_000] })).to.have.length(1);
    // Down for longer than the deadline: then lease and five seconds are left.
    expect(lateEnds(ends(69_000), { ...patience, resumed: [60_000] })).to.deep.equal([]);
    expect(lateEnds(ends(71_000), { ...patience, resumed: [60_000] })).to.have.length(1);
    expect(lateEnds(life({ status: 'DEPLOYING', deadline: 20_000 }), patience).join()).to.match(/is still DEPLOYING/);
    expect(lateEnds(life({ status: 'DEPLOYING', deadline: 20_000 }), { ...patience, now: 15_000 })).to.deep.equal([]);
  });

  it('give an undeployment no more than lease and five seconds, and count a removed record as ended', () => {
    const begun = recordFact(1, 'd', { status: 'UNDEPLOYING', deadline: 900_000 });
    const judge = (...rest: Fact[]) => lateEnds(livesOf([begun, ...rest], namespace, appName), patience);
    const removed = fact(2, `deployments/${namespace}/d`);
    expect(judge(removed)).to.deep.equal([]);
    expect(judge({ ...removed, at: 12_000 })).to.have.length(1);
    expect(judge({ ...recordFact(2, 'd', { status: 'UNDEPLOYED' }), at: 12_000 })).to.have.length(1);
  });

  it('want every number given once, rollbacks apart, and a counter that never goes back', () => {
    const first = recordFact(1, 'a', { version: '1' });
    const judge = (...facts: Fact[]) => repeatedNumbers(facts, namespace, appName);
    expect(judge(first, recordFact(2, 'b', { version: '2' }), recordFact(3, 'c', { version: '1', rollbackOf: 'b' }))).to.deep.equal([]);
    expect(judge(first, recordFact(2, 'b', { version: '1' }))).to.have.length(1);
    expect(judge(appFact(1, { counter: 2 }), appFact(2, { counter: 1 }))).to.have.length(1);
  });

  it('want logs without a gap that reach what their record names', () => {
    const record = { id: 'd', log: { next: 4, endSeq: 2, settledSeq: 3 } };
    const entries = (...seqs: number[]) => seqs.map(seq => ({ seq }));
    expect(gapsInLog(record, entries(1, 2, 3))).to.deep.equal([]);
    expect(gapsInLog(record, entries(1, 3))).to.not.deep.equal([]);
    expect(gapsInLog(record, entries(1, 2, 2, 3))).to.not.deep.equal([]);
    expect(gapsInLog(record, entries(1, 2))).to.not.deep.equal([]);
  });

  it('miss what was acknowledged and is not there', () => {
    const acknowledged = [{ id: 'a', what: 'a deployment' }];
    expect(lostRequests(acknowledged, new Set(['a']))).to.deep.equal([]);
    expect(lostRequests(acknowledged, new Set(['b']))).to.have.length(1);
  });
});

describe('the oracles of objects', () => {
  const wanted = ['Ingress web', 'Ingress web-2', 'ReplicationController web-2', 'Service web', 'Service web-2'].map((text, index) => {
    const [kind = '', name = ''] = text.split(' ');
    return object(kind, name, String(index));
  });
  const notes = object('Service', 'web-notes', 'foreign', { spec: { selector: { app: 'nobody' } } });

  it('want exactly the objects of the version, those of others apart', () => {
    expect(unexpected([...wanted, notes], 'web', '2', new Set(['foreign']))).to.deep.equal([]);
    expect(unexpected([...wanted, notes], 'web', '2', new Set())).to.deep.equal(['Service web-notes stands, and nobody wants it']);
    expect(unexpected(wanted.slice(1), 'web', '2', new Set())).to.deep.equal(['Ingress web is missing']);
    expect(unexpected(wanted, 'web', undefined, new Set())).to.have.length(5);
    expect(unexpected([object('Service', 'website', 'x')], 'web', undefined, new Set())).to.deep.equal([]);
  });

  it('see a foreign object that was changed or deleted, not the status that the cluster writes', () => {
    expect(touched([change(1, notes, 'added'), change(2, { ...notes, status: { replicas: 0 } })], [notes])).to.deep.equal([]);
    expect(touched([change(2, notes, 'deleted')], [notes])).to.have.length(1);
    expect(touched([change(2, { ...notes, spec: { selector: { app: 'web' } } })], [notes])).to.have.length(1);
    expect(touched([change(2, { ...notes, metadata: { ...notes.metadata, labels: {} } })], [notes])).to.have.length(1);
  });
});

describe('the record of a history', () => {
  it('leaves half a line out and loses no line after it', () => {
    const sent = JSON.stringify({ sent: { process: '1', id: 1, n: 1, port: 'store', what: 'x', sentAt: 5 } });
    const ended = JSON.stringify({ ended: { process: '1', id: 1, at: 6, outcome: 'done' } });
    const { calls } = readLines(`\n${sent}\n{"fact":{"at":1,"ke\n${ended}`);
    expect(calls).to.deep.equal([{ process: '1', id: 1, n: 1, port: 'store', what: 'x', sentAt: 5, endedAt: 6, outcome: 'done' }]);
  });

  it('knows each value once, by its first sight, in the order of the store', () => {
    const seen = inOrder([fact(3, 'b', 1), { ...fact(2, 'a', 1), at: 9 }, { ...fact(2, 'a', 1), at: 4 }]);
    expect(seen.map(({ key, at }) => [key, at])).to.deep.equal([
      ['/deployer/a', 4],
      ['/deployer/b', 3000],
    ]);
  });

  it('has delays that depend on the seed and on nothing else', () => {
    expect(chance(3, 5, 1)).to.equal(chance(3, 5, 1));
    const values = Array.from({ length: 20 }, (_, seed) => chance(seed + 1, 5, 1));
    expect(new Set(values).size).to.equal(20);
    for (const value of values) expect(value).to.be.within(0, 1);
  });
});

describe('an order to strike', () => {
  const afterAnswer = { at: 'call', n: 1, moment: 'answered', deed: 'term' } as const;
  const soon = () => new Promise(resolve => setTimeout(resolve, 5));

  for (const [title, takenBack, wanted] of [
    ['is kept a moment after the answer', false, ['SIGTERM']],
    ['is forgotten when another one was taken after the answer: who took it lives', true, []],
  ] as const) {
    it(title, async () => {
      const signals: string[] = [];
      const strikes = createStrikes(silentRecorder, name => signals.push(name));
      strikes.obey(afterAnswer);
      await strikes.next('create Service web').answered();
      if (takenBack) strikes.obey({ at: 'never' });
      await soon();
      expect(signals).to.deep.equal(wanted);
    });
  }
});
