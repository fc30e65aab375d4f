/** Is this token signed by one of our keys, for us, and in force? By the rules of RFC 8725. */

import { errors, jwtVerify, type JWTPayload } from 'jose';
import type { Clock } from '../lib/clock.ts';
import { Problem } from '../lib/problem.ts';
import type { Keys } from './keys.ts';

export interface TokenRules {
  /** What `iss` must be; absent = it is not looked at. */
  jwtIssuer?: string;
  /** What `aud` must be or contain; absent = it is not looked at. */
  jwtAudience?: string;
}

/** How far the clocks of who makes and who reads a token may be apart, seconds. */
const skew = 30;

/** A token of another kind, such as one for logging out, is signed with the same key. */
const types = ['jwt', 'at+jwt', 'application/jwt', 'application/at+jwt'];

export type Claims = JWTPayload & { exp: number };

/** Throws UNAUTHENTICATED with the reason, or UNAVAILABLE when the keys cannot be had now. */
export function createVerifier(keys: Keys, rules: TokenRules, clock: Clock): (token: string) => Promise<Claims> {
  const checks = {
    algorithms: keys.algorithms,
    clockTolerance: skew,
    ...(rules.jwtIssuer === undefined ? {} : { issuer: rules.jwtIssuer }),
    ...(rules.jwtAudience === undefined ? {} : { audience: rules.jwtAudience }),
  };
  return async token => {
    if (token.split('.').length === 5) throw refusal('the token is encrypted (JWE); send a signed one');
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys.find, { ...checks, currentDate: new Date(clock.now()) });
      const { typ = 'JWT' } = protectedHeader as { typ?: unknown };
      if (typeof typ !== 'string' || !types.includes(typ.toLowerCase()))
        throw refusal('the token is of another type (typ) than JWT or at+jwt');
      // Missing, or 1e400, which is a number of JSON and never over.
      if (!Number.isFinite(payload.exp)) throw refusal("the token's claim exp is missing or not the expected one");
      return payload as Claims;
    } catch (cause) {
      throw cause instanceof Problem ? cause : refusal(why(cause), cause);
    }
  };
}

const refusal = (why: string, cause?: unknown): Problem => new Problem('UNAUTHENTICATED', why, { cause });

function why(cause: unknown): string {
  if (cause instanceof errors.JWTExpired) return 'the token has expired';
  if (cause instanceof errors.JWTClaimValidationFailed) return `the token's claim ${cause.claim} is missing or not the expected one`;
  if (cause instanceof errors.JOSEAlgNotAllowed) return 'the token is signed with an algorithm that the key is not for';
  if (cause instanceof errors.JWSSignatureVerificationFailed) return 'the token is not signed with the key of this server';
  if (cause instanceof errors.JWKSNoMatchingKey) return 'the token is not signed with a key of the key set';
  if (cause instanceof errors.JWKSMultipleMatchingKeys) return 'the token does not say which key of the key set it is signed with (kid)';
  return 'the token is not valid';
}
