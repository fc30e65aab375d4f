/** Teal's own credentials, told to the one who hides secret values: whatever is written or answered goes through it. */

import { readFile } from 'node:fs/promises';
import type { Settings } from './config.ts';
import type { KnownSecrets } from './lib/known-values.ts';

/** Files that cannot be read are somebody else's trouble, who needs them. */
export async function knowCredentials(settings: Settings, secrets: KnownSecrets): Promise<void> {
  const { jwtSecretFile, etcdPasswordFile, etcdKey, kubernetesPasswordFile, kubernetesTokenFile, kubernetesPassword } = settings;
  const files = [jwtSecretFile, etcdPasswordFile, etcdKey, kubernetesPasswordFile, kubernetesTokenFile].filter(file => file !== undefined);
  const contents = await Promise.all(files.map(file => readFile(file, 'utf8').catch(() => '')));
  const urls = [...(settings.etcd ?? []), settings.kubernetes, settings.ingressAddress, settings.jwksUrl].filter(url => url !== undefined);
  const values = [kubernetesPassword ?? '', ...contents.map(text => text.replace(/\r?\n$/, '')), ...urls.map(passwordOf)];
  secrets.know(
    'settings',
    values.filter(value => value !== ''),
  );
}

const passwordOf = (url: string): string => (URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '');

interface Identity {
  headers: Record<string, string | string[]>;
}

/** The same credentials; whenever others than before are used (a renewed token), they become known. */
export function noted<I extends Identity, C extends { current(): Promise<I> }>(credentials: C, secrets: KnownSecrets): C {
  let last: unknown;
  return {
    ...credentials,
    async current() {
      const identity = await credentials.current();
      const { authorization } = identity.headers;
      if (typeof authorization === 'string' && authorization !== last) {
        last = authorization;
        secrets.know('kubernetes', secretsIn(authorization));
      }
      return identity;
    },
  };
}

function secretsIn(authorization: string): string[] {
  const [scheme = '', value = ''] = authorization.split(' ');
  if (scheme !== 'Basic') return [value];
  const login = Buffer.from(value, 'base64').toString('utf8');
  return [value, login.slice(login.indexOf(':') + 1)];
}
