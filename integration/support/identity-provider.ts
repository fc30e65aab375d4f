/** A small OpenID Connect issuer over HTTPS: discovery, key set, and tokens for clients with a secret (RFC 6749 section 4.4). Its keys rotate on demand. */

import { generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { exportJWK, SignJWT } from 'jose';
import { selfSigned } from './certificate.ts';

export interface OidcClient {
  secret: string;
  /** What its tokens say beside what every token says. */
  claims: Record<string, unknown>;
}

export interface IdentityProvider {
  issuer: string;
  jwksUrl: string;
  /** PEM of the authority that vouches for its server. */
  authority: string;
  /** How often the key set was asked for. */
  readonly keySetFetches: number;
  /** A token as a client gets it: by discovery, then at the token endpoint. Throws when it is refused. */
  tokenFor(client: string, secret: string): Promise<string>;
  /** A new key signs from now on; the old ones stay in the set until they are removed. Answers the id of the new one. */
  rotate(): Promise<string>;
  removeKey(kid: string): void;
  /** Not reachable at all from now on, and reachable again at the same address. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

interface Key {
  kid: string;
  jwk: object;
  privateKey: KeyObject;
}

const audience = 'teal';

/** `maxAge`: seconds for which the key set says it may be kept. */
export async function startIdentityProvider(options: { clients: Record<string, OidcClient>; maxAge: number }): Promise<IdentityProvider> {
  const { cert, key } = selfSigned();
  const keys: Key[] = [];
  let keySetFetches = 0;
  let server = createServer();
  let port = 0;
  const issuer = () => `https://127.0.0.1:${port}/realms/test`;

  async function rotate(): Promise<string> {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = randomUUID();
    keys.unshift({ kid, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }, privateKey });
    return kid;
  }

  async function tokenAnswer(request: IncomingMessage): Promise<[status: number, body: object]> {
    const form = new URLSearchParams(await text(request));
    const id = form.get('client_id') ?? '';
    const client = Object.hasOwn(options.clients, id) ? options.clients[id] : undefined;
    if (form.get('grant_type') !== 'client_credentials') return [400, { error: 'unsupported_grant_type' }];
    if (client === undefined || client.secret !== form.get('client_secret')) return [401, { error: 'invalid_client' }];
    const [current] = keys;
    const token = await new SignJWT({ azp: id, scope: 'openid', ...client.claims })
      .setProtectedHeader({ alg: 'RS256', kid: current!.kid, typ: 'JWT' })
      .setIssuer(issuer())
      .setSubject(id)
      .setAudience((client.claims['aud'] as string | undefined) ?? audience)
      .setIssuedAt()
      .setExpirationTime('10m')
      .setJti(randomUUID())
      .sign(current!.privateKey);
    return [200, { access_token: token, token_type: 'Bearer', expires_in: 600 }];
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, body: object, headers = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
    switch (request.url) {
      case '/realms/test/.well-known/openid-configuration':
        say(200, { issuer: issuer(), jwks_uri: `${issuer()}/keys`, token_endpoint: `${issuer()}/token` });
        return;
      case '/realms/test/keys':
        keySetFetches++;
        say(200, { keys: keys.map(({ jwk }) => jwk) }, { 'Cache-Control': `max-age=${options.maxAge}` });
        return;
      case '/realms/test/token':
        say(...(await tokenAnswer(request)));
        return;
      default:
        say(404, {});
    }
  }

  async function listen(): Promise<void> {
    server = createServer({ cert, key }, (request, response) => void answer(request, response));
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  }

  const stop = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  /** As clients do it, trusting its certificate. */
  async function ask(url: string, init: { method?: string; body?: string } = {}): Promise<Record<string, string>> {
    const { Agent, request } = await import('undici');
    const dispatcher = new Agent({ connect: { ca: cert }, pipelining: 0 });
    const { statusCode, body } = await request(url, { dispatcher, method: (init.method ?? 'GET') as 'GET', body: init.body ?? null });
    const said = (await body.json()) as Record<string, string>;
    if (statusCode !== 200) throw new Error(`${url}: ${statusCode} ${said['error'] ?? ''}`);
    return said;
  }

  await rotate();
  await listen();
  return {
    issuer: issuer(),
    jwksUrl: `${issuer()}/keys`,
    authority: cert,
    get keySetFetches() {
      return keySetFetches;
    },
    async tokenFor(client, secret) {
      const discovered = await ask(`${issuer()}/.well-known/openid-configuration`);
      const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret });
      const { access_token: token } = await ask(discovered['token_endpoint'] ?? '', { method: 'POST', body: form.toString() });
      return token ?? '';
    },
    rotate,
    removeKey(kid) {
      const position = keys.findIndex(candidate => candidate.kid === kid);
      if (position < 0) throw new Error(`there is no key ${kid}`);
      keys.splice(position, 1);
    },
    goDown: stop,
    comeBack: listen,
    stop,
  };
}
