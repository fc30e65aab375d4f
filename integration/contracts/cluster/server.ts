/** Facts about what the API server says of itself and of our rights. */

import { expect } from 'chai';
import type { World } from './world.ts';

export function serverFacts(theWorld: () => World): void {
  it('says which version it is', async () => {
    expect(await theWorld().cluster.version()).to.match(/^v1\.\d+\.\d+/);
  });

  it('says whether we may do something, in a namespace and everywhere, also with a subresource', async () => {
    const { cluster, namespace } = theWorld();
    const log = { verb: 'get', group: '', resource: 'pods/log' };
    const ingresses = { verb: 'update', group: 'networking.k8s.io', resource: 'ingresses' };
    for (const place of [namespace, '']) for (const right of [log, ingresses]) expect(await cluster.mayI(right, place)).to.equal(true);
  });

  it('keeps classes of ingress controllers outside of namespaces', async () => {
    const { cluster } = theWorld();
    expect(await cluster.read({ kind: 'IngressClass', namespace: '', name: 'teal-no-such-class' })).to.equal(undefined);
    const [one] = await cluster.list('IngressClass', '');
    if (one) expect(one.metadata.namespace).to.equal(undefined);
  });
}
