/** The account that the Helm chart gives Teal, on a real cluster: its ClusterRole as rendered, a service account, and a token of it. */

import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { kubeTool } from '../../deploy/tools/kube-tools.ts';
import { must } from './kube-command.ts';
import type { Kube, KubeConnection } from './kube.ts';

const chart = fileURLToPath(new URL('../../deploy/chart', import.meta.url));

export interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface ServiceAccount {
  connection: KubeConnection;
  rules: Rule[];
  remove(): Promise<void>;
}

/** `settings` as for the chart: `settings.health-via=api-proxy`. */
export async function chartAccount(kube: Kube, namespace: string, settings: string[] = []): Promise<ServiceAccount> {
  const values = ['auth.allowAnonymous=true', 'rbac.clusterWide=true', ...settings].flatMap(value => ['--set', value]);
  const text = await must(await kubeTool('helm'), ['template', 'teal', chart, '--namespace', namespace, ...values]);
  const objects = parseAllDocuments(text).map(document => document.toJS() as { kind: string; rules: Rule[] } | null);
  const role = objects.find(object => object?.kind === 'ClusterRole');
  if (!role) throw new Error('the chart renders no ClusterRole');
  const name = `${namespace}-teal`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const apiVersion = 'rbac.authorization.k8s.io/v1';

  const send = async (method: 'POST' | 'DELETE', path: string, body?: object) => {
    const answer = await kube.call(method, path, body);
    if (answer.status >= 300 && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
    return JSON.parse(answer.text) as { status?: { token?: string } };
  };
  const remove = async () => {
    await send('DELETE', `${rbac}/clusterrolebindings/${name}`);
    await send('DELETE', `${rbac}/clusterroles/${name}`);
    await kube.remove('Namespace', '', namespace);
  };

  await kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
  await send('POST', `${rbac}/clusterroles`, { apiVersion, kind: 'ClusterRole', metadata: { name }, rules: role.rules });
  await send('POST', `${rbac}/clusterrolebindings`, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } };
  const { status } = await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`, request);
  if (status?.token === undefined) throw new Error('the API server gave no token');
  const { url, tls } = kube.connection;
  return { connection: { url, ...(tls ? { tls: { ca: tls.ca } } : {}), token: status.token }, rules: role.rules, remove };
}
