/** What the cluster would hold after a deployment, object by object, against what it holds now. Pure. */

import { drift, merge, renderTraffic, renderVersion, type RoutingSettings, type VersionTarget } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import type { Hide } from '../../lib/known-values.ts';
import { unifiedDiff } from '../../lib/unified-diff.ts';
import { keyOf } from '../plan/difference.ts';
import type { World } from '../plan/observed.ts';
import { objectText } from './texts.ts';

export interface ObjectDiff {
  action: 'create' | 'change' | 'remove' | 'keep';
  kind: string;
  name: string;
  /** Of an object of the new version: against that of the serving one, which goes. Empty = the same, or told with its successor. */
  diff: string;
}

export interface Comparison {
  world: World;
  /** Only what is ours is changed or removed. */
  isOurs: (object: KubeObject) => boolean;
  routing: RoutingSettings;
  serving?: VersionTarget | undefined;
  next: VersionTarget;
  hide: Hide;
}

const ofVersion = ({ kind }: KubeObject): boolean => ['ReplicationController', 'Service', 'Ingress'].includes(kind);
const nameOf = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.name}`;

export function compareObjects({ world, isOurs, routing, serving, next, hide }: Comparison): ObjectDiff[] {
  const own = renderVersion(next, routing).filter(ofVersion);
  const traffic = renderTraffic(next, routing);
  const before = serving ? renderVersion(serving, routing).filter(ofVersion) : [];
  const standing = new Map(world.objects.filter(isOurs).map(object => [keyOf(object), object]));
  const succeeded = new Set<string>();

  const told = (action: ObjectDiff['action'], object: KubeObject, diff: string): ObjectDiff => ({
    action,
    kind: object.kind,
    name: object.metadata.name,
    diff,
  });
  const between = (old: KubeObject | undefined, fresh: KubeObject | undefined): string =>
    unifiedDiff(old ? hide(objectText(old)) : '', fresh ? hide(objectText(fresh)) : '', {
      before: old ? nameOf(old) : '/dev/null',
      after: fresh ? nameOf(fresh) : '/dev/null',
    });

  function wanted(object: KubeObject, predecessor?: KubeObject): ObjectDiff {
    const actual = standing.get(keyOf(object));
    if (!actual) {
      if (predecessor) succeeded.add(keyOf(predecessor));
      return told('create', object, between(predecessor, object));
    }
    if (drift(object, actual).length === 0) return told('keep', object, '');
    return told('change', object, between(actual, merge(object, actual)));
  }

  const shown = [
    ...own.map(object =>
      wanted(
        object,
        before.find(({ kind }) => kind === object.kind),
      ),
    ),
    ...traffic.map(object => wanted(object)),
  ];
  const stays = new Set([...own, ...traffic].map(keyOf));
  const leaving = [...standing].filter(([key]) => !stays.has(key));
  return [...shown, ...leaving.map(([key, object]) => told('remove', object, succeeded.has(key) ? '' : between(object, undefined)))];
}
