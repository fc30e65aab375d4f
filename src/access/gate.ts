/**
 * Bearer token -> principal. Used by the routes and by the WebSocket upgrade alike. Each kind of key is bound to its own algorithms, so that a public key can
 * never be taken for a shared secret.
 */

import { readFile } from 'node:fs/promises';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { Problem } from '../lib/problem.ts';
import { anonymous, roles, type Principal, type Role } from './principal.ts';

export interface GateSettings {
  /** At most one of the three; none = everybody is let in as `anonymous`. */
  jwtSecretFile?: string;
  jwtPublicKeyFile?: string;
  jwksUrl?: string;
  jwtIssuer?: string;
  jwtAudience?: string;
  jwtNamespacesClaim: string;
  jwtRolesClaim: string;
}

export interface Credentials {
  /** The `Authorization` header. */
  authorization?: string | undefined;
  /** The `Sec-WebSocket-Protocol` header; the pair `bearer, <token>` in it counts as a token. */
  protocols?: string | undefined;
}

export interface Gate {
  /** Whether tokens are asked for at all. */
  readonly enforced: boolean;
  /** Throws UNAUTHENTICATED when the token is missing, broken, expired or not for us, UNAVAILABLE when the key set cannot be fetched. */
  authenticate(credentials: Credentials): Promise<Principal>;
}

const asymmetric = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];

/** Which algorithms a public key can verify. */
function algorithmsOf(key: KeyObject): string[] {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];
    case 'ec':
      return { prime256v1: ['ES256'], secp384r1: ['ES384'], secp521r1: ['ES512'] }[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? [];
    case 'ed25519':
      return ['EdDSA', 'Ed25519'];
    default:
      return [];
  }
}

type Verify = (token: string) => Promise<JWTPayload>;

async function verifier(settings: GateSettings): Promise<Verify | undefined> {
  const checks: JWTVerifyOptions = {
    requiredClaims: ['exp'],
    clockTolerance: 5,
    ...(settings.jwtIssuer === undefined ? {} : { issuer: settings.jwtIssuer }),
    ...(settings.jwtAudience === undefined ? {} : { audience: settings.jwtAudience }),
  };
  if (settings.jwtSecretFile !== undefined) {
    const secret = (await readFile(settings.jwtSecretFile)).toString('utf8').replace(/\r?\n$/, '');
    if (Buffer.byteLength(secret) < 32) throw new Error(`${settings.jwtSecretFile} must hold a secret of at least 32 bytes`);
    const key = new TextEncoder().encode(secret);
    return async token => (await jwtVerify(token, key, { ...checks, algorithms: ['HS256'] })).payload;
  }
  if (settings.jwtPublicKeyFile !== undefined) {
    const pem = await readFile(settings.jwtPublicKeyFile, 'utf8');
    const algorithms = algorithmsOf(createPublicKey(pem));
    const [algorithm] = algorithms;
    if (algorithm === undefined) throw new Error(`${settings.jwtPublicKeyFile} holds a kind of key that cannot verify tokens`);
    const key = createPublicKey(pem);
    return async token => (await jwtVerify(token, key, { ...checks, algorithms })).payload;
  }
  if (settings.jwksUrl !== undefined) {
    const keySet: JWTVerifyGetKey = createRemoteJWKSet(new URL(settings.jwksUrl), { timeoutDuration: 5000 });
    return async token => (await jwtVerify(token, keySet, { ...checks, algorithms: asymmetric })).payload;
  }
  return undefined;
}

function tokenIn({ authorization, protocols }: Credentials): string | undefined {
  const [, token] = /^bearer +([\w.~+/=-]+) *$/i.exec(authorization ?? '') ?? [];
  if (token !== undefined) return token;
  const offered = (protocols ?? '').split(',').map(protocol => protocol.trim());
  const position = offered.indexOf('bearer');
  return position >= 0 ? offered[position + 1] : undefined;
}

const texts = (claim: unknown): string[] => (Array.isArray(claim) ? claim.filter(item => typeof item === 'string') : []);

/** What the claims allow: no role claim = viewer, no namespace = none. */
export function principalOf(claims: JWTPayload, names: { namespaces: string; roles: string }): Principal {
  const claimed = claims[names.roles] === undefined ? ['viewer'] : texts(claims[names.roles]);
  const role: Role | undefined = [...roles].reverse().find(candidate => claimed.includes(candidate));
  if (role === undefined) throw new Problem('FORBIDDEN', `the token's claim ${names.roles} names none of ${roles.join(', ')}`);
  return {
    name: claims.sub ?? 'unnamed',
    role,
    namespaces: role === 'admin' ? 'all' : texts(claims[names.namespaces]),
    ...(claims.exp === undefined ? {} : { expiresAtMs: claims.exp * 1000 }),
  };
}

/** Reads key files once; throws an Error that names the file when one cannot be used. */
export async function createGate(settings: GateSettings): Promise<Gate> {
  const verify = await verifier(settings);
  const names = { namespaces: settings.jwtNamespacesClaim, roles: settings.jwtRolesClaim };
  return {
    enforced: verify !== undefined,
    async authenticate(credentials) {
      if (verify === undefined) return anonymous;
      const token = tokenIn(credentials);
      if (token === undefined) throw new Problem('UNAUTHENTICATED', 'send a token: Authorization: Bearer <token>');
      let claims: JWTPayload;
      try {
        claims = await verify(token);
      } catch (cause) {
        throw refusal(cause);
      }
      return principalOf(claims, names);
    },
  };
}

function refusal(cause: unknown): Problem {
  if (cause instanceof errors.JWTExpired) return new Problem('UNAUTHENTICATED', 'the token has expired', { cause });
  if (cause instanceof errors.JWTClaimValidationFailed)
    return new Problem('UNAUTHENTICATED', `the token's claim ${cause.claim} is missing or not the expected one`, { cause });
  if (cause instanceof errors.JWKSTimeout) return new Problem('UNAVAILABLE', 'the key set cannot be fetched now', { cause, retryAfter: 5 });
  if (cause instanceof errors.JOSEError && cause.code !== 'ERR_JOSE_GENERIC')
    return new Problem('UNAUTHENTICATED', 'the token is not valid', { cause });
  return new Problem('UNAVAILABLE', 'the key set cannot be fetched now', { cause, retryAfter: 5 });
}
