/** Tokens for the users of a Teal that is started with a secret, made by hand: not with the code that is tested. */

import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Tokens {
  /** Settings of a Teal that takes them. */
  args: string[];
  /** Good for a day. */
  make(claims: { sub: string; namespaces: string[]; roles: ('viewer' | 'deployer' | 'admin')[] }): string;
  dispose(): void;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export function createTokens(): Tokens {
  const directory = mkdtempSync(join(tmpdir(), 'teal-secret-'));
  const file = join(directory, 'secret');
  const secret = randomBytes(32).toString('hex');
  const [iss, aud] = ['https://tests.example.test', 'teal'];
  writeFileSync(file, `${secret}\n`);
  return {
    args: ['--jwt-secret-file', file, '--jwt-issuer', iss, '--jwt-audience', aud],
    make(claims) {
      const exp = Math.floor(Date.now() / 1000) + 86_400;
      const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claims, iss, aud, exp })}`;
      return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
    },
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}
