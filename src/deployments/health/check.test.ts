import { expect } from 'chai';
import { ClusterError, type ClusterErrorCode } from '../../cluster/cluster.ts';
import { createFakeClock } from '../../testing/fake-clock.ts';
import { checkPod, viaApi, type AskPod } from './check.ts';
import { createMonitor } from './monitor.ts';

const pod = { uid: 'u', namespace: 'n', pod: 'p', podIp: '', port: 80, path: 'health', type: 'simple' } as const;

const pings = {
  answers: () => Promise.resolve(),
  fails: () => Promise.reject(new Error('away')),
  'is silent': () => new Promise<never>(() => undefined),
};

/** The verdict, three seconds later, when the proxied request fails so and a ping ends so. */
async function verdictOf(code: ClusterErrorCode, status: number, pinged: keyof typeof pings) {
  const clock = createFakeClock();
  const proxyToPod = () => Promise.reject(new ClusterError(code, code, { status }));
  const verdict = checkPod(viaApi({ proxyToPod, ping: pings[pinged] }, clock), pod);
  await clock.advance(3000);
  return verdict;
}

describe('a health check by the API server', () => {
  it('says nothing about a pod when the API server is not there', async () => {
    expect(await verdictOf('UNAVAILABLE', 0, 'answers')).to.equal(undefined);
    expect(await verdictOf('TIMEOUT', 0, 'fails')).to.equal(undefined);
    expect(await verdictOf('TIMEOUT', 0, 'is silent')).to.equal(undefined);
  });

  it('finds a pod unhealthy that does not answer though the API server does', async () => {
    expect(await verdictOf('TIMEOUT', 0, 'answers')).to.include({ healthy: false });
    expect(await verdictOf('UNAVAILABLE', 503, 'fails'), 'told by a Status').to.include({ healthy: false });
    expect(await verdictOf('NOT_FOUND', 404, 'answers')).to.include({ healthy: false });
  });
});

describe('what a pod answers', () => {
  it('is told without secrets, and no piece of one is left where a long answer is cut', async () => {
    const hide = (text: string) => text.replaceAll('canary-value', '***');
    const body = `${'x'.repeat(4090)}canary-value and more`;
    const verdict = await checkPod(() => Promise.resolve({ status: 200, body }), { ...pod, hide });
    expect(verdict?.value).to.have.length(4096).and.not.include('canary');
  });
});

describe('the monitor', () => {
  it('keeps what it knew of a pod while it cannot be asked, and goes on asking', async () => {
    const clock = createFakeClock();
    let answer: () => ReturnType<AskPod> = () => Promise.resolve({ status: 200, body: 'fine' });
    const proxyToPod = () => Promise.reject(new ClusterError('UNAVAILABLE', 'away'));
    const away = viaApi({ proxyToPod, ping: pings.answers }, clock);
    const monitor = createMonitor({ ask: () => answer(), clock });
    const told: boolean[] = [];
    monitor.track('app', [pod], (_uid, { healthy }) => told.push(healthy));
    await clock.advance(0);
    expect(told).to.deep.equal([true]);
    answer = () => away({ ...pod, method: 'GET', timeoutMs: 1000 });
    await clock.advance(5000);
    expect(told).to.deep.equal([true]);
    expect((await monitor.checkNow([pod])).size).to.equal(0);
    answer = () => Promise.resolve({ status: 500, body: 'ill' });
    await clock.advance(1000);
    expect(told).to.deep.equal([true, false]);
    monitor.close();
  });
});
