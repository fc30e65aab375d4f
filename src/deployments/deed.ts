/** What the audit is told about a deployment. Pure. */

import type { Deed } from '../audit/index.ts';
import type { Deployment } from './record.ts';

/** A pod of more containers is told by its first ones. */
const mostImages = 20;

export function deedOf({ id, appName, version, rollbackOf, descriptor }: Deployment): Deed {
  const { containers, initContainers = [] } = descriptor.podspec;
  const images = [...containers, ...initContainers].slice(0, mostImages).map(({ name, image }) => [name, image] as const);
  return {
    target: { kind: 'deployment', id },
    appName,
    change: {
      descriptorId: descriptor.id,
      version,
      images: Object.fromEntries(images),
      ...(rollbackOf === undefined ? {} : { rollbackOf }),
    },
  };
}
