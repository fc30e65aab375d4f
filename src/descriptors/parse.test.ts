import { expect } from 'chai';
import fc from 'fast-check';
import type { DescriptorSpec } from './descriptor.ts';
import { correctedAppName, whyNoAppName, whyNoHostName, whyNoPath } from '../lib/names.ts';
import { parseDescriptor } from './parse.ts';

const minimal = { appName: 'shop', newVersion: '#', podspec: { containers: [{ name: 'web', image: 'nginx' }] } };
const parse = (raw: unknown, namespace = 'default') => parseDescriptor(raw, { namespace, maxReplicas: 100 });
function valueOf(raw: unknown): DescriptorSpec {
  const parsed = parse(raw);
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

describe('parseDescriptor', () => {
  it('fills in the defaults and nothing else', () => {
    expect(valueOf(minimal)).to.deep.equal({
      ...minimal,
      namespace: 'default',
      deploymentType: 'blue-green',
      replicas: 1,
      redirectWww: false,
      useCompression: false,
      useStickySessions: false,
      useHealthCheck: false,
      ignoreHealthCheck: false,
      autoRollback: true,
      injectPreStop: false,
    });
  });

  it('passes the pod spec through untouched, fields that nobody knows yet included', () => {
    const podspec = {
      ...minimal.podspec,
      futureField: { deep: [null, 1, { x: true }] },
      containers: [{ name: 'web', image: 'nginx', resizePolicy: [], command: null }],
    };
    expect(valueOf({ ...minimal, podspec }).podspec).to.deep.equal(podspec);
  });

  it('takes back what it gave: a descriptor that was read can be sent as it is', () => {
    const value = valueOf(minimal);
    expect(valueOf({ id: 'x', created: 'y', lastModified: 5, ...value })).to.deep.equal(value);
  });

  it('takes header and value for Header and Value', () => {
    expect(valueOf({ ...minimal, additionHttpHeaders: [{ header: 'X-A', value: 'b' }] }).additionHttpHeaders).to.deep.equal([
      { Header: 'X-A', Value: 'b' },
    ]);
  });

  it('drops the fields of the original deployer with a warning each, and never keeps a password', () => {
    const parsed = parse({
      ...minimal,
      email: 'a@b',
      password: 'hunter2',
      useExternalHealthCheck: true,
      externalHealthCheckPath: '/',
      readinessPort: 1,
      deployedVersion: '1',
      deploymentTs: '',
    });
    expect(parsed.warnings).to.have.length(7);
    expect(JSON.stringify(parsed)).to.not.include('hunter2');
  });

  it('warns of variables that Teal sets itself', () => {
    expect(parse({ ...minimal, environment: { POD_NAME: 'x' } }).warnings).to.deep.equal([
      "the environment variable POD_NAME is set by Teal itself; the descriptor's value is not used",
    ]);
  });

  for (const [what, containers, extra, ok] of [
    ['9999 without ports', [{ ports: [] }], {}, true],
    ['the only port', [{ ports: [{ containerPort: 1 }] }], {}, true],
    [
      'the port named healthcheck',
      [
        {
          ports: [
            { name: 'a', containerPort: 1 },
            { name: 'healthcheck', containerPort: 2 },
          ],
        },
      ],
      {},
      true,
    ],
    [
      'none of several ports',
      [
        {
          ports: [
            { name: 'a', containerPort: 1 },
            { name: 'b', containerPort: 2 },
          ],
        },
      ],
      {},
      false,
    ],
    [
      'the given port',
      [
        {
          ports: [
            { name: 'a', containerPort: 1 },
            { name: 'b', containerPort: 2 },
          ],
        },
      ],
      { healthCheckPort: 77 },
      true,
    ],
  ] as const) {
    it(`finds the health check port: ${what}`, () => {
      const podspec = { containers: containers.map(container => ({ name: 'web', image: 'nginx', ...container })) };
      const parsed = parse({ ...minimal, useHealthCheck: true, healthCheckPath: 'h', healthCheckType: 'simple', ...extra, podspec });
      expect('value' in parsed).to.equal(ok);
    });
  }

  it('takes only a declared port for the health check of a pod on the network of its node', () => {
    const descriptor = (healthCheckPort: number) => ({
      ...minimal,
      ...{ useHealthCheck: true, healthCheckPath: 'h', healthCheckType: 'probe', healthCheckPort },
      podspec: { hostNetwork: true, containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] },
    });
    expect(parse(descriptor(80))).to.have.property('value');
    expect(parse(descriptor(22))).to.have.deep.property('faults', [
      {
        pointer: '/healthCheckPort',
        message: "must be a declared containerPort, because the pod uses the host's network; 22 is not declared",
      },
    ]);
  });

  it('never throws, whatever it is given', () => {
    const mutated = fc
      .tuple(
        fc.constantFrom(
          ...Object.keys({
            ...minimal,
            webhooks: 0,
            additionHttpHeaders: 0,
            environment: 0,
            labels: 0,
            healthCheckPath: 0,
            frontend: 0,
            useHealthCheck: 0,
          }),
        ),
        fc.jsonValue(),
      )
      .map(([field, value]) => ({ ...minimal, [field]: value }));
    const pods = fc.jsonValue().map(value => ({
      ...minimal,
      useHealthCheck: true,
      podspec: { containers: [value, { name: value, image: value, ports: value, env: [value] }], initContainers: [value] },
    }));
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), mutated, pods), raw => {
        const parsed = parse(raw);
        if ('faults' in parsed) {
          expect(parsed.faults).to.not.be.empty;
          expect(new Set(parsed.faults.map(fault => `${fault.pointer} ${fault.message}`)).size).to.equal(parsed.faults.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is idempotent: what it accepts it accepts again, with the same result', () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            replicas: fc.integer({ min: 1, max: 100 }),
            redirectWww: fc.boolean(),
            frontend: fc.domain(),
            drainSeconds: fc.nat(3600),
            environment: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), fc.string({ maxLength: 20 })),
          },
          { requiredKeys: [] },
        ),
        fields => {
          const parsed = parse({ ...minimal, ...fields });
          if ('value' in parsed) expect(valueOf(parsed.value)).to.deep.equal(parsed.value);
        },
      ),
    );
  });
});

describe('names', () => {
  it('proposes only app names that are allowed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100, unit: 'grapheme' }), text => {
        const proposal = correctedAppName(text);
        if (proposal !== undefined) expect(whyNoAppName(proposal)).to.equal(undefined);
      }),
    );
  });
  it('proposes a correct name as itself', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/), name => {
        expect(correctedAppName(name)).to.equal(name);
      }),
    );
  });
  it('takes every domain as a host name, in lower case', () => {
    fc.assert(
      fc.property(fc.domain(), domain => {
        expect(whyNoHostName(domain.toLowerCase())).to.equal(undefined);
      }),
    );
  });
  it('lets no path leave the pod: a URL made of an accepted path stays below its prefix', () => {
    const piece = fc.constantFrom('a', '.', '..', '/', '%2e', '%2E', '%2f', '\\', '?', 'x=1', '//', ':', '@');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }).map(pieces => pieces.join('')),
        path => {
          if (path === '' || whyNoPath(path) !== undefined) return;
          const url = new URL(`http://api/proxy/${path.replace(/^\//, '')}`);
          expect(url.pathname.startsWith('/proxy/')).to.equal(true);
          expect(url.host).to.equal('api');
        },
      ),
      { numRuns: 2000 },
    );
  });
});
