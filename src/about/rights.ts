/** What Teal must be allowed to do in a namespace that it serves: what the Helm chart grants, and no more. Pure. */

import type { Right } from '../cluster/cluster.ts';

export interface RightsWish {
  /** Headers of answers are written as ConfigMaps. */
  headers: boolean;
  /** Middlewares of Traefik are written as objects. */
  middlewares: boolean;
}

const writing = ['get', 'list', 'watch', 'create', 'update', 'delete'];

export function neededRights({ headers, middlewares }: RightsWish): Right[] {
  const rules: [group: string, resource: string, verbs: string[]][] = [
    ['', 'replicationcontrollers', writing],
    ['', 'services', writing],
    ['networking.k8s.io', 'ingresses', writing],
    ['', 'configmaps', headers ? writing : ['list', 'watch']],
    ['', 'pods', ['list', 'watch']],
    ['', 'pods/log', ['get']],
    ['', 'pods/proxy', ['get', 'create']],
    ['', 'events', ['list']],
    ['discovery.k8s.io', 'endpointslices', ['list', 'watch']],
    ...(middlewares ? [['traefik.io', 'middlewares', writing] as [string, string, string[]]] : []),
  ];
  return rules.flatMap(([group, resource, verbs]) => verbs.map(verb => ({ verb, group, resource })));
}

export const rightText = ({ verb, group, resource }: Right): string => `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
