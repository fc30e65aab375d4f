/** What runs already under an app's names, made by the deployer before Teal or by another installation of it: which version, and whose it is. Pure. */

import { marksOf } from '../../cluster/manifests/index.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { versionedName } from '../../descriptors/index.ts';
import { Problem } from '../../lib/problem.ts';

/** Everything in the namespace that has a part in the app; read uncached. */
export interface Found {
  controllers: KubeObject[];
  /** Service `app`. */
  service: KubeObject | undefined;
  /** Service `app-version`. */
  versionService: KubeObject | undefined;
  /** Ingress `app`, `app-version`, and the one that redirects `www.` */
  ingress: KubeObject | undefined;
  preview: KubeObject | undefined;
  www: KubeObject | undefined;
  /** What a proxy is helped by; only Teal makes such. */
  helpers: KubeObject[];
  pods: KubeObject[];
}

export type Whose = 'original' | 'other-installation' | 'ours' | 'missing';

export function whoseIs(object: KubeObject | undefined, installation: string): Whose {
  if (!object) return 'missing';
  const marks = marksOf(object);
  if (marks.installation === undefined) return 'original';
  return marks.installation === installation ? 'ours' : 'other-installation';
}

const labelsOf = (object: KubeObject): Record<string, string> => object.metadata.labels ?? {};
const replicasOf = (controller: KubeObject): number => Number(controller['spec']?.replicas ?? 0);

const refuse = (why: string): Problem => new Problem('CONFLICT', `it cannot be adopted: ${why}; nothing was changed`);

/** The one version that runs, with its controller. Throws NOT_FOUND when there is none, CONFLICT when none or more than one has pods. */
export function runningVersion(appName: string, controllers: readonly KubeObject[]): { version: string; controller: KubeObject } {
  const running = controllers.filter(controller => replicasOf(controller) > 0 && controller.metadata.deletionTimestamp === undefined);
  const [controller, ...more] = running;
  if (controllers.length === 0) throw new Problem('NOT_FOUND', `Nothing runs under the names of the app ${appName}`);
  if (!controller) throw refuse(`no ReplicationController of ${appName} has pods`);
  if (more.length > 0)
    throw refuse(`more than one version runs (${running.map(({ metadata }) => metadata.name).join(', ')}): leave one of them`);
  const { version, name } = labelsOf(controller);
  if (version === undefined) throw refuse(`ReplicationController ${controller.metadata.name} has no label version`);
  const expected = versionedName(appName, version);
  if (controller.metadata.name !== expected || name !== expected)
    throw refuse(`ReplicationController ${controller.metadata.name} and its label name must be called ${expected}`);
  return { version, controller };
}

const sameMap = (a: Record<string, unknown>, b: Record<string, string>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(b).every(([key, value]) => a[key] === value);

interface Rule {
  host?: string;
  http?: { paths?: { path?: string; backend?: { service?: { name?: string } } }[] };
}

export const mainRule = (ingress: KubeObject | undefined): Rule | undefined => (ingress?.['spec']?.rules as Rule[] | undefined)?.[0];

/** Throws CONFLICT where the traffic does not go where Teal would leave it: taking it over would move it. */
export function refuseOtherTraffic(appName: string, version: string, found: Found, ingressClass: string): void {
  const name = versionedName(appName, version);
  const labels = { app: appName, version, name };
  const { controllers, service, versionService, ingress } = found;
  const controller = controllers.find(({ metadata }) => metadata.name === name);
  if (!sameMap((controller?.['spec']?.selector ?? {}) as Record<string, unknown>, labels))
    throw refuse(`ReplicationController ${name} must select exactly app, version and name`);
  if (service && !sameMap((service['spec']?.selector ?? {}) as Record<string, unknown>, { app: appName, version }))
    throw refuse(`Service ${appName} must select exactly app=${appName} and version=${version}`);
  if (versionService && !sameMap((versionService['spec']?.selector ?? {}) as Record<string, unknown>, labels))
    throw refuse(`Service ${name} must select exactly app, version and name`);
  if (!ingress) return;
  const paths = mainRule(ingress)?.http?.paths ?? [];
  const backend = paths.find(({ path = '/' }) => path === '/' || path === '')?.backend?.service?.name;
  if (backend !== name && backend !== appName)
    throw refuse(`Ingress ${appName} must lead its first host to Service ${name} or ${appName}, not to ${String(backend)}`);
  const own = ingressClassOf(ingress);
  if (ingressClass !== '' && own !== undefined && own !== ingressClass)
    throw refuse(`Ingress ${appName} is of class ${own}, and this server writes class ${ingressClass} (--ingress-class)`);
}

export const ingressClassOf = ({ metadata, ...ingress }: KubeObject): string | undefined =>
  (ingress['spec'] as { ingressClassName?: string } | undefined)?.ingressClassName ?? metadata.annotations?.['kubernetes.io/ingress.class'];
