import { expect } from 'chai';
import fc from 'fast-check';
import { fullName, registryFaults, whyNoRegistry } from './registries.ts';

const names: [image: string, full: string | undefined][] = [
  ['nginx', 'docker.io/library/nginx'],
  ['nginx:1.2', 'docker.io/library/nginx'],
  ['team/app:1', 'docker.io/team/app'],
  ['docker.io/nginx', 'docker.io/library/nginx'],
  ['index.docker.io/team/app', 'docker.io/team/app'],
  ['localhost/app', 'localhost/app'],
  ['registry:5000/app:1', 'registry:5000/app'],
  ['Registry.Example.com/app', 'registry.example.com/app'],
  [`registry.example.com/a/b:1@sha256:${'0'.repeat(64)}`, 'registry.example.com/a/b'],
  ['registry.example.com/team/../other/app', undefined],
  ['registry.example.com//app', undefined],
  ['registry.example.com/', undefined],
  ['good.example.com:80@evil.example.com/app', 'docker.io/library/good.example.com'],
  ['team/App', undefined],
];

const refused = (image: string, ...registries: string[]) => {
  const pointers: string[] = [];
  registryFaults({ containers: [{ name: 'web', image }] }, registries, (_message, ...path) => pointers.push(path.join('/')));
  return pointers.length > 0;
};

describe('allowed registries', () => {
  for (const [image, full] of names) it(`completes ${image}`, () => expect(fullName(image)).to.equal(full));

  it('are prefixes on boundaries of the path', () => {
    expect(refused('registry.example.com/team/app:1', 'registry.example.com/team')).to.equal(false);
    expect(refused('registry.example.com/team', 'registry.example.com/team')).to.equal(false);
    expect(refused('registry.example.com/teammate/app', 'registry.example.com/team')).to.equal(true);
    expect(refused('registry.example.com.evil.test/team/app', 'registry.example.com')).to.equal(true);
    expect(refused('registry.example.com:5000/app', 'registry.example.com')).to.equal(true);
    expect(refused('nginx', 'docker.io/library')).to.equal(false);
    expect(refused('bitnami/nginx', 'docker.io/library')).to.equal(true);
    expect(refused('evil.example.com/x@registry.example.com/app', 'registry.example.com')).to.equal(true);
  });

  it('let no image pass whose full name does not begin with one of them', () => {
    const part = fc.stringMatching(/^[a-z0-9.:@/_-]{1,12}$/);
    fc.assert(
      fc.property(
        part,
        fc.constantFrom('', 'registry.example.com', 'registry.example.com/', 'registry.example.com/team'),
        part,
        (a, middle, b) => {
          const image = a + middle + b;
          if (!refused(image, 'registry.example.com/team')) expect(image.toLowerCase()).to.match(/^registry\.example\.com\/team(\/|:|@|$)/);
        },
      ),
    );
  });

  it('hold for every kind of container and for volumes of images', () => {
    const at: string[] = [];
    const podspec = {
      containers: [{ image: 'registry.example.com/a' }],
      initContainers: [{ image: 'nginx' }],
      ephemeralContainers: [{ image: 'nginx' }],
      volumes: [{ name: 'v', image: { reference: 'nginx' } }],
    };
    registryFaults(podspec, ['registry.example.com'], (_message, ...path) => at.push(path.join('/')));
    expect(at).to.deep.equal(['initContainers/0/image', 'ephemeralContainers/0/image', 'volumes/0/image/reference']);
    registryFaults(podspec, undefined, () => expect.fail('no list allows all'));
  });

  it('are refused as settings when they name no registry', () => {
    for (const good of ['docker.io', 'docker.io/library', 'registry.example.com:5000/team', 'localhost:5000'])
      expect(whyNoRegistry(good), good).to.equal(undefined);
    for (const bad of [
      '',
      'nginx',
      'library/nginx',
      'https://registry.example.com',
      'registry.example.com/',
      'Registry.Example.com',
      '*.example.com',
      'a.b/c:1',
    ])
      expect(whyNoRegistry(bad), bad).to.be.a('string');
  });
});
