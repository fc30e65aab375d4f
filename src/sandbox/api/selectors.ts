/** Label and field selectors in the text form of the Kubernetes API. */

import type { KubeObject } from '../../cluster/objects.ts';
import { badRequest } from './failure.ts';

export type Matcher = (object: KubeObject) => boolean;

const everything: Matcher = () => true;

/** Parses `a=b, c!=d, e in (f,g), h notin (i), j, !k`. Throws a 400. */
export function parseLabelSelector(text: string | undefined): Matcher {
  if (!text?.trim()) return everything;
  const tests = splitOutsideBrackets(text).map(parseRequirement);
  return object => tests.every(test => test(object.metadata.labels ?? {}));
}

type LabelTest = (labels: Record<string, string>) => boolean;

function parseRequirement(text: string): LabelTest {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(text);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map(value => value.trim());
    const included = (labels: Record<string, string>) => labels[key] !== undefined && values.includes(labels[key]);
    return operator === 'in' ? included : labels => !included(labels);
  }
  const comparison = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(text);
  if (comparison) {
    const [, key = '', operator, value] = comparison;
    return operator === '!=' ? labels => labels[key] !== value : labels => labels[key] === value;
  }
  const existence = /^(!?)\s*([^\s!=,()]+)$/.exec(text);
  if (existence) {
    const [, not, key = ''] = existence;
    return labels => (labels[key] !== undefined) !== (not === '!');
  }
  throw badRequest(`unable to parse requirement: found '${text}'`);
}

function splitOutsideBrackets(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = '';
  for (const char of text) {
    if (char === '(') depth++;
    if (char === ')') depth--;
    if (char === ',' && depth === 0) {
      parts.push(current);
      current = '';
    } else current += char;
  }
  parts.push(current);
  return parts.map(part => part.trim()).filter(part => part !== '');
}

const fieldsOf: Record<string, readonly string[]> = {
  Pod: ['status.phase', 'spec.nodeName', 'spec.restartPolicy', 'spec.serviceAccountName', 'spec.schedulerName', 'status.podIP'],
  Event: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'type',
    'source',
  ],
  ReplicationController: ['status.replicas'],
  Namespace: ['status.phase'],
  Service: ['spec.clusterIP', 'spec.type'],
  Secret: ['type'],
};

function valueAt(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[step];
  return value === undefined || value === null ? '' : `${value as string | number}`;
}

/** Parses `metadata.name=x,status.phase!=Running`. A field that the kind does not select by is a 400. */
export function parseFieldSelector(text: string | undefined, kind: string): Matcher {
  if (!text?.trim()) return everything;
  const tests = text.split(',').map(part => {
    const match = /^\s*([^=!]+?)\s*(==|=|!=)\s*(.*?)\s*$/.exec(part);
    if (!match) throw badRequest(`invalid selector: '${part}'; can't understand '${part}'`);
    const [, path = '', operator, wanted] = match;
    if (path !== 'metadata.name' && path !== 'metadata.namespace' && !fieldsOf[kind]?.includes(path)) {
      throw badRequest(`field label not supported: ${path}`);
    }
    return (object: KubeObject) => (valueAt(object, path) === wanted) !== (operator === '!=');
  });
  return object => tests.every(test => test(object));
}

/** Whether a plain map selector (of a Service or RC) picks these labels. An empty selector picks nothing. */
export function picks(selector: Record<string, string> | undefined | null, labels: Record<string, string> | undefined): boolean {
  const wanted = Object.entries(selector ?? {});
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value);
}
