/** What Kubernetes and HTTP allow as a name; what clients judge too is in lib/names.ts. Each `why...` says what is wrong and what would be right; undefined = nothing is wrong. Pure. */

const label1123 = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const labelValue = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const headerName = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export function whyNoVersion(version: string): string | undefined {
  if (version === '#' || (version.length <= 63 && labelValue.test(version))) return undefined;
  return 'must be "#", or 1 to 63 letters, digits, "-", "_" and ".", starting and ending with a letter or digit';
}

/** Names of secrets and the like. */
export function whyNoObjectName(name: string): string | undefined {
  if (name.length <= 253 && name.split('.').every(part => label1123.test(part))) return undefined;
  return 'must be the name of an object: lower-case letters, digits, "-" and ".", starting and ending with a letter or digit';
}

export function whyNoContainerName(name: string): string | undefined {
  if (name.length <= 63 && label1123.test(name)) return undefined;
  return 'must be 1 to 63 lower-case letters, digits and "-", starting and ending with a letter or digit';
}

export function whyNoPortName(name: string): string | undefined {
  if (name.length <= 15 && label1123.test(name) && /[a-z]/.test(name) && !name.includes('--')) return undefined;
  return 'must be 1 to 15 lower-case letters, digits and single "-", with at least one letter';
}

/** Keys of labels and annotations: `[prefix/]name`. */
export function whyNoQualifiedName(key: string): string | undefined {
  const [name = '', prefix, ...more] = key.split('/').reverse();
  const prefixOk = prefix === undefined || (prefix.length <= 253 && prefix.split('.').every(part => label1123.test(part)));
  if (more.length === 0 && prefixOk && name.length <= 63 && labelValue.test(name)) return undefined;
  return 'must be a qualified name such as example.com/team: letters, digits, "-", "_" and ".", at most 63 after the "/"';
}

export function whyNoLabelValue(value: string): string | undefined {
  if (value === '' || (value.length <= 63 && labelValue.test(value))) return undefined;
  return 'must be empty or 1 to 63 letters, digits, "-", "_" and ".", starting and ending with a letter or digit';
}

/** Headers that belong to one connection, to the framing of one answer or to one user: setting them for all answers breaks them. */
const deniedHeaders = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'host',
  'keep-alive',
  'location',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function whyNoHeaderName(name: string): string | undefined {
  if (!headerName.test(name)) return 'must be the name of an HTTP header: letters, digits and "-", without ":"';
  return deniedHeaders.has(name.toLowerCase())
    ? 'belongs to the connection, the framing of a single answer or a single user and cannot be set for all'
    : undefined;
}

export function whyNoHeaderValue(value: string): string | undefined {
  if (!/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(value)) return 'must be visible ASCII on one line, without spaces at its ends';
  return /["\\${}`]/.test(value) ? 'must not contain quotes, "\\", "$", "`", "{" and "}": proxies take them for configuration' : undefined;
}
