import { expect } from 'chai';
import type { Descriptor } from './api/types.ts';
import { applySets } from './changes.ts';
import { Failure } from './exits.ts';

const descriptor = (): Descriptor => ({
  appName: 'shop',
  newVersion: '#',
  podspec: { containers: [{ name: 'web', image: 'shop:1' }] },
});

const two = (): Descriptor => ({
  ...descriptor(),
  podspec: {
    containers: [
      { name: 'web', image: 'shop:1' },
      { name: 'log', image: 'log:1' },
    ],
    initContainers: [{ name: 'migrate', image: 'db:1' }],
  },
});

describe('--set', () => {
  it('changes the image of the one container, and leaves what it was given alone', () => {
    const before = descriptor();
    expect(applySets(before, ['image=registry:5000/shop:2']).podspec.containers[0]?.image).to.equal('registry:5000/shop:2');
    expect(before).to.deep.equal(descriptor());
  });

  it('changes the image of a named container, init containers too', () => {
    const { podspec } = applySets(two(), ['image.log=log:2', 'image.migrate=db:2']);
    expect([...podspec.containers, ...(podspec.initContainers ?? [])].map(({ image }) => image)).to.deep.equal(['shop:1', 'log:2', 'db:2']);
  });

  it('keeps a text a text, and makes numbers and truths of what stood nowhere', () => {
    const changed = applySets(descriptor(), [
      'newVersion=7',
      'replicas=3',
      'useHealthCheck=true',
      'frontend=shop.example.com',
      'healthCheckPath=1.10',
    ]);
    expect(changed).to.include({
      newVersion: '7',
      replicas: 3,
      useHealthCheck: true,
      frontend: 'shop.example.com',
      healthCheckPath: '1.10',
    });
  });

  it('follows a path into mappings and lists, and keeps what is behind the first =', () => {
    const changed = applySets(descriptor(), [
      'environment.URL=http://x/?a=b',
      'podspec.containers.0.command=["sh","-c"]',
      'annotations.a\\.b/c=d',
    ]);
    expect(changed['environment']).to.deep.equal({ URL: 'http://x/?a=b' });
    expect(changed.podspec.containers[0]?.['command']).to.deep.equal(['sh', '-c']);
    expect(changed['annotations']).to.deep.equal({ 'a.b/c': 'd' });
  });

  const wrong: [set: string, said: RegExp][] = [
    ['image', /takes KEY=VALUE/],
    ['image=x', /several containers; say which: image.web=, image.log=/],
    ['image.wb=x', /no container wb; did you mean web\?/],
    ['appName.x=1', /appName is no mapping/],
    ['__proto__.x=1', /no path/],
    ['a..b=1', /no path/],
    ['podspec.containers.9=1', /has 2 items/],
  ];
  for (const [set, said] of wrong)
    it(`refuses ${set}`, () => {
      expect(() => applySets(two(), [set]))
        .to.throw(Failure, said)
        .with.property('exit', 2);
    });
});
