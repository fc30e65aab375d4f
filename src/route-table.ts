/** Every route there is, and the document that describes them. */

import { auditRoutes, type Journal } from './audit/index.ts';
import { deploymentRoutes, type Deployments } from './deployments/index.ts';
import { descriptorRoutes, type Descriptors } from './descriptors/index.ts';
import { apiDocument } from './http/document.ts';
import type { Route } from './http/route.ts';
import { systemRoutes, type SystemDeps } from './http/system.ts';

export interface RouteTableDeps extends Omit<SystemDeps, 'document'> {
  descriptors: Descriptors;
  deployments: Deployments;
  journal: Journal;
}

export function routeTable({ descriptors, deployments, journal, ...system }: RouteTableDeps): Route[] {
  let document: unknown;
  const routes: Route[] = [
    ...descriptorRoutes({ descriptors }),
    ...deploymentRoutes({ deployments }),
    ...auditRoutes({ journal }),
    ...systemRoutes({ ...system, document: () => (document ??= apiDocument(routes, system.version.version)) }),
  ];
  return routes;
}

/** The table without anything behind it: for the document and for tests of it. Its handlers must not be called. */
export const describedRoutes = (): Route[] =>
  routeTable({
    descriptors: undefined as never,
    deployments: undefined as never,
    journal: undefined as never,
    checks: [],
    metrics: undefined as never,
    version: { version: '', commit: '', node: '' },
  });
