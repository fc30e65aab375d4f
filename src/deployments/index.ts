/** The front door of deployments/: other rooms import from here only. */

export type { App, Deployment, HealthDatum, LogEntry, Phase, Reason, ReasonCode, Status } from './record.ts';
export { phases } from './record.ts';
export { isEnd } from './transitions.ts';
export { createRepository } from './repository.ts';
export type { Repository } from './repository.ts';
export { createDeployments } from './deployments.ts';
export type { Deployments, DeploymentsDeps } from './deployments.ts';
export { deploymentRoutes } from './routes.ts';
export { deploymentStreams } from './streams.ts';
export { presentDeployment } from './present.ts';
export { createApps } from './apps/apps.ts';
export type { Apps } from './apps/apps.ts';
export { appRoutes } from './apps/routes.ts';
export { createDiff } from './diff/diff.ts';
export type { Diff } from './diff/diff.ts';
export { diffRoute } from './diff/route.ts';
export { createAdopt } from './adoption/adopt.ts';
export type { Adopt } from './adoption/adopt.ts';
export { adoptRoute } from './adoption/route.ts';
