/** Every route there is, and the document that describes them. */

import { aboutRoutes, type AboutDeps } from './about/index.ts';
import { auditRoutes, type Journal } from './audit/index.ts';
import {
  adoptRoute,
  appRoutes,
  deploymentRoutes,
  diffRoute,
  type Adopt,
  type Apps,
  type Deployments,
  type Diff,
} from './deployments/index.ts';
import { descriptorRoutes, type Descriptors } from './descriptors/index.ts';
import { environmentRoutes, type Environment } from './environment/index.ts';
import { apiDocument } from './http/document.ts';
import type { Route } from './http/route.ts';
import { systemRoutes, type SystemDeps } from './http/system.ts';

export interface RouteTableDeps extends Omit<SystemDeps, 'document'> {
  about: AboutDeps;
  adopt: Adopt;
  apps: Apps;
  descriptors: Descriptors;
  deployments: Deployments;
  diff: Diff;
  environment: Environment;
  journal: Journal;
}

export function routeTable({
  about,
  adopt,
  apps,
  descriptors,
  deployments,
  diff,
  environment,
  journal,
  ...system
}: RouteTableDeps): Route[] {
  let document: unknown;
  const routes: Route[] = [
    ...descriptorRoutes({ descriptors }),
    diffRoute({ diff }),
    ...deploymentRoutes({ deployments }),
    ...appRoutes({ apps, served: about.served }),
    adoptRoute({ adopt }),
    ...environmentRoutes({ environment }),
    ...auditRoutes({ journal }),
    ...aboutRoutes(about),
    ...systemRoutes({ ...system, document: () => (document ??= apiDocument(routes, system.version.version)) }),
  ];
  return routes;
}

/** The table without anything behind it: for the document and for tests of it. Its handlers must not be called. */
export const describedRoutes = (): Route[] =>
  routeTable({
    about: { authentication: false, served: undefined, namespaces: undefined as never, diagnose: undefined as never },
    adopt: undefined as never,
    apps: undefined as never,
    descriptors: undefined as never,
    deployments: undefined as never,
    diff: undefined as never,
    environment: undefined as never,
    journal: undefined as never,
    checks: [],
    metrics: undefined as never,
    version: { version: '', commit: '', node: '' },
  });
