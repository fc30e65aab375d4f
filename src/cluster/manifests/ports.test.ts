import { expect } from 'chai';
import fc from 'fast-check';
import type { Container, DescriptorSpec } from '../../descriptors/index.ts';
import { aSpec } from '../../testing/version-targets.ts';
import { routedPort, servicePorts } from './ports.ts';

type Ports = NonNullable<Container['ports']>;

const withPorts = (...perContainer: Ports[]): Partial<DescriptorSpec> => ({
  podspec: { containers: perContainer.map((ports, at) => ({ name: `c${at}`, image: 'demo-app:v1', ports })) },
});

describe('ports', () => {
  it('offers every port of all containers with its name and protocol', () => {
    const spec = aSpec(withPorts([{ name: 'http', containerPort: 8080 }], [{ name: 'dns', containerPort: 53, protocol: 'UDP' }]));
    expect(servicePorts(spec, 'number')).to.deep.equal([
      { name: 'http', port: 8080, protocol: 'TCP', targetPort: 8080 },
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 53 },
    ]);
  });

  it('leaves a single port unnamed when the pod does', () => {
    expect(servicePorts(aSpec(withPorts([{ containerPort: 8080 }])), 'name')).to.deep.equal([
      { port: 8080, protocol: 'TCP', targetPort: 8080 },
    ]);
  });

  it('names the unnamed ones of several', () => {
    const names = servicePorts(
      aSpec(withPorts([{ containerPort: 80 }, { containerPort: 81, name: 'admin' }, { containerPort: 82 }])),
      'number',
    );
    expect(names.map(port => port.name)).to.deep.equal(['tcp-80', 'admin', 'tcp-82']);
  });

  it('offers a port that is declared twice once', () => {
    const ports = servicePorts(aSpec(withPorts([{ name: 'a', containerPort: 80 }], [{ name: 'b', containerPort: 80 }])), 'number');
    expect(ports).to.deep.equal([{ name: 'a', port: 80, protocol: 'TCP', targetPort: 80 }]);
  });

  it('points by number where a name would fit two ports', () => {
    const spec = aSpec(withPorts([{ name: 'web', containerPort: 80 }], [{ name: 'web', containerPort: 81 }]));
    expect(servicePorts(spec, 'name').map(port => port.targetPort)).to.deep.equal([80, 81]);
  });

  it('includes the ports of sidecars but not of init containers that end', () => {
    const spec = aSpec({
      podspec: {
        containers: [{ name: 'web', image: 'i', ports: [{ containerPort: 80 }] }],
        initContainers: [
          { name: 'proxy', image: 'i', restartPolicy: 'Always', ports: [{ containerPort: 90 }] },
          { name: 'setup', image: 'i', ports: [{ containerPort: 91 }] },
        ],
      },
    });
    expect(servicePorts(spec, 'number').map(port => port.port)).to.deep.equal([80, 90]);
  });

  it('never names two ports of a Service alike', () => {
    const port = fc.record(
      {
        containerPort: fc.integer({ min: 1, max: 6 }),
        name: fc.constantFrom('http', 'tcp-1', 'tcp-2', 'tcp-3', 'udp-1'),
        protocol: fc.constantFrom('TCP', 'UDP'),
      },
      { requiredKeys: ['containerPort'] },
    );
    fc.assert(
      fc.property(fc.array(fc.array(port, { maxLength: 5 }), { minLength: 1, maxLength: 3 }), containers => {
        const ports = servicePorts(aSpec(withPorts(...(containers as Ports[]))), 'number');
        if (ports.length < 2) return;
        expect(new Set(ports.map(({ name }) => name)).size).to.equal(ports.length);
        expect(ports.every(({ name }) => name !== undefined)).to.equal(true);
      }),
    );
  });

  const routed: [string, number | undefined, Partial<DescriptorSpec>][] = [
    ['the one named http', 2, withPorts([{ containerPort: 1, name: 'web' }], [{ containerPort: 2, name: 'http' }])],
    ['the first otherwise', 1, withPorts([{ containerPort: 1 }, { containerPort: 2 }])],
    ['not the one named healthcheck', 2, withPorts([{ containerPort: 1, name: 'healthcheck' }, { containerPort: 2 }])],
    ['not the health port', 2, { ...withPorts([{ containerPort: 1 }, { containerPort: 2 }]), useHealthCheck: true, healthCheckPort: 1 }],
    ['the health port when it is the only one', 1, { ...withPorts([{ containerPort: 1 }]), useHealthCheck: true, healthCheckPort: 1 }],
    ['a port named healthcheck when it is the only one', 1, withPorts([{ containerPort: 1, name: 'healthcheck' }])],
    ['never a UDP port', 2, withPorts([{ containerPort: 1, protocol: 'UDP' }, { containerPort: 2 }])],
    ['nothing without ports', undefined, withPorts([])],
  ];
  for (const [what, port, changes] of routed) {
    it(`routes ${what}`, () => {
      expect(routedPort(aSpec(changes))).to.equal(port);
    });
  }
});
