/** The front door of environment/: other rooms import from here only. */

export { createEnvironment } from './environment.ts';
export type { Environment } from './environment.ts';
export { environmentRoutes } from './routes.ts';
