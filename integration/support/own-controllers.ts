/**
 * Ingress controllers of a test's own: copies of the cluster's ingress-nginx and Traefik with other ports, classes and operator settings, so that a suite can change
 * what only operators may change without touching the controllers that other suites measure.
 */

import { randomBytes } from 'node:crypto';
import { request } from 'undici';
import type { KubeObject } from '../../src/cluster/objects.ts';
import { freePort } from './free-port.ts';
import type { Kube } from './kube.ts';
import { eventually } from './wait.ts';

export interface OwnController {
  /** Where it answers HTTP, for example `http://127.0.0.1:41234`. */
  url: string;
  /** Where it answers HTTPS. */
  httpsUrl: string;
  /** Name of its IngressClass. */
  ingressClass: string;
}

export interface OwnNginx extends OwnController {
  /** Replaces the settings in its ConfigMap, except the loopback address it listens on. They are live some seconds later. */
  configure(settings: Record<string, string>): Promise<void>;
}

export interface Workshop {
  readonly namespace: string;
  nginx(settings: Record<string, string>): Promise<OwnNginx>;
  /** With a file provider that holds `dynamic` (YAML), and the CRD provider. */
  traefik(dynamic: string): Promise<OwnController>;
  /** Removes all it made, cluster-wide objects too. */
  close(): Promise<void>;
}

const paths: Record<string, string> = {
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  Namespace: '/api/v1/namespaces',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  IngressClass: '/apis/networking.k8s.io/v1/ingressclasses',
  ClusterRoleBinding: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
  CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
};

interface PodTemplateSpec {
  containers: ({ args: string[] } & Record<string, unknown>)[];
  [field: string]: unknown;
}

/** Pod spec of the cluster's own controller; undefined where it has none. */
export async function controllerPod(kube: Kube, namespace: string, name: string): Promise<PodTemplateSpec | undefined> {
  const answer = await kube.call('GET', `${(paths['Deployment'] ?? '').replace('NS', namespace)}/${name}`);
  if (answer.status !== 200) return undefined;
  return (JSON.parse(answer.text) as { spec: { template: { spec: PodTemplateSpec } } }).spec.template.spec;
}

const withFlags = (args: string[], flags: Record<string, string>): string[] => [
  ...args.filter(arg => !Object.keys(flags).some(flag => arg === `--${flag}` || arg.startsWith(`--${flag}=`))),
  ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`),
];

/** Kinds that Traefik's CRD provider wants to list before it serves anything. */
const traefikKinds = [
  ['middlewares', 'Middleware'],
  ['middlewaretcps', 'MiddlewareTCP'],
  ['ingressroutes', 'IngressRoute'],
  ['ingressroutetcps', 'IngressRouteTCP'],
  ['ingressrouteudps', 'IngressRouteUDP'],
  ['serverstransports', 'ServersTransport'],
  ['serverstransporttcps', 'ServersTransportTCP'],
  ['tlsoptions', 'TLSOption'],
  ['tlsstores', 'TLSStore'],
  ['traefikservices', 'TraefikService'],
] as const;

const traefikCrd = ([plural, kind]: readonly [string, string]): KubeObject => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.traefik.io` },
  spec: {
    group: 'traefik.io',
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } },
        },
      },
    ],
  },
});

