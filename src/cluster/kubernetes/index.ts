/** The adapter to a real (or simulated) Kubernetes API server. */

export { createCluster, type ClusterOptions } from './client.ts';
export { loadConnection, type ClusterConnection, type ConnectionSettings } from './connection.ts';
export type { RequestInfo } from './caller.ts';
