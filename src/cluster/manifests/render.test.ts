import { expect } from 'chai';
import type { KubeObject } from '../objects.ts';
import { aSpec, aTarget, someRouting } from '../../testing/version-targets.ts';
import { marksOf, namesOf, renderTraffic, renderVersion, routingWarnings, whyForeign } from './index.ts';
import type { RoutingSettings, VersionTarget } from './index.ts';

const find = (objects: KubeObject[], kind: string, name: string): KubeObject => {
  const found = objects.find(object => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name} in ${listed(objects).join(', ')}`);
  return found;
};
const listed = (objects: KubeObject[]): string[] => objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
const rc = (target: VersionTarget): KubeObject => find(renderVersion(target, someRouting()), 'ReplicationController', 'shop-1');
const podSpec = (target: VersionTarget) => rc(target)['spec'].template.spec;

const headers = { additionHttpHeaders: [{ Header: 'X-A', Value: 'b' }] };
const headerSettings = (changes: Partial<RoutingSettings> = {}): RoutingSettings =>
  someRouting({ controller: { responseHeaders: ['X-A'] }, ...changes });

describe('objects of a version', () => {
  it('are made in an order in which each finds what it needs', () => {
    expect(listed(renderVersion(aTarget(headers), headerSettings())).map(text => text.replace(/-[0-9a-f]{10}$/, '-HASH'))).to.deep.equal([
      'ConfigMap shop-headers-HASH',
      'ReplicationController shop-1',
      'Service shop-1',
      'Ingress shop-1',
    ]);
  });

  it('select the pods of this version and no other', () => {
    const selector = { name: 'shop-1', version: '1', app: 'shop' };
    expect(rc(aTarget())['spec'].selector).to.deep.equal(selector);
    expect(rc(aTarget({ labels: { app: 'mine', team: 'red' } }))['spec'].template.metadata.labels).to.deep.equal({
      ...selector,
      team: 'red',
      'app.kubernetes.io/managed-by': 'teal',
    });
    expect(find(renderVersion(aTarget(), someRouting()), 'Service', 'shop-1')['spec'].selector).to.deep.equal(selector);
  });

  it('keep the version as it is in labels and write it lower-cased in names', () => {
    const [controller] = renderVersion(aTarget({}, { version: '1.2_RC1' }), someRouting());
    expect(controller?.metadata.name).to.equal('shop-1-2-rc1');
    expect(controller?.metadata.labels).to.include({ version: '1.2_RC1', name: 'shop-1-2-rc1', app: 'shop' });
  });

  it('pass the pod spec through, fields newer than Teal included', () => {
    const podspec = { containers: [{ name: 'web', image: 'i', brandNew: { a: [1] } }], priorityClassName: 'high', alsoNew: true };
    const rendered = podSpec(aTarget({ podspec }));
    expect(rendered).to.deep.include({ priorityClassName: 'high', alsoNew: true });
    expect(rendered.containers[0].brandNew).to.deep.equal({ a: [1] });
  });

  it('give all containers and init containers the environment', () => {
    const podspec = {
      containers: [{ name: 'a', image: 'i' }],
      initContainers: [
        {
          name: 'b',
          image: 'i',
          env: [
            { name: 'OWN', value: 'mine' },
            { name: 'APP_NAME', value: 'stolen' },
          ],
        },
      ],
    };
    const spec = podSpec(
      aTarget({ podspec, environment: { SHARED: 'map', OWN: 'map' } }, { environment: { 'db-host': 'db', SHARED: 'store' } }),
    );
    const valuesOf = (container: { env: { name: string; value?: string }[] }) =>
      Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
    const common = { APP_NAME: 'shop', POD_NAMESPACE: 'demo', APP_VERSION: '1', POD_NAME: undefined, DB_HOST: 'db', SHARED: 'map' };
    expect(valuesOf(spec.containers[0])).to.deep.equal({ ...common, OWN: 'map' });
    expect(valuesOf(spec.initContainers[0])).to.deep.equal({ ...common, OWN: 'mine' });
    const podName = spec.containers[0].env.find(({ name }: { name: string }) => name === 'POD_NAME');
    expect(podName.valueFrom.fieldRef.fieldPath).to.equal('metadata.name');
  });

  it('merge image pull secrets by name', () => {
    const podspec = { containers: [{ name: 'a', image: 'i' }], imagePullSecrets: [{ name: 'one' }, { name: 'two' }] };
    expect(podSpec(aTarget({ podspec, imagePullSecrets: [{ name: 'two' }, { name: 'three' }] })).imagePullSecrets).to.deep.equal([
      { name: 'one' },
      { name: 'two' },
      { name: 'three' },
    ]);
  });

  it('pause before the end only where asked for and where there is no preStop', () => {
    const hook = { exec: { command: ['true'] } };
    const podspec = {
      containers: [
        { name: 'a', image: 'i', lifecycle: { postStart: hook } },
        { name: 'b', image: 'i', lifecycle: { preStop: hook } },
      ],
      terminationGracePeriodSeconds: 3,
    };
    const asked = podSpec(aTarget({ podspec, injectPreStop: true }));
    expect(asked.containers.map((container: { lifecycle: unknown }) => container.lifecycle)).to.deep.equal([
      { postStart: hook, preStop: { sleep: { seconds: 5 } } },
      { preStop: hook },
    ]);
    expect(asked.terminationGracePeriodSeconds).to.equal(8);
    const unasked = podSpec(aTarget({ podspec }));
    expect(unasked.containers[0].lifecycle).to.deep.equal({ postStart: hook });
    expect(unasked.terminationGracePeriodSeconds).to.equal(3);
  });

  it('have no Service, Ingress or traffic when no container declares a port', () => {
    const target = aTarget({ podspec: { containers: [{ name: 'worker', image: 'i' }] } });
    expect(listed(renderVersion(target, someRouting()))).to.deep.equal(['ReplicationController shop-1']);
    expect(renderTraffic(target, someRouting())).to.deep.equal([]);
  });

  it('include a preview with versioned routing, and with stable-service only under a preview domain', () => {
    const kindsOf = (settings: RoutingSettings, target = aTarget()) => renderVersion(target, settings).map(({ kind }) => kind);
    expect(kindsOf(someRouting())).to.include('Ingress');
    expect(kindsOf(someRouting({ routing: 'stable-service' }))).not.to.include('Ingress');
    expect(kindsOf(someRouting({ routing: 'stable-service', previewDomain: 'p.test' }))).to.include('Ingress');
    expect(kindsOf(someRouting({ routing: 'stable-service' }), aTarget({ routing: 'versioned' }))).to.include('Ingress');
  });

  it('carry the marks, all of them', () => {
    const target = aTarget({ ...headers, redirectWww: true });
    const settings = someRouting({ dialect: 'traefik', controller: { middlewares: 'crd' } });
    for (const object of [...renderVersion(target, settings), ...renderTraffic(target, settings)]) {
      expect(whyForeign(object, target.installation, 'shop'), object.metadata.name).to.equal(undefined);
      expect(marksOf(object)).to.include({ installation: target.installation, app: 'shop', epoch: 3 });
    }
    expect(marksOf(rc(target)).deployment).to.equal(target.deployment);
  });

  it('do not depend on the order or identity of what they are made from', () => {
    const target = aTarget(headers);
    const before = structuredClone(target);
    expect(renderVersion(target, headerSettings())).to.deep.equal(renderVersion(structuredClone(target), headerSettings()));
    expect(target).to.deep.equal(before);
  });
});

describe('objects of the traffic', () => {
  it('point host, path and TLS at the versioned Service', () => {
    const ingress = find(renderTraffic(aTarget({ tlsSecretName: 'cert', redirectWww: true }), someRouting()), 'Ingress', 'shop');
    expect(ingress['spec']).to.deep.equal({
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'shop.example.com',
          http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'shop-1', port: { number: 8080 } } } }] },
        },
      ],
      tls: [{ hosts: ['shop.example.com', 'www.shop.example.com'], secretName: 'cert' }],
    });
  });

  it("move by the selector of the app's Service", () => {
    const service = find(renderTraffic(aTarget(), someRouting()), 'Service', 'shop');
    expect(service['spec'].selector).to.deep.equal({ app: 'shop', version: '1' });
    expect(service['spec'].ports).to.deep.equal([{ name: 'http', port: 8080, protocol: 'TCP', targetPort: 'http' }]);
  });

  it('are the same for every version but for the Service, with stable-service', () => {
    const render = (target: VersionTarget) =>
      renderTraffic(target, headerSettings({ routing: 'stable-service' })).filter(({ kind }) => kind !== 'Service');
    const next = { version: '2', deployment: 'another' };
    expect(render(aTarget(headers, next))).to.deep.equal(render(aTarget(headers)));
    expect(render(aTarget(headers)).every(object => marksOf(object).deployment === undefined)).to.equal(true);
    expect(listed(render(aTarget(headers)))).to.have.length(2);
  });

  it('carry the standing annotations on the Ingress that stays, and only there', () => {
    const alias = 'nginx.ingress.kubernetes.io/server-alias';
    const ingress = (routing: 'versioned' | 'stable-service') =>
      find(renderTraffic(aTarget({ ...headers, routing }), headerSettings()), 'Ingress', 'shop');
    expect(ingress('stable-service').metadata.annotations).to.have.property(alias);
    expect(ingress('versioned').metadata.annotations).not.to.have.property(alias);
  });

  it('write helpers of other content under another name, so that the serving ones stay as they are', () => {
    const named = (value: string) =>
      find(
        renderTraffic(aTarget({ additionHttpHeaders: [{ Header: 'X-A', Value: value }] }), headerSettings()).slice(1),
        'ConfigMap',
        headerName(value),
      );
    const headerName = (value: string) =>
      renderTraffic(aTarget({ additionHttpHeaders: [{ Header: 'X-A', Value: value }] }), headerSettings()).find(
        ({ kind }) => kind === 'ConfigMap',
      )?.metadata.name ?? '';
    expect(headerName('one')).not.to.equal(headerName('two'));
    expect(named('one')['data']).to.deep.equal({ 'X-A': 'one' });
  });

  it('are none but the Service without a frontend', () => {
    const { frontend: _, ...descriptor } = aSpec();
    expect(listed(renderTraffic({ ...aTarget(), descriptor }, someRouting()))).to.deep.equal(['Service shop']);
  });

  it('write the Service first and an Ingress after the helpers it names', () => {
    const kindsOf = renderTraffic(
      aTarget({ ...headers, redirectWww: true }),
      someRouting({ dialect: 'traefik', controller: { middlewares: 'crd' } }),
    ).map(({ kind }) => kind);
    expect(kindsOf).to.deep.equal(['Service', 'Middleware', 'Middleware', 'Ingress', 'Ingress']);
  });

  it('use no names but the claimed ones, helpers apart', () => {
    for (const dialect of ['ingress-nginx', 'traefik', 'plain'] as const) {
      const settings = someRouting({ dialect, controller: { middlewares: 'crd', responseHeaders: ['X-A'] } });
      const target = aTarget({ ...headers, redirectWww: true, useCompression: true }, { version: '1.0' });
      const names = [...renderVersion(target, settings), ...renderTraffic(target, settings)].filter(
        ({ kind }) => !['ConfigMap', 'Middleware'].includes(kind),
      );
      expect(namesOf('shop', '1.0')).to.include.members(names.map(({ metadata }) => metadata.name));
    }
  });
});

describe('marks', () => {
  it('tell whose an object is', () => {
    const [object] = renderVersion(aTarget(), someRouting());
    if (object === undefined) throw new Error('nothing rendered');
    const { installation } = aTarget();
    const changed = (change: (copy: KubeObject) => void): KubeObject => {
      const copy = structuredClone(object);
      change(copy);
      return copy;
    };
    expect(whyForeign(object, installation, 'shop')).to.equal(undefined);
    expect(whyForeign(object, 'other', 'shop')).to.match(/another Teal installation/);
    expect(whyForeign(object, installation, 'cart')).to.match(/belongs to app shop/);
    expect(
      whyForeign(
        changed(({ metadata }) => delete metadata.labels?.['app.kubernetes.io/managed-by']),
        installation,
        'shop',
      ),
    ).to.match(/not made by Teal/);
    expect(
      whyForeign(
        changed(({ metadata }) => Object.assign(metadata.labels ?? {}, { 'app.kubernetes.io/managed-by': 'Helm' })),
        installation,
        'shop',
      ),
    ).to.match(/managed by Helm/);
    expect(
      whyForeign(
        changed(({ metadata }) => delete metadata.annotations),
        installation,
        'shop',
      ),
    ).to.match(/no Teal installation/);
  });

  it('read an epoch only when it is a whole number', () => {
    for (const text of ['', '-1', '1.5', 'x', '1e3']) {
      const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', annotations: { 'teal/epoch': text } } };
      expect(marksOf(object), text).to.deep.equal({});
    }
  });
});

describe('warnings', () => {
  it('are none for a descriptor that works as asked', () => {
    const podspec = {
      containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80 }], readinessProbe: {}, lifecycle: { preStop: {} } }],
    };
    expect(routingWarnings(aSpec({ podspec }), someRouting())).to.deep.equal([]);
  });

  it('name the missing pause, the missing check and the replaced restart policy', () => {
    const podspec = { containers: [{ name: 'a', image: 'i', ports: [{ containerPort: 80 }] }], restartPolicy: 'Never' };
    const text = routingWarnings(aSpec({ podspec }), someRouting()).join('\n');
    expect(text)
      .to.match(/preStop/)
      .and.match(/readinessProbe/)
      .and.match(/restartPolicy/);
    expect(routingWarnings(aSpec({ podspec, injectPreStop: true }), someRouting()).join('\n')).not.to.match(/preStop/);
  });

  it('name what has no effect without a frontend', () => {
    const { frontend: _, ...spec } = aSpec({ redirectWww: true, useCompression: true, tlsSecretName: 'a' });
    const text = routingWarnings(spec, someRouting()).join('\n');
    for (const field of ['redirectWww', 'useCompression', 'tlsSecretName']) expect(text).to.include(`${field}: has no effect`);
    expect(text).not.to.include('useStickySessions');
  });

  for (const [title, wish, warned] of [
    ['a drain too short for a proxy to follow', { drainSeconds: 4 }, true],
    ['not one that is long enough', { drainSeconds: 5 }, false],
    ['not one that the server sets', {}, false],
    ['not a standing Service, whose pods change behind one name', { drainSeconds: 0, routing: 'stable-service' }, false],
  ] as const) {
    it(`name ${title}`, () => {
      expect(/^drainSeconds: /m.test(routingWarnings(aSpec(wish), someRouting()).join('\n'))).to.equal(warned);
    });
  }

  it('say that a frontend without ports is not routed', () => {
    expect(routingWarnings(aSpec({ podspec: { containers: [{ name: 'a', image: 'i' }] } }), someRouting()).join()).to.match(
      /^frontend: .*port/,
    );
  });
});
