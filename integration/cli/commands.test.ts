/** The commands against a running Teal, on every target of this machine, or those that TEAL_TARGETS names: what they print where, and with which exit code they end. */

import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { demo, type DemoWish } from '../support/demo.ts';
import { whyNotHere, type TargetName } from '../support/targets.ts';
import { eventually } from '../support/wait.ts';
import { openStage, type Stage } from './stage.ts';
import { openHome, type Said } from './teal.ts';

const chosen = process.env['TEAL_TARGETS']?.split(',');
/** Through Traefik, which is quick; what depends on the controller is the business of the scenarios. */
const targets = (['sandbox', 'real-traefik'] as const satisfies readonly TargetName[]).filter(name => chosen?.includes(name) ?? true);
const missing = new Map(await Promise.all(targets.map(async name => [name, await whyNotHere(name)] as const)));

for (const name of targets)
  describe(`teal on ${name}`, function () {
    this.timeout(180_000);
    const why = missing.get(name);
    if (why !== undefined) {
      it.skip(`is left out: ${why}`);
      return;
    }
    let stage: Stage;
    let host = '';
    const teal = (...args: string[]): Promise<Said> => stage.home.run([...args, '-n', stage.namespace], { limitMs: 120_000 });
    const file = async (appName: string, wish: DemoWish = {}): Promise<string> => {
      const path = join(stage.home.folder, `${appName}.json`);
      await writeFile(path, JSON.stringify(demo(stage.namespace, { appName, drainSeconds: 30, ...wish }), null, 2));
      return path;
    };

    before(async () => {
      stage = await openStage(name);
      host = `shop.${stage.namespace}.localhost`;
    });
    after(() => stage.close());

    it('deploys a file and follows it; data is on stdout, progress on stderr', async () => {
      const { code, stdout, stderr } = await teal('deploy', '-f', await file('shop', { frontend: host }));
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^shop 1 serves \(deployment [0-9a-f]{8}-[0-9a-f]{4}, \d+s\)\n$/);
      expect(stderr)
        .to.match(/^shop: descriptor [0-9a-f-]{36} created$/m)
        .and.match(/^ +[\d.]+s {2}Blue-green deployment successful$/m);
    });

    it('deploys the stored descriptor with another image, from stdin or by name, and shows both versions', async () => {
      const { code, stdout, stderr } = await teal('deploy', 'shop', '--set', 'image=demo-app:v2', '-q');
      expect([code, stderr], stderr).to.deep.equal([0, '']);
      expect(stdout).to.match(/^shop 2 serves/);
      const status = await teal('status', 'shop');
      expect(status.stdout).to.match(/^ {2}> +2 +serving +serving +1\/1 ready +- +demo-app:v2$/m);
      expect(status.stdout).to.match(/^ +1 +predecessor +draining .*s left +demo-app:v1$/m);
      expect(status.stdout).to.match(/^ {4}shop-2-\w+ +2 +ready/m);
    });

    it('says what is waited for when the time is over and the version serves', async () => {
      const { code, stderr } = await teal('wait', 'shop', '--until', 'settled', '--timeout', '1s');
      expect([code, stderr]).to.deep.equal([
        5,
        'teal: not in 1s; shop 2 serves, and the version before it still drains: teal status shop\n',
      ]);
    });

    it('rolls back with one switch while the old version runs', async () => {
      const { code, stdout, stderr } = await teal('rollback', 'shop');
      expect(code, stderr).to.equal(0);
      expect(stdout).to.match(/^shop 1 serves/);
    });

    it('prints what it is asked for: json, yaml, names, a path, wide', async () => {
      const list = JSON.parse((await teal('get', 'deployments', '-a', 'shop', '-o', 'json')).stdout) as { id: string; version: string }[];
      expect(list.map(({ version }) => version)).to.deep.equal(['1', '2', '1']);
      const id = list[0]!.id;
      expect((await teal('get', 'deploy', 'shop', '-o', 'jsonpath={.version}')).stdout).to.equal('1\n');
      expect((await teal('get', 'deployments', '--limit', '1', '-o', 'name')).stdout).to.equal(`${id}\n`);
      expect((await teal('get', 'deployment', id.slice(0, 13), '-o', 'yaml')).stdout).to.include(`id: ${id}\n`);
      expect((await teal('get', 'apps')).stdout).to.match(/^APP +STATE +SERVES .*\nshop +live +1 /);
      expect((await teal('history', 'shop', '-o', 'wide')).stdout).to.match(
        /REASON\n.* DEPLOYED .*\n.* UNDEPLOYED .* \w+: .*\n.* REPLACED: /,
      );
      expect((await teal('describe', 'deployment', 'shop')).stdout).to.match(/^Version: +1$/m);
      expect((await teal('describe', 'app', 'shop')).stdout).to.include('Service shop -> version 1');
    });

    it('tells logs and health', async () => {
      const log = await teal('logs', 'shop');
      expect(log.stdout)
        .to.match(/^\d{4}-\d\d-\d\dT[\d:.]+Z Rollback of deployment \S+ to version 1/m)
        .and.include('Blue-green deployment successful');
      expect((await teal('logs', 'shop', '-f')).stdout).to.include('Blue-green deployment successful');
      expect((await teal('health', 'shop')).stdout).to.match(/^shop-1-\w+ +healthy .*"healthy":true/m);
    });

    it('ends with 1 for a version that fails, says why, what the pods said and what serves', async () => {
      const { code, stdout, stderr } = await teal('deploy', 'shop', '--set', 'image=demo-app:missing', '-q');
      expect([code, stdout]).to.deep.equal([1, '']);
      expect(stderr).to.match(/^shop 3 does not serve: FAILURE\n {2}IMAGE_PULL: /m);
      expect(stderr).to.match(/What the pods and the cluster said\n(?: {4}.*\n)* {4}.*(ErrImagePull|ImagePullBackOff|ErrImageNeverPull)/);
      expect(stderr).to.match(/What stands now\n {4}shop 1 \(.*\) serves as before, untouched\n {4}what it made was removed/);
    });

    it('ends with 5 when its time is over, and the deployment goes on until it is cancelled', async () => {
      const path = await file('slow', { env: { READY_DELAY: '90s' } });
      const from = performance.now();
      const late = await teal('deploy', '-f', path, '--timeout', '2s');
      expect(late.code).to.equal(5);
      expect(late.stderr).to.match(/not in 2s; slow 1 goes on; follow it: teal logs -f \S+; stop it: teal cancel \S+/);
      // It ends then, and does not go on in the background.
      expect(performance.now() - from).to.be.lessThan(30_000);
      const cancelled = await teal('cancel', 'slow');
      expect([cancelled.code, cancelled.stdout], cancelled.stderr).to.deep.equal([
        0,
        cancelled.stdout.match(/^slow 1 \(.*\) is gone: UNDEPLOYED, CANCELLED\n$/)?.[0],
      ]);
      expect((await teal('wait', 'slow')).code).to.equal(1);
      expect((await teal('cancel', 'slow')).stderr).to.match(/slow 1 .* is not under way: UNDEPLOYED/);
    });

    it('promotes and aborts what waits, and returns at once with --no-wait', async () => {
      const path = await file('gate', { promotion: 'manual' });
      const waits = async () => {
        const { stdout } = await teal('deploy', '-f', path, '--no-wait', '-o', 'name');
        await eventually('it waits', 60_000, async () =>
          expect((await teal('get', 'deployment', stdout.trim(), '-o', 'jsonpath={.phase}')).stdout).to.equal('waiting\n'),
        );
        return stdout.trim();
      };
      await waits();
      expect((await teal('promote', 'gate')).stdout).to.match(/^gate 1 serves/);
      const second = await waits();
      const late = await teal('wait', 'gate', '--timeout', '1s');
      expect([late.code, late.stderr]).to.deep.equal([
        5,
        'teal: not in 1s; gate 2 waits for a promotion: teal promote gate, or teal abort gate\n',
      ]);
      expect((await teal('abort', second)).stdout).to.match(/^gate 2 .* is gone: FAILURE, ABORTED/);
      expect((await teal('promote', 'gate', '-v')).stderr).to.match(/^teal: .*\n {2}code NOT_WAITING, request [0-9a-f-]{36}, status 409$/m);
    });

    it('deploys several documents side by side, and none when one is wrong', async () => {
      const text = (names: string[], wish: DemoWish = {}) =>
        names.map(appName => `---\n${JSON.stringify(demo(stage.namespace, { appName, ...wish }))}\n`).join('');
      const run = (input: string) => stage.home.run(['deploy', '-f', '-', '-n', stage.namespace], { input, limitMs: 120_000 });
      const bad = await run(text(['one']) + text(['two'], { replicas: 'many' }));
      expect([bad.code, bad.stderr.split('\n').slice(0, 2)]).to.deep.equal([
        2,
        ['teal: nothing was deployed: 1 fault', bad.stderr.split('\n')[1]],
      ]);
      expect(bad.stderr).to.match(/stdin, document 2: \/replicas: /);
      expect((await teal('get', 'apps', '-o', 'name')).stdout).not.to.include('one');
      expect((await teal('get', 'apps', '-a', 'gate', '-o', 'name')).stdout).to.equal('gate\n');
      expect((await teal('get', 'apps', '--limit', '1', '-o', 'name')).stdout).to.equal('gate\n');
      const good = await run(text(['one', 'two']));
      expect(good.code, good.stderr).to.equal(0);
      expect(good.stdout).to.match(/^one 1 serves .*\ntwo 1 serves /);
      expect(good.stderr).to.match(/^two +[\d.]+s {2}Blue-green/m);
    });

    it('leaves no descriptor of a first deployment that was refused', async () => {
      const { code, stderr } = await teal('deploy', '-f', await file('thief', { frontend: host }));
      expect(code).to.equal(1);
      expect(stderr)
        .to.match(/^thief: descriptor (\S+) created\n(?:.*\n)*thief: descriptor \1 removed again$/m)
        .and.include(host);
      expect((await teal('get', 'apps', '-o', 'name')).stdout.split('\n')).not.to.include('thief');
    });

    it('validates, and says every fault at its field', async () => {
      expect((await teal('validate', '-f', await file('fine'), '--cluster')).stdout).to.match(/fine.json: valid/);
      const { code, stdout } = await teal('validate', '-f', await file('fine', { replica: 2, replicas: 0 }));
      expect(code).to.equal(2);
      expect(stdout)
        .to.match(/fine.json: 2 faults\n/)
        .and.include('  /replica: unknown field; did you mean replicas?\n');
    });

    it('shows what a deployment would change: 0 nothing, 1 something', async () => {
      const changed = await teal('diff', 'shop', '--set', 'image=demo-app:v3');
      expect(changed.code, changed.stderr).to.equal(1);
      expect(changed.stdout)
        .to.match(/^shop: the next version against version 1, which serves$/m)
        .and.match(/^\+.*demo-app:v3$/m);
      expect((await teal('diff', 'nowhere')).code).to.equal(3);
    });

    it('completes a rollback with apps only: what is over cannot be rolled back', async () => {
      const words = async (command: string) =>
        (await stage.home.run(['__complete', command, ''], { env: { TEAL_NAMESPACE: stage.namespace } })).stdout.split('\n');
      expect(await words('rollback')).to.include('shop\tlive');
      expect((await words('rollback')).filter(word => /^[0-9a-f]{8}-/.test(word))).to.deep.equal([]);
      expect((await words('logs')).filter(word => /^[0-9a-f]{8}-/.test(word))).not.to.deep.equal([]);
    });

    it('keeps variables', async () => {
      const key = `CLI_${stage.namespace.replaceAll('-', '_')}`;
      expect((await teal('env', 'set', key, 'a b')).code).to.equal(0);
      expect((await teal('env', 'get', key)).stdout).to.equal('a b\n');
      expect((await teal('env', 'list')).stdout).to.include(`${key}=a b\n`);
      expect((await teal('env', 'get', `${key}X`)).stderr).to.include(`did you mean ${key}?`);
      expect((await teal('env', 'delete', key)).code).to.equal(0);
      expect((await teal('env', 'get', key)).code).to.equal(3);
    });

    it('tells events, audit, who one is and whether all is well', async () => {
      expect((await teal('events', '--limit', '3')).stdout.split('\n')).to.have.length(5);
      const none = await teal('events', '-a', 'nosuch');
      expect([none.code, none.stdout, none.stderr]).to.deep.equal([0, '', `nothing has happened to nosuch in ${stage.namespace}\n`]);
      expect((await teal('events', '-a', 'nosuch', '-o', 'json')).stdout).to.equal('[]\n');
      expect((await teal('audit', '-a', 'shop', '--limit', '2')).stdout).to.match(/ deploy +shop +deployment \S+ +done\n/);
      expect((await teal('auth', 'check')).stdout).to.match(/^Role: +admin/m);
      const doctor = await teal('doctor');
      expect(doctor.stdout)
        .to.match(/^ok +server /m)
        .and.match(/^ok +readiness +store ok, cluster ok, engine ok/m);
      expect(doctor.stdout).to.match(/^\S+ +rights /m);
    });

    it('takes over what another deployer left, first as a dry run, and the pods go on', async () => {
      const { kube } = stage.target;
      const labels = { name: 'legacy-7', version: '7', app: 'legacy' };
      const container = {
        name: 'demo',
        image: 'demo-app:v1',
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: 8080 }],
      };
      const metadata = (object: string) => ({ name: object, namespace: stage.namespace, labels });
      const template = { metadata: { labels }, spec: { containers: [container] } };
      await kube.create({
        apiVersion: 'v1',
        kind: 'ReplicationController',
        metadata: metadata('legacy-7'),
        spec: { replicas: 1, selector: labels, template },
      });
      for (const [object, selector] of [
        ['legacy-7', labels],
        ['legacy', { app: 'legacy', version: '7' }],
      ] as const)
        await kube.create({
          apiVersion: 'v1',
          kind: 'Service',
          metadata: metadata(object),
          spec: { selector, ports: [{ name: 'http', port: 8080 }] },
        });
      const uids = async () => (await kube.list('Pod', stage.namespace, labels)).map(({ metadata: { uid } }) => uid);
      const before = await eventually('its pod is there', 30_000, async () => {
        const found = await uids();
        expect(found).to.have.length(1);
        return found;
      });
      const dry = await teal('adopt', 'legacy');
      expect(dry.code, dry.stderr).to.equal(0);
      expect((await teal('get', 'deployments', '-a', 'legacy', '-o', 'name')).stdout, 'after the dry run').to.equal('');
      const done = await teal('adopt', 'legacy', '--yes');
      expect(done.code, done.stderr).to.equal(0);
      expect((await teal('get', 'deploy', 'legacy', '-o', 'jsonpath={.version}')).stdout).to.equal('7\n');
      await eventually('our marks are on it', 30_000, async () => {
        const controller = await kube.get('ReplicationController', stage.namespace, 'legacy-7');
        expect(controller?.metadata.annotations).to.include.keys('teal/installation', 'teal/deployment');
      });
      expect(await uids()).to.deep.equal(before);
      const next = await teal('deploy', 'legacy', '--set', 'image=demo-app:v2', '-q');
      expect(next.stdout, next.stderr).to.match(/^legacy 8 serves/);
    });

    it('undeploys, and deletes an app with all it has', async () => {
      expect((await teal('undeploy', 'one', '--yes')).stdout).to.match(/^one 1 .* is gone: UNDEPLOYED/);
      expect((await teal('undeploy', 'one')).stderr).to.match(/does not serve: UNDEPLOYED/);
      const gone = await teal('wait', 'one');
      expect([gone.code, gone.stdout]).to.deep.equal([1, '']);
      expect(gone.stderr)
        .to.match(/^one 1 is not live any more: UNDEPLOYED$/m)
        .and.include('no version of this app serves');
      expect((await teal('delete', 'app', 'one', 'two', 'gate', 'slow', 'legacy', 'shop')).stdout).to.match(
        /^app one with 1 descriptor and 1 deployment deleted\n/,
      );
      expect((await teal('get', 'apps', '-o', 'name')).stdout).to.equal('');
      expect((await teal('history', 'shop')).code).to.equal(3);
    });

    it('says where a file is not YAML, on one line', async () => {
      const path = join(stage.home.folder, 'bad.yaml');
      for (const [text, said] of [
        ['appName: shop\n  newVersion: "1"\n', `teal: ${path}, line 1: not YAML: Nested mappings are not allowed in compact mappings\n`],
        ['appName: *shop\n', `teal: ${path}: not YAML: Unresolved alias (the anchor must be set before the alias): shop\n`],
      ] as const) {
        await writeFile(path, text);
        expect(await teal('deploy', '-f', path)).to.deep.equal({ code: 2, stdout: '', stderr: said });
      }
    });

    it('takes nothing for granted: what is absent is 3, what is wrong is 2, a server that is away is 1', async () => {
      await teal('deploy', '-f', await file('shop'), '-q');
      const absent = await teal('rollback', 'shp');
      expect([absent.code, absent.stderr]).to.deep.equal([
        3,
        `teal: there is no app and no deployment shp in namespace ${stage.namespace}\n  did you mean shop?\n`,
      ]);
      expect((await teal('deploy', '-f', stage.home.folder)).stderr).to.equal(
        `teal: ${stage.home.folder} cannot be read: it is a folder\n`,
      );
      for (const args of [
        ['deploy'],
        ['deploy', '-f', 'nowhere.yaml'],
        ['status', '--token-file', 'nowhere'],
        ['get', 'pods'],
        ['logs', 'shop', '--level', 'loud'],
        ['status', 'shop', '-o', 'xml'],
      ])
        expect((await teal(...args)).code, args.join(' ')).to.equal(2);
      const away = await openHome('http://127.0.0.1:9');
      try {
        const { code, stderr } = await away.run(['status']);
        expect([code, stderr.split('\n')[0]]).to.deep.equal([1, 'teal: cannot reach http://127.0.0.1:9: nothing listens there']);
        expect((await away.run(['diff', 'shop'])).code).to.equal(2);
      } finally {
        await away.remove();
      }
    });
  });
