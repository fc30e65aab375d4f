/** Rows 21 to 24, 48, 51 and 52: what they send instead of a descriptor. */

import { gzipSync } from 'node:zlib';
import { demo } from '../../support/demo.ts';
import { attack, invalid, type Attack } from './attack.ts';

const line = 'POST /descriptors/?namespace=shop';
const good = JSON.stringify(demo('shop'));
/** The descriptor with further members, as text. */
const also = (members: string): string => `${good.slice(0, -1)},${members}}`;
const inPod = (members: string): string => good.replace('"podspec":{', `"podspec":{${members},`);
const body = (row: number, what: string, content: string | Buffer, ...pointers: string[]): Attack =>
  invalid(row, what, { line, body: content }, ...pointers);
/** As `body`, for what must not keep the event loop busy. */
const bounded = (row: number, what: string, content: string | Buffer, ...pointers: string[]): Attack =>
  attack(row, what, { line, body: content }, 400, 'INVALID', { ...(pointers.length > 0 ? { pointers } : {}), cpuMs: 50 });
const many = (count: number, one: (index: number) => string): string => Array.from({ length: count }, (_, index) => one(index)).join(',');
const tooLarge = (row: number, what: string, shot: Parameters<typeof attack>[2]): Attack => attack(row, what, shot, 413, 'TOO_LARGE');

/** In chunks of 64 KiB, without saying how much there will be. */
function chunked(content: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65_536) {
    const part = content.subarray(at, at + 65_536);
    chunks.push(Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from('\r\n'));
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}
const tenMegabytes = Buffer.alloc(10_000_000, 'x');
const bomb = gzipSync(Buffer.alloc(10_000_000));
const unsupported = (row: number, what: string, content: string | Buffer, headers: Record<string, string>): Attack =>
  attack(row, what, { line, body: content, headers }, 415, 'UNSUPPORTED_MEDIA_TYPE');

/** As text/plain they are read as JSON, which they are not. */
const yaml: [string, string][] = [
  ['an alias bomb', `a: &a [x,x,x,x,x,x,x,x,x]\n${many(8, index => `${index}: &b${index} [*a,*a]`).replaceAll(',', '\n')}`],
  ['a merge of __proto__', '<<: {__proto__: {admin: true}}'],
  ['a function', 'a: !!js/function "function(){}"'],
  ['an ordered map', `!!omap\n${'- a: 1\n'.repeat(20_000)}`],
  ['two documents', '---\na: 1\n---\nb: 2'],
];

