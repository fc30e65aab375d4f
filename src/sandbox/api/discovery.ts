/** The documents by which clients such as kubectl learn what the API server offers. */

import { allResources, groupVersionOf, type Resource } from './resources.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What `kubectl get all` shows. */
const inAll = new Set(['pods', 'services', 'replicationcontrollers']);

const groups = () => [...new Set(allResources.map(resource => resource.group).filter(group => group !== ''))];

function groupDocument(group: string) {
  const versions = [...new Set(allResources.filter(resource => resource.group === group).map(groupVersionOf))].map(groupVersion => ({
    groupVersion,
    version: groupVersion.split('/').at(-1),
  }));
  return { name: group, versions, preferredVersion: versions[0] };
}

function resourceList(groupVersion: string) {
  const served = allResources.filter(resource => groupVersionOf(resource) === groupVersion);
  if (served.length === 0) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: served.flatMap(describe) };
}

function describe(resource: Resource) {
  const { plural, singular, namespaced, kind, shortNames } = resource;
  const own = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(inAll.has(plural) ? { categories: ['all'] } : {}),
  };
  return [own, ...resource.subresources.map(subresource => describeSubresource(resource, subresource))];
}

function describeSubresource({ plural, namespaced, kind }: Resource, subresource: string) {
  const base = { name: `${plural}/${subresource}`, singularName: '', namespaced };
  if (subresource === 'scale') return { ...base, group: 'autoscaling', version: 'v1', kind: 'Scale', verbs: ['get', 'patch', 'update'] };
  if (subresource === 'log') return { ...base, kind, verbs: ['get'] };
  if (subresource === 'proxy') return { ...base, kind: `${kind}ProxyOptions`, verbs: ['create', 'delete', 'get', 'patch', 'update'] };
  return { ...base, kind, verbs: ['get', 'patch', 'update'] };
}

/** Says that field validation happens in the server, so that kubectl create and apply do not ask for schemas. */
function openApiPaths(prefix: string, groupVersion: string) {
  const parameters = [
    { name: 'fieldValidation', in: 'query', schema: { type: 'string' } },
    { name: 'dryRun', in: 'query', schema: { type: 'string' } },
  ];
  const served = allResources.filter(resource => groupVersionOf(resource) === groupVersion);
  const paths: Record<string, unknown> = {};
  for (const { plural, kind, group, version, namespaced } of served) {
    const extension = { 'x-kubernetes-group-version-kind': { group, version, kind }, parameters, responses: {} };
    paths[`${prefix}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}/{name}`] = { patch: extension, put: extension };
    paths[`${prefix}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`] = { post: extension };
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version: versionDocument.gitVersion }, paths, components: { schemas: {} } };
}

export const versionDocument = {
  major: '1',
  minor: '34',
  gitVersion: 'v1.34.4+teal-sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  platform: `${process.platform}/${process.arch}`,
};

const openApiKey = (groupVersion: string) => (groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`);

/** The document at a path, or undefined when the path is not one of discovery. */
export function discoveryDocument(path: string): unknown {
  const clean = path.replace(/\/+$/, '');
  if (clean === '/version') return versionDocument;
  if (clean === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (clean === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupDocument) };
  if (clean === '/openapi/v3') {
    const versions = [...new Set(allResources.map(groupVersionOf))].map(openApiKey);
    return { paths: Object.fromEntries(versions.map(key => [key, { serverRelativeURL: `/openapi/v3/${key}` }])) };
  }
  const described = /^\/openapi\/v3\/(api|apis)\/(.+)$/.exec(clean);
  if (described) return openApiPaths(`/${described[1]}/${described[2]}`, described[2] ?? '');
  if (clean === '/api/v1') return resourceList('v1');
  const [, group, version] = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(clean) ?? [];
  if (!group) return undefined;
  if (version) return resourceList(`${group}/${version}`);
  return groups().includes(group) ? { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) } : undefined;
}
