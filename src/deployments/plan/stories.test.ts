import { expect } from 'chai';
import fc from 'fast-check';
import { deployment } from '../../testing/builders.ts';
import { simulate, type Simulation } from '../../testing/simulation.ts';
import { isEnd } from '../transitions.ts';
import { keyOf } from './difference.ts';
import { healthyPods } from './pods.ts';
import { otherOf, servingOf, wanted } from './wanted.ts';

/** The same stories each time; absent = others. */
const seed = process.env['TEAL_STORIES_SEED'];

/** What users, other people's hands and accidents do to an app, in any order and at any moment. TEAL_STORIES says how many stories are told. */
type Deed =
  | { do: 'deploy'; version: string; manual: boolean; ported: boolean; stable: boolean }
  | { do: 'rollback' | 'promote' | 'abort' | 'remove'; which: number; forget: boolean }
  | { do: 'strip' | 'delete' | 'scale'; which: number }
  | { do: 'sicken' | 'heal' | 'unlist' | 'list'; version: string }
  | { do: 'refuse'; which: number; change: 'update' | 'remove' }
  | { do: 'allow' }
  | { do: 'crash' }
  | { do: 'go'; steps: number }
  | { do: 'pass'; ms: number };

const versions = fc.constantFrom('a', 'b', '1', '2');
const deed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    do: fc.constant('deploy' as const),
    version: versions,
    manual: fc.boolean(),
    ported: fc.constantFrom(true, true, true, false),
    stable: fc.constantFrom(false, false, true),
  }),
  fc.record({
    do: fc.constantFrom('rollback' as const, 'promote' as const, 'abort' as const, 'remove' as const),
    which: fc.nat(3),
    forget: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('strip' as const, 'delete' as const, 'scale' as const), which: fc.nat(20) }),
  fc.record({ do: fc.constantFrom('sicken' as const, 'heal' as const, 'unlist' as const, 'list' as const), version: versions }),
  fc.record({ do: fc.constant('refuse' as const), which: fc.nat(20), change: fc.constantFrom('update' as const, 'remove' as const) }),
  fc.record({ do: fc.constant('allow' as const) }),
  fc.record({ do: fc.constant('crash' as const) }),
  { weight: 6, arbitrary: fc.record({ do: fc.constant('go' as const), steps: fc.nat(12) }) },
  fc.record({ do: fc.constant('pass' as const), ms: fc.nat(40_000) }),
);

function play(s: Simulation, story: Deed[], check: () => void): void {
  let count = 0;
  for (const one of story) {
    switch (one.do) {
      case 'deploy': {
        const { ports, ...rest } = {
          ports: one.ported,
          ...(one.manual ? { promotion: 'manual' as const } : {}),
          ...(one.stable ? { routing: 'stable-service' as const } : {}),
        };
        const podspec = ports ? {} : { podspec: { containers: [{ name: 'worker', image: 'demo-app:v1' }] } };
        s.accept(deployment(`dep-${String(++count)}`, one.version, {}, { ...rest, ...podspec }));
        break;
      }
      case 'rollback': {
        const live = servingOf(s.observed());
        if (live?.status !== 'DEPLOYED' || s.app.intent) break;
        const other = otherOf(s.observed());
        const running = other?.status === 'UNDEPLOYED' && other.phase === 'draining' ? other : undefined;
        const previous =
          running ??
          [...s.records.values()]
            .reverse()
            .find(d => d.deployedAt !== undefined && d.status === 'UNDEPLOYED' && d.version !== live.version);
        if (!previous) break;
        const reason = { code: 'ROLLED_BACK', message: 'rolled back' } as const;
        for (const id of s.app.queue) s.edit(id, { status: 'UNDEPLOYED', phase: 'settled', settledAt: 'now', reason });
        if (other?.status === 'DEPLOYING') s.edit(other.id, { reason, wishes: { ...other.wishes, cancel: true } });
        s.app = { ...s.app, queue: [] };
        const id = `dep-${String(++count)}`;
        s.accept({
          ...deployment(id, previous.version, { rollbackOf: live.id, objectsOf: running ? running.objectsOf : id }),
          descriptor: previous.descriptor,
        });
        break;
      }
      case 'promote': {
        const other = otherOf(s.observed());
        if (other?.phase === 'waiting') s.wish(other.id, { promote: true });
        break;
      }
      case 'abort': {
        const other = otherOf(s.observed());
        if (other && ['starting', 'verifying', 'preparing-traffic', 'waiting'].includes(other.phase)) s.wish(other.id, { abort: true });
        break;
      }
      case 'remove': {
        const d = [...s.records.values()][one.which];
        if (!d) break;
        const forget = one.forget ? { delete: true as const } : {};
        if (s.app.queue.includes(d.id)) {
          s.app = { ...s.app, queue: s.app.queue.filter(id => id !== d.id) };
          s.edit(d.id, { status: 'UNDEPLOYED', phase: 'settled', settledAt: 'now' });
        } else if (d.status === 'DEPLOYING') s.wish(d.id, { cancel: true, ...forget });
        else if (d.status === 'DEPLOYED') {
          const { settledAt: _, ...rest } = d;
          s.records.set(d.id, { ...rest, status: 'UNDEPLOYING', wishes: { ...d.wishes, undeploy: true, ...forget } });
        } else if (s.app.serving === d.id || s.app.other === d.id) s.wish(d.id, forget);
        break;
      }
      case 'strip':
      case 'delete':
      case 'scale': {
        const object = [...s.objects.values()][one.which];
        if (!object) break;
        const key = keyOf(object);
        if (one.do === 'delete') s.objects.delete(key);
        else if (one.do === 'strip' && object.kind === 'Service')
          s.objects.set(key, { ...object, spec: { ...object['spec'], selector: { app: 'shop' } } });
        else if (one.do === 'scale' && object.kind === 'ReplicationController')
          s.objects.set(key, { ...object, spec: { ...object['spec'], replicas: 3 }, status: { replicas: 3, observedGeneration: 1 } });
        break;
      }
      case 'sicken':
        // Most often the version that traffic is just moving to.
        s.sick.add(s.records.get(s.app.intent?.to ?? '')?.version ?? one.version);
        break;
      case 'heal':
        s.sick.delete(one.version);
        break;
      case 'unlist':
        s.unlisted.add(one.version);
        break;
      case 'list':
        s.unlisted.delete(one.version);
        break;
      case 'refuse': {
        const object = [...s.objects.values()][one.which];
        if (object) s.refuse.set(`${one.change} ${keyOf(object)}`, { code: 'REFUSED_BY_CLUSTER', message: 'denied by a webhook' });
        break;
      }
      case 'allow':
        s.refuse.clear();
        break;
      case 'crash':
        s.crash();
        break;
      case 'go':
        for (let step = 0; step < one.steps; step++) {
          const decision = s.step();
          check();
          if (decision.do === 'rest') break;
          if (decision.do === 'wait') s.now = Math.max(s.now + 1, Math.min(decision.until ?? s.now + 1000, s.now + 1000));
        }
        break;
      case 'pass':
        s.now += one.ms;
        break;
    }
  }
}

