/** Facts about reading a pod's log and asking it through the API server. */

import { expect } from 'chai';
import type { PodAnswer } from '../../../src/cluster/cluster.ts';
import { eventually } from '../../support/wait.ts';
import { controller, isReady, refusal, type World } from './world.ts';

export function podFacts(theWorld: () => World): void {
  let pod = '';
  before(async () => {
    const { cluster, namespace, unique } = theWorld();
    const name = unique('asked');
    await cluster.create(
      controller(namespace, name, {
        container: {
          env: [
            { name: 'WHO', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
            { name: 'COLOUR', value: 'teal' },
          ],
        },
      }),
    );
    pod = await eventually('a ready pod', 30_000, async () => {
      const [found] = (await cluster.list('Pod', namespace, { labels: `name=${name}` })).filter(isReady);
      if (!found) throw new Error('not yet');
      return found.metadata.name;
    });
  });

  const ask = (
    path: string,
    options: { method?: 'GET' | 'POST'; port?: number; name?: string; timeoutMs?: number } = {},
  ): Promise<PodAnswer> =>
    theWorld().cluster.proxyToPod({
      namespace: theWorld().namespace,
      pod: options.name ?? pod,
      port: options.port ?? 8080,
      path,
      method: options.method ?? 'GET',
      timeoutMs: options.timeoutMs ?? 10_000,
    });

  it("the proxy hands over the pod's answer to GET", async () => {
    const { status, body } = await ask('/health');
    expect(status).to.equal(200);
    expect(JSON.parse(body)).to.include({ healthy: true });
  });

  it('the proxy hands over the query', async () => {
    const before = performance.now();
    expect((await ask('/slow?ms=300')).status).to.equal(200);
    expect(performance.now() - before).to.be.at.least(290);
  });

  it('the proxy hands over POST', async () => {
    await ask('/health?healthy=false', { method: 'POST' });
    const sick = await ask('/health');
    await ask('/health?healthy=true', { method: 'POST' });
    expect(sick.status).to.equal(503);
    expect(JSON.parse(sick.body)).to.include({ healthy: false });
    expect((await ask('/health')).status).to.equal(200);
  });

  for (const code of [204, 404, 418, 500, 503]) {
    it(`the pod's own ${code} is an answer, not an error`, async () => {
      expect((await ask(`/status/${code}`)).status).to.equal(code);
    });
  }

  it('a redirect is not followed', async () => {
    expect((await ask('/status/302')).status).to.equal(302);
  });

  it('a pod that is not there is NOT_FOUND', async () => {
    await refusal(ask('/health', { name: 'nobody' }), 'NOT_FOUND');
  });

  it('a port where nobody listens is UNAVAILABLE', async () => {
    const error = await refusal(ask('/health', { port: 9 }), 'UNAVAILABLE');
    expect(error.status).to.be.oneOf([502, 503]);
  });

  it('a pod that answers too late is TIMEOUT', async () => {
    const before = performance.now();
    await refusal(ask('/slow?ms=5000', { timeoutMs: 300 }), 'TIMEOUT');
    expect(performance.now() - before).to.be.lessThan(2_000);
  });

  it("a pod's environment may name the pod", async () => {
    const { body } = await ask('/env');
    expect(body).to.include(pod).and.to.include('teal');
  });

  it('the log of a pod is text, and tailLines takes its end', async () => {
    const { cluster, namespace } = theWorld();
    const whole = await cluster.podLog(namespace, pod, { container: 'app' });
    expect(whole).to.match(/\S/);
    const tail = await cluster.podLog(namespace, pod, { tailLines: 1 });
    expect(tail.trimEnd().split('\n')).to.have.length(1);
  });

  it('the log of a pod that is not there is NOT_FOUND, of a container that is not there BAD_REQUEST', async () => {
    const { cluster, namespace } = theWorld();
    await refusal(cluster.podLog(namespace, 'nobody', {}), 'NOT_FOUND');
    await refusal(cluster.podLog(namespace, pod, { container: 'nobody' }), 'BAD_REQUEST');
  });

  it('the log of a previous run that never was is BAD_REQUEST', async () => {
    const { cluster, namespace } = theWorld();
    await refusal(cluster.podLog(namespace, pod, { container: 'app', previous: true }), 'BAD_REQUEST');
  });
}
