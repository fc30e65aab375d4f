import { expect } from 'chai';
import fc from 'fast-check';
import { mergeEnvironment, variableName, variablesOf } from './environment.ts';

const vars = (...names: string[]) => names.map(name => ({ name, value: name }));

describe('environment', () => {
  it('keeps a key that is an identifier and rewrites any other', () => {
    const names = {
      mongo_url: 'mongo_url',
      'my-key': 'MY_KEY',
      'db/host': 'DB_HOST',
      '9lives': '_9LIVES',
      ünïcode: '_N_CODE',
      '': undefined,
    };
    for (const [key, name] of Object.entries(names)) expect(variableName(key), key).to.equal(name);
  });

  it('gives every rewritten key a name that Kubernetes and shells accept', () => {
    fc.assert(fc.property(fc.string({ minLength: 1, unit: 'binary' }), key => /^[A-Za-z_][A-Za-z0-9_]*$/.test(variableName(key) ?? '')));
  });

  it('prefers the key that is the name itself when two keys come to one name', () => {
    expect(variablesOf({ 'MY-KEY': 'rewritten', MY_KEY: 'exact', 'my.key': 'rewritten too' })).to.deep.equal([
      { name: 'MY_KEY', value: 'exact' },
    ]);
  });

  it('takes each name from the strongest source: built-ins, own, map, store', () => {
    const named = (source: string, ...names: string[]) => names.map(name => ({ name, value: source }));
    const merged = mergeEnvironment({
      builtIns: named('built-in', 'A'),
      own: named('own', 'A', 'B'),
      map: named('map', 'A', 'B', 'C'),
      store: named('store', 'A', 'B', 'C', 'D'),
    });
    expect(Object.fromEntries(merged.map(({ name, value }) => [name, value]))).to.deep.equal({
      A: 'built-in',
      B: 'own',
      C: 'map',
      D: 'store',
    });
  });

  it('names nothing twice, and loses nothing, whatever the sources repeat', () => {
    const source = fc.array(fc.constantFrom('A', 'B', 'C', 'D'), { maxLength: 6 });
    fc.assert(
      fc.property(source, source, source, source, (builtIns, own, map, store) => {
        const merged = mergeEnvironment({ builtIns: vars(...builtIns), own: vars(...own), map: vars(...map), store: vars(...store) }).map(
          ({ name }) => name,
        );
        expect([...merged].sort()).to.deep.equal([...new Set([...builtIns, ...own, ...map, ...store])].sort());
      }),
    );
  });

  it("lets a container's own variable refer to any other, because references see earlier entries only", () => {
    const own = [{ name: 'URL', value: 'http://$(APP_NAME).$(DOMAIN)/$(ZONE)' }];
    const merged = mergeEnvironment({ builtIns: vars('APP_NAME'), own, map: vars('ZONE'), store: vars('DOMAIN') });
    expect(merged.at(-1)).to.deep.equal(own[0]);
  });

  it('keeps the last of several equal names of one container, as Kubernetes would', () => {
    const own = [
      { name: 'A', value: 'first' },
      { name: 'A', value: 'last' },
    ];
    expect(mergeEnvironment({ builtIns: [], own, map: [], store: [] })).to.deep.equal([{ name: 'A', value: 'last' }]);
  });
});
