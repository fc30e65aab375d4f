/** A caller with a token who asks exactly what it is told to: paths are sent as they stand, upgrades that are refused are answers like others. */

import { Agent, request } from 'node:http';
import { SignJWT } from 'jose';
import type { Contract } from '../support/contract.ts';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  text: string;
}

export interface Ask {
  method?: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Caller {
  ask(ask: Ask): Promise<Answer>;
  /** Opens a stream at the path; 101 when it is open, and then its connection is kept until the server ends. */
  upgrade(path: string): Promise<Answer & { end?: () => void }>;
}

export const secret = 'a secret of thirty-two bytes or more';

export const tokenOf = (claims: { sub: string; roles?: unknown; namespaces?: unknown }): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(new TextEncoder().encode(secret));

export function createCaller(url: string, token: string | undefined, contract?: Contract): Caller {
  // Of its own: nobody waits behind the requests of another caller before they are sent.
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const authorization: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };

  function send({ method = 'GET', path, body, headers = {} }: Ask, upgrade = false): Promise<Answer & { end?: () => void }> {
    const { hostname, port } = new URL(url);
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          hostname,
          port,
          method,
          path,
          agent: upgrade ? false : agent,
          headers: {
            ...authorization,
            ...(text === '' ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
            ...headers,
          },
        },
        answer => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const found = {
              status: answer.statusCode ?? 0,
              headers: Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)])),
              text: Buffer.concat(chunks).toString(),
            };
            try {
              if (!upgrade) contract?.check(method, path.split('?')[0] ?? '', found);
              resolve(found);
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      asked.on('upgrade', (answer, socket) => {
        socket.on('error', () => undefined).resume();
        resolve({ status: answer.statusCode ?? 0, headers: {}, text: '', end: () => void socket.destroy() });
      });
      asked.on('error', reject);
      asked.end(text);
    });
  }

  return {
    ask: ask => send(ask),
    upgrade: path =>
      send(
        {
          path,
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          },
        },
        true,
      ),
  };
}
