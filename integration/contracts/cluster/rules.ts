/** Facts about what the API server refuses, warns of, and checks without doing. */

import { expect } from 'chai';
import { refOf, type KubeObject } from '../../../src/cluster/objects.ts';
import { configMap, controller, edit, refusal, service, type Json, type World } from './world.ts';

export function ruleFacts(theWorld: () => World): void {
  const ingress = (name: string, spec: object): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: theWorld().namespace },
    spec,
  });
  const rule = (pathType: string | undefined) => ({
    rules: [
      {
        host: 'a.example.test',
        http: { paths: [{ path: '/', ...(pathType ? { pathType } : {}), backend: { service: { name: 'a', port: { number: 80 } } } }] },
      },
    ],
  });

  for (const name of ['Upper', 'under_score', '-dash', 'a'.repeat(64)]) {
    it(`the name ${name.slice(0, 12)} is INVALID for a Service`, async () => {
      const { cluster, namespace } = theWorld();
      const error = await refusal(cluster.create(service(namespace, name, {})), 'INVALID');
      expect(error).to.include({ status: 422, outcome: 'none' });
      expect(error.causes.map(({ field }) => field)).to.include('metadata.name');
    });
  }

  it('a replication controller may be called 1.2-x, a Service may not', async () => {
    const { cluster, namespace } = theWorld();
    await cluster.create(controller(namespace, '1.2-x', { replicas: 0 }));
    await refusal(cluster.create(service(namespace, '1.2-x', {})), 'INVALID');
  });

  it('a faulty object is INVALID and every fault is named with its field', async () => {
    const { cluster, namespace, unique } = theWorld();
    const faulty: Json = service(namespace, unique('faulty'), { app: 'x' });
    faulty.spec.ports = [
      { name: 'a', port: 70_000 },
      { name: 'A_', port: 80 },
    ];
    const error = await refusal(cluster.create(faulty), 'INVALID');
    expect(error.causes.map(({ field }) => field)).to.include.members(['spec.ports[0].port', 'spec.ports[1].name']);
    expect(error.causes[0]?.message).to.be.a('string').and.not.equal('');
  });

  it('a pod without containers, or with a faulty one, is INVALID in a replication controller too', async () => {
    const { cluster, namespace, unique } = theWorld();
    const empty: Json = controller(namespace, unique('faulty'));
    empty.spec.template.spec.containers = [];
    expect((await refusal(cluster.create(empty), 'INVALID')).causes[0]?.field).to.equal('spec.template.spec.containers');
    const noImage: Json = controller(namespace, unique('faulty'));
    delete noImage.spec.template.spec.containers[0].image;
    expect((await refusal(cluster.create(noImage), 'INVALID')).causes[0]?.field).to.equal('spec.template.spec.containers[0].image');
  });

  it('a selector that does not match its own template is INVALID', async () => {
    const { cluster, namespace, unique } = theWorld();
    const crossed: Json = controller(namespace, unique('crossed'), { replicas: 0 });
    crossed.spec.selector = { name: 'somebody-else' };
    await refusal(cluster.create(crossed), 'INVALID');
  });

  it('a value of the wrong type is BAD_REQUEST', async () => {
    const { cluster, namespace, unique } = theWorld();
    const wrong: Json = controller(namespace, unique('wrong'));
    wrong.spec.replicas = 'two';
    const error = await refusal(cluster.create(wrong), 'BAD_REQUEST');
    expect(error).to.include({ status: 400, outcome: 'none' });
  });

  it('a label value with a space is INVALID', async () => {
    const { cluster, namespace, unique } = theWorld();
    await refusal(cluster.create(configMap(namespace, unique('label'), {}, { labels: { a: 'b c' } })), 'INVALID');
  });

  it('the cluster IP of a Service cannot be changed', async () => {
    const { cluster, namespace, unique } = theWorld();
    const made: Json = await cluster.create(service(namespace, unique('immutable'), { app: 'x' }));
    expect(made.spec.clusterIP).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    const error = await refusal(
      cluster.replace({ ...made, spec: { ...made.spec, clusterIP: '10.96.99.99', clusterIPs: ['10.96.99.99'] } }),
      'INVALID',
    );
    expect(error.message).to.match(/clusterIP/);
  });

  it('selector and template of a replication controller can be changed together', async () => {
    const { cluster, namespace, unique } = theWorld();
    const made: Json = await cluster.create(controller(namespace, unique('mutable'), { replicas: 0 }));
    const changed = await edit(cluster, refOf(made), object => {
      object.spec.selector = { name: 'other' };
      object.spec.template.metadata.labels = { name: 'other' };
    });
    expect(changed['spec'].selector).to.deep.equal({ name: 'other' });
  });

  it('a path of an Ingress needs a pathType', async () => {
    const { cluster, unique } = theWorld();
    const error = await refusal(cluster.create(ingress(unique('ingress'), rule(undefined))), 'INVALID');
    expect(error.causes[0]?.field).to.equal('spec.rules[0].http.paths[0].pathType');
    const made: Json = await cluster.create(ingress(unique('ingress'), rule('Prefix')));
    made.spec.rules[0].http.paths[0].backend.service.name = 'b';
    expect((await cluster.replace(made))['spec'].rules[0].http.paths[0].backend.service.name).to.equal('b');
  });

  it('an unknown field is dropped with a warning that names it', async () => {
    const { cluster, namespace, unique } = theWorld();
    const warnings: string[] = [];
    const unknown: Json = service(namespace, unique('unknown'), { app: 'x' });
    unknown.spec.notAField = true;
    const made = await cluster.create(unknown, { onWarnings: texts => warnings.push(...texts) });
    expect(warnings.join()).to.include('spec.notAField');
    expect(made['spec']).to.not.have.property('notAField');
  });

  it('a dry run writes nothing and warns as the real call does', async () => {
    const { cluster, namespace, unique } = theWorld();
    const tried: Json = controller(namespace, unique('dry'));
    expect(await cluster.dryRun(tried)).to.deep.equal([]);
    tried.spec.template.spec.notAField = 1;
    expect((await cluster.dryRun(tried)).join()).to.include('spec.template.spec.notAField');
    expect(await cluster.read(refOf(tried))).to.equal(undefined);
    expect(await cluster.list('Pod', namespace, { labels: `name=${tried.metadata.name}` })).to.deep.equal([]);
  });

  it('a dry run refuses what the real call refuses', async () => {
    const { cluster, namespace, unique } = theWorld();
    const bad: Json = service(namespace, unique('dry'), {});
    bad.spec.ports[0].port = 0;
    expect((await refusal(cluster.dryRun(bad), 'INVALID')).causes[0]?.field).to.equal('spec.ports[0].port');
    const there = await cluster.create(configMap(namespace, unique('dry')));
    await refusal(cluster.dryRun(configMap(namespace, there.metadata.name)), 'ALREADY_EXISTS');
    await refusal(cluster.dryRun(configMap('no-such-namespace', 'a')), 'NOT_FOUND');
  });
}
