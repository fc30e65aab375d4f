/** Descriptors of the demo app: one program whose behaviour is set by environment variables, on the real cluster as in the sandbox. */

export type Json = Record<string, unknown>;

export interface DemoWish {
  appName?: string;
  /** Tag of the image: v1, v2 or v3; the version that the app reports in X-Version. */
  image?: string;
  env?: Record<string, string>;
  /** Fields of the container that replace the usual ones. */
  container?: Json;
  podspec?: Json;
  /** The rest of the descriptor. */
  [field: string]: unknown;
}

/** A probe that makes a pod unready as soon as its health turns bad, so that the cluster itself notices. */
export const readyWhenHealthy = { httpGet: { path: '/health', port: 8080 }, periodSeconds: 1, failureThreshold: 1 };

const readyWhenStarted = { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 };

/**
 * A small, quick app: one pod, health check by probe, no drain. Fields of the wish win; a field given as undefined is left out.
 */
export function demo(
  namespace: string,
  { appName = 'shop', image = 'v1', env = {}, container = {}, podspec = {}, ...rest }: DemoWish = {},
): Json {
  const descriptor: Json = {
    namespace,
    appName,
    newVersion: '#',
    replicas: 1,
    useHealthCheck: true,
    healthCheckPath: 'health',
    healthCheckPort: 8080,
    healthCheckType: 'probe',
    drainSeconds: 0,
    podspec: {
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: 'demo',
          image: `demo-app:${image}`,
          imagePullPolicy: 'IfNotPresent',
          ports: [{ name: 'http', containerPort: 8080 }],
          readinessProbe: readyWhenStarted,
          env: Object.entries(env).map(([name, value]) => ({ name, value })),
          ...container,
        },
      ],
      ...podspec,
    },
    ...rest,
  };
  return JSON.parse(JSON.stringify(descriptor)) as Json;
}