/** Fails when traffic stays on a version without healthy pods though the other one of the two stands healthy and may have it. */
function watchTraffic(s: Simulation): () => void {
  let steps = 0;
  return () => {
    const o = s.observed();
    const serving = servingOf(o);
    const other = otherOf(o);
    const served = [serving, other].find(d => d?.version === s.servedVersion());
    const spare = [serving, other].find(d => d && d !== served);
    const mayMove =
      served && spare && spare.phase === 'draining' && served.status === 'DEPLOYED' && !served.movedBack && served.rollbackOf === undefined;
    const dark =
      mayMove && served && spare && healthyPods(o.world, o.facts, served).length === 0 && healthyPods(o.world, o.facts, spare).length > 0;
    steps = dark ? steps + 1 : 0;
    if (steps > 25)
      throw new Error(`traffic stays on version ${String(served?.version)}, which is down, while ${String(spare?.version)} is healthy`);
  };
}

describe('plan, in any order of deeds', () => {
  it('rests in the end, with every record settled and exactly what is wanted standing', () => {
    fc.assert(
      fc.property(fc.array(deed, { minLength: 3, maxLength: 40, size: 'max' }), fc.constantFrom(0, 30), (story, drainSeconds) => {
        const s = simulate({ drainSeconds });
        const check = watchTraffic(s);
        // A version serves and another one is on its way: only from there the deeds reach switch, drain and the way back.
        s.accept(deployment('dep-a', 'a'));
        s.run();
        s.accept(deployment('dep-b', 'b'));
        play(s, story, check);
        s.sick.clear();
        s.unlisted.clear();
        s.refuse.clear();
        for (let round = 0; round < 20; round++) {
          s.run({ maxSteps: 1000 });
          const other = otherOf(s.observed());
          if (other?.phase !== 'waiting') break;
          s.wish(other.id, { promote: true });
        }
        expect(s.app).to.not.have.any.keys('owner', 'intent', 'other');
        expect(s.app.queue).to.deep.equal([]);
        for (const d of s.records.values()) {
          expect(isEnd(d.status), `${d.id} ends, not ${d.status} ${d.phase}`).to.equal(true);
          expect(d.settledAt, `${d.id} ${d.status} ${d.phase} settles`).to.be.a('string');
          expect(d.status === 'DEPLOYED').to.equal(d.id === s.app.serving);
          if (d.wishes.delete && !d.wishes.cancel) expect(d.status, `${d.id} was to be deleted`).to.equal('DEPLOYED');
        }
        const goals = wanted(s.observed()).map(goal => keyOf(goal.object));
        expect([...s.objects.keys()].sort()).to.deep.equal([...new Set(goals)].sort());
        const serving = servingOf(s.observed());
        if (serving && s.objects.has('Service/shop')) expect(s.servedVersion()).to.equal(serving.version);
      }),
      { numRuns: Number(process.env['TEAL_STORIES'] ?? 150), ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
  }).timeout(120_000);
});
