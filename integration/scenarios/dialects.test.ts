/**
 * The rendered objects on real ingress-nginx and real Traefik: every wish of a descriptor shown through the proxy, with the operator settings it needs. Needs a
 * KUBECONFIG of a cluster that has both controllers and the demo images; starts copies of the controllers, so the cluster's own stay as they are.
 */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { Agent, request } from 'undici';
import { drift, merge, previewHost, renderTraffic, renderVersion, routingWarnings } from '../../src/cluster/manifests/index.ts';
import type { RoutingSettings, VersionTarget } from '../../src/cluster/manifests/index.ts';
import type { Kind, KubeObject } from '../../src/cluster/objects.ts';
import type { DescriptorSpec } from '../../src/descriptors/index.ts';
import { aTarget, someRouting } from '../../src/testing/version-targets.ts';
import { createKube, readKubeconfig } from '../support/kube.ts';
import type { Kube } from '../support/kube.ts';
import { controllerPod, openWorkshop } from '../support/own-controllers.ts';
import type { OwnController, OwnNginx, Workshop } from '../support/own-controllers.ts';
import { eventually } from '../support/wait.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Over TLS, trusting this certificate only: fails unless the proxy shows it and it holds the host. */
async function askTls(url: string, host: string, certificate: string): Promise<Answer> {
  const dispatcher = new Agent({ connect: { ca: certificate, servername: host } });
  try {
    const answer = await request(`${url}/some/path`, { dispatcher, headers: { host } });
    return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
  } finally {
    await dispatcher.close();
  }
}

async function ask(url: string, host: string, path = '/', headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await request(url + path, { headers: { host, ...headers } });
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(await answer.body.arrayBuffer()) };
}

/** A request whose answer is well over the sizes from which proxies compress. */
const long = `/echo?pad=${'pad'.repeat(600)}`;

const fileProvider =
  readFileSync(new URL('../../src/cluster/routing/README.md', import.meta.url), 'utf8').match(
    /```yaml\n([\s\S]*?middlewares:[\s\S]*?)```/,
  )?.[1] ?? '';

const kubeconfig = process.env['KUBECONFIG'];

