/** Keys as files: read once at the start, and refused there with the reason when they could not keep what they promise. */

import { createPrivateKey, createPublicKey, createSecretKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const leastSecretBytes = 32;
const leastRsaBits = 2048;

const holdsPem = (text: string): boolean => text.includes('-----BEGIN ');
const holdsPrivateKey = (text: string): boolean => /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text);

/** `named` is the file as the user named it, with the flag: it begins every error. */
async function contentOf(file: string, named: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new Error(`${named} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Which algorithms of JWS (RFC 7518, 8037) a private or public key can be used with, its usual one first; none = it cannot be. */
export function algorithmsOf(key: KeyObject): string[] {
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

function checkStrength(key: KeyObject, named: string): void {
  if (algorithmsOf(key).length === 0)
    throw new Error(`${named} holds a kind of key that tokens cannot be signed with; use RSA, EC (P-256, P-384, P-521) or Ed25519`);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? leastRsaBits;
  if (bits < leastRsaBits) throw new Error(`${named} holds an RSA key of ${bits} bits; use one of ${leastRsaBits} or more`);
}

function parsed(text: string, named: string, what: string, parse: (pem: string) => KeyObject): KeyObject {
  try {
    return parse(text);
  } catch (cause) {
    throw new Error(`${named} must hold a ${what} (PEM)`, { cause });
  }
}

export async function readSecret(file: string): Promise<KeyObject> {
  const named = `--jwt-secret-file ${file}`;
  const secret = (await contentOf(file, named)).replace(/\r?\n$/, '');
  // Whoever has the public key could make tokens with it.
  if (holdsPem(secret)) throw new Error(`${named} holds a key in PEM, not a secret; a public key belongs to --jwt-public-key-file`);
  if (Buffer.byteLength(secret) < leastSecretBytes)
    throw new Error(`${named} must hold a secret of at least ${leastSecretBytes} bytes; openssl rand -hex 32 makes one`);
  return createSecretKey(secret, 'utf8');
}

export async function readPublicKey(file: string): Promise<KeyObject> {
  const named = `--jwt-public-key-file ${file}`;
  const pem = await contentOf(file, named);
  if (holdsPrivateKey(pem)) throw new Error(`${named} holds a private key; a server needs the public one: openssl pkey -pubout makes it`);
  const key = parsed(pem, named, 'public key', createPublicKey);
  checkStrength(key, named);
  return key;
}

export async function readPrivateKey(file: string): Promise<KeyObject> {
  const named = `--jwt-private-key-file ${file}`;
  const key = parsed(await contentOf(file, named), named, 'private key', createPrivateKey);
  checkStrength(key, named);
  return key;
}

export async function readAuthority(file: string): Promise<string> {
  const named = `--jwks-ca ${file}`;
  const pem = await contentOf(file, named);
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${named} must hold a certificate (PEM)`, { cause });
  }
  return pem;
}
