/** Makes a token that a server with the same secret, or with the public half of the key, takes. */

import { SignJWT } from 'jose';
import type { ClaimNames } from './claims.ts';
import { algorithmsOf, readPrivateKey, readSecret } from './key-files.ts';
import type { Role } from './principal.ts';

export interface TokenWish extends ClaimNames {
  /** One of the two: the shared secret, or a private key (PEM). */
  jwtSecretFile?: string | undefined;
  jwtPrivateKeyFile?: string | undefined;
  /** Which key of a key set it is. */
  kid?: string | undefined;
  subject: string;
  roles: readonly Role[];
  namespaces: readonly string[];
  issuer?: string | undefined;
  audience?: string | undefined;
  /** Milliseconds since the epoch. */
  issuedAtMs: number;
  expiresAtMs: number;
}

/** Throws an Error that names the file when the key cannot be used. */
export async function makeToken(wish: TokenWish): Promise<string> {
  const key =
    wish.jwtPrivateKeyFile === undefined ? await readSecret(wish.jwtSecretFile ?? '') : await readPrivateKey(wish.jwtPrivateKeyFile);
  const alg = key.type === 'secret' ? 'HS256' : (algorithmsOf(key)[0] ?? '');
  const token = new SignJWT({ [wish.jwtRolesClaim]: wish.roles, [wish.jwtNamespacesClaim]: wish.namespaces })
    .setProtectedHeader({ alg, typ: 'JWT', ...(wish.kid === undefined ? {} : { kid: wish.kid }) })
    .setSubject(wish.subject)
    .setIssuedAt(Math.floor(wish.issuedAtMs / 1000))
    .setExpirationTime(Math.floor(wish.expiresAtMs / 1000));
  if (wish.issuer !== undefined) token.setIssuer(wish.issuer);
  if (wish.audience !== undefined) token.setAudience(wish.audience);
  return token.sign(key);
}
