/** The front door of about/: other rooms import from here only. */

export { aboutRoutes } from './routes.ts';
export type { AboutDeps } from './routes.ts';
