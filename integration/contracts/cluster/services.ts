/** Facts about Services and the EndpointSlices that follow them: what a switch of traffic rests on. */

import { expect } from 'chai';
import { refOf, type KubeObject } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { controller, isReady, precondition, service, type Json, type World } from './world.ts';

const patienceMs = 30_000;

export function serviceFacts(theWorld: () => World): void {
  let blue: KubeObject[] = [];
  let green: KubeObject[] = [];
  let unready: KubeObject[] = [];
  let app = '';

  const podsOf = (name: string): Promise<KubeObject[]> => theWorld().cluster.list('Pod', theWorld().namespace, { labels: `name=${name}` });

  before(async () => {
    const { cluster, namespace, unique } = theWorld();
    app = unique('app');
    const make = async (version: string, env: Record<string, string> = {}) => {
      const object = controller(namespace, `${app}-${version}`, { labels: { app, version }, env, image: 'demo-app:v1' });
      await cluster.create(object);
    };
    await Promise.all([make('blue'), make('green'), make('unready', { READY_DELAY: '3600s' })]);
    await eventually('pods of three versions', patienceMs, async () => {
      [blue, green, unready] = await Promise.all([podsOf(`${app}-blue`), podsOf(`${app}-green`), podsOf(`${app}-unready`)]);
      expect([blue, green].map(pods => pods.filter(isReady).length)).to.deep.equal([1, 1]);
      expect(unready[0]?.['status']?.podIP).to.be.a('string');
    });
  });

  const slicesOf = (name: string): Promise<Json[]> =>
    theWorld().cluster.list('EndpointSlice', theWorld().namespace, { labels: `kubernetes.io/service-name=${name}` });
  /** Pods behind a Service, with readiness. */
  const backends = async (name: string): Promise<[string, boolean][]> =>
    (await slicesOf(name))
      .flatMap(slice => (slice.endpoints ?? []) as Json[])
      .map(({ targetRef, conditions }): [string, boolean] => [targetRef.name, conditions.ready]);
  const nameOf = ([pod]: KubeObject[]) => pod?.metadata.name ?? 'no pod';
  const made = async (selector: Record<string, string>, labels: Record<string, string> = {}): Promise<KubeObject> => {
    const { cluster, namespace, unique } = theWorld();
    return cluster.create(service(namespace, unique('service'), selector, { labels }));
  };

  it('a Service has slices that carry its labels and name, are owned by it, and name its ready pods', async () => {
    const object = await made({ app, version: 'blue' }, { 'app.kubernetes.io/managed-by': 'teal', app });
    await eventually('the slice', patienceMs, async () =>
      expect(await backends(object.metadata.name)).to.deep.equal([[nameOf(blue), true]]),
    );
    const [slice] = await slicesOf(object.metadata.name);
    expect(slice.metadata.labels).to.include({
      'app.kubernetes.io/managed-by': 'teal',
      app,
      'kubernetes.io/service-name': object.metadata.name,
    });
    expect(slice.metadata.ownerReferences[0]).to.include({ kind: 'Service', uid: object.metadata.uid });
    expect(slice.endpoints[0].addresses).to.deep.equal([blue[0]?.['status'].podIP]);
    expect(slice.endpoints[0].targetRef).to.include({ kind: 'Pod', uid: blue[0]?.metadata.uid });
    expect(slice.ports[0]).to.include({ name: 'http', port: 8080, protocol: 'TCP' });
  });

  it('a changed selector moves the slices to the other pods', async () => {
    const object = await made({ app, version: 'blue' });
    await eventually('blue', patienceMs, async () => expect(await backends(object.metadata.name)).to.deep.equal([[nameOf(blue), true]]));
    await theWorld().cluster.replace({ ...object, spec: { ...object['spec'], selector: { app, version: 'green' } } });
    await eventually('green', patienceMs, async () => expect(await backends(object.metadata.name)).to.deep.equal([[nameOf(green), true]]));
  });

  it('a selector without the version names the pods of all versions', async () => {
    const object = await made({ app });
    await eventually('all three', patienceMs, async () =>
      expect((await backends(object.metadata.name)).map(([name]) => name).sort()).to.deep.equal(
        [nameOf(blue), nameOf(green), nameOf(unready)].sort(),
      ),
    );
  });

  it('a pod that is not ready is listed as not ready', async () => {
    const object = await made({ app, version: 'unready' });
    await eventually('the slice', patienceMs, async () =>
      expect(await backends(object.metadata.name)).to.deep.equal([[nameOf(unready), false]]),
    );
  });

  it('changed labels of a Service reach its slices', async () => {
    const object = await made({ app, version: 'blue' }, { mark: 'old' });
    await eventually('the slice', patienceMs, async () =>
      expect((await slicesOf(object.metadata.name))[0]?.metadata.labels.mark).to.equal('old'),
    );
    await theWorld().cluster.replace({ ...object, metadata: { ...object.metadata, labels: { mark: 'new' } } });
    await eventually('the new label', patienceMs, async () =>
      expect((await slicesOf(object.metadata.name))[0]?.metadata.labels.mark).to.equal('new'),
    );
  });

  it('the slices go with their Service', async () => {
    const object = await made({ app, version: 'blue' });
    await eventually('the slice', patienceMs, async () => expect(await slicesOf(object.metadata.name)).to.have.length(1));
    await theWorld().cluster.remove(refOf(object), precondition(object), 'Background');
    await eventually('no slice', patienceMs, async () => expect(await slicesOf(object.metadata.name)).to.deep.equal([]));
  });

  it('a pod that becomes unready leaves the ready ones, and comes back', async () => {
    const { cluster, namespace, unique } = theWorld();
    const name = unique('toggle');
    await cluster.create(
      controller(namespace, name, {
        container: { readinessProbe: { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1, failureThreshold: 1 } },
      }),
    );
    const object = await made({ name });
    const readiness = async () => (await backends(object.metadata.name)).map(([, ready]) => ready);
    await eventually('ready', patienceMs, async () => expect(await readiness()).to.deep.equal([true]));
    const [pod = ''] = (await backends(object.metadata.name))[0] ?? [];
    const tell = (healthy: boolean) =>
      cluster.proxyToPod({ namespace, pod, port: 8080, path: `/health?healthy=${healthy}`, method: 'POST', timeoutMs: 5_000 });
    await tell(false);
    await eventually('unready', patienceMs, async () => expect(await readiness()).to.deep.equal([false]));
    await tell(true);
    await eventually('ready again', patienceMs, async () => expect(await readiness()).to.deep.equal([true]));
  });
}
