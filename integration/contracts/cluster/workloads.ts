/** Facts about replication controllers and the pods that they make. */

import { expect } from 'chai';
import { refOf, type KubeObject } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { controller, edit, isReady, removeNow, type Json, type World } from './world.ts';

const patienceMs = 30_000;

export function workloadFacts(theWorld: () => World): void {
  const podsOf = (name: string): Promise<KubeObject[]> => theWorld().cluster.list('Pod', theWorld().namespace, { labels: `name=${name}` });
  const readController = async (name: string): Promise<Json> => {
    const found = await theWorld().cluster.read({ kind: 'ReplicationController', namespace: theWorld().namespace, name });
    if (!found) throw new Error(`${name} is not there`);
    return structuredClone(found);
  };
  async function started(replicas: number, wish: Parameters<typeof controller>[2] = {}): Promise<string> {
    const { cluster, namespace, unique } = theWorld();
    const name = unique('rc');
    await cluster.create(controller(namespace, name, { replicas, ...wish }));
    await eventually(`${replicas} ready pods`, patienceMs, async () =>
      expect((await readController(name)).status.readyReplicas).to.equal(replicas),
    );
    return name;
  }
  const reference = (name: string) => ({ kind: 'ReplicationController' as const, namespace: theWorld().namespace, name });
  const removed = (name: string, propagation: 'Background' | 'Orphan') => removeNow(theWorld().cluster, reference(name), propagation);
  const noPods = (name: string) => eventually('no pods', patienceMs, async () => expect(await podsOf(name)).to.deep.equal([]));

  describe('one with two replicas', () => {
    let name = '';
    let pods: KubeObject[] = [];
    before(async () => {
      name = await started(2, { labels: { app: 'shop', version: '1' }, env: { VERSION: 'v1' } });
      pods = await podsOf(name);
    });

    it('makes pods of the template with generated names and itself as owner', async () => {
      const owner = await readController(name);
      expect(pods).to.have.length(2);
      for (const { metadata } of pods) {
        expect(metadata.name).to.match(new RegExp(`^${name}-[a-z0-9]{5}$`));
        expect(metadata.labels).to.deep.equal({ name, app: 'shop', version: '1' });
        expect(metadata.ownerReferences?.[0]).to.include({
          kind: 'ReplicationController',
          name,
          uid: owner.metadata.uid,
          controller: true,
        });
      }
    });

    it('reports in its status what it has seen, made, and how many are ready', async () => {
      const { metadata, status } = await readController(name);
      expect(status).to.include({ replicas: 2, readyReplicas: 2, fullyLabeledReplicas: 2, observedGeneration: metadata.generation });
    });

    it('has pods whose status tells address, readiness and restarts', () => {
      for (const pod of pods) {
        expect(isReady(pod)).to.equal(true);
        expect(pod['status'].phase).to.equal('Running');
        expect(pod['status'].podIP).to.match(/^\d+\.\d+\.\d+\.\d+$/);
        const [container] = pod['status'].containerStatuses as Json[];
        expect(container).to.include({ name: 'app', ready: true, restartCount: 0, image: container.image });
        expect(container.state.running.startedAt).to.be.a('string');
      }
    });

    it('replaces a pod that is deleted', async () => {
      const { cluster } = theWorld();
      const [victim] = pods;
      if (!victim) throw new Error('no pod');
      const kept = await removeNow(cluster, refOf(victim));
      expect(kept?.metadata.deletionTimestamp, 'a running pod stays while it ends').to.be.a('string');
      await eventually('its successor', patienceMs, async () => {
        const now = await podsOf(name);
        expect(now.map(({ metadata }) => metadata.uid)).to.not.include(victim.metadata.uid);
        expect(now.filter(isReady)).to.have.length(2);
      });
    });

    it('keeps its pods when the template changes', async () => {
      const before = (await podsOf(name)).map(({ metadata }) => metadata.uid).sort();
      const changed = await edit(
        theWorld().cluster,
        reference(name),
        object => (object.spec.template.spec.containers[0].image = 'demo-app:v2'),
      );
      await eventually('the new generation seen', patienceMs, async () =>
        expect((await readController(name)).status.observedGeneration).to.equal(changed.metadata.generation),
      );
      expect((await podsOf(name)).map(({ metadata }) => metadata.uid).sort()).to.deep.equal(before);
    });

    it('scaled to 0 removes its pods, and its status then has no readyReplicas', async () => {
      await edit(theWorld().cluster, reference(name), object => (object.spec.replicas = 0));
      await noPods(name);
      await eventually('an empty status', patienceMs, async () => {
        const { status } = await readController(name);
        expect(status.replicas).to.equal(0);
        expect(status).to.not.have.property('readyReplicas');
      });
    });
  });

  it('a delete with propagation Background removes the pods too', async () => {
    const name = await started(1);
    await removed(name, 'Background');
    await noPods(name);
  });

  it('a delete that says nothing about propagation orphans the pods, and a controller with that selector adopts them', async () => {
    const { cluster, namespace, raw, core } = theWorld();
    const name = await started(1);
    const [pod] = await podsOf(name);
    expect((await raw('DELETE', `${core('replicationcontrollers')}/${name}`)).status).to.equal(200);
    await eventually('the controller gone', patienceMs, async () =>
      expect(await cluster.read({ kind: 'ReplicationController', namespace, name })).to.equal(undefined),
    );
    const [orphan] = await podsOf(name);
    expect(orphan?.metadata.uid).to.equal(pod?.metadata.uid);
    expect(orphan?.metadata.deletionTimestamp).to.equal(undefined);
    expect(orphan?.metadata.ownerReferences ?? []).to.deep.equal([]);

    const heir = await cluster.create(controller(namespace, name));
    await eventually('the adoption', patienceMs, async () => {
      const now = await podsOf(name);
      expect(now.map(({ metadata }) => metadata.uid)).to.deep.equal([pod?.metadata.uid]);
      expect(now[0]?.metadata.ownerReferences?.[0]?.uid).to.equal(heir.metadata.uid);
    });
    await removed(name, 'Background');
    await noPods(name);
  });

  it('a delete with propagation Orphan leaves the pods', async () => {
    const { cluster, namespace } = theWorld();
    const name = await started(1);
    await removed(name, 'Orphan');
    await eventually('the controller gone', patienceMs, async () =>
      expect(await cluster.read({ kind: 'ReplicationController', namespace, name })).to.equal(undefined),
    );
    expect((await podsOf(name)).filter(({ metadata }) => metadata.deletionTimestamp === undefined)).to.have.length(1);
    for (const pod of await podsOf(name)) await removeNow(cluster, refOf(pod));
  });

  it('pods that are not ready count as replicas but not as ready ones', async () => {
    const { cluster, namespace, unique } = theWorld();
    const name = unique('rc');
    await cluster.create(controller(namespace, name, { env: { READY_DELAY: '3600s' } }));
    const pod = await eventually('a running pod', patienceMs, async () => {
      const [found] = await podsOf(name);
      expect(found?.['status']?.phase).to.equal('Running');
      const { state } = found?.['status'].containerStatuses[0];
      expect(state, JSON.stringify(state)).to.have.property('running');
      return found as KubeObject;
    });
    expect(isReady(pod)).to.equal(false);
    expect(pod['status'].containerStatuses[0].restartCount).to.equal(0);
    const { status } = await readController(name);
    expect(status.replicas).to.equal(1);
    expect(status).to.not.have.property('readyReplicas');
    await removed(name, 'Background');
  });
}
