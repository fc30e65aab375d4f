import { expect } from 'chai';
import fc from 'fast-check';
import { changedFields } from './change.ts';

const fieldsOf = (before: object, after: object) => changedFields(before, after).fields;

describe('changed fields', () => {
  it('are told by pointer, with what was and what is', () => {
    expect(fieldsOf({ replicas: 2, frontend: 'a.example' }, { replicas: 3, redirectWww: true })).to.deep.equal([
      { pointer: '/frontend', before: 'a.example' },
      { pointer: '/redirectWww', after: true },
      { pointer: '/replicas', before: 2, after: 3 },
    ]);
    expect(fieldsOf({ podspec: { containers: [{ image: 'a:1' }] } }, { podspec: { containers: [{ image: 'a:2' }, {}] } })).to.deep.equal([
      { pointer: '/podspec/containers/0/image', before: 'a:1', after: 'a:2' },
      { pointer: '/podspec/containers/1', after: {} },
    ]);
    expect(fieldsOf({ labels: { 'a/b~c': 'x' } }, { labels: {} })).to.deep.equal([{ pointer: '/labels/a~1b~0c', before: 'x' }]);
  });

  it('hide whatever could be a secret, and keep the names of variables', () => {
    const value = (text: string) => ({
      environment: { MODE: text },
      webhooks: [{ key: text }],
      annotations: { note: text },
      additionHttpHeaders: [{ Header: 'X-A', Value: text }],
      podspec: {
        containers: [{ args: [text], command: [text], env: [{ name: text.slice(0, 1), value: text }] }],
        initContainers: [{ env: [{ name: 'A', value: text }] }],
        vaultToken: text,
      },
    });
    const text = JSON.stringify(fieldsOf(value('old-secret'), value('new-secret')));
    expect(text).not.to.match(/old-secret|new-secret/);
    expect(text).to.include('"pointer":"/podspec/containers/0/env/0/name","before":"o","after":"n"');
    expect(fieldsOf(value('a'), value('b'))).to.have.length(10);
  });

  it('are at most fifty of at most two hundred characters', () => {
    const many = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`f${index}`, 'x'.repeat(5000)]));
    const change = changedFields({}, many);
    expect([change.fields?.length, change.moreFields]).to.deep.equal([50, 20]);
    expect(JSON.stringify(change).length).to.be.below(50 * 260);
  });

  it('are none exactly when nothing has changed', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(fieldsOf(before, before)).to.deep.equal([]);
        const ordered = (given: unknown): string =>
          JSON.stringify(given, (_key, inner: unknown) =>
            inner !== null && typeof inner === 'object' && !Array.isArray(inner)
              ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
              : inner,
          );
        expect(fieldsOf(before, after)?.length === 0).to.equal(ordered(before) === ordered(after));
      }),
    );
  });
});
