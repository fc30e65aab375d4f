import { expect } from 'chai';
import fc from 'fast-check';
import type { Problem } from '../lib/problem.ts';
import { claimAt, principalOf, type ClaimNames } from './claims.ts';
import type { Principal } from './principal.ts';

const names: ClaimNames = { jwtNamespacesClaim: 'namespaces', jwtRolesClaim: 'roles' };
const principal = (claims: object, more: Partial<ClaimNames> = {}): Principal =>
  principalOf({ sub: 'ann', exp: 1000, ...claims }, { ...names, ...more });
const refused = (claims: object): string => {
  try {
    principal(claims);
  } catch (error) {
    return (error as Problem).code;
  }
  return 'let in';
};

describe('the principal of a token', () => {
  it('has its name, role, namespaces and end', () => {
    expect(principal({ roles: ['deployer'], namespaces: ['shop', 'blog'] })).to.deep.equal({
      name: 'ann',
      role: 'deployer',
      namespaces: ['shop', 'blog'],
      expiresAtMs: 1_000_000,
    });
  });

  describe('has no namespace when the claim is', () => {
    for (const claim of [undefined, null, 'shop', '', '*', 1, true, {}, { 0: 'shop' }, [], [''], ['*'], [1], [['shop']], [null]])
      for (const role of ['viewer', 'deployer'])
        it(`${JSON.stringify(claim)} and the role ${role}`, () =>
          expect(principal({ roles: [role], namespaces: claim }).namespaces).to.deep.equal([]));
  });

  it('passes over what is no name of a namespace', () => {
    const claim = ['a', '*', '..', '.', 'a/b', 'A', '-a', 'a'.repeat(64), 'a ', 'a\n', 'ѕhop', 'a.b', 'b-1', 'a'];
    expect(principal({ namespaces: claim }).namespaces).to.deep.equal(['a', 'b-1']);
  });

  it('has exact names only, whatever the claim holds', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.jsonValue())), claim => {
        const { namespaces } = principal({ namespaces: claim });
        for (const namespace of namespaces) {
          expect(claim).to.include(namespace);
          expect(namespace).to.match(/^[a-z0-9][-a-z0-9]{0,62}$/);
        }
      }),
    );
  });

  it('works everywhere as admin, and only then', () => {
    for (const namespaces of [undefined, [], ['*'], ['shop']])
      expect(principal({ roles: ['admin'], namespaces }).namespaces).to.equal('all');
  });

  it('is viewer without a role claim, and has the highest of several', () => {
    expect(principal({}).role).to.equal('viewer');
    expect(principal({ roles: ['offline_access', 'deployer', 'viewer'] }).role).to.equal('deployer');
  });

  for (const roles of [null, '', 'admin', '*', ['*'], [], [''], ['Admin'], ['boss'], {}, { admin: true }, [['admin']], 1])
    it(`has no access with the roles ${JSON.stringify(roles)}`, () => expect(refused({ roles })).to.equal('FORBIDDEN'));

  for (const sub of [undefined, null, '', 7, ['ann'], 'a\nb', 'a\u0000', 'a\u009b31m', 'a\u202eb', 'a\ud800', 'a'.repeat(257)])
    it(`has no name ${JSON.stringify(sub)?.slice(0, 20)}`, () => expect(refused({ sub })).to.equal('UNAUTHENTICATED'));

  it('may have a name of 256 characters in any language', () => {
    const sub = 'ä'.repeat(256);
    expect(principal({ sub }).name).to.equal(sub);
  });
});

describe('the claim at a path', () => {
  const claims = {
    roles: ['viewer'],
    realm_access: { roles: ['deployer'] },
    'https://example.com/roles': ['admin'],
    'a.b': 'literal',
    a: { b: 'nested', list: [{ b: 1 }] },
  };
  const rows: [path: string, expected: unknown][] = [
    ['roles', ['viewer']],
    ['realm_access.roles', ['deployer']],
    ['https://example.com/roles', ['admin']],
    ['a.b', 'literal'],
    ['a.c', undefined],
    ['a.list.0', undefined],
    ['a.list.length', undefined],
    ['roles.length', undefined],
    ['constructor', undefined],
    ['constructor.name', undefined],
    ['__proto__', undefined],
    ['a.__proto__.toString', undefined],
    ['toString', undefined],
    ['', undefined],
    ['.', undefined],
    ['a..b', undefined],
  ];
  for (const [path, expected] of rows) it(`"${path}"`, () => expect(claimAt(claims, path)).to.deep.equal(expected));

  it('of a token that brings its own __proto__ is that value and nobody else’s', () => {
    const evil = JSON.parse('{"__proto__": {"roles": ["admin"]}}') as object;
    expect(claimAt(evil, 'roles')).to.equal(undefined);
    expect(principal(evil).role).to.equal('viewer');
  });
});
