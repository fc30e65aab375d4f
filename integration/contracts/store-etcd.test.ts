/** What the etcd store promises when etcd dies, freezes, forgets or refuses: against real servers, through a proxy that loses answers. */

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Etcd3, Range } from 'etcd3';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { openEtcdStore, type EtcdStoreOptions } from '../../src/store/etcd/index.ts';
import { StoreError, type Outcome, type Store } from '../../src/store/store.ts';
import { startEtcd, type RunningEtcd } from '../support/etcd.ts';
import { etcdBinaries } from '../support/find-etcd.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { codeOf, committed, follow, until } from './store.ts';

const deps = { clock: systemClock, log: silentLogger };
const timeoutMs = 1500;
const childScript = fileURLToPath(new URL('../support/store-child.ts', import.meta.url));
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

for (const bin of etcdBinaries()) {
  describe(`etcd store faults: ${bin}`, function () {
    this.timeout(40_000);
    let etcd: RunningEtcd;
    const cleanups: (() => unknown)[] = [];

    before(async function () {
      if (!existsSync(bin)) this.skip();
      // Probes as often as the tests want; by default etcd drops clients that probe more than every five seconds.
      etcd = await startEtcd({ bin, extraArgs: ['--grpc-keepalive-min-time=100ms', '--heartbeat-interval=50', '--election-timeout=250'] });
    });
    after(async () => {
      await etcd?.stop();
    });
    afterEach(async () => {
      // A test that failed while etcd was frozen must not freeze those after it.
      await etcd.kill('SIGCONT');
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function open(options: Partial<EtcdStoreOptions> = {}): Promise<Store> {
      const store = await openEtcdStore({ endpoints: [etcd.endpoint], timeoutMs, ...options }, deps);
      cleanups.push(() => store.close());
      return store;
    }

    async function openThroughProxy(options: Partial<EtcdStoreOptions> = {}): Promise<{ store: Store; proxy: TcpProxy }> {
      const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(etcd.endpoint).port) });
      cleanups.push(() => proxy.stop());
      const store = await open({ endpoints: [`127.0.0.1:${proxy.port}`], keepaliveMs: 300, keepaliveTimeoutMs: 300, ...options });
      return { store, proxy };
    }

    function admin(endpoint = etcd.endpoint): Etcd3 {
      const client = new Etcd3({ hosts: endpoint });
      cleanups.push(() => client.close());
      return client;
    }

    const put = (store: Store, key: string, value = '') => committed(store.transact({ compare: [], writes: [{ put: key, value }] }));

    it('keeps every acknowledged commit and continues its watch without gap or repeat when etcd is killed and comes back', async () => {
      const store = await open({ timeoutMs: 6000 });
      const { revision } = await store.range('/kill/');
      const watch = follow(store, '/kill/', revision + 1);
      const acknowledged: string[] = [];
      let stop = false;
      const writers = [0, 1, 2, 3].map(async writer => {
        for (let count = 0; !stop; count++) {
          const key = `/kill/${writer}/${count}`;
          const outcome = await store
            .transact({ compare: [{ key, revision: 0 }], writes: [{ put: key, value: 'v' }] })
            .catch(() => undefined);
          if (outcome?.committed === true) acknowledged.push(key);
          else if (outcome !== undefined) throw new Error(`${key} was ours alone, and was told a conflict`);
        }
      });
      for (let round = 1; round <= 2; round++) {
        const before = acknowledged.length;
        await until(() => acknowledged.length > before + 200, 15_000);
        await etcd.restart();
      }
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 50, 15_000);
      stop = true;
      await Promise.all(writers);
      const page = await store.range('/kill/');
      const stored = new Set(page.entries.map(({ key }) => key));
      for (const key of acknowledged) expect(stored.has(key), key).to.equal(true);
      await until(() => watch.changes().length >= stored.size);
      watch.stop();
      const told = watch.changes().map(change => (change.type === 'put' ? change.entry : { key: '', revision: 0 }));
      expect(told.map(({ revision: at }) => at)).to.deep.equal(page.entries.map(entry => entry.revision).sort((a, b) => a - b));
    });

    it('answers soon after etcd is back: no breaker, no long reconnect pause', async () => {
      const store = await open();
      await store.ping();
      await etcd.kill('SIGKILL');
      await Promise.all(Array.from({ length: 10 }, () => codeOf(store.ping())));
      await etcd.restart();
      const back = performance.now();
      await until(
        async () =>
          await store.get('x').then(
            () => true,
            () => false,
          ),
        5000,
      );
      expect(performance.now() - back).to.be.lessThan(2500);
    });

    it('says UNAVAILABLE and surely not committed while etcd is away, within its timeout', async () => {
      const store = await open({ endpoints: ['http://127.0.0.1:1'] });
      const started = performance.now();
      const error = await put(store, '/away').then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).to.be.instanceOf(StoreError).with.property('code', 'UNAVAILABLE');
      expect((error as StoreError).outcome).to.equal('none');
      expect(await codeOf(store.ping())).to.equal('UNAVAILABLE');
      expect(performance.now() - started).to.be.lessThan(2 * timeoutMs + 500);
    });

    it('uses the other endpoint when one is away', async () => {
      const store = await open({ endpoints: ['http://127.0.0.1:1', etcd.endpoint] });
      await put(store, '/endpoints', 'v');
      expect((await store.get('/endpoints'))?.value).to.equal('v');
      const watch = follow(store, '/endpoints', 1);
      await until(() => watch.batches.length > 0);
      watch.stop();
    });

    it('ends every call within its timeout while etcd is frozen, and goes on when it thaws', async () => {
      const store = await open();
      const revision = await put(store, '/frozen', 'before');
      const watch = follow(store, '/frozen', revision + 1);
      await etcd.kill('SIGSTOP');
      const started = performance.now();
      const change = store.transact({ compare: [{ key: '/frozen', revision }], writes: [{ put: '/frozen', value: 'during' }] });
      const failed = change.catch((error: unknown) => error);
      expect(await codeOf(store.get('/frozen'))).to.equal('UNAVAILABLE');
      expect(performance.now() - started).to.be.lessThan(timeoutMs + 500);
      expect(await failed)
        .to.be.instanceOf(StoreError)
        .with.property('outcome', 'unknown');
      expect(performance.now() - started).to.be.lessThan(2 * timeoutMs + 500);
      await etcd.kill('SIGCONT');
      await until(async () => (await store.get('/frozen').catch(() => undefined)) !== undefined);
      await put(store, '/frozen', 'after');
      await until(() => watch.changes().some(seen => seen.type === 'put' && seen.entry.value === 'after'));
      watch.stop();
    });

    it('tells the truth about a transaction that is sent into a frozen etcd which thaws in time', async () => {
      const store = await open();
      for (let round = 0; round < 5; round++) {
        const key = `/thaw/${round}`;
        await store.get(key);
        await etcd.kill('SIGSTOP');
        const change = store.transact({ compare: [{ key, revision: 0 }], writes: [{ put: key, value: 'mine' }] });
        await sleep(timeoutMs + 100 + round * 50);
        await etcd.kill('SIGCONT');
        const outcome = await change;
        expect(outcome).to.deep.equal({ committed: true, revision: (await store.get(key))?.revision });
      }
    });

    it('finds out that a transaction was committed when only its answer was lost', async () => {
      const { store, proxy } = await openThroughProxy();
      const direct = await open();
      const revision = await put(store, '/lost/a', '1');
      proxy.mode = 'deaf';
      const change = store.transact({
        compare: [{ key: '/lost/a', revision }],
        writes: [
          { put: '/lost/a', value: '2' },
          { put: '/lost/b', value: '2' },
        ],
      });
      await until(async () => (await direct.get('/lost/b')) !== undefined);
      const at = (await direct.get('/lost/b'))?.revision;
      // Somebody else moves on before we hear: the present value is no longer ours, the history still tells.
      await put(direct, '/lost/a', '3');
      proxy.mode = 'pass';
      proxy.cut();
      expect(await change).to.deep.equal({ committed: true, revision: at });
      expect((await direct.get('/lost/a'))?.value).to.equal('3');
    });

    it('finds out that a transaction lost against another when its answer was lost too', async () => {
      const { store, proxy } = await openThroughProxy();
      const direct = await open();
      const revision = await put(store, '/lost/c', '1');
      proxy.mode = 'hold';
      const change = store.transact({ compare: [{ key: '/lost/c', revision }], writes: [{ put: '/lost/c', value: 'ours' }] });
      await put(direct, '/lost/c', 'theirs');
      proxy.mode = 'pass';
      proxy.cut();
      expect(await change).to.deep.equal({ committed: false });
      expect((await direct.get('/lost/c'))?.value).to.equal('theirs');
    });

    it('says unknown where nothing tells: a blind delete whose answer was lost', async () => {
      const { store, proxy } = await openThroughProxy();
      await put(store, '/lost/d');
      proxy.mode = 'deaf';
      const change = store.transact({ compare: [], writes: [{ delete: '/lost/d' }] });
      await sleep(100);
      proxy.mode = 'pass';
      proxy.cut();
      const error = await change.catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(StoreError).with.property('outcome', 'unknown');
    });

    it('never tells a wrong outcome over a connection that keeps breaking: every answer agrees with the history', async () => {
      const { store, proxy } = await openThroughProxy({ timeoutMs: 800 });
      const direct = await open();
      const { revision: start } = await direct.range('/flap/');
      const truth = follow(direct, '/flap/', start + 1);
      let stop = false;
      const told: { value: string; outcome: Outcome | StoreError }[] = [];
      const writers = [0, 1, 2, 3].map(async writer => {
        for (let count = 0; !stop; count++) {
          const key = `/flap/${count % 3}`;
          const value = `${writer}:${count}`;
          try {
            const entry = await store.get(key);
            const compare = [{ key, revision: entry?.revision ?? 0 }];
            told.push({ value, outcome: await store.transact({ compare, writes: [{ put: key, value }] }) });
          } catch (error) {
            told.push({ value, outcome: error as StoreError });
          }
        }
      });
      for (let round = 0; round < 25; round++) {
        await sleep(60 + (round % 5) * 20);
        proxy.mode = round % 2 === 0 ? 'deaf' : 'hold';
        await sleep(20 + (round % 7) * 15);
        proxy.mode = 'pass';
        proxy.cut();
      }
      stop = true;
      await Promise.all(writers);
      const last = await put(direct, '/flap/end');
      await until(() => truth.batches.at(-1)?.some(change => change.type === 'put' && change.entry.revision === last) === true);
      truth.stop();
      const history = new Map(
        truth.changes().map(change => (change.type === 'put' ? [change.entry.value, change.entry.revision] : ['', 0])),
      );
      const counts = { committed: 0, conflict: 0, none: 0, unknown: 0 };
      for (const { value, outcome } of told) {
        const kind = outcome instanceof Error ? outcome.outcome : outcome.committed ? 'committed' : 'conflict';
        counts[kind]++;
        if (kind === 'committed') expect(history.get(value), value).to.equal((outcome as { revision: number }).revision);
        if (kind === 'conflict' || kind === 'none') expect(history.has(value), `${value} ${kind}`).to.equal(false);
      }
      expect(counts.committed).to.be.greaterThan(20);
      expect(counts.unknown).to.be.lessThan(told.length / 4);
    });

    it('notices a connection that went silent and continues its watch on a new one', async () => {
      const { store, proxy } = await openThroughProxy();
      const direct = await open();
      const revision = await put(direct, '/silent/0');
      const watch = follow(store, '/silent/', revision + 1);
      await put(direct, '/silent/1');
      await until(() => watch.batches.length === 1);
      proxy.mode = 'hold';
      const taken = proxy.taken;
      await put(direct, '/silent/2');
      await until(() => proxy.taken > taken, 5000);
      proxy.mode = 'pass';
      // The proxy has lost the first words of the new connection, which no network does.
      proxy.cut();
      await until(() => watch.batches.length === 2);
      await put(direct, '/silent/3');
      await until(() => watch.batches.length === 3);
      watch.stop();
    });

    it('ends a watch with COMPACTED when its position was compacted away while it was cut off, and refuses pages from before', async () => {
      const { store, proxy } = await openThroughProxy();
      const direct = await open();
      const first = await put(direct, '/compact/0');
      const watch = follow(store, '/compact/', first);
      await until(() => watch.batches.length === 1);
      proxy.mode = 'hold';
      proxy.cut();
      for (let count = 1; count <= 3; count++) await put(direct, `/compact/${count}`);
      const { revision } = await direct.range('/compact/');
      await admin().kv.compact({ revision: String(revision), physical: true });
      proxy.mode = 'pass';
      proxy.cut();
      expect(await codeOf(watch.end)).to.equal('COMPACTED');
      expect(watch.batches).to.have.length(1);
      expect(await codeOf(store.range('/compact/', { revision: first }))).to.equal('COMPACTED');
      expect(await codeOf(follow(store, '/compact/', first).end)).to.equal('COMPACTED');
    });

    it('renews its lease while etcd answers, and keeps it over a short outage', async () => {
      const store = await open();
      const lease = await store.lease(2000);
      await committed(store.transact({ compare: [], writes: [{ put: '/lease/short', value: '', lease }] }));
      const first = lease.lastRenewal();
      await until(() => lease.lastRenewal() > first);
      await etcd.kill('SIGSTOP');
      await sleep(700);
      await etcd.kill('SIGCONT');
      const frozen = lease.lastRenewal();
      await until(() => lease.lastRenewal() > frozen + lease.ttlMs);
      expect(await store.get('/lease/short')).to.not.equal(undefined);
      await lease.revoke();
    });

    it('knows a lease lost one lifetime after the last confirmed renewal was sent, not later, and its key goes', async () => {
      const { store, proxy } = await openThroughProxy();
      const direct = await open();
      const lease = await store.lease(1000);
      await committed(store.transact({ compare: [], writes: [{ put: '/lease/lost', value: '', lease }] }));
      proxy.mode = 'hold';
      await lease.lost;
      const late = performance.now() - (lease.lastRenewal() + lease.ttlMs);
      expect(late).to.be.within(-1, lease.ttlMs / 2);
      proxy.mode = 'pass';
      proxy.cut();
      await until(async () => (await direct.get('/lease/lost')) === undefined);
      expect(await codeOf(store.transact({ compare: [], writes: [{ put: '/lease/lost', value: '', lease }] }))).to.equal('UNAVAILABLE');
    });

    it('knows a lease lost as soon as a renewal tells that it was revoked by others', async () => {
      const store = await open();
      const lease = await store.lease(2000);
      await committed(store.transact({ compare: [], writes: [{ put: '/lease/revoked', value: '', lease }] }));
      const client = admin();
      const kvs = (await client.kv.range({ key: Buffer.from('/lease/revoked') })).kvs;
      await client.leaseClient.leaseRevoke({ ID: kvs[0]?.lease ?? '' });
      const revoked = performance.now();
      await lease.lost;
      expect(performance.now() - revoked).to.be.lessThan(lease.ttlMs / 2);
    });

    it('leaves nothing behind that keeps the process alive after close', async () => {
      const child = spawn(process.execPath, ['--import', 'tsx', childScript, 'use-and-close', etcd.endpoint], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      cleanups.push(() => child.kill('SIGKILL'));
      let output = '';
      let closedAt = 0;
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('closed')) closedAt = performance.now();
      });
      const [code] = (await once(child, 'close')) as [number];
      expect({ code, output }).to.deep.equal({ code: 0, output: 'watch ended\nclosed\n' });
      expect(performance.now() - closedAt).to.be.lessThan(1500);
    });
  });

  describe(`etcd store access and limits: ${bin}`, function () {
    this.timeout(40_000);
    const cleanups: (() => unknown)[] = [];

    before(function () {
      if (!existsSync(bin)) this.skip();
    });
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });

    async function start(options: Partial<Parameters<typeof startEtcd>[0]> = {}): Promise<RunningEtcd> {
      const etcd = await startEtcd({ bin, ...options });
      cleanups.push(() => etcd.stop());
      return etcd;
    }

    async function open(options: EtcdStoreOptions): Promise<Store> {
      const store = await openEtcdStore({ timeoutMs: 3000, ...options }, deps);
      cleanups.push(() => store.close());
      return store;
    }

    it('signs in with user and password, goes on after a restart that forgets all tokens, and is refused without rights', async () => {
      const etcd = await start();
      const client = new Etcd3({ hosts: etcd.endpoint });
      await client.role('root').create();
      await client.role('teal').create();
      await client.role('teal').grant({ permission: 'Readwrite', range: Range.prefix('/deployer/') });
      await client.user('root').create('root-pass');
      await client.user('root').addRole('root');
      await client.user('teal').create('pass');
      await client.user('teal').addRole('teal');
      await client.auth.authEnable();
      client.close();

      const endpoints = [etcd.endpoint];
      const store = await open({ endpoints, user: 'teal', password: 'pass' });
      await store.ping();
      const revision = await committed(store.transact({ compare: [], writes: [{ put: '/deployer/a', value: '1' }] }));
      const watch = follow(store, '/deployer/', revision);
      await until(() => watch.batches.length === 1);
      const lease = await store.lease(3000);
      await etcd.restart();
      await until(async () => (await store.get('/deployer/a').catch(() => undefined))?.value === '1');
      expect(
        (await store.transact({ compare: [{ key: '/deployer/b', revision: 0 }], writes: [{ put: '/deployer/b', value: '2', lease }] }))
          .committed,
      ).to.equal(true);
      await until(() => watch.batches.length === 2);
      watch.stop();
      const renewed = lease.lastRenewal();
      await until(() => lease.lastRenewal() > renewed);
      await lease.revoke();

      expect(await codeOf(store.get('/elsewhere'))).to.equal('DENIED');
      expect(await codeOf(store.transact({ compare: [], writes: [{ put: '/elsewhere', value: '' }] }))).to.equal('DENIED');
      expect(await codeOf(follow(store, '/elsewhere', 1).end)).to.equal('DENIED');
      expect(await codeOf((await open({ endpoints, user: 'teal', password: 'wrong' })).get('/deployer/a'))).to.equal('DENIED');
      expect(await codeOf((await open({ endpoints })).get('/deployer/a'))).to.equal('DENIED');
    });

    it('speaks mutual TLS, and does not get through without a certificate or with a foreign authority', async () => {
      const dir = await mkdtemp(join(tmpdir(), 'teal-tls-'));
      cleanups.push(() => rm(dir, { recursive: true, force: true }));
      const file = (name: string) => join(dir, name);
      const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
      for (const ca of ['ca', 'other']) {
        openssl(
          ...[
            'req',
            '-x509',
            '-newkey',
            'rsa:2048',
            '-nodes',
            '-days',
            '2',
            '-subj',
            `/CN=${ca}`,
            '-keyout',
            file(`${ca}.key`),
            '-out',
            file(`${ca}.crt`),
          ],
        );
      }
      await writeFile(file('ext'), 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
      for (const name of ['server', 'client']) {
        openssl(
          ...['req', '-newkey', 'rsa:2048', '-nodes', '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`)],
        );
        openssl(
          ...[
            'x509',
            '-req',
            '-in',
            file(`${name}.csr`),
            '-CA',
            file('ca.crt'),
            '-CAkey',
            file('ca.key'),
            '-CAcreateserial',
            '-days',
            '2',
          ].concat(['-extfile', file('ext'), '-out', file(`${name}.crt`)]),
        );
      }
      const etcd = await start({ tls: { cert: file('server.crt'), key: file('server.key'), trustedCa: file('ca.crt') } });
      const endpoints = [etcd.endpoint];
      const [ca, other, cert, key] = ['ca.crt', 'other.crt', 'client.crt', 'client.key'].map(name => readFileSync(file(name)));
      const store = await open({ endpoints, ca: ca!, cert: cert!, key: key! });
      await committed(store.transact({ compare: [], writes: [{ put: '/tls', value: 'v' }] }));
      expect((await store.get('/tls'))?.value).to.equal('v');
      expect(await codeOf((await open({ endpoints, ca: ca!, timeoutMs: 800 })).ping())).to.equal('UNAVAILABLE');
      expect(await codeOf((await open({ endpoints, ca: other!, cert: cert!, key: key!, timeoutMs: 800 })).ping())).to.equal('UNAVAILABLE');
    });

    it('says NO_SPACE when the quota is used up, and still deletes', async () => {
      const etcd = await start({ extraArgs: ['--quota-backend-bytes=2097152'] });
      const store = await open({ endpoints: [etcd.endpoint] });
      const fill = async () => {
        for (let count = 0; count < 100; count++)
          await committed(store.transact({ compare: [], writes: [{ put: `/fill/${count}`, value: 'x'.repeat(500_000) }] }));
      };
      expect(await codeOf(fill())).to.equal('NO_SPACE');
      expect((await store.transact({ compare: [], writes: [{ delete: '/fill/0' }] })).committed).to.equal(true);
      expect(await store.get('/fill/0')).to.equal(undefined);
    });
  });
}
