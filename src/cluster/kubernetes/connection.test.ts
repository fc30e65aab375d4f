import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { stringify } from 'yaml';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { createCluster, loadConnection } from './index.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('connections to a cluster', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'teal-kubeconfig-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  interface Parts {
    user?: object;
    cluster?: object;
    current?: string;
    names?: string;
  }
  async function kubeconfig({ user = {}, cluster = {}, current, names = 'a' }: Parts, file = 'config'): Promise<string> {
    const path = join(directory, file);
    const content = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': current ?? names,
      contexts: [{ name: names, context: { cluster: names, user: names } }],
      clusters: [{ name: names, cluster: { server: `https://${names}.test:6443/`, ...cluster } }],
      users: [{ name: names, user }],
    };
    await writeFile(path, stringify(content));
    return path;
  }
  async function failure(promise: Promise<unknown>): Promise<string> {
    return promise.then(
      () => 'no failure',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  }
  const identityOf = async (user: object) => (await loadConnection({ kubeconfig: await kubeconfig({ user }) })).credentials.current();

  describe('by URL', () => {
    it('need nothing else', async () => {
      const { server, credentials } = await loadConnection({ url: 'http://127.0.0.1:8080/' });
      expect(server).to.equal('http://127.0.0.1:8080');
      expect(await credentials.current()).to.deep.equal({ headers: {} });
    });

    it('take a password from a file, without its last line break', async () => {
      await writeFile(join(directory, 'password'), 'p w\n');
      const { credentials } = await loadConnection({ url: 'http://a', username: 'ann', passwordFile: join(directory, 'password') });
      expect(await credentials.current()).to.deep.equal({ headers: { authorization: `Basic ${base64('ann:p w')}` } });
    });

    for (const url of ['not a url', 'ftp://a', 'http://user:pw@a', 'http://a/?b=c']) {
      it(`${url} is refused`, async () => {
        expect(await failure(loadConnection({ url }))).to.match(/the URL of the API server/);
      });
    }
  });

  describe('by kubeconfig', () => {
    it('hold certificates given as data or as files beside the kubeconfig', async () => {
      await writeFile(join(directory, 'ca.crt'), 'CA');
      await writeFile(join(directory, 'key.pem'), 'KEY');
      const user = { 'client-certificate-data': base64('CERT'), 'client-key': 'key.pem' };
      const connection = await loadConnection({
        kubeconfig: await kubeconfig({ user, cluster: { 'certificate-authority': 'ca.crt', 'tls-server-name': 'b.test' } }),
      });
      expect(connection).to.include({ server: 'https://a.test:6443', ca: 'CA', tlsServerName: 'b.test' });
      expect(await connection.credentials.current()).to.deep.equal({ headers: {}, certificate: { cert: 'CERT', key: 'KEY' } });
    });

    it('hold tokens, basic auth, and impersonation', async () => {
      expect(await identityOf({ token: 't' })).to.deep.equal({ headers: { authorization: 'Bearer t' } });
      expect(await identityOf({ username: 'ann', password: 'pw' })).to.deep.equal({
        headers: { authorization: `Basic ${base64('ann:pw')}` },
      });
      expect(await identityOf({ token: 't', as: 'bob', 'as-groups': ['g', 'h'], 'as-user-extra': { 'Scope/a': ['1'] } })).to.deep.equal({
        headers: {
          authorization: 'Bearer t',
          'impersonate-user': 'bob',
          'impersonate-group': ['g', 'h'],
          'impersonate-extra-scope%2fa': ['1'],
        },
      });
    });

    it('read a token file again after a minute, and keep the old token while it cannot be read', async () => {
      const clock = createFakeClock();
      await writeFile(join(directory, 'token'), 'one\n');
      const { credentials } = await loadConnection({ kubeconfig: await kubeconfig({ user: { tokenFile: 'token' } }), clock });
      const token = async () => (await credentials.current()).headers['authorization'];
      expect(await token()).to.equal('Bearer one');
      await writeFile(join(directory, 'token'), 'two');
      await clock.advance(59_000);
      expect(await token()).to.equal('Bearer one');
      await clock.advance(2_000);
      expect(await token()).to.equal('Bearer two');
      await rm(join(directory, 'token'));
      await clock.advance(61_000);
      expect(await token()).to.equal('Bearer two');
    });

    it('choose the context that is asked for, and list the others when it is not there', async () => {
      const files = [await kubeconfig({ names: 'a' }, 'one'), await kubeconfig({ names: 'b' }, 'two')].join(delimiter);
      expect((await loadConnection({ kubeconfig: files })).server).to.equal('https://a.test:6443');
      expect((await loadConnection({ kubeconfig: files, context: 'b' })).server).to.equal('https://b.test:6443');
      expect(await failure(loadConnection({ kubeconfig: files, context: 'c' }))).to.match(/no context "c"; it has: a, b/);
    });

    it('say which file is missing, empty or broken', async () => {
      expect(await failure(loadConnection({ kubeconfig: join(directory, 'nothing') }))).to.match(/nothing cannot be read: ENOENT/);
      await writeFile(join(directory, 'empty'), '');
      expect(await failure(loadConnection({ kubeconfig: join(directory, 'empty') }))).to.match(/empty is empty/);
      await writeFile(join(directory, 'broken'), '{a: [');
      expect(await failure(loadConnection({ kubeconfig: join(directory, 'broken') }))).to.match(/broken cannot be read/);
    });

    it('of an auth provider are left to the official client', async () => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ alg: 'none' })}.${part({ exp: Math.floor(Date.now() / 1000) + 3600 })}.${part({})}`;
      const identity = await identityOf({ 'auth-provider': { name: 'oidc', config: { 'id-token': token } } });
      expect(identity.headers['authorization']).to.equal(`Bearer ${token}`);
    }).timeout(60_000);
  });

  describe('by exec plugin', () => {
    /** A plugin that counts its runs and prints what the file `answer` holds. */
    async function plugin(
      answer: object | string,
    ): Promise<{ user: object; runs: () => Promise<string[]>; say: (answer: object | string) => Promise<void> }> {
      const say = (what: object | string) => writeFile(join(directory, 'answer'), typeof what === 'string' ? what : JSON.stringify(what));
      await say(answer);
      await mkdir(join(directory, 'bin'));
      await writeFile(
        join(directory, 'bin/plugin'),
        `#!/bin/sh\nprintf '%s %s %s\\n' "$1" "$WHO" "$KUBERNETES_EXEC_INFO" >> "${directory}/runs"\ncat "${directory}/answer"\n`,
      );
      await chmod(join(directory, 'bin/plugin'), 0o755);
      return {
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: './bin/plugin',
            args: ['get'],
            env: [{ name: 'WHO', value: 'teal' }],
            provideClusterInfo: true,
          },
        },
        runs: async () => (await readFile(join(directory, 'runs'), 'utf8').catch(() => '')).trim().split('\n').filter(Boolean),
        say,
      };
    }
    const credential = (status: object) => ({ apiVersion: 'client.authentication.k8s.io/v1beta1', kind: 'ExecCredential', status });

    it("run the command with its arguments, variables and the cluster's data", async () => {
      const { user, runs } = await plugin(credential({ token: 't' }));
      expect(await identityOf(user)).to.deep.equal({ headers: { authorization: 'Bearer t' } });
      const [run = ''] = await runs();
      expect(run).to.match(/^get teal \{/);
      const info = JSON.parse(run.slice('get teal '.length)) as {
        apiVersion: string;
        spec: { interactive: boolean; cluster: { server: string } };
      };
      expect(info.apiVersion).to.equal('client.authentication.k8s.io/v1beta1');
      expect(info.spec).to.deep.include({ interactive: false });
      expect(info.spec.cluster.server).to.equal('https://a.test:6443');
    });

    it('run once for many requests, again when the credential ends, and again after a refusal', async () => {
      const clock = createFakeClock();
      const { user, runs, say } = await plugin(
        credential({ token: 'one', expirationTimestamp: new Date(clock.now() + 60_000).toISOString() }),
      );
      const { credentials } = await loadConnection({ kubeconfig: await kubeconfig({ user }), clock });
      const token = async () => (await credentials.current()).headers['authorization'];
      expect(await Promise.all([token(), token(), token()])).to.deep.equal(['Bearer one', 'Bearer one', 'Bearer one']);
      expect(await runs()).to.have.length(1);
      await say(credential({ token: 'two' }));
      await clock.advance(56_000);
      expect(await token()).to.equal('Bearer two');
      await clock.advance(3_600_000);
      await token();
      expect(await runs()).to.have.length(2);
      await say(credential({ token: 'three' }));
      expect(credentials.refresh()).to.equal(true);
      expect(await token()).to.equal('Bearer three');
    });

    it('may give a client certificate', async () => {
      const { user } = await plugin(credential({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }));
      expect(await identityOf(user)).to.deep.equal({ headers: {}, certificate: { cert: 'CERT', key: 'KEY' } });
    });

    it('say what is wrong without telling what was printed', async () => {
      const { user, say } = await plugin('s3cret but no JSON');
      expect(await failure(identityOf(user)))
        .to.match(/not JSON/)
        .and.not.include('s3cret');
      await say(credential({}));
      expect(await failure(identityOf(user))).to.match(/no ExecCredential/);
      expect(await failure(identityOf({ exec: { command: 'teal-no-such-plugin', installHint: 'install it' } }))).to.match(
        /cannot be run.*install it/,
      );
    });
  });

  describe('in a pod', () => {
    it('are those of its service account', async () => {
      await writeFile(join(directory, 'ca.crt'), 'CA');
      await writeFile(join(directory, 'token'), 'pod-token');
      const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
      const connection = await loadConnection({ environment, serviceAccountDir: directory });
      expect(connection).to.include({ server: 'https://[fd00::1]:443', ca: 'CA' });
      expect(await connection.credentials.current()).to.deep.equal({ headers: { authorization: 'Bearer pod-token' } });
    });

    it('are not there outside of one, and the message says what to do', async () => {
      expect(await failure(loadConnection({ environment: {} }))).to.match(/--kubeconfig FILE or --kubernetes URL/);
    });
  });

  it('prove both sides by certificates, and refuse a server whose authority is unknown', async function () {
    this.timeout(20_000);
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
    openssl(
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'k.pem',
      '-out',
      'c.pem',
      '-subj',
      '/CN=api.test',
      '-addext',
      'subjectAltName=DNS:api.test',
      '-days',
      '2',
    );
    const [cert, key] = await Promise.all([readFile(join(directory, 'c.pem'), 'utf8'), readFile(join(directory, 'k.pem'), 'utf8')]);
    const seen: string[] = [];
    const server: Server = createServer({ cert, key, ca: cert, requestCert: true, rejectUnauthorized: true }, (_request, reply) => {
      reply.end('{}');
    });
    server.on('secureConnection', (socket: TLSSocket) => seen.push(String(socket.getPeerCertificate().subject.CN)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const user = { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
    const ping = async (cluster: object) => {
      const connection = await loadConnection({ kubeconfig: await kubeconfig({ user, cluster: { server: url, ...cluster } }) });
      const client = createCluster({ ...connection, clock: systemClock, log: silentLogger, requestTimeoutMs: 500 });
      const asked = async () => {
        try {
          await client.ping();
        } finally {
          await client.close();
        }
      };
      return failure(asked());
    };
    try {
      const authority = { 'certificate-authority-data': base64(cert) };
      expect(await ping({ ...authority, 'tls-server-name': 'api.test' })).to.equal('no failure');
      expect(await ping({ 'insecure-skip-tls-verify': true })).to.equal('no failure');
      expect(seen).to.deep.equal(['api.test', 'api.test']);
      expect(await ping({ ...authority, 'tls-server-name': 'other.test' })).to.match(/certificate|altname/i);
      expect(await ping({ 'tls-server-name': 'api.test' })).to.match(/certificate|self.signed/i);
    } finally {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    }
  });
});