export async function openWorkshop(kube: Kube, purpose: string): Promise<Workshop> {
  const namespace = `${purpose}-${randomBytes(3).toString('hex')}`;
  const made: string[] = [];

  /** True when it was made now, false when it stood there already. */
  async function make(object: KubeObject): Promise<boolean> {
    const collection = (paths[object.kind] ?? '').replace('NS', namespace);
    const answer = await kube.call('POST', collection, object);
    if (answer.status === 409 && object.kind === 'CustomResourceDefinition') return false;
    if (answer.status >= 300) throw new Error(`POST ${collection}: ${answer.status} ${answer.text.slice(0, 300)}`);
    made.push(`${collection}/${object.metadata.name}`);
    return true;
  }

  const deploy = (name: string, spec: PodTemplateSpec): Promise<boolean> =>
    make({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { controller: name } },
        template: { metadata: { labels: { controller: name } }, spec },
      },
    });

  const ingressClass = (name: string, controller: string): Promise<boolean> =>
    make({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name }, spec: { controller } });

  const answers = (url: string): Promise<void> =>
    eventually(`${url} answers`, 60_000, async () => {
      const answer = await request(url, { headers: { host: 'nobody.teal.invalid' } });
      await answer.body.dump();
      if (answer.statusCode !== 404) throw new Error(String(answer.statusCode));
    });

  async function base(deployment: [string, string]): Promise<PodTemplateSpec> {
    const spec = await controllerPod(kube, ...deployment);
    if (spec === undefined) throw new Error(`no Deployment ${deployment.join('/')} to copy`);
    return { ...structuredClone(spec), serviceAccountName: 'default', serviceAccount: 'default' };
  }

  await make({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await make({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
  });

  return {
    namespace,

    async nginx(settings) {
      const [http, https, fallback, health, status, stream, profiler, logger] = await Promise.all(Array.from({ length: 8 }, freePort));
      const name = `${namespace}-nginx`;
      const spec = await base(['ingress-nginx', 'ingress-nginx-controller']);
      const container = spec.containers[0];
      if (container === undefined) throw new Error('the copied pod has no container');
      container.args = withFlags(container.args, {
        'election-id': name,
        'controller-class': `teal.test/${name}`,
        'ingress-class': name,
        'watch-ingress-without-class': 'false',
        configmap: `${namespace}/${name}`,
        'http-port': String(http),
        'https-port': String(https),
        'default-server-port': String(fallback),
        'healthz-port': String(health),
        'status-port': String(status),
        'stream-port': String(stream),
        'profiler-port': String(profiler),
        'internal-logger-address': `127.0.0.1:${logger}`,
        // Its default is one look in 3.3 s.
        'sync-rate-limit': '2',
      });
      container['readinessProbe'] = { httpGet: { host: '127.0.0.1', path: '/healthz', port: health }, periodSeconds: 1 };
      const data = (changes: Record<string, string>): Record<string, string> => ({
        'bind-address': '127.0.0.1',
        'worker-processes': '1',
        ...changes,
      });
      await ingressClass(name, `teal.test/${name}`);
      await make({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: data(settings) });
      await deploy(name, spec);
      const url = `http://127.0.0.1:${http}`;
      await answers(url);
      return {
        url,
        httpsUrl: `https://127.0.0.1:${https}`,
        ingressClass: name,
        configure: async changes => {
          await kube.edit('ConfigMap', namespace, name, object => {
            object['data'] = data(changes);
          });
        },
      };
    },

    async traefik(dynamic) {
      const [web, secure, own] = await Promise.all(Array.from({ length: 3 }, freePort));
      const name = `${namespace}-traefik`;
      for (const kind of traefikKinds) await make(traefikCrd(kind));
      const spec = await base(['traefik', 'traefik']);
      const container = spec.containers[0];
      if (container === undefined) throw new Error('the copied pod has no container');
      container.args = withFlags(container.args, {
        'entrypoints.web.address': `127.0.0.1:${web}`,
        'entrypoints.websecure.address': `127.0.0.1:${secure}`,
        'entrypoints.traefik.address': `127.0.0.1:${own}`,
        'providers.kubernetesingress.ingressclass': name,
        'providers.kubernetescrd': 'true',
        'providers.file.filename': '/dynamic/dynamic.yaml',
      });
      container['readinessProbe'] = { httpGet: { host: '127.0.0.1', path: '/ping', port: own }, periodSeconds: 1 };
      container['volumeMounts'] = [{ name: 'dynamic', mountPath: '/dynamic' }];
      spec['volumes'] = [{ name: 'dynamic', configMap: { name } }];
      await make({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data: { 'dynamic.yaml': dynamic } });
      await ingressClass(name, 'traefik.io/ingress-controller');
      await deploy(name, spec);
      const url = `http://127.0.0.1:${web}`;
      await answers(url);
      return { url, httpsUrl: `https://127.0.0.1:${secure}`, ingressClass: name };
    },

    async close() {
      // The rights go last but one, so that controllers can still give their leases back.
      for (const path of made.reverse())
        await kube.call('DELETE', path, { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' });
    },
  };
}
