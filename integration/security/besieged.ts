/** The service as an attacker finds it: a real process with tokens, its store and its cluster under our eyes, somebody's data in it, and a tenant who wants what is not theirs. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createHmac, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { request } from 'undici';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEtcdStore } from '../../src/store/etcd/index.ts';
import { keys } from '../../src/store/keys.ts';
import type { Store } from '../../src/store/store.ts';
import { readContract, type Contract } from '../support/contract.ts';
import { demo } from '../support/demo.ts';
import { anyEtcd } from '../support/find-etcd.ts';
import { startServer, type Server } from '../support/server.ts';
import { openTarget, type Target } from '../support/targets.ts';
import { exchange, type Wired } from '../support/wire.ts';

export type Json = Record<string, unknown>;

/** One request, exactly as it goes over the wire. */
export interface Shot {
  /** Method and target: `GET /descriptors/?namespace=shop`. */
  line: string;
  /** An array is sent as several headers. `Host`, `Connection` and `Content-Length` come by themselves unless they stand here; undefined leaves them out. */
  headers?: Record<string, string | string[] | undefined>;
  /** An object is sent as JSON. */
  body?: string | Buffer | object;
  /** Default: the attacker's; null = none. */
  token?: string | null;
}

/** Two tenants: `shop` is the attacker's own, `bank` is somebody else's. */
export interface Besieged {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly target: Target;
  readonly store: Store;
  readonly contract: Contract;
  /** Ids of what stands in each namespace. */
  readonly own: { descriptor: string; deployment: string };
  readonly foreign: { descriptor: string; deployment: string };
  /** A good token, some claims of which are replaced; a claim that is undefined is left out. */
  token(claims?: Json): string;
  send(shot: Shot, withinMs?: number): Promise<Wired>;
  /** Every stored key and value but those of living processes and of the audit, which is there to tell of what was refused; as one text. */
  stored(): Promise<string>;
  /** Calls so far that change something in the cluster. */
  clusterWrites(): string[];
  /** CPU time of the process so far, ms. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const secret = randomBytes(32).toString('hex');
const base64 = (text: string): string => Buffer.from(text).toString('base64url');

/** A token with any header and any payload text, signed with the service's own secret or another one. */
export function forge(header: object, payload: string, key = secret): string {
  const signed = `${base64(JSON.stringify(header))}.${base64(payload)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

export const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;

export const goodClaims = (): Json => ({
  sub: 'mallory',
  iss: 'https://issuer.test',
  aud: 'teal',
  exp: seconds(3600),
  namespaces: ['shop'],
  roles: ['deployer'],
});

const token = (claims: Json = {}): string => forge({ alg: 'HS256', typ: 'JWT' }, JSON.stringify({ ...goodClaims(), ...claims }));

/** The bytes of a request. */
export function bytesOf({ line, headers = {}, body, token: given }: Shot): Buffer {
  const content =
    body === undefined
      ? undefined
      : typeof body === 'string' || Buffer.isBuffer(body)
        ? Buffer.from(body)
        : Buffer.from(JSON.stringify(body));
  const bearer = given === undefined ? token() : given;
  const all = {
    Host: '127.0.0.1',
    Connection: 'close',
    ...(bearer === null ? {} : { Authorization: `Bearer ${bearer}` }),
    ...(content === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': String(content.length) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map(one => `${name}: ${one}\r\n`),
  );
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`), content ?? Buffer.alloc(0)]);
}

export interface BesiegedOptions {
  /** Further settings. */
  args?: string[];
}

export async function besiege({ args = [] }: BesiegedOptions = {}): Promise<Besieged> {
  const directory = await mkdtemp(join(tmpdir(), 'teal-besieged-'));
  await writeFile(join(directory, 'secret'), secret);
  const target = await openTarget('sandbox');
  const contract = readContract();
  const server = await startServer({
    store: { etcd: anyEtcd() },
    clusterArgs: target.clusterArgs,
    connection: target.kube.connection,
    args: [
      ...target.routingArgs,
      '--jwt-secret-file',
      join(directory, 'secret'),
      '--jwt-issuer',
      'https://issuer.test',
      '--jwt-audience',
      'teal',
      ...args,
    ],
    gateway: true,
    contract,
  });
  const store = await openEtcdStore({ endpoints: [server.etcd ?? ''] }, { clock: systemClock, log: silentLogger });
  const { url } = server.process;
  const port = Number(new URL(url).port);
  const send = (shot: Shot, withinMs?: number) => exchange(port, bytesOf(shot), withinMs);

  async function settle(namespace: string, frontend: string): Promise<{ descriptor: string; deployment: string }> {
    await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const bearer = token({ namespaces: [namespace], sub: `owner of ${namespace}` });
    const made = await send({ line: `POST /descriptors/?namespace=${namespace}`, token: bearer, body: demo(namespace, { frontend }) });
    const descriptor = (JSON.parse(made.text) as { id: string }).id;
    const begun = await send({ line: `POST /deployments/?namespace=${namespace}&descriptorId=${descriptor}`, token: bearer });
    const deployment = (JSON.parse(begun.text) as { id: string }).id;
    const done = await send(
      { line: `GET /deployments/${deployment}/?namespace=${namespace}&wait=50s&until=settled`, token: bearer },
      60_000,
    );
    expect((JSON.parse(done.text) as Json)['status'], done.text).to.equal('DEPLOYED');
    return { descriptor, deployment };
  }
  const [own, foreign] = await Promise.all([settle('shop', 'shop.example.com'), settle('bank', 'bank.example.com')]);

  return {
    url,
    port,
    server,
    target,
    store,
    contract,
    own,
    foreign,
    token,
    send,
    async stored() {
      const { entries } = await store.range(keys.root);
      return entries
        .filter(({ key }) => ![keys.replicas, keys.audits].some(prefix => key.startsWith(prefix)))
        .map(({ key, value, revision }) => `${key}@${revision}=${value}`)
        .join('\n');
    },
    clusterWrites: () =>
      (server.gateway?.passed ?? [])
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path, query }) => `${method} ${path}?${query}`),
    async cpuMs() {
      const metrics = await (await request(`${url}/metrics`)).body.text();
      return 1000 * Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(metrics)?.[1]);
    },
    async stop() {
      await store.close();
      await server.stop();
      await target.close();
      await rm(directory, { recursive: true });
    },
  };
}
