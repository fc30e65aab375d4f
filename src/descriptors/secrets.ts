/** What of a descriptor is secret by its name: values of variables, arguments, headers, annotations. Readers see a mask; texts about the deployment do too. Pure. */

import { hiding, mask, type Hide } from '../lib/known-values.ts';
import { hideNamed } from '../lib/redact.ts';
import { looksSecret } from '../lib/secret-names.ts';
import type { Descriptor, DescriptorSpec } from './descriptor.ts';
import { isObject } from './pod-spec.ts';

/** Says that a value stands under a name; answers what shall stand there instead. */
type Visit = (name: string, value: string) => string;

const userInfo = /^[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:([^\s/@]+)@/i;

/** The secret in a variable's value: all of it when the name says so, else the password of a URL. */
export function secretsInVariable(name: string, value: string): string[] {
  if (looksSecret(name)) return [value];
  const password = userInfo.exec(value)?.[1];
  return password === undefined ? [] : [password, decoded(password)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Every secret value that a descriptor holds. */
export function secretValues(
  spec: Pick<DescriptorSpec, 'podspec' | 'environment' | 'annotations' | 'labels' | 'additionHttpHeaders'>,
): string[] {
  const found: string[] = [];
  visitNamed(spec, (name, value) => {
    // `Bearer` and `Basic` are no secrets; what follows them is.
    found.push(...secretsInVariable(name, value).map(secret => secret.replace(/^(bearer|basic)\s+/i, '')));
    return value;
  });
  return found;
}

/** As somebody sees it who may read but not deploy: no values of variables, and nothing that is called a secret. */
export function withoutSecrets(descriptor: Descriptor): Descriptor {
  const hide = hiding(secretValues(descriptor));
  const { podspec, environment, annotations, labels, additionHttpHeaders, webhooks, ...rest } = descriptor;
  const spec = { podspec, environment, annotations, labels, additionHttpHeaders };
  const masked = visitNamed(spec, (name, value) => (looksSecret(name) ? mask : value)) as typeof spec;
  const told = hideTexts(masked, text => hideNamed(hide(text))) as typeof spec;
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)) as Pick<Descriptor, 'podspec'>;
  return {
    ...rest,
    ...given,
    podspec: withoutVariables(given.podspec),
    ...(environment === undefined ? {} : { environment: Object.fromEntries(Object.keys(environment).map(name => [name, mask])) }),
    // Whoever knows the key of a webhook may call it.
    ...(webhooks === undefined ? {} : { webhooks: webhooks.map(webhook => ({ ...webhook, key: mask })) }),
  };
}

function withoutVariables(podspec: Descriptor['podspec']): Descriptor['podspec'] {
  const fields = ['containers', 'initContainers', 'ephemeralContainers'].filter(field => Array.isArray(podspec[field]));
  const masked = (container: unknown) =>
    isObject(container) && Array.isArray(container.env)
      ? {
          ...container,
          env: (container.env as unknown[]).map(variable =>
            isObject(variable) && 'value' in variable ? { ...variable, value: mask } : variable,
          ),
        }
      : container;
  return { ...podspec, ...Object.fromEntries(fields.map(field => [field, (podspec[field] as unknown[]).map(masked)])) };
}

const maps = new Set(['environment', 'annotations', 'labels', 'matchLabels', 'nodeSelector']);

/** Visits what stands under a name of the user's choice: entries of maps, items with name and value, options and their arguments. A changed copy comes back. */
function visitNamed(value: unknown, visit: Visit): unknown {
  if (Array.isArray(value)) return value.map(item => visitNamed(item, visit));
  if (!isObject(value)) return value;
  const name = value.name ?? value.Header;
  return Object.fromEntries(
    Object.entries(value).map(([field, inner]) => {
      if (maps.has(field) && isObject(inner)) return [field, visitMap(inner, visit)];
      if ((field === 'command' || field === 'args') && Array.isArray(inner)) return [field, visitArguments(inner, visit)];
      if ((field === 'value' || field === 'Value') && typeof inner === 'string' && typeof name === 'string')
        return [field, visit(name, inner)];
      return [field, visitNamed(inner, visit)];
    }),
  );
}

const visitMap = (map: Record<string, unknown>, visit: Visit): unknown =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, typeof value === 'string' ? visit(name, value) : value]));

/** `--name=value`, `NAME=value`, and `--name` with its value in the next argument. */
function visitArguments(list: unknown[], visit: Visit): unknown[] {
  return list.map((argument, index) => {
    if (typeof argument !== 'string') return argument;
    const [, option, value] = /^(-{0,2}[A-Za-z][\w.-]*)=(.*)$/s.exec(argument) ?? [];
    if (option !== undefined && value !== undefined) return `${option}=${visit(option, value)}`;
    const before = list[index - 1];
    const named = typeof before === 'string' && /^--?[A-Za-z][\w.-]*$/.test(before) && !argument.startsWith('-');
    return named ? visit(before, argument) : argument;
  });
}

function hideTexts(value: unknown, hide: Hide): unknown {
  if (typeof value === 'string') return hide(value);
  if (Array.isArray(value)) return value.map(item => hideTexts(item, hide));
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, hideTexts(inner, hide)])) : value;
}
