/** Facts about how pods that will never be ready show it: what early failure rests on. */

import { expect } from 'chai';
import type { KubeObject } from '../../../src/cluster/objects.ts';
import { eventually } from '../../support/wait.ts';
import { controller, isReady, refusal, type Json, type World } from './world.ts';

/** A kubelet beside other suites may tell late, of images above all. */
const patienceMs = 90_000;

export function troubleFacts(theWorld: () => World): void {
  async function start(wish: Parameters<typeof controller>[2]): Promise<string> {
    const { cluster, namespace, unique } = theWorld();
    const name = unique('trouble');
    await cluster.create(controller(namespace, name, wish));
    return name;
  }
  const onlyPod = async (name: string): Promise<KubeObject> => {
    const [pod] = await theWorld().cluster.list('Pod', theWorld().namespace, { labels: `name=${name}` });
    if (!pod) throw new Error('no pod yet');
    return pod;
  };
  const container = (pod: KubeObject): Json => {
    const [status] = (pod['status']?.containerStatuses ?? []) as Json[];
    if (!status) throw new Error('no container status yet');
    return status;
  };
  const eventsAbout = async (pod: KubeObject): Promise<Json[]> => {
    const { cluster, namespace } = theWorld();
    return cluster.list('Event', namespace, { fields: `involvedObject.name=${pod.metadata.name}` });
  };

  it('an image that cannot be pulled waits as ErrImagePull or ImagePullBackOff, with a message and events', async () => {
    const name = await start({ image: 'demo-app:no-such-tag' });
    const pod = await eventually('the reason', patienceMs, async () => {
      const found = await onlyPod(name);
      expect(container(found).state.waiting?.reason).to.be.oneOf(['ErrImagePull', 'ImagePullBackOff']);
      expect(container(found).state.waiting.message).to.include('no-such-tag');
      return found;
    });
    expect(pod['status'].phase).to.equal('Pending');
    expect(isReady(pod)).to.equal(false);
    await eventually('a Failed event', patienceMs, async () => {
      const failed = (await eventsAbout(pod)).filter(event => event.type === 'Warning' && event.reason === 'Failed');
      expect(failed.map(event => event.message).join()).to.include('no-such-tag');
    });
    const { cluster, namespace } = theWorld();
    await refusal(cluster.podLog(namespace, pod.metadata.name, { container: 'app' }), 'BAD_REQUEST');
  });

  it('an image name that is none waits as InvalidImageName', async () => {
    const name = await start({ image: 'Demo App' });
    await eventually('the reason', patienceMs, async () =>
      expect(container(await onlyPod(name)).state.waiting?.reason).to.equal('InvalidImageName'),
    );
  });

  it('a container that keeps ending waits as CrashLoopBackOff, counts restarts, and its last run can be read', async () => {
    const name = await start({ env: { CRASH_AFTER: '300ms' } });
    const pod = await eventually('the crash loop', patienceMs, async () => {
      const found = await onlyPod(name);
      expect(container(found).state.waiting?.reason).to.equal('CrashLoopBackOff');
      return found;
    });
    expect(container(pod).restartCount).to.be.at.least(1);
    expect(container(pod).lastState.terminated.exitCode).to.not.equal(0);
    expect(isReady(pod)).to.equal(false);
    const { cluster, namespace } = theWorld();
    expect(await cluster.podLog(namespace, pod.metadata.name, { container: 'app', previous: true })).to.match(/\S/);
  });

  it('a pod that no node can take stays Pending with the condition PodScheduled False and its reason', async () => {
    const name = await start({ pod: { nodeSelector: { 'teal.test/no-such-node': 'true' } } });
    await eventually('the condition', patienceMs, async () => {
      const pod = await onlyPod(name);
      expect(pod['status'].phase).to.equal('Pending');
      const scheduled = ((pod['status'].conditions ?? []) as Json[]).find(({ type }) => type === 'PodScheduled');
      expect(scheduled).to.include({ status: 'False', reason: 'Unschedulable' });
    });
  });

  it('a missing ConfigMap shows as CreateContainerConfigError', async () => {
    const name = await start({ container: { envFrom: [{ configMapRef: { name: 'no-such-map' } }] } });
    await eventually('the reason', patienceMs, async () =>
      expect(container(await onlyPod(name)).state.waiting?.reason).to.equal('CreateContainerConfigError'),
    );
  });
}
