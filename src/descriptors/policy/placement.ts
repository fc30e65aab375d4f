/** Where pods may ask to run: on nodes that the scheduler chooses, without pushing the cluster's own pods aside. Pure. */

import { objectsIn, textIn, type Json, type Say } from './walk.ts';

/** Taints with which a cluster keeps workloads away from the nodes that run itself. */
const clusterTaint = /^node-role\.kubernetes\.io\//;

export function placementFaults(podspec: Json, say: Say): void {
  if (textIn(podspec.nodeName) !== undefined)
    say('must not be set: the scheduler chooses the node, and its rules must not be passed by', 'nodeName');
  if (textIn(podspec.priorityClassName)?.startsWith('system-'))
    say('must not be one of the "system-" classes: they push the cluster\'s own pods aside', 'priorityClassName');
  for (const [path, toleration] of objectsIn(podspec.tolerations, 'tolerations')) {
    const key = textIn(toleration.key);
    if (key === undefined) say('must name the key of a taint: without one it tolerates every taint', ...path);
    else if (clusterTaint.test(key)) say('must not tolerate the taints of nodes that run the cluster itself', ...path, 'key');
  }
}
