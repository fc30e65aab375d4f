/** Rows 1 to 11: who asks. */

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { forge, goodClaims, seconds, type Json } from '../besieged.ts';
import { attack, type Attack } from './attack.ts';

const line = 'GET /descriptors/?namespace=shop';
const challenge = { headers: { 'www-authenticate': /^Bearer realm="teal"$/ } };
const unauthenticated = (row: number, what: string, headers: Record<string, string | string[]>): Attack =>
  attack(row, what, { line, headers, token: null }, 401, 'UNAUTHENTICATED', challenge);
const bearing = (row: number, what: string, token: string, cpuMs?: number): Attack =>
  attack(row, what, { line, token }, 401, 'UNAUTHENTICATED', { ...challenge, ...(cpuMs === undefined ? {} : { cpuMs }) });

const good = forge({ alg: 'HS256' }, JSON.stringify(goodClaims()));
const signed = (header: object, claims: Json = {}): string =>
  forge({ alg: 'HS256', ...header }, JSON.stringify({ ...goodClaims(), ...claims }));
const strangers = randomBytes(32).toString('hex');
const strange = (header: object): string => forge({ alg: 'HS256', ...header }, JSON.stringify(goodClaims()), strangers);
const [head = '', payload = ''] = good.split('.');
const unsigned = (alg: string): string => `${Buffer.from(JSON.stringify({ alg })).toString('base64url')}.${payload}.`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
function byRsa(header: object): string {
  const text = `${Buffer.from(JSON.stringify({ alg: 'RS256', ...header })).toString('base64url')}.${payload}`;
  return `${text}.${sign('sha256', Buffer.from(text), rsa.privateKey).toString('base64url')}`;
}
/** Claims as text, so that they can hold what JSON.stringify would not write. */
const withClaim = (text: string): string =>
  forge({ alg: 'HS256' }, `${JSON.stringify({ ...goodClaims(), exp: undefined }).slice(0, -1)},${text}}`);

export const tokenAttacks: Attack[] = [
  unauthenticated(1, 'no Authorization', {}),
  unauthenticated(1, 'Basic', { Authorization: 'Basic YWRtaW46YWRtaW4=' }),
  unauthenticated(1, 'Bearer without a token', { Authorization: 'Bearer' }),
  unauthenticated(1, 'Bearer and two words', { Authorization: `Bearer ${good} ${good}` }),
  unauthenticated(1, 'a token without its scheme', { Authorization: good }),
  unauthenticated(1, 'two Authorization headers, both good', { Authorization: [`Bearer ${good}`, `Bearer ${good}`] }),
  unauthenticated(1, 'two Authorization headers, one good', { Authorization: [`Bearer ${good}`, 'Basic YTpi'] }),
  attack(1, 'a token in the query', { line: `${line}&access_token=${good}`, token: null }, 401, 'UNAUTHENTICATED'),
  ...['none', 'None', 'NONE', 'HS256', 'HS512'].map(alg => bearing(2, `alg ${alg} without signature`, unsigned(alg))),
  bearing(2, 'no third part', `${head}.${payload}`),
  bearing(3, 'HS256 by the text of a public key', forge({ alg: 'HS256' }, JSON.stringify(goodClaims()), publicPem)),
  bearing(3, 'RS256 by a key of their own', byRsa({})),
  ...['../../etc/passwd', "' or 1=1", '__proto__', 'https://evil.test/key', '\u0000'].map(kid =>
    bearing(4, `kid ${JSON.stringify(kid)}`, strange({ kid })),
  ),
  attack(4, 'kid of 1 MB', { line, token: strange({ kid: 'k'.repeat(1_000_000) }) }, 431, 'HEADERS_TOO_LARGE'),
  bearing(5, 'jku', byRsa({ jku: 'http://127.0.0.1:1/jwks.json' })),
  bearing(5, 'x5u', byRsa({ x5u: 'http://127.0.0.1:1/cert.pem' })),
  bearing(5, 'its own key inside', byRsa({ jwk: rsa.publicKey.export({ format: 'jwk' }) })),
  bearing(6, 'another audience', signed({}, { aud: 'else' })),
  bearing(6, 'no audience', signed({}, { aud: undefined })),
  bearing(6, 'audiences without ours', signed({}, { aud: ['else', 'other'] })),
  bearing(6, 'another issuer', signed({}, { iss: 'https://evil.test' })),
  bearing(6, 'no issuer', signed({}, { iss: undefined })),
  bearing(7, 'expired', signed({}, { exp: seconds(-3600) })),
  bearing(7, 'exp as text', withClaim(`"exp":"${seconds(3600)}"`)),
  bearing(7, 'exp beyond numbers', withClaim('"exp":1e400')),
  bearing(7, 'no exp', signed({}, { exp: undefined })),
  bearing(7, 'not before tomorrow', signed({}, { nbf: seconds(86_400) })),
  bearing(8, 'an unknown crit', signed({ crit: ['evil'], evil: true }), 5),
  bearing(8, 'an encrypted token', `${Buffer.from('{"alg":"dir","enc":"A256GCM","zip":"DEF"}').toString('base64url')}..AAAA.AAAA.AAAA`, 5),
  attack(8, 'a token of 100 KB', { line, token: `${good}${'A'.repeat(100_000)}` }, 431, 'HEADERS_TOO_LARGE', { cpuMs: 5 }),
  ...[undefined, [], '', [''], {}, '*', ['*'], 'shop', [['shop']], ['SHOP'], ['shop '], [1]].map(namespaces =>
    attack(11, `namespaces claim ${JSON.stringify(namespaces)}`, { line, token: signed({}, { namespaces }) }, 403, 'FORBIDDEN'),
  ),
];
