/** Every key Teal uses, in one place. Prefixes end with '/', so that one name is never the prefix of another. */

const root = '/deployer';

/** Sequence numbers sort as text: zero-padded to ten digits. */
const padded = (seq: number): string => String(seq).padStart(10, '0');

export const keys = {
  root: `${root}/`,
  installation: `${root}/installation`,
  /** Alive replicas, each under its lease. */
  replicas: `${root}/replicas/`,
  replica: (id: string) => `${root}/replicas/${id}`,

  apps: `${root}/apps/`,
  appsIn: (namespace: string) => `${root}/apps/${namespace}/`,
  app: (namespace: string, app: string) => `${root}/apps/${namespace}/${app}`,

  /** The common beginning of descriptors and deployments (and of their indexes): one watch sees the changes of both in order. */
  records: `${root}/de`,

  allDescriptors: `${root}/descriptors/`,
  descriptors: (namespace: string) => `${root}/descriptors/${namespace}/`,
  descriptor: (namespace: string, id: string) => `${root}/descriptors/${namespace}/${id}`,
  appsWithDescriptors: `${root}/descriptors-by-app/`,
  appsWithDescriptorsIn: (namespace: string) => `${root}/descriptors-by-app/${namespace}/`,
  descriptorsOfApp: (namespace: string, app: string) => `${root}/descriptors-by-app/${namespace}/${app}/`,
  descriptorOfApp: (namespace: string, app: string, id: string) => `${root}/descriptors-by-app/${namespace}/${app}/${id}`,

  allDeployments: `${root}/deployments/`,
  deployments: (namespace: string) => `${root}/deployments/${namespace}/`,
  deployment: (namespace: string, id: string) => `${root}/deployments/${namespace}/${id}`,
  deploymentsOfApp: (namespace: string, app: string) => `${root}/deployments-by-app/${namespace}/${app}/`,
  deploymentOfApp: (namespace: string, app: string, id: string) => `${root}/deployments-by-app/${namespace}/${app}/${id}`,

  logs: (namespace: string, id: string) => `${root}/logs/${namespace}/${id}/`,
  /** `seq` is that of the batch's first entry. */
  logBatch: (namespace: string, id: string, seq: number) => `${root}/logs/${namespace}/${id}/${padded(seq)}`,
  health: (namespace: string, id: string) => `${root}/healthcheckdata/${namespace}/${id}`,

  /** The hosts and object names that apps hold. */
  hostClaim: (host: string) => `${root}/claims/hosts/${host}`,
  nameClaims: (namespace: string) => `${root}/claims/names/${namespace}/`,
  nameClaim: (namespace: string, name: string) => `${root}/claims/names/${namespace}/${name}`,

  audits: `${root}/audit/`,
  /** '' = what was let in nowhere; no namespace is called `-`. */
  audit: (namespace: string) => `${root}/audit/${namespace === '' ? '-' : namespace}/`,
  auditRecord: (namespace: string, id: string) => `${keys.audit(namespace)}${id}`,

  environment: `${root}/environment/`,
  environmentKey: (key: string) => `${root}/environment/${key}`,
  allIdempotency: `${root}/idempotency/`,
  idempotency: (namespace: string, principal: string, key: string) =>
    `${root}/idempotency/${namespace}/${encodeURIComponent(principal)}/${encodeURIComponent(key)}`,
} as const;

/** Whether this can be the name of a variable in the store: one segment of a key, without control characters. */
export const isEnvironmentName = (name: string): boolean => /^[^/\s\p{Cc}]{1,253}$/u.test(name);

const ofApp = new RegExp(`^${root}/(?:apps|descriptors-by-app|deployments-by-app)/([^/]+)/([^/]+)`);

/** The app that a key names: that of its record or of an index by app. */
export function appOfKey(key: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = ofApp.exec(key) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}
