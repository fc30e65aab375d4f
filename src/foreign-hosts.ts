/**
 * Which host names are answered for by Ingresses of others, as far as RBAC lets Teal see, or could be by the previews of other namespaces. Kept by a watch: acceptance never
 * waits for it. Of another namespace nobody is told more than that it has the host.
 */

import type { Cluster, Mirror } from './cluster/cluster.ts';
import { marksOf } from './cluster/manifests/index.ts';
import type { KubeObject } from './cluster/objects.ts';

export interface ForeignHosts {
  find(namespace: string, appName: string, hosts: string[]): Promise<{ host: string; holder: string }[]>;
  close(): Promise<void>;
}

const hostsIn = (ingress: KubeObject): string[] => {
  const rules = (ingress.spec as { rules?: { host?: string }[] } | undefined)?.rules ?? [];
  return rules.map(rule => rule.host).filter(host => host !== undefined);
};

/** Previews are `app-version.namespace.DOMAIN`; no claim in the store holds them, as their names follow from their namespace. */
function isPreviewOfOther(host: string, namespace: string, domain: string | undefined): boolean {
  if (domain === undefined || !host.toLowerCase().endsWith(`.${domain}`)) return false;
  const [name = '', owner, ...more] = host.slice(0, -domain.length - 1).split('.');
  return more.length === 0 && owner !== undefined && owner !== namespace && name.includes('-');
}

export function watchForeignHosts({
  cluster,
  namespaces,
  installation,
  previewDomain,
}: {
  cluster: Cluster;
  namespaces: readonly string[];
  installation: string;
  previewDomain?: string | undefined;
}): ForeignHosts {
  const byHost = new Map<string, Map<string, KubeObject>>();
  const nameOf = (ingress: KubeObject) => `${ingress.metadata.namespace ?? ''}/${ingress.metadata.name}`;

  function drop(ingress: KubeObject) {
    for (const [host, holders] of byHost) if (holders.delete(nameOf(ingress)) && holders.size === 0) byHost.delete(host);
  }
  function put(ingress: KubeObject) {
    drop(ingress);
    for (const host of hostsIn(ingress))
      byHost.set(host, (byHost.get(host) ?? new Map<string, KubeObject>()).set(nameOf(ingress), ingress));
  }
  const mirrors: Mirror[] = (namespaces.length > 0 ? namespaces : ['']).map(namespace => cluster.mirror('Ingress', namespace));
  for (const mirror of mirrors) mirror.subscribe(({ type, object }) => (type === 'deleted' ? drop(object) : put(object)));

  return {
    find(namespace, _appName, hosts) {
      const found = hosts.flatMap(host => [...(byHost.get(host)?.values() ?? [])].map(ingress => ({ host, ingress })));
      // Apps of this installation hold their hosts in the store, which is asked in the same transaction.
      const foreign = found.filter(({ ingress }) => marksOf(ingress).installation !== installation);
      const holderOf = (ingress: KubeObject) =>
        ingress.metadata.namespace === namespace ? `Ingress ${nameOf(ingress)}` : 'an Ingress of another namespace';
      return Promise.resolve([
        ...foreign.map(({ host, ingress }) => ({ host, holder: holderOf(ingress) })),
        ...hosts
          .filter(host => isPreviewOfOther(host, namespace, previewDomain))
          .map(host => ({ host, holder: 'the previews of another namespace' })),
      ]);
    },
    async close() {
      await Promise.all(mirrors.map(mirror => mirror.close()));
    },
  };
}
