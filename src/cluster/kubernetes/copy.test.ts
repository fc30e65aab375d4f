import { expect } from 'chai';
import fc from 'fast-check';
import type { KubeObject } from '../objects.ts';
import { createCopy } from './copy.ts';
import { compareVersions } from './resource-version.ts';

const object = (name: string, uid: string, version: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n', uid, resourceVersion: String(version) },
});
const view = (objects: KubeObject[]) =>
  objects.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`).sort();

/** A server's history: every step creates, changes or deletes one of three names. */
interface Step {
  version: number;
  type: 'put' | 'delete';
  object: KubeObject;
}
function historyOf(choices: { name: number; remove: boolean }[]): Step[] {
  const alive = new Map<string, string>();
  let uids = 0;
  return choices.flatMap(({ name: index, remove }, at): Step[] => {
    const name = `o${index}`;
    const version = 90 + at;
    const uid = alive.get(name);
    if (remove && uid === undefined) return [];
    if (remove && uid !== undefined) {
      alive.delete(name);
      return [{ version, type: 'delete', object: object(name, uid, version) }];
    }
    const own = uid ?? `uid${uids++}`;
    alive.set(name, own);
    return [{ version, type: 'put', object: object(name, own, version) }];
  });
}
function stateAt(history: Step[], version: number): KubeObject[] {
  const state = new Map<string, KubeObject>();
  for (const step of history) {
    if (step.version > version) break;
    if (step.type === 'put') state.set(step.object.metadata.name, step.object);
    else state.delete(step.object.metadata.name);
  }
  return [...state.values()];
}

describe('the copy behind a mirror', () => {
  it('ends as the server is, whatever was learned, forgotten, listed again or told late', () => {
    const choices = fc.array(fc.record({ name: fc.nat(2), remove: fc.boolean() }), { minLength: 1, maxLength: 25 });
    /** Between two events of the watch: answers to writes, deletes that we know of, and lists, of any time up to the end. */
    const asides = fc.array(fc.record({ before: fc.nat(30), kind: fc.constantFrom('learn', 'forget', 'list'), step: fc.nat(30) }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(choices, asides, (chosen, aside) => {
        const history = historyOf(chosen);
        const copy = createCopy(() => 0);
        const told = new Map<string, string>();
        const tell = (events: ReturnType<typeof copy.put>) => {
          for (const { type, object: one } of events) {
            if (type === 'deleted') told.delete(one.metadata.name);
            else told.set(one.metadata.name, view([one])[0] ?? '');
          }
        };
        const play = (kind: string, step: Step | undefined) => {
          if (!step) return;
          if (kind === 'learn' && step.type === 'put') tell(copy.put(step.object));
          if (kind === 'forget' && step.type === 'delete') tell(copy.bury('n', step.object.metadata.name, step.object.metadata.uid ?? ''));
          if (kind === 'list') tell(copy.replaceAll(stateAt(history, step.version), String(step.version), false));
        };
        history.forEach((step, index) => {
          for (const { before, kind, step: which } of aside) if (before === index) play(kind, history[which]);
          tell(step.type === 'put' ? copy.put(step.object) : copy.drop(step.object));
        });
        expect(view(copy.list('n', {}))).to.deep.equal(view(stateAt(history, Number.POSITIVE_INFINITY)));
        expect([...told.values()].sort()).to.deep.equal(view(copy.list('n', {})));
        expect(copy.size).to.equal(copy.list('', {}).length);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps an object that was learned after the list was taken', () => {
    const copy = createCopy(() => 0);
    copy.put(object('a', 'u', 12));
    expect(copy.replaceAll([], '10', false)).to.deep.equal([]);
    expect(copy.replaceAll([], '12', false)).to.have.length(1);
  });

  it("does not let a stripped label's DELETED undo a newer write of ours", () => {
    const copy = createCopy(() => 0);
    copy.put(object('a', 'u', 15));
    expect(copy.drop(object('a', 'u', 10))).to.deep.equal([]);
    expect(copy.drop(object('a', 'u', 16))).to.have.length(1);
    expect(copy.put(object('a', 'u', 17))).to.have.length(1);
  });

  it('tells a successor of the same name as deleted and added', () => {
    const copy = createCopy(() => 0);
    copy.put(object('a', 'u', 1));
    expect(copy.put(object('a', 'v', 2)).map(({ type, object: { metadata } }) => `${type} ${metadata.uid}`)).to.deep.equal([
      'deleted u',
      'added v',
    ]);
  });

  it('lists by labels and namespace', () => {
    const copy = createCopy(() => 0);
    const labelled = (name: string, labels: Record<string, string>, namespace = 'n') =>
      copy.put({ ...object(name, name, 1), metadata: { ...object(name, name, 1).metadata, namespace, labels } });
    labelled('a', { app: 'x', version: '1' });
    labelled('b', { app: 'x', version: '2' });
    labelled('c', { app: 'x', version: '1' }, 'm');
    const names = (namespace: string, labels = {}) => copy.list(namespace, labels).map(({ metadata }) => metadata.name);
    expect(names('n', { app: 'x' })).to.deep.equal(['a', 'b']);
    expect(names('n', { app: 'x', version: '1' })).to.deep.equal(['a']);
    expect(names('', { version: '1' })).to.deep.equal(['a', 'c']);
    expect(names('n', { app: 'y' })).to.deep.equal([]);
  });

  it('compares versions as numbers of any length', () => {
    expect(compareVersions('9', '10')).to.be.lessThan(0);
    expect(compareVersions('18446744073709551615', '18446744073709551614')).to.be.greaterThan(0);
    expect(compareVersions('0010', '10')).to.equal(0);
    expect(compareVersions(undefined, '1')).to.be.lessThan(0);
    expect(compareVersions('nonsense', '1')).to.be.lessThan(0);
  });
});
