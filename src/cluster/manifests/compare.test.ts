import { expect } from 'chai';
import fc from 'fast-check';
import type { DescriptorSpec } from '../../descriptors/index.ts';
import { aTarget, someRouting } from '../../testing/version-targets.ts';
import type { KubeObject } from '../objects.ts';
import { drift, merge, renderTraffic, renderVersion } from './index.ts';
import type { RoutingSettings } from './index.ts';

const objectsOf = (descriptor: Partial<DescriptorSpec>, settings: Partial<RoutingSettings>, version = '1'): KubeObject[] => {
  const target = aTarget(descriptor, { version, deployment: `deployment-${version}` });
  return [...renderVersion(target, someRouting(settings)), ...renderTraffic(target, someRouting(settings))];
};

const traffic = (
  kind: string,
  descriptor: Partial<DescriptorSpec> = {},
  settings: Partial<RoutingSettings> = {},
  version = '1',
): KubeObject => {
  const found = objectsOf(descriptor, settings, version).findLast(object => object.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
};

const changed = (object: KubeObject, change: (copy: KubeObject) => void): KubeObject => {
  const copy = structuredClone(object);
  change(copy);
  return copy;
};

/** What a real API server adds to a created object, as far as we know; integration/contracts/manifests.test.ts asks one. */
const stored = (object: KubeObject): KubeObject =>
  changed(object, copy => {
    copy.metadata = { ...copy.metadata, uid: 'u', resourceVersion: '7', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' };
    if (copy.kind === 'Service')
      copy['spec'] = { ...copy['spec'], clusterIP: '10.0.0.1', sessionAffinity: 'None', internalTrafficPolicy: 'Cluster' };
    if (copy.kind === 'Ingress') copy['status'] = { loadBalancer: {} };
  });

const descriptors: fc.Arbitrary<Partial<DescriptorSpec>> = fc.record(
  {
    frontend: fc.constantFrom('shop.example.com', 'other.example.com'),
    redirectWww: fc.boolean(),
    useCompression: fc.boolean(),
    useStickySessions: fc.boolean(),
    tlsSecretName: fc.constantFrom('one', 'two'),
    additionHttpHeaders: fc.array(fc.record({ Header: fc.constantFrom('X-A', 'X-B'), Value: fc.constantFrom('1', '2') }), { maxLength: 2 }),
    routing: fc.constantFrom('versioned' as const, 'stable-service' as const),
    podspec: fc
      .array(fc.record({ containerPort: fc.integer({ min: 80, max: 83 }), name: fc.constantFrom('http', 'web', 'admin') }), {
        minLength: 1,
        maxLength: 3,
      })
      .map(ports => ({
        containers: [{ name: 'web', image: 'i', ports }],
      })),
  },
  { requiredKeys: [] },
);

const settings: fc.Arbitrary<Partial<RoutingSettings>> = fc.record(
  {
    dialect: fc.constantFrom('ingress-nginx' as const, 'traefik' as const, 'plain' as const),
    ingressClass: fc.constantFrom('nginx', 'traefik', ''),
    snippets: fc.boolean(),
    controller: fc.constantFrom({ middlewares: 'crd' as const }, { middlewares: 'file' as const, responseHeaders: ['X-A'] }),
  },
  { requiredKeys: [] },
);

/** What other people and controllers put into an object beside our fields. */
const foreign = fc.record({
  label: fc.constantFrom('team', 'tier'),
  annotation: fc.constantFrom('example.com/note', 'cert-manager.io/issuer', 'nginx.ingress.kubernetes.io/proxy-body-size'),
  field: fc.constantFrom('externalTrafficPolicy', 'defaultBackend'),
  host: fc.constantFrom('foreign.example.com', 'foreign.test'),
});
type Foreign = typeof foreign extends fc.Arbitrary<infer T> ? T : never;

const acme = {
  path: '/.well-known/acme-challenge/t',
  pathType: 'ImplementationSpecific',
  backend: { service: { name: 'solver', port: { number: 8089 } } },
};

function withForeign(object: KubeObject, { label, annotation, field, host }: Foreign): KubeObject {
  return changed(object, copy => {
    copy.metadata.labels = { ...copy.metadata.labels, [label]: 'theirs' };
    copy.metadata.annotations = { ...copy.metadata.annotations, [annotation]: 'theirs' };
    if (copy.kind === 'Service' || copy.kind === 'Ingress') copy['spec'][field] = 'theirs';
    if (copy.kind === 'Service')
      copy['spec'].ports.forEach((port: Record<string, unknown>) => (port['nodePort'] = 30000 + Number(port['port'])));
    if (copy.kind === 'Ingress') {
      copy['spec'].rules[0].http.paths.push(acme);
      copy['spec'].rules.push({ host, http: { paths: [acme] } });
      copy['spec'].tls = [...(copy['spec'].tls ?? []), { hosts: [host], secretName: 'theirs' }];
    }
  });
}

function expectForeignKept(object: KubeObject, before: KubeObject, { label, annotation, field, host }: Foreign): void {
  expect(object.metadata.labels?.[label]).to.equal('theirs');
  expect(object.metadata.annotations?.[annotation]).to.equal('theirs');
  for (const key of ['uid', 'resourceVersion', 'creationTimestamp', 'generation'] as const)
    expect(object.metadata[key]).to.equal(before.metadata[key]);
  if (object.kind === 'Service' || object.kind === 'Ingress') expect(object['spec'][field]).to.equal('theirs');
  if (object.kind === 'Service') expect(object['spec'].clusterIP).to.equal('10.0.0.1');
  if (object.kind === 'Ingress') {
    const hosts = before['spec'].rules.map((rule: { host: string }) => rule.host);
    // A host that is no longer ours goes with all its paths; the first rule is ours.
    if (object['spec'].rules.some((rule: { host: string }) => rule.host === hosts[0])) {
      const ours = object['spec'].rules.find((rule: { host: string }) => rule.host === hosts[0]);
      expect(ours.http.paths).to.deep.include(acme);
    }
    expect(object['spec'].rules).to.deep.include({ host, http: { paths: [acme] } });
    expect(object['spec'].tls).to.deep.include({ hosts: [host], secretName: 'theirs' });
    expect(object['status']).to.deep.equal({ loadBalancer: {} });
  }
}

/** Two renderings of objects of the same kind and name: what stands there, and what is wanted next. */
const pairs = fc.tuple(descriptors, settings, descriptors, settings).chain(([d1, s1, d2, s2]) => {
  const before = objectsOf(d1, s1);
  const couples = objectsOf(d2, s2, '2').flatMap(wanted => {
    const actual = before.find(({ kind, metadata }) => kind === wanted.kind && metadata.name === wanted.metadata.name);
    return actual === undefined ? [] : [{ wanted, actual: stored(actual) }];
  });
  return fc.constantFrom(...couples);
});

describe('drift and merge', () => {
  it('find no drift in what the API server makes of a wanted object', () => {
    fc.assert(
      fc.property(descriptors, settings, (descriptor, setting) => {
        for (const object of objectsOf(descriptor, setting)) expect(drift(object, stored(object))).to.deep.equal([]);
      }),
    );
  });

  it('find no drift in what merge returns, whatever stood there before', () => {
    fc.assert(
      fc.property(pairs, foreign, ({ wanted, actual }, theirs) => {
        expect(drift(wanted, merge(wanted, actual))).to.deep.equal([]);
        expect(drift(wanted, merge(wanted, withForeign(actual, theirs)))).to.deep.equal([]);
      }),
      { numRuns: 300 },
    );
  });

  it('find no drift in foreign additions', () => {
    fc.assert(
      fc.property(descriptors, settings, foreign, (descriptor, setting, theirs) => {
        for (const object of objectsOf(descriptor, setting)) expect(drift(object, withForeign(stored(object), theirs))).to.deep.equal([]);
      }),
    );
  });

  it('keep every foreign field', () => {
    fc.assert(
      fc.property(pairs, foreign, ({ wanted, actual }, theirs) => {
        const before = withForeign(actual, theirs);
        expectForeignKept(merge(wanted, before), before, theirs);
      }),
      { numRuns: 300 },
    );
  });

  it('leave nothing of ours behind from the version before', () => {
    fc.assert(
      fc.property(pairs, ({ wanted, actual }) => {
        const result = merge(wanted, actual);
        expect(result.metadata.annotations).to.deep.equal(wanted.metadata.annotations);
        expect(result.metadata.labels).to.deep.equal(wanted.metadata.labels);
        if (wanted.kind !== 'Ingress') return;
        expect(result['spec'].rules).to.deep.equal(wanted['spec'].rules);
        expect(result['spec'].tls).to.deep.equal(wanted['spec'].tls);
      }),
      { numRuns: 300 },
    );
  });

  it('change neither argument', () => {
    fc.assert(
      fc.property(pairs, ({ wanted, actual }) => {
        const copies = structuredClone({ wanted, actual });
        merge(wanted, actual);
        expect({ wanted, actual }).to.deep.equal(copies);
      }),
    );
  });

  it('are stable: merging twice changes nothing more', () => {
    fc.assert(
      fc.property(pairs, foreign, ({ wanted, actual }, theirs) => {
        const once = merge(wanted, withForeign(actual, theirs));
        expect(merge(wanted, once)).to.deep.equal(once);
      }),
    );
  });

  it('set the epoch and never compare it', () => {
    const wanted = traffic('Service');
    const actual = changed(wanted, ({ metadata }) => Object.assign(metadata.annotations ?? {}, { 'teal/epoch': '1' }));
    expect(drift(wanted, actual)).to.deep.equal([]);
    expect(merge(wanted, actual).metadata.annotations?.['teal/epoch']).to.equal('3');
  });

  it('name what differs', () => {
    const service = traffic('Service');
    const ingress = traffic('Ingress', { tlsSecretName: 'cert' });
    const cases: [KubeObject, string, (copy: KubeObject) => void][] = [
      [service, 'spec.selector', copy => delete copy['spec'].selector.version],
      [service, 'spec.selector', copy => (copy['spec'].selector.extra = 'x')],
      [service, 'spec.ports', copy => (copy['spec'].ports[0].targetPort = 1)],
      [service, 'spec.ports', copy => copy['spec'].ports.push({ name: 'x', port: 1, targetPort: 1, protocol: 'TCP' })],
      [service, 'metadata.labels[app]', copy => delete copy.metadata.labels?.['app']],
      [
        service,
        'metadata.labels[app.kubernetes.io/managed-by]',
        copy => Object.assign(copy.metadata.labels ?? {}, { 'app.kubernetes.io/managed-by': 'Helm' }),
      ],
      [service, 'metadata.annotations[teal/installation]', copy => delete copy.metadata.annotations?.['teal/installation']],
      [ingress, 'spec.ingressClassName', copy => (copy['spec'].ingressClassName = 'other')],
      [ingress, 'spec.rules[shop.example.com]', copy => (copy['spec'].rules[0].http.paths[0].backend.service.name = 'x')],
      [ingress, 'spec.rules[shop.example.com]', copy => (copy['spec'].rules[0].host = 'x.example.com')],
      [
        ingress,
        'spec.rules[shop.example.com]',
        copy => copy['spec'].rules.push({ host: 'shop.example.com', http: { paths: [{ path: '/', pathType: 'Exact' }] } }),
      ],
      [ingress, 'spec.rules[shop.example.com]', copy => delete copy['spec'].rules],
      [ingress, 'spec.tls', copy => delete copy['spec'].tls],
      [ingress, 'spec.tls', copy => (copy['spec'].tls[0].secretName = 'other')],
    ];
    for (const [wanted, path, change] of cases) {
      const actual = changed(wanted, change);
      expect(drift(wanted, actual), change.toString()).to.deep.equal([path]);
      expect(drift(wanted, merge(wanted, actual)), change.toString()).to.deep.equal([]);
    }
  });

  it('treat an object without labels, annotations and spec as wholly drifted, not as an error', () => {
    for (const wanted of objectsOf({ tlsSecretName: 'cert' }, {})) {
      const bare: KubeObject = {
        apiVersion: wanted.apiVersion,
        kind: wanted.kind,
        metadata: { name: wanted.metadata.name, resourceVersion: '9' },
      };
      expect(drift(wanted, bare).length).to.be.greaterThan(4);
      const merged = merge(wanted, bare);
      expect(drift(wanted, merged)).to.deep.equal([]);
      expect(merged.metadata.resourceVersion).to.equal('9');
    }
  });

  it('leave replicas and pods of a running RC alone', () => {
    const wanted = traffic('ReplicationController');
    const actual = changed(wanted, copy => {
      copy['spec'].replicas = 7;
      copy['spec'].template.spec.containers[0].image = 'theirs';
    });
    expect(drift(wanted, actual)).to.deep.equal([]);
    expect(merge(wanted, actual)['spec']).to.deep.equal(actual['spec']);
  });

  it('keep the node port of a port, also when its number changes under the same name', () => {
    const one = stored(traffic('Service'));
    one['spec'].ports[0].nodePort = 31000;
    const wanted = traffic('Service', {
      podspec: { containers: [{ name: 'web', image: 'i', ports: [{ name: 'http', containerPort: 9090 }] }] },
    });
    expect(merge(wanted, one)['spec'].ports).to.deep.equal([
      { name: 'http', port: 9090, protocol: 'TCP', targetPort: 'http', nodePort: 31000 },
    ]);
  });

  it('leave TLS that somebody set for a host whose TLS was never ours, when the host changes too', () => {
    const theirs = { hosts: ['shop.example.com'], secretName: 'theirs' };
    for (const wanted of [traffic('Ingress'), traffic('Ingress', { frontend: 'new.example.com' })]) {
      const actual = changed(traffic('Ingress'), copy => (copy['spec'].tls = [theirs]));
      expect(drift(wanted, actual)).not.to.include('spec.tls');
      expect(merge(wanted, actual)['spec'].tls).to.deep.equal([theirs]);
    }
  });

  it('take back TLS that the version before had set', () => {
    const wanted = traffic('Ingress');
    const actual = traffic('Ingress', { tlsSecretName: 'cert' });
    expect(drift(wanted, actual)).to.include('spec.tls');
    expect(merge(wanted, actual)['spec']).not.to.have.property('tls');
  });

  it('drop a deployment id when routing turns to stable-service, and a host that is no longer ours', () => {
    const actual = traffic('Ingress', { frontend: 'old.example.com' });
    const wanted = traffic('Ingress', { frontend: 'new.example.com' }, { routing: 'stable-service' });
    expect(drift(wanted, actual)).to.include.members([
      'metadata.annotations[teal/deployment]',
      'spec.rules[old.example.com]',
      'spec.rules[new.example.com]',
    ]);
    const merged = merge(wanted, actual);
    expect(merged.metadata.annotations).not.to.have.property('teal/deployment');
    expect(merged['spec'].rules.map((rule: { host: string }) => rule.host)).to.deep.equal(['new.example.com']);
  });
});
