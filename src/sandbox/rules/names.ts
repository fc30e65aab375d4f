/** Kubernetes' rules for names, label keys and label values; each check gives the reason why not. */

import type { NameRule } from '../api/resources.ts';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const patterns: Record<NameRule, { regex: RegExp; length: number; text: string }> = {
  'dns1123-label': {
    regex: new RegExp(`^${label}$`),
    length: 63,
    text: `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`,
  },
  'dns1123-subdomain': {
    regex: new RegExp(`^${label}(\\.${label})*$`),
    length: 253,
    text: `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`,
  },
  'dns1035-label': {
    regex: /^[a-z]([-a-z0-9]*[a-z0-9])?$/,
    length: 63,
    text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
  },
};

export function whyNotName(name: string, rule: NameRule): string | undefined {
  const { regex, length, text } = patterns[rule];
  if (name.length > length) return `must be no more than ${length} ${rule === 'dns1123-subdomain' ? 'bytes' : 'characters'}`;
  return regex.test(name) ? undefined : text;
}

const qualifiedName = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** Label keys, annotation keys and finalizers. */
export function whyNotQualifiedName(key: string): string | undefined {
  const parts = key.split('/');
  const name = parts.at(-1) ?? '';
  if (parts.length > 2) return 'a qualified name must consist of an optional prefix and a name, separated by one slash';
  if (parts.length === 2 && whyNotName(parts[0] ?? '', 'dns1123-subdomain')) return 'prefix part must be a lowercase RFC 1123 subdomain';
  if (name.length > 63) return 'name part must be no more than 63 characters';
  return qualifiedName.test(name)
    ? undefined
    : "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
}

export function whyNotLabelValue(value: string): string | undefined {
  if (value.length > 63) return 'must be no more than 63 bytes';
  return value === '' || qualifiedName.test(value)
    ? undefined
    : "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

/** Names of ports (IANA service names). Several rules may be broken at once. */
export function whyNotPortName(name: string): string[] {
  const why: string[] = [];
  if (name.length > 15) why.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name)) why.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(name)) why.push('must contain at least one letter (a-z)');
  if (name.includes('--')) why.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) why.push('must not begin or end with a hyphen');
  return why;
}

export const isPort = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65535;
export const portRange = 'must be between 1 and 65535, inclusive';
