/** Facts about field managers. Only of real clusters: the sandbox keeps none, and Teal itself never reads them. */

import { expect } from 'chai';
import { configMap, type Json, type World } from './world.ts';

export function managerFacts(theWorld: () => World): void {
  it('what is written is signed with our name as field manager, also through an update that leaves the signatures out', async () => {
    const { cluster, namespace, unique, raw, core } = theWorld();
    const made = await cluster.create(configMap(namespace, unique('signed'), { a: '1' }));
    const { managedFields: _left, ...metadata } = made.metadata as Json;
    await cluster.replace({ ...made, metadata, data: { a: '2' } });
    const { body } = await raw('GET', `${core('configmaps')}/${made.metadata.name}`);
    expect((body.metadata.managedFields as Json[]).map(entry => entry.manager)).to.include('teal');
  });
}
