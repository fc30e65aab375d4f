import { expect } from 'chai';
import { renderTraffic, renderVersion } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { aTarget, someRouting } from '../../testing/version-targets.ts';
import { compareObjects, type Comparison } from './objects.ts';

const routing = someRouting();
const one = aTarget({}, { version: '1', deployment: 'first' });
const two = aTarget({ replicas: 5 }, { version: '2', deployment: '-' });
const standing = (...objects: KubeObject[]) => ({ objects, pods: [], endpointSlices: [] });
const world = standing(...renderVersion(one, routing), ...renderTraffic(one, routing));

const compare = (changes: Partial<Comparison> = {}) =>
  compareObjects({ world, isOurs: () => true, routing, serving: { ...one, deployment: '-' }, next: two, hide: text => text, ...changes });
const line = ({ action, kind, name }: { action: string; kind: string; name: string }) => `${action} ${kind} ${name}`;

describe('the objects of a deployment against what stands', () => {
  it('are made anew for the version, changed for the traffic, and removed for the version before', () => {
    expect(compare().map(line)).to.deep.equal([
      'create ReplicationController shop-2',
      'create Service shop-2',
      'create Ingress shop-2',
      'change Service shop',
      'change Ingress shop',
      'remove ReplicationController shop-1',
      'remove Service shop-1',
      'remove Ingress shop-1',
    ]);
  });

  it('are compared with those of the serving version, without what differs by itself', () => {
    const [controller, , preview] = compare();
    expect(controller?.diff)
      .to.match(/^--- ReplicationController shop-1\n\+\+\+ ReplicationController shop-2\n/)
      .and.include('\n-  replicas: 2\n+  replicas: 5\n')
      .and.not.include('teal/deployment')
      .and.not.include('teal/epoch');
    expect(preview?.diff).to.not.match(/preview-[0-9a-f]/);
    expect(compare().at(-1)?.diff, 'its successor has told it').to.equal('');
  });

  it('are told whole when nothing serves, and when they go without a successor', () => {
    const fresh = compare({ world: standing(), serving: undefined });
    expect(fresh.map(line)).to.deep.equal([
      'create ReplicationController shop-2',
      'create Service shop-2',
      'create Ingress shop-2',
      'create Service shop',
      'create Ingress shop',
    ]);
    expect(fresh[0]?.diff).to.match(/^--- \/dev\/null\n\+\+\+ ReplicationController shop-2\n/);
    const withoutHost = compare({ next: aTarget({ frontend: undefined as never }, { version: '2' }) });
    const gone = withoutHost.find(({ kind, name }) => kind === 'Ingress' && name === 'shop');
    expect(gone?.action).to.equal('remove');
    expect(gone?.diff).to.match(/^--- Ingress shop\n\+\+\+ \/dev\/null\n/);
  });

  it('leave alone what is not ours, and an Ingress that needs no change', () => {
    expect(compare({ isOurs: ({ metadata }) => metadata.name !== 'shop-1' }).map(line)).to.not.include('remove Service shop-1');
    const stable = someRouting({ routing: 'stable-service' });
    const stands = standing(...renderVersion(one, stable), ...renderTraffic(one, stable));
    expect(compare({ routing: stable, world: stands }).map(line)).to.include('keep Ingress shop');
  });

  it('say nothing that is hidden', () => {
    const hide = (text: string) => text.replaceAll('shop.example.com', '***');
    expect(JSON.stringify(compare({ hide }))).to.not.include('shop.example.com');
  });
});
