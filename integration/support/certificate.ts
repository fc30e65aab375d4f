/** Certificates for servers of tests, made when they are needed. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  /** PEM. It vouches for itself: it is its own authority. */
  cert: string;
  key: string;
}

/** For 127.0.0.1 and localhost, good for two days. */
export function selfSigned(): Certificate {
  const directory = mkdtempSync(join(tmpdir(), 'teal-certificate-'));
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const wanted = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost'];
  try {
    const names = 'subjectAltName=IP:127.0.0.1,DNS:localhost';
    execFileSync('openssl', ['req', ...wanted, '-addext', names, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
