/** Names that the server and its clients judge alike: of apps, hosts, images, variables, and paths. Each `why...` says what is wrong and what would be right; undefined = nothing is wrong. Pure. */

import { isDnsLabel } from './dns-label.ts';

const label1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

/** The nearest allowed app name, for the answer; undefined when nothing is left of it. */
export function correctedAppName(name: string): string | undefined {
  const corrected = name
    .toLowerCase()
    .replace(/[\s._/]+/g, '-')
    .replace(/[^-a-z0-9]/g, '')
    .replace(/^[^a-z]+/, '')
    .slice(0, 52)
    .replace(/-+$/, '');
  return label1035.test(corrected) ? corrected : undefined;
}

export function whyNoAppName(name: string): string | undefined {
  if (name.length <= 63 && label1035.test(name)) return undefined;
  const proposal = correctedAppName(name);
  const rule = 'must be lower-case letters, digits and "-", starting with a letter and ending with a letter or digit';
  return proposal === undefined ? rule : `${rule}; "${proposal}" would do`;
}

export function whyNoHostName(host: string): string | undefined {
  const rule = 'must be a host name alone, such as shop.example.com';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(host)) return `${rule}: without the protocol`;
  if (host.includes('/')) return `${rule}: without a path`;
  if (/:\d*$/.test(host)) return `${rule}: without a port`;
  if (host.includes('*')) return `${rule}: wildcards are not allowed`;
  // As URLs read it: a last part that is a number makes all of it an IPv4 address.
  if (/(^|\.)(\d+|0x[0-9a-f]*)$/i.test(host) || host.includes(':')) return `${rule}: not an IP address`;
  if (host === 'localhost') return `${rule}: not the machine itself`;
  if (/(^|\.)xn--/i.test(host)) return `${rule}: without encoded letters (xn--), behind which look-alikes of other names hide`;
  const ok = (text: string) => text.length <= 253 && text.split('.').every(isDnsLabel);
  if (ok(host)) return undefined;
  return ok(host.toLowerCase()) ? `must be lower case: "${host.toLowerCase()}"` : rule;
}

export function whyNoImage(image: string): string | undefined {
  if (image.length > 1000 || !/^[\w][\w.\-/:@+]*$/.test(image) || /\/\/|[/:@]$/.test(image))
    return 'must be an image reference such as registry.example.com/team/app:1.2';
  const [, ...digest] = image.split('@');
  return digest.length === 0 || (digest.length === 1 && isDigest(digest[0] ?? ''))
    ? undefined
    : 'must end with a whole digest where it has one: @sha256: and 64 hexadecimal digits';
}

const isDigest = (text: string): boolean =>
  /^sha256:[0-9a-f]{64}$/.test(text) || /^(?!sha256:)[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]{32,}$/.test(text);

export function whyNoVariableName(name: string): string | undefined {
  if (name.length <= 253 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return undefined;
  return 'must be the name of an environment variable: letters, digits and "_", not starting with a digit';
}

/** A path that stays on the pod: it is also sent through the API server's proxy, where `..` would lead elsewhere. */
export function whyNoPath(path: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path) || path.startsWith('//') || path.includes('@'))
    return 'must be a path such as health, without protocol and host';
  if (!/^[\x21-\x7e]+$/.test(path) || /[\\#<>"`{}|^]/.test(path))
    return 'must be a path of visible ASCII without spaces, "\\" and "#"; encode others as %XX';
  if (/%(?![0-9a-f]{2})/i.test(path)) return 'must be a path in which every "%" is followed by two hexadecimal digits';
  const [onlyPath = ''] = path.split('?');
  if (onlyPath === '') return 'must be a path such as health; a query may follow it';
  const segments = onlyPath.split(/\/|%2f|%5c/i).map(segment => segment.replace(/%2e/gi, '.'));
  return segments.some(segment => segment === '.' || segment === '..') ? 'must be a path without "." and ".." segments' : undefined;
}