export const bodyAttacks: Attack[] = [
  body(21, '__proto__', also('"__proto__":{"isAdmin":true}'), '/__proto__'),
  body(21, 'constructor.prototype', also('"constructor":{"prototype":{"isAdmin":true}}'), '/constructor', '/constructor/prototype'),
  body(21, '__proto__ in the pod spec', inPod('"__proto__":{"hostNetwork":true}'), '/podspec/__proto__'),
  body(21, '__proto__ written by escapes', also('"\\u005f_proto__":{"isAdmin":true}'), '/__proto__'),
  body(21, '__proto__ as a label', also('"labels":{"__proto__":"x"}'), '/labels/__proto__'),
  body(21, '__proto__ as a variable', also('"environment":{"__proto__":"x"}'), '/environment/__proto__'),
  body(22, 'namespace twice', also('"namespace":"bank"'), '/namespace'),
  body(22, 'a key twice, once by escapes', also('"\\u006eamespace":"bank"'), '/namespace'),
  body(22, 'a key twice in the pod spec', inPod('"hostNetwork":false,"hostNetwork":true'), '/podspec/hostNetwork'),
  bounded(23, '100,000 levels of arrays', `{"podspec":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, `/podspec${'/0'.repeat(31)}`),
  bounded(23, '100,000 levels of objects', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, '/a'.repeat(32)),
  bounded(23, '100,000 levels that never close', '['.repeat(100_000), ''),
  bounded(23, '90,000 keys', `{${many(90_000, index => `"k${index}":0`)}}`, ''),
  bounded(23, '10,000 keys', `{${many(10_000, index => `"k${index}":0`)}}`, ''),
  bounded(23, '2000 unknown fields', also(many(1900, index => `"replica${index}":0`))),
  bounded(23, '60,000 keys in the environment', also(`"environment":{${many(60_000, index => `"k${index}":""`)}}`), ''),
  bounded(23, 'half a million items', `{"podspec":[${'0,'.repeat(500_000)}0]}`, ''),
  bounded(23, '10,000 items', `{"podspec":[${'0,'.repeat(10_000)}0]}`, '/podspec'),
  bounded(23, 'half a million empty arrays', `[${many(500, () => `[${'[],'.repeat(600)}[]]`)}]`, ''),
  bounded(23, 'a number with 100,000 digits', inPod(`"priority":${'1'.repeat(100_000)}`), '/podspec/priority'),
  bounded(23, 'a number of a million bytes', `{"a":0.${'1'.repeat(1_000_000)}}`, '/a', '/appName', '/newVersion', '/podspec'),
  body(23, 'a number that would be rounded', inPod('"priority":12345678901234567890'), '/podspec/priority'),
  body(23, 'half of a surrogate pair', also('"tlsSecretName":"\\ud800"'), '/tlsSecretName'),
  body(23, 'half of a surrogate pair as a key', also('"labels":{"\\udc00":"x"}'), '/labels/\udc00'),
  body(23, 'a byte order mark', `\ufeff${good}`, ''),
  body(23, 'UTF-16', Buffer.from(good, 'utf16le'), ''),
  body(23, 'NUL by escape', also('"tlsSecretName":"a\\u0000b"'), '/tlsSecretName'),
  body(23, 'NUL itself', also('"tlsSecretName":"a\u0000b"'), ''),
  body(23, 'bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]), ''),
  body(23, 'nothing', '', ''),
  tooLarge(23, '10 MB, as it says', { line, body: tenMegabytes }),
  tooLarge(23, '10 MB in chunks', {
    line,
    body: chunked(tenMegabytes),
    headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'chunked' },
  }),
  tooLarge(23, '10 GB, as it says', { line, body: '{', headers: { 'Content-Length': '10000000000' } }),
  unsupported(24, 'a gzip bomb', bomb, { 'Content-Encoding': 'gzip' }),
  unsupported(24, 'a gzip bomb inside of another', gzipSync(bomb), { 'Content-Encoding': 'gzip, gzip' }),
  unsupported(24, 'brotli', 'x', { 'Content-Encoding': 'br' }),
  unsupported(24, 'a picture', good, { 'Content-Type': 'image/png' }),
  unsupported(24, 'a multipart form', good, { 'Content-Type': 'multipart/form-data; boundary=x' }),
  attack(
    24,
    'chunks and a length',
    { line, body: chunked(Buffer.from(good)), headers: { 'Transfer-Encoding': 'chunked' } },
    400,
    'INVALID',
  ),
  attack(24, 'two lengths', { line, body: good, headers: { 'Content-Length': ['5', String(good.length)] } }, 400, 'INVALID'),
  attack(24, 'a length that is no number', { line, body: good, headers: { 'Content-Length': '0x10' } }, 400, 'INVALID'),
  attack(
    24,
    'an unknown transfer coding',
    { line, body: good, headers: { 'Content-Length': undefined, 'Transfer-Encoding': 'gzip' } },
    400,
    'INVALID',
  ),
  ...['*', '(a+)+$', '(a+)+%24', '..', 'a%00', 'A', 'a'.repeat(64), "'%20or%201=1"].flatMap(name =>
    ['descriptors', 'deployments'].map(kind =>
      attack(48, `${kind} of the app ${name.slice(0, 20)}`, { line: `GET /${kind}/?namespace=shop&appname=${name}` }, 400, 'INVALID', {
        pointers: ['?appname'],
        cpuMs: 5,
      }),
    ),
  ),
  attack(48, 'a filter of 1 MB', { line: `GET /deployments/?namespace=shop&appname=${'a'.repeat(1_000_000)}` }, 431, 'HEADERS_TOO_LARGE', {
    cpuMs: 15,
  }),
  attack(48, '5000 unknown parameters', { line: `GET /deployments/?namespace=shop${'&zz'.repeat(5000)}` }, 400, 'INVALID', { cpuMs: 15 }),
  ...['1e9', '1000000000', '-1', '0', '0x10', '1.5', ''].map(limit =>
    invalid(48, `limit ${limit}`, { line: `GET /deployments/?namespace=shop&limit=${limit}` }, '?limit'),
  ),
  ...yaml.map(([what, text]) =>
    attack(51, `${what} in YAML`, { line, body: text, headers: { 'Content-Type': 'text/plain' } }, 400, 'INVALID', {
      pointers: [''],
      cpuMs: 50,
    }),
  ),
  unsupported(51, 'YAML that says so', 'a: 1', { 'Content-Type': 'application/yaml' }),
  unsupported(52, 'an archive', gzipSync(Buffer.from('../../etc/passwd')), { 'Content-Type': 'application/x-tar' }),
  unsupported(52, 'a zip', Buffer.from('PK\u0003\u0004../../x'), { 'Content-Type': 'application/zip' }),
];
