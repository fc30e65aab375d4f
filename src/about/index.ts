/** The front door of about/: other rooms import from here only. */

export { askProxy } from './ask-proxy.ts';
export { createDiagnosis } from './diagnosis.ts';
export { neededRights, rightText } from './rights.ts';
export { aboutRoutes } from './routes.ts';
export type { AboutDeps } from './routes.ts';