describe(`routing dialects on real controllers${kubeconfig ? '' : ' (skipped: KUBECONFIG is not set)'}`, function () {
  this.timeout(120_000);
  let kube: Kube;
  let workshop: Workshop;
  let nginx: OwnNginx;
  let traefik: OwnController;

  before(async function () {
    if (!kubeconfig) return this.skip();
    kube = createKube(readKubeconfig(kubeconfig));
    const copies = [
      await controllerPod(kube, 'ingress-nginx', 'ingress-nginx-controller'),
      await controllerPod(kube, 'traefik', 'traefik'),
    ];
    if (copies.includes(undefined)) return this.skip();
    workshop = await openWorkshop(kube, 'dialects');
    [nginx, traefik] = await Promise.all([workshop.nginx(operatorOfNginx), workshop.traefik(fileProvider)]);
  });

  after(async () => {
    await workshop?.close();
    await kube?.close();
  });

  /** What README.md tells the operator of ingress-nginx to set. */
  const operatorOfNginx = { 'use-gzip': 'true', 'global-allowed-response-headers': 'X-TEST,Strict-Mode' };

  const viaNginx = (changes: Partial<RoutingSettings> = {}): RoutingSettings =>
    someRouting({
      dialect: 'ingress-nginx',
      ingressClass: nginx.ingressClass,
      controller: { gzip: true, responseHeaders: ['X-TEST', 'Strict-Mode'] },
      ...changes,
    });
  const viaTraefik = (controller: RoutingSettings['controller'], changes: Partial<RoutingSettings> = {}): RoutingSettings =>
    someRouting({
      dialect: 'traefik',
      ingressClass: traefik.ingressClass,
      ...(controller === undefined ? {} : { controller }),
      ...changes,
    });

  /** One version of an app with the demo program behind `<app>.example.test`. */
  function version(appName: string, number: 1 | 2, wishes: Partial<DescriptorSpec> = {}): VersionTarget {
    const spec: Partial<DescriptorSpec> = {
      namespace: workshop.namespace,
      appName,
      frontend: `${appName}.example.test`,
      podspec: {
        containers: [
          {
            name: 'web',
            image: `demo-app:v${number}`,
            imagePullPolicy: 'Never',
            ports: [{ name: 'http', containerPort: 8080 }],
            readinessProbe: { httpGet: { path: '/ready', port: 8080 }, periodSeconds: 1 },
          },
        ],
        terminationGracePeriodSeconds: 1,
      },
      ...wishes,
    };
    return aTarget(spec, { version: String(number), deployment: `0190a000-0000-7000-8000-00000000000${number}` });
  }

  /** Creates what is missing and puts right what differs, as the engine does; what the API server answers must have no drift. */
  async function put(objects: KubeObject[]): Promise<KubeObject[]> {
    const answers: KubeObject[] = [];
    for (const wanted of objects) {
      const kind = wanted.kind as Kind;
      const before = await kube.get(kind, workshop.namespace, wanted.metadata.name);
      let answer = before;
      if (before === undefined) answer = await kube.create(wanted);
      else if (drift(wanted, before).length > 0)
        answer = await kube.edit(kind, workshop.namespace, wanted.metadata.name, actual => Object.assign(actual, merge(wanted, actual)));
      if (answer === undefined) throw new Error('no answer');
      expect(drift(wanted, answer), `${wanted.kind} ${wanted.metadata.name} as the API server stored it`).to.deep.equal([]);
      answers.push(answer);
    }
    return answers;
  }

  const pods = (target: VersionTarget): Promise<void> =>
    eventually('the pods are ready', 30_000, async () => {
      const found = await kube.list('Pod', workshop.namespace, { app: target.appName, version: target.version });
      const ready = found.filter(pod =>
        (pod['status'].conditions ?? []).some((c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True'),
      );
      if (ready.length !== target.replicas) throw new Error(`${ready.length} of ${target.replicas}`);
    });

  /** Version and traffic, until the proxy serves it. */
  async function serve(target: VersionTarget, settings: RoutingSettings, url: string): Promise<string> {
    await put(renderVersion(target, settings));
    await pods(target);
    await put(renderTraffic(target, settings));
    const host = target.descriptor.frontend ?? '';
    await served(url, host, target.version);
    return host;
  }

  const served = (url: string, host: string, number: string): Promise<Answer> =>
    eventually(`${host} serves version ${number}`, 30_000, async () => {
      const answer = await ask(url, host);
      if (answer.status !== 200 || answer.headers['x-version'] !== `v${number}`)
        throw new Error(`${answer.status} ${String(answer.headers['x-version'])}`);
      return answer;
    });

  async function expectRedirect(url: string, host: string): Promise<void> {
    const answer = await eventually('www is redirected', 15_000, async () => {
      const got = await ask(url, `www.${host}`, '/some/path?a=b');
      if (got.status < 300 || got.status > 399) throw new Error(String(got.status));
      return got;
    });
    expect(answer.status).to.be.oneOf([301, 308]);
    const location = new URL(String(answer.headers['location']));
    expect(`${location.hostname}${location.pathname}${location.search}`).to.equal(`${host}/some/path?a=b`);
  }

  async function expectCompression(url: string, host: string): Promise<void> {
    const answer = await eventually('the answer is compressed', 15_000, async () => {
      const got = await ask(url, host, long, { 'accept-encoding': 'gzip' });
      if (got.headers['content-encoding'] !== 'gzip') throw new Error(String(got.headers['content-encoding']));
      return got;
    });
    expect(gunzipSync(answer.body).toString()).to.include('padpadpad');
    const unasked = await ask(url, host, long);
    expect(unasked.headers['content-encoding']).to.equal(undefined);
  }

  async function podsReached(url: string, host: string, cookie?: string): Promise<Set<string>> {
    const reached = new Set<string>();
    for (let n = 0; n < 12; n++) reached.add(String((await ask(url, host, '/', cookie === undefined ? {} : { cookie })).headers['x-pod']));
    return reached;
  }

  async function expectSticky(url: string, host: string): Promise<void> {
    await eventually('requests without a cookie reach both pods', 15_000, async () => {
      if ((await podsReached(url, host)).size !== 2) throw new Error('one pod only');
    });
    const set = [(await ask(url, host)).headers['set-cookie'] ?? []].flat();
    const cookie = set.map(text => text.split(';')[0] ?? '').find(text => text.startsWith('teal-affinity='));
    expect(cookie, `Set-Cookie ${JSON.stringify(set)}`).to.be.a('string');
    expect(await podsReached(url, host, cookie)).to.have.property('size', 1);
  }

  const everything: Partial<DescriptorSpec> = {
    redirectWww: true,
    useCompression: true,
    useStickySessions: true,
    additionHttpHeaders: [
      { Header: 'x-test', Value: `some "quoted" $value; {braces} and 'more'` },
      { Header: 'Strict-Mode', Value: 'max-age=1; all' },
    ],
  };

  function expectHeaders(answer: Answer): void {
    expect(answer.headers['x-test']).to.equal(`some "quoted" $value; {braces} and 'more'`);
    expect(answer.headers['strict-mode']).to.equal('max-age=1; all');
  }

  for (const routing of ['versioned', 'stable-service'] as const) {
    it(`ingress-nginx redirects www, compresses, sets headers and keeps sessions, routing ${routing}`, async () => {
      const settings = viaNginx({ routing });
      const target = version(`nginx-all-${routing}`, 1, everything);
      expect(routingWarnings(target.descriptor, settings).filter(text => !text.startsWith('podspec'))).to.deep.equal([]);
      const host = await serve(target, settings, nginx.url);
      await expectRedirect(nginx.url, host);
      await expectCompression(nginx.url, host);
      expectHeaders(await ask(nginx.url, host));
      await expectSticky(nginx.url, host);
    });
  }

  it('ingress-nginx serves the preview of a version with the same headers and compression before it has traffic', async () => {
    const target = version('nginx-preview', 1, everything);
    await put(renderVersion(target, viaNginx()));
    await pods(target);
    const preview = previewHost(target, viaNginx());
    expectHeaders(await served(nginx.url, preview, '1'));
    await expectCompression(nginx.url, preview);
    expect((await ask(nginx.url, 'nginx-preview.example.test')).status).to.equal(404);
  });

  for (const routing of ['versioned', 'stable-service'] as const) {
    it(`new headers of a version come with its switch and go back with it, never before, routing ${routing}`, async () => {
      const settings = viaNginx({ routing, previewDomain: 'preview.test' });
      const one = version(`nginx-turn-${routing}`, 1, { additionHttpHeaders: [{ Header: 'X-TEST', Value: 'first' }] });
      const two = version(`nginx-turn-${routing}`, 2, { additionHttpHeaders: [{ Header: 'X-TEST', Value: 'second' }] });
      const host = await serve(one, settings, nginx.url);
      expect((await ask(nginx.url, host)).headers['x-test']).to.equal('first');

      await put(renderVersion(two, settings));
      await pods(two);
      expect((await served(nginx.url, previewHost(two, settings), '2')).headers['x-test']).to.equal('second');
      expect((await served(nginx.url, host, '1')).headers['x-test']).to.equal('first');

      const header = (value: string): Promise<void> =>
        eventually(`the header is ${value}`, 15_000, async () => {
          const answer = await ask(nginx.url, host);
          if (answer.status !== 200 || answer.headers['x-test'] !== value)
            throw new Error(`${answer.status} ${String(answer.headers['x-test'])}`);
        });
      await put(renderTraffic(two, settings));
      await served(nginx.url, host, '2');
      await header('second');
      await put(renderTraffic(one, settings));
      await served(nginx.url, host, '1');
      await header('first');
    });
  }

  it('ingress-nginx goes on serving when a header is not on the list of the operator: it is not asked for, with a warning', async () => {
    const wishes = {
      additionHttpHeaders: [
        { Header: 'X-Unlisted', Value: 'a' },
        { Header: 'X-TEST', Value: 'b' },
      ],
    };
    const target = version('nginx-unlisted', 1, wishes);
    expect(routingWarnings(target.descriptor, viaNginx()).join()).to.match(
      /X-Unlisted.*global-allowed-response-headers.*--ingress-response-headers/,
    );
    const host = await serve(target, viaNginx(), nginx.url);
    const answer = await ask(nginx.url, host);
    expect(answer.headers['x-test']).to.equal('b');
    expect(answer.headers['x-unlisted']).to.equal(undefined);
  });

  it('ingress-nginx answers 503 for the whole host when it is asked for an unlisted header: why Teal asks only for listed ones', async () => {
    const target = version('nginx-lied', 1, { additionHttpHeaders: [{ Header: 'X-Unlisted', Value: 'a' }] });
    const settings = viaNginx({ controller: { responseHeaders: ['X-Unlisted'] } });
    await put(renderVersion(target, settings));
    await pods(target);
    await eventually('the preview is refused', 20_000, async () => {
      const { status } = await ask(nginx.url, previewHost(target, settings));
      if (status !== 503) throw new Error(String(status));
    });
  });

  it('ingress-nginx refuses an Ingress that it read before its ConfigMap, and serves it once it is made anew, as Teal does with an unheard preview', async () => {
    const target = version('nginx-early', 1, { additionHttpHeaders: [{ Header: 'X-TEST', Value: 'late' }] });
    const objects = renderVersion(target, viaNginx());
    const helpers = objects.filter(({ kind }) => kind === 'ConfigMap');
    const preview = objects.find(({ kind }) => kind === 'Ingress')!;
    const host = previewHost(target, viaNginx());
    await put(objects.filter(object => !helpers.includes(object)));
    await pods(target);
    await eventually('the preview is refused', 20_000, async () => {
      const { status } = await ask(nginx.url, host);
      if (status !== 503) throw new Error(String(status));
    });
    await put(helpers);
    await kube.remove('Ingress', workshop.namespace, preview.metadata.name);
    await put([preview]);
    expect((await served(nginx.url, host, '1')).headers['x-test']).to.equal('late');
  });

  for (const proxy of ['ingress-nginx', 'traefik'] as const) {
    it(`${proxy} serves TLS for both names and redirects from www over it`, async () => {
      const [settings, controller] = proxy === 'traefik' ? [viaTraefik({ middlewares: 'crd' }), traefik] : [viaNginx(), nginx];
      const target = version(`tls-${proxy}`, 1, { redirectWww: true, tlsSecretName: `tls-${proxy}` });
      const host = target.descriptor.frontend ?? '';
      const { secret, certificate } = selfSigned(workshop.namespace, `tls-${proxy}`, [host, `www.${host}`]);
      expect((await kube.call('POST', `/api/v1/namespaces/${workshop.namespace}/secrets`, secret)).status).to.equal(201);
      await put(renderVersion(target, settings));
      await pods(target);
      await put(renderTraffic(target, settings));
      await eventually('the app answers over TLS', 30_000, async () => {
        const { status, headers } = await askTls(controller.httpsUrl, host, certificate);
        if (status !== 200 || headers['x-version'] !== 'v1') throw new Error(`${status} ${String(headers['x-version'])}`);
      });
      const redirected = await eventually('the www name is loaded too', 20_000, async () => {
        const answer = await askTls(controller.httpsUrl, `www.${host}`, certificate);
        if (answer.status === 404) throw new Error('404');
        return answer;
      });
      expect(redirected.status).to.be.oneOf([301, 308]);
      const location = new URL(String(redirected.headers['location']));
      expect(`${location.protocol}//${location.hostname}${location.pathname}`).to.equal(`https://${host}/some/path`);
    });
  }

  it('ingress-nginx puts right what others changed and keeps what others added', async () => {
    const target = version('nginx-repair', 1);
    const host = await serve(target, viaNginx(), nginx.url);
    const ingress = renderTraffic(target, viaNginx()).find(object => object.kind === 'Ingress');
    if (ingress === undefined) throw new Error('no Ingress rendered');
    const added = {
      path: '/.well-known/acme-challenge/x',
      pathType: 'ImplementationSpecific',
      backend: { service: { name: 'solver', port: { number: 8089 } } },
    };
    const changed = await kube.edit('Ingress', workshop.namespace, target.appName, object => {
      object.metadata.annotations = { ...object.metadata.annotations, 'nginx.ingress.kubernetes.io/proxy-body-size': '8m' };
      object['spec'].rules[0].http.paths[0].backend.service.name = 'elsewhere';
      object['spec'].rules[0].http.paths.push(added);
    });
    expect(drift(ingress, changed)).to.deep.equal([`spec.rules[${host}]`]);
    const [repaired] = await put([ingress]);
    expect(repaired?.metadata.annotations?.['nginx.ingress.kubernetes.io/proxy-body-size']).to.equal('8m');
    expect(repaired?.['spec'].rules[0].http.paths).to.deep.include(added);
    await served(nginx.url, host, '1');
  });

  for (const proxy of ['ingress-nginx', 'traefik'] as const) {
    it(`with stable-service a new version of the same settings changes no routing object but the Service, even with another port number, on ${proxy}`, async () => {
      const settings =
        proxy === 'traefik' ? viaTraefik({ middlewares: 'crd' }, { routing: 'stable-service' }) : viaNginx({ routing: 'stable-service' });
      const url = proxy === 'traefik' ? traefik.url : nginx.url;
      const one = version(`stable-${proxy}`, 1, everything);
      const [container] = one.descriptor.podspec.containers;
      const moved = {
        ...container,
        name: 'web',
        image: 'demo-app:v2',
        ports: [{ name: 'http', containerPort: 8081 }],
        env: [{ name: 'PORT', value: '8081' }],
      };
      const two = version(`stable-${proxy}`, 2, {
        ...everything,
        podspec: {
          ...one.descriptor.podspec,
          containers: [{ ...moved, readinessProbe: { httpGet: { path: '/ready', port: 8081 }, periodSeconds: 1 } }],
        },
      });
      const host = await serve(one, settings, url);
      const others = async (): Promise<string[]> => {
        const objects = renderTraffic(one, settings).filter(object => object.kind !== 'Service');
        return Promise.all(
          objects.map(async ({ kind, metadata }) => {
            const object = await kube.get(kind as Kind, workshop.namespace, metadata.name);
            return `${kind} ${metadata.name} ${String(object?.['metadata'].generation)} ${JSON.stringify(object?.metadata.annotations)}`;
          }),
        );
      };
      const before = await others();
      await serve(two, settings, url);
      expect(await others()).to.deep.equal(before);
      expect(before).to.have.length.greaterThan(1);
      await served(url, host, '2');
    });
  }

  it('Traefik without middlewares still serves, keeps sessions, and says what it does not do', async () => {
    const settings = viaTraefik(undefined);
    const target = version('traefik-bare', 1, everything);
    const warnings = routingWarnings(target.descriptor, settings).join('\n');
    for (const field of ['redirectWww', 'useCompression', 'additionHttpHeaders'])
      expect(warnings).to.match(new RegExp(`^${field}: .*--ingress-middlewares`, 'm'));
    const host = await serve(target, settings, traefik.url);
    await expectSticky(traefik.url, host);
    expect((await ask(traefik.url, `www.${host}`)).status).to.equal(404);
    expect((await ask(traefik.url, host, long, { 'accept-encoding': 'gzip' })).headers['content-encoding']).to.equal(undefined);
  });

  it('Traefik answers 404 for a host that names a middleware it does not have: why Teal names them only when told so', async () => {
    const settings = viaTraefik({ middlewares: 'crd' });
    const target = version('traefik-lied', 1, { useCompression: true });
    await put(renderVersion(target, settings).filter(({ kind }) => kind !== 'Middleware'));
    await pods(target);
    const preview = previewHost(target, settings);
    // Once Traefik knows a later Ingress of the same pods, it knows the first one too.
    const later: VersionTarget = {
      ...target,
      version: '1',
      appName: 'traefik-later',
      descriptor: { ...target.descriptor, appName: 'traefik-later', useCompression: false },
    };
    await put(renderVersion(later, settings));
    await served(traefik.url, previewHost(later, settings), '1');
    expect((await ask(traefik.url, preview)).status).to.equal(404);
    await put(renderVersion(target, settings));
    await served(traefik.url, preview, '1');
  });

  it("Traefik redirects www and compresses with the operator's file provider, as the README has it", async () => {
    const settings = viaTraefik({ middlewares: 'file' });
    const target = version('traefik-file', 1, everything);
    const host = await serve(target, settings, traefik.url);
    await expectRedirect(traefik.url, host);
    await expectCompression(traefik.url, host);
    await expectSticky(traefik.url, host);
    expect(routingWarnings(target.descriptor, settings).join('\n')).to.match(/additionHttpHeaders.*--ingress-middlewares crd/);
  });

  for (const routing of ['versioned', 'stable-service'] as const) {
    it(`Traefik redirects www, compresses, sets headers and keeps sessions with Middleware objects, routing ${routing}`, async () => {
      const settings = viaTraefik({ middlewares: 'crd' }, { routing });
      const target = version(`traefik-all-${routing}`, 1, everything);
      expect(routingWarnings(target.descriptor, settings).filter(text => !text.startsWith('podspec'))).to.deep.equal([]);
      const host = await serve(target, settings, traefik.url);
      await expectRedirect(traefik.url, host);
      await expectCompression(traefik.url, host);
      expectHeaders(await ask(traefik.url, host));
      await expectSticky(traefik.url, host);
    });
  }

  it('ingress-nginx compresses and sets headers by snippets once the operator allows them', async () => {
    await nginx.configure({ 'allow-snippet-annotations': 'true', 'annotations-risk-level': 'Critical' });
    const settings = viaNginx({ snippets: true, controller: {} });
    const target = version('nginx-snippets', 1, {
      useCompression: true,
      additionHttpHeaders: [
        { Header: 'X-Snippet', Value: 'a; b=c, d' },
        { Header: 'X-Quoted', Value: 'a" always; return 418 "' },
      ],
    });
    const host = await serve(target, settings, nginx.url);
    await expectCompression(nginx.url, host);
    const answer = await ask(nginx.url, host);
    expect(answer.headers['x-snippet']).to.equal('a; b=c, d');
    expect(answer.headers['x-quoted']).to.equal(undefined);
    expect(routingWarnings(target.descriptor, settings).join('\n')).to.match(/X-Quoted/);
  });

  it("ingress-nginx as it comes does not compress; the descriptor's wish becomes a warning", async () => {
    await nginx.configure({});
    const settings = viaNginx({ controller: {} });
    const target = version('nginx-bare', 1, { useCompression: true, redirectWww: true });
    expect(routingWarnings(target.descriptor, settings).join('\n')).to.match(/^useCompression: .*use-gzip/m);
    const host = await serve(target, settings, nginx.url);
    await expectRedirect(nginx.url, host);
    expect((await ask(nginx.url, host, long, { 'accept-encoding': 'gzip' })).headers['content-encoding']).to.equal(undefined);
  });
});

/** A certificate for these hosts, made now, and the TLS secret that holds it. */
function selfSigned(namespace: string, name: string, hosts: string[]): { secret: KubeObject; certificate: string } {
  const directory = mkdtempSync(join(tmpdir(), 'dialects-'));
  try {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', `/CN=${hosts[0]}`]
        .concat(['-addext', `subjectAltName=${hosts.map(host => `DNS:${host}`).join(',')}`])
        .concat(['-keyout', key, '-out', cert]),
      { stdio: 'ignore' },
    );
    const data = { 'tls.key': readFileSync(key).toString('base64'), 'tls.crt': readFileSync(cert).toString('base64') };
    return {
      secret: { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls', data },
      certificate: readFileSync(cert, 'utf8'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}
