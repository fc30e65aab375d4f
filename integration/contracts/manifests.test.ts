/** What a real API server makes of the rendered objects: accepted, and without drift once it has filled in its defaults. Server-side dry runs; nothing is made. */

import { expect } from 'chai';
import fc from 'fast-check';
import { drift, merge, renderTraffic, renderVersion } from '../../src/cluster/manifests/index.ts';
import type { VersionTarget } from '../../src/cluster/manifests/index.ts';
import { kinds } from '../../src/cluster/objects.ts';
import type { Kind, KubeObject } from '../../src/cluster/objects.ts';
import type { DescriptorSpec } from '../../src/descriptors/index.ts';
import { aTarget, someRouting } from '../../src/testing/version-targets.ts';
import { createKube, readKubeconfig } from '../support/kube.ts';
import type { Kube } from '../support/kube.ts';

const kubeconfig = process.env['KUBECONFIG'];

describe(`rendered objects on a real API server${kubeconfig ? '' : ' (skipped: KUBECONFIG is not set)'}`, function () {
  this.timeout(60_000);
  let kube: Kube;

  before(function () {
    if (!kubeconfig) return this.skip();
    kube = createKube(readKubeconfig(kubeconfig));
  });

  after(() => kube?.close());

  async function dryRun(object: KubeObject): Promise<KubeObject> {
    const { apiVersion, plural } = kinds[object.kind as Kind];
    const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
    // Unknown and doubled fields are errors, so that nothing we write is dropped in silence.
    const answer = await kube.call(
      'POST',
      `${group}/namespaces/${object.metadata.namespace}/${plural}?dryRun=All&fieldValidation=Strict`,
      object,
    );
    expect(answer.status, `${object.kind} ${object.metadata.name}: ${answer.text.slice(0, 600)}`).to.equal(201);
    return JSON.parse(answer.text) as KubeObject;
  }

  /** With the Ingress provider only; Middlewares need their CRDs and have their own suite. */
  const objectsOf = (target: VersionTarget, snippets = false): KubeObject[] =>
    (['ingress-nginx', 'traefik', 'plain'] as const)
      .map(dialect =>
        someRouting({
          dialect,
          ingressClass: dialect === 'plain' ? '' : 'nginx',
          snippets,
          controller: { responseHeaders: ['X-A'], middlewares: 'file' },
        }),
      )
      .flatMap(settings => [...renderVersion(target, settings), ...renderTraffic(target, settings)]);

  async function expectNoDrift(target: VersionTarget): Promise<void> {
    for (const wanted of objectsOf(target)) {
      const answer = await dryRun(wanted);
      expect(drift(wanted, answer), `${wanted.kind} ${wanted.metadata.name}`).to.deep.equal([]);
      expect(merge(wanted, answer)).to.deep.equal(answer);
    }
  }

  const target = (descriptor: Partial<DescriptorSpec>, changes: Partial<VersionTarget> = {}): VersionTarget =>
    aTarget({ namespace: 'default', appName: 'dry-run', ...descriptor }, changes);

  it('are accepted and show no drift with every wish', async () => {
    await expectNoDrift(
      target(
        {
          redirectWww: true,
          useCompression: true,
          useStickySessions: true,
          tlsSecretName: 'cert',
          additionHttpHeaders: [{ Header: 'X-A', Value: 'b' }],
          imagePullSecrets: [{ name: 'pull' }],
          environment: { A: '', 'my.key': 'x' },
          injectPreStop: true,
          useHealthCheck: true,
          healthCheckPath: 'health',
          healthCheckType: 'simple',
          labels: { team: 'red' },
          annotations: { 'example.com/note': 'any text: ü' },
        },
        { version: '1.2_RC1', environment: { 'db/host': 'x', '9': 'y' } },
      ),
    );
  });

  it('are accepted and show no drift for any ports', async () => {
    const port = fc.record(
      {
        containerPort: fc.integer({ min: 80, max: 84 }),
        name: fc.constantFrom('http', 'tcp-80', 'tcp-81', 'healthcheck'),
        protocol: fc.constantFrom('TCP', 'UDP', 'SCTP'),
      },
      { requiredKeys: ['containerPort'] },
    );
    // Names must differ within a container and may repeat between containers.
    const ports = fc.uniqueArray(port, { maxLength: 4, selector: ({ name }) => name ?? {} });
    const containers = fc
      .array(ports, { minLength: 1, maxLength: 2 })
      .map(lists => lists.map((list, at) => ({ name: `c${at}`, image: 'i', ports: list })));
    await fc.assert(
      fc.asyncProperty(containers, async list => expectNoDrift(target({ podspec: { containers: list } }))),
      { numRuns: 15 },
    );
  });

  for (const grace of [0, 1, 5, 9, 10, 60, undefined]) {
    it(`an injected pause is accepted in a pod with a grace period of ${grace ?? 'nothing said'}`, async () => {
      const podspec = {
        containers: [{ name: 'web', image: 'i' }],
        ...(grace === undefined ? {} : { terminationGracePeriodSeconds: grace }),
      };
      const [controller] = renderVersion(target({ podspec, injectPreStop: true }), someRouting());
      if (controller === undefined) throw new Error('nothing rendered');
      const spec = (await dryRun(controller))['spec'].template.spec;
      expect(spec.containers[0].lifecycle.preStop).to.deep.equal({ sleep: { seconds: 5 } });
      expect(spec.terminationGracePeriodSeconds)
        .to.be.at.least(grace ?? 30)
        .and.at.least(5);
    });
  }

  it('pass fields through that Teal knows nothing of', async () => {
    const sidecar = {
      name: 'proxy',
      image: 'i',
      restartPolicy: 'Always',
      ports: [{ containerPort: 9000 }],
      startupProbe: { tcpSocket: { port: 9000 } },
    };
    const podspec = {
      containers: [
        {
          name: 'web',
          image: 'i',
          ports: [{ containerPort: 8080 }],
          resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }],
        },
      ],
      initContainers: [sidecar],
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { app: 'dry-run' } } },
      ],
    };
    const [controller] = renderVersion(target({ podspec }), someRouting());
    if (controller === undefined) throw new Error('nothing rendered');
    const spec = (await dryRun(controller))['spec'].template.spec;
    expect(spec.topologySpreadConstraints).to.deep.equal(podspec.topologySpreadConstraints);
    expect(spec.initContainers[0].startupProbe.tcpSocket).to.deep.equal({ port: 9000 });
    expect(spec.containers[0].resizePolicy).to.deep.equal(podspec.containers[0]?.resizePolicy);
  });
});
