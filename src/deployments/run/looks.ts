/** The uncached looks that traffic depends on: at the pods before the switch, at Service, Ingress and endpoints after it. */

import type { Cluster } from '../../cluster/cluster.ts';
import { refOf, type KubeObject } from '../../cluster/objects.ts';
import { drift, hostsOf } from '../../cluster/manifests/index.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Monitor } from '../health/monitor.ts';
import { readyBehind } from '../plan/fitness.ts';
import type { Observed } from '../plan/observed.ts';
import { checksHealth, podsOf } from '../plan/pods.ts';
import { trafficOf } from '../plan/wanted.ts';
import type { Deployment } from '../record.ts';
import { watchedPods } from './observe.ts';
import type { Session } from './session.ts';
import { managedLabel, type View } from './view.ts';

/** Which of the hosts an Ingress of others answers for, as far as Teal can see; `holder` like `Ingress other/web`. */
export type ForeignHosts = (namespace: string, appName: string, hosts: string[]) => Promise<{ host: string; holder: string }[]>;

export interface LookDeps {
  foreignHosts?: ForeignHosts;
  cluster: Cluster;
  view: View;
  monitor: Monitor;
  clock: Clock;
}

/** Endpoints are announced by watch; a read without announcement is worth a try after this. */
const announcementMs = 1000;

/** Lists the version's pods uncached, and asks those whose health is not known yet. While an intent stands, the other side too. */
export async function inspect(
  { cluster, view, monitor, foreignHosts }: LookDeps,
  session: Session,
  reobserve: () => Observed,
  id: string,
): Promise<void> {
  const o = reobserve();
  const { intent } = o.app;
  const versions = [id, ...(intent ? [intent.from] : [])].flatMap(versionId => o.records.get(versionId ?? '') ?? []);
  await Promise.all(
    versions.map(async d => {
      const listed = await cluster.list('Pod', d.namespace, { labels: `${managedLabel},app=${d.appName},version=${d.version}` });
      const uids = new Set(listed.map(pod => pod.metadata.uid));
      for (const pod of podsOf(o.world, d)) if (!uids.has(pod.metadata.uid)) view.forget(pod);
      for (const pod of listed) view.learn(pod);
    }),
  );
  const fresh = reobserve();
  const unknown = versions
    .filter(checksHealth)
    .flatMap(d => watchedPods(fresh, d))
    .filter(pod => !session.health.has(pod.uid));
  for (const [uid, result] of await monitor.checkNow(unknown)) session.health.set(uid, result);
  session.hostTaken = await takenHost(foreignHosts, o, id);
  session.inspected = id;
}

/** Hosts were claimed at acceptance; an Ingress of others may have come since. */
async function takenHost(foreignHosts: ForeignHosts | undefined, o: Observed, id: string): Promise<string | undefined> {
  const d = o.records.get(id);
  if (!d || !foreignHosts || o.app.intent) return undefined;
  const [taken] = await foreignHosts(d.namespace, d.appName, hostsOf(d.descriptor));
  return taken && `the host ${taken.host} belongs to ${taken.holder}`;
}

/** Reads Service, Ingress and EndpointSlices uncached. False = not there yet: a watch event or the timer will ask again. */
export async function readBack(
  { cluster, view, clock }: LookDeps,
  session: Session,
  o: Observed,
  { deployment: id, pods }: { deployment: string; pods: 'ready' | 'any' },
  time: () => number | undefined,
): Promise<boolean> {
  const d = o.records.get(id);
  if (!d) return false;
  session.readBackDue ??= clock.monotonic() + announcementMs;
  const reached = (slices: KubeObject[]) => pods === 'any' || endpointsReady(slices, o, d);
  if (!reached(o.world.endpointSlices) && clock.monotonic() < session.readBackDue) return false;

  const wanted = trafficOf(o, d).filter(
    object => object.kind === 'Service' || (object.kind === 'Ingress' && object.metadata.name === d.appName),
  );
  const [slices, ...found] = await Promise.all([
    cluster.list('EndpointSlice', d.namespace, { labels: `kubernetes.io/service-name=${d.appName}` }),
    ...wanted.map(object => cluster.read(refOf(object))),
  ]);
  session.readBackDue = clock.monotonic() + announcementMs;
  found.forEach((object, index) => {
    const goal = wanted[index];
    if (object) view.learn(object);
    else if (goal) forgetGone(view, o, goal);
  });
  const asWanted = wanted.every((goal, index) => {
    const object = found[index];
    return object !== undefined && drift(goal, object).length === 0;
  });
  if (!asWanted || !reached(slices)) return false;
  session.readBack = { deployment: id, at: time() ?? 0 };
  session.readBackDue = undefined;
  return true;
}

function forgetGone(view: View, o: Observed, goal: KubeObject): void {
  const known = o.world.objects.find(object => object.kind === goal.kind && object.metadata.name === goal.metadata.name);
  if (known) view.forget(known);
}

/** Whether Service `app` lists a ready pod of this version. */
function endpointsReady(slices: KubeObject[], o: Observed, d: Deployment): boolean {
  const listed = readyBehind(slices, d.appName);
  return podsOf(o.world, d).some(pod => listed.has(pod.metadata.uid));
}
