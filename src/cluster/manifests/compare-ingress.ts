/** What we own in an Ingress: its class, the path `/` of our hosts, and the TLS entries of these hosts. Others' hosts and paths (an ACME solver's) stay. */

import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../objects.ts';
import type { OwnedField } from './compare.ts';
import { ownershipOf } from './ownership.ts';

interface Path {
  path?: string;
  pathType?: string;
  backend?: unknown;
}

interface Rule {
  host?: string;
  http?: { paths?: Path[] };
}

interface Tls {
  hosts?: string[];
  secretName?: string;
}

interface IngressSpec {
  ingressClassName?: string;
  rules?: Rule[];
  tls?: Tls[];
}

const specOf = (object: KubeObject): IngressSpec => (object['spec'] as IngressSpec | undefined) ?? {};

const isRoot = (path: Path): boolean => (path.path ?? '/') === '/';

/** The `/` paths of a host, over all rules that name it; ours is right when it is the only one. */
const rootsOf = (rules: Rule[], host: string | undefined): Path[] =>
  rules.filter(rule => rule.host === host).flatMap(rule => (rule.http?.paths ?? []).filter(isRoot));

function ruleFields(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  const want = specOf(wanted).rules ?? [];
  const have = specOf(actual).rules ?? [];
  const hosts = new Set(want.map(rule => rule.host));
  const stale = [...ownershipOf(actual).hosts].filter(host => !hosts.has(host) && have.some(rule => rule.host === host));
  const change = (copy: KubeObject, change: (rules: Rule[]) => Rule[]): void => {
    copy['spec'] = { ...specOf(copy), rules: change(specOf(copy).rules ?? []) };
  };
  return [
    ...want.map(rule => ({
      path: `spec.rules[${rule.host ?? ''}]`,
      differs: !isDeepStrictEqual(rootsOf(have, rule.host), rule.http?.paths ?? []),
      repair: (copy: KubeObject) => change(copy, rules => withRule(rules, rule)),
    })),
    ...stale.map(host => ({
      path: `spec.rules[${host}]`,
      differs: true,
      repair: (copy: KubeObject) => change(copy, rules => rules.filter(rule => rule.host !== host)),
    })),
  ];
}

/** Our rule first of its host, with the other paths of that host behind ours. */
function withRule(rules: Rule[], ours: Rule): Rule[] {
  const at = rules.findIndex(rule => rule.host === ours.host);
  const foreign = rules.filter(rule => rule.host === ours.host).flatMap(rule => (rule.http?.paths ?? []).filter(path => !isRoot(path)));
  const rule: Rule = { ...rules[at], ...ours, http: { paths: [...(ours.http?.paths ?? []), ...foreign] } };
  const others = (list: Rule[]): Rule[] => list.filter(other => other.host !== ours.host);
  return at < 0 ? [...rules, rule] : [...others(rules.slice(0, at)), rule, ...others(rules.slice(at + 1))];
}

function tlsFields(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  const want = specOf(wanted).tls ?? [];
  const owned = ownershipOf(actual);
  // An entry that somebody added for a host whose TLS we never set is theirs.
  if (want.length === 0 && !owned.tls) return [];
  const hosts = new Set([...want.flatMap(entry => entry.hosts ?? []), ...(owned.tls ? owned.hosts : [])]);
  const touching = (entry: Tls): boolean => (entry.hosts ?? []).some(host => hosts.has(host));
  const comparable = (entries: Tls[]): unknown =>
    entries.map(({ hosts: names = [], secretName }) => ({ names: [...names].sort(), secretName }));
  return [
    {
      path: 'spec.tls',
      differs: !isDeepStrictEqual(comparable((specOf(actual).tls ?? []).filter(touching)), comparable(want)),
      repair: copy => {
        const { tls = [], ...spec } = specOf(copy);
        const rest = tls.flatMap(entry => {
          if (!touching(entry)) return [entry];
          const left = (entry.hosts ?? []).filter(host => !hosts.has(host));
          return left.length === 0 ? [] : [{ ...entry, hosts: left }];
        });
        const all = [...want, ...rest];
        copy['spec'] = all.length === 0 ? spec : { ...spec, tls: all };
      },
    },
  ];
}

function classField(wanted: KubeObject, actual: KubeObject): OwnedField[] {
  const ingressClassName = specOf(wanted).ingressClassName;
  // Without a class of ours the cluster's default was filled in at creation and is none of our business.
  if (ingressClassName === undefined) return [];
  return [
    {
      path: 'spec.ingressClassName',
      differs: specOf(actual).ingressClassName !== ingressClassName,
      repair: copy => {
        copy['spec'] = { ...specOf(copy), ingressClassName };
      },
    },
  ];
}

export const ingressFields = (wanted: KubeObject, actual: KubeObject): OwnedField[] => [
  ...classField(wanted, actual),
  ...ruleFields(wanted, actual),
  ...tlsFields(wanted, actual),
];
