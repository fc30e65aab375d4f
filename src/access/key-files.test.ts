import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { algorithmsOf, readAuthority, readPrivateKey, readPublicKey, readSecret } from './key-files.ts';

const publicPem = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ type: 'spki', format: 'pem' }) as string;
const privatePem = ({ privateKey }: { privateKey: KeyObject }) => privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const bitcoin = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
const edwards = generateKeyPairSync('ed25519');
const exchange = generateKeyPairSync('x25519');

describe('a key file', () => {
  let dir: string;
  let file: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'teal-keys-'));
    file = join(dir, 'key');
  });
  after(() => rm(dir, { recursive: true }));

  type Reading = [read: (file: string) => Promise<unknown>, flag: string];
  const secret: Reading = [readSecret, '--jwt-secret-file'];
  const publicKey: Reading = [readPublicKey, '--jwt-public-key-file'];
  const privateKey: Reading = [readPrivateKey, '--jwt-private-key-file'];
  const authority: Reading = [readAuthority, '--jwks-ca'];

  const kinds = 'holds a kind of key that tokens cannot be signed with; use RSA, EC (P-256, P-384, P-521) or Ed25519';
  const refused: [title: string, reading: Reading, content: string, why: string][] = [
    ['a short secret', secret, 'short\n', 'must hold a secret of at least 32 bytes; openssl rand -hex 32 makes one'],
    ['an empty secret', secret, '', 'must hold a secret of at least 32 bytes; openssl rand -hex 32 makes one'],
    ['a public key as secret', secret, publicPem(rsa), 'holds a key in PEM, not a secret; a public key belongs to --jwt-public-key-file'],
    ['no key', publicKey, 'a secret of thirty-two bytes or more', 'must hold a public key (PEM)'],
    ['an empty public key', publicKey, '', 'must hold a public key (PEM)'],
    ['half a key', publicKey, publicPem(rsa).slice(0, 200), 'must hold a public key (PEM)'],
    [
      'a private key instead of a public one',
      publicKey,
      privatePem(rsa),
      'holds a private key; a server needs the public one: openssl pkey -pubout makes it',
    ],
    ['an RSA key under 2048 bits', publicKey, publicPem(weak), 'holds an RSA key of 1024 bits; use one of 2048 or more'],
    ['a curve of others', publicKey, publicPem(bitcoin), kinds],
    ['a key that cannot sign', publicKey, publicPem(exchange), kinds],
    ['a public key to sign with', privateKey, publicPem(rsa), 'must hold a private key (PEM)'],
    ['a weak key to sign with', privateKey, privatePem(weak), 'holds an RSA key of 1024 bits; use one of 2048 or more'],
    ['no certificate', authority, publicPem(rsa), 'must hold a certificate (PEM)'],
  ];
  for (const [title, [read, flag], content, why] of refused)
    it(`is refused: ${title}`, async () => {
      await writeFile(file, content);
      const failure = await read(file).catch((error: unknown) => error as Error);
      expect(failure).to.be.instanceOf(Error).with.property('message', `${flag} ${file} ${why}`);
    });

  for (const [read, flag] of [secret, publicKey, privateKey, authority])
    it(`is refused when it is not there: ${flag}`, async () => {
      const gone = join(dir, 'gone');
      const failure = await read(gone).catch((error: unknown) => error as Error);
      expect((failure as Error).message).to.equal(`${flag} ${gone} cannot be read: ENOENT: no such file or directory, open '${gone}'`);
    });

  it('may be RSA, EC or Ed25519, each for its own algorithms', async () => {
    const found: string[][] = [];
    for (const pair of [rsa, ec, edwards]) {
      await writeFile(file, publicPem(pair));
      found.push(algorithmsOf(await readPublicKey(file)));
      await writeFile(file, privatePem(pair));
      expect(algorithmsOf(await readPrivateKey(file))).to.deep.equal(found.at(-1));
    }
    expect(found).to.deep.equal([['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'], ['ES256'], ['EdDSA', 'Ed25519']]);
  });
});
