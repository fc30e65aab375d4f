/** What Teal believes about Kubernetes, as facts. Runs on a real cluster and on the sandbox's, so that nothing which was tested on the one surprises on the other. */

import type { ClusterConnection } from '../../src/cluster/kubernetes/index.ts';
import { limitFacts } from './cluster/limits.ts';
import { mirrorFacts } from './cluster/mirrors.ts';
import { objectFacts } from './cluster/objects.ts';
import { podFacts } from './cluster/pods.ts';
import { ruleFacts } from './cluster/rules.ts';
import { serverFacts } from './cluster/server.ts';
import { serviceFacts } from './cluster/services.ts';
import { troubleFacts } from './cluster/trouble.ts';
import { bookmarkFacts, watchFacts } from './cluster/watches.ts';
import { workloadFacts } from './cluster/workloads.ts';
import { openWorld, type World } from './cluster/world.ts';

/** `connect` is called once, before the first fact; `stop` after the last. */
export function clusterContract(
  name: string,
  connect: () => Promise<{ connection: ClusterConnection; stop?: () => Promise<void> }>,
  /** More facts, where there are some that cannot hold everywhere. */
  more?: (theWorld: () => World) => void,
): void {
  describe(`cluster contract: ${name}`, function () {
    this.timeout(60_000);
    let world: World;
    let stop: (() => Promise<void>) | undefined;
    let bookmarks: ReturnType<typeof bookmarkFacts>;

    before(async () => {
      const connected = await connect();
      stop = connected.stop;
      world = await openWorld(connected.connection);
      await bookmarks.begin();
    });
    after(async () => {
      await world?.close();
      await stop?.();
    });

    const theWorld = () => world;
    describe('the server', () => serverFacts(theWorld));
    describe('objects', () => objectFacts(theWorld));
    describe('rules', () => ruleFacts(theWorld));
    describe('watches', () => watchFacts(theWorld));
    describe('mirrors', () => mirrorFacts(theWorld));
    describe('replication controllers', () => workloadFacts(theWorld));
    describe('services and endpoint slices', () => serviceFacts(theWorld));
    describe('pods: log and proxy', () => podFacts(theWorld));
    describe('pods in trouble', () => troubleFacts(theWorld));
    describe('namespaces and quotas', () => limitFacts(theWorld));
    if (more) describe('more', () => more(theWorld));
    describe('bookmarks', () => {
      bookmarks = bookmarkFacts(theWorld);
    });
  });
}
