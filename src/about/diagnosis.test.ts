import { expect } from 'chai';
import { ClusterError, type Right } from '../cluster/cluster.ts';
import { createFakeClock } from '../testing/fake-clock.ts';
import { createDiagnosis, type DiagnosisDeps, type Finding } from './diagnosis.ts';

const well: DiagnosisDeps = {
  cluster: {
    mayI: () => Promise.resolve(true),
    read: () => Promise.resolve({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'nginx' } }),
    version: () => Promise.resolve('v1.34.0'),
    time: () => createFakeClock().now(),
  },
  clock: createFakeClock(),
  checks: [{ name: 'store', run: () => Promise.resolve() }],
  ingressClass: 'nginx',
  askProxy: () => Promise.resolve(),
  authentication: true,
  loopback: false,
  rights: { headers: false, middlewares: false },
};

const asked = async (changes: Partial<DiagnosisDeps> = {}, namespace = 'shop'): Promise<Map<string, Finding>> => {
  const findings = await createDiagnosis({ ...well, ...changes })(namespace);
  return new Map(findings.map(finding => [finding.name, finding]));
};
const cluster = (changes: Partial<DiagnosisDeps['cluster']>) => ({ cluster: { ...well.cluster, ...changes } });

describe('a diagnosis', () => {
  it('is good where nothing is wrong', async () => {
    const findings = [...(await asked()).values()];
    expect(findings.filter(({ ok }) => ok !== true)).to.deep.equal([]);
    expect(findings.map(({ name }) => name)).to.have.members([
      'store',
      'cluster-version',
      'clock',
      'rights',
      'ingress-class',
      'ingress-address',
      'authentication',
    ]);
  });

  it('names every right that is missing, and where', async () => {
    const mayI = ({ verb }: Right) => Promise.resolve(verb !== 'delete');
    const { ok, detail, fix } = (await asked(cluster({ mayI }))).get('rights') as Finding;
    expect(ok).to.equal(false);
    expect(detail).to.equal('missing in shop: delete replicationcontrollers, delete services, delete ingresses.networking.k8s.io');
    expect(fix).to.include('shop');
    expect((await asked({}, '')).get('rights')?.ok).to.equal(null);
  });

  it('cannot tell what the cluster does not answer, and tells no address', async () => {
    const away = () => Promise.reject(new ClusterError('UNAVAILABLE', 'connect ECONNREFUSED 10.1.2.3:6443'));
    const findings = await asked({
      ...cluster({ mayI: away, version: away }),
      checks: [{ name: 'cluster', run: () => Promise.reject(new Error('does not answer')) }],
    });
    for (const name of ['cluster-version', 'clock', 'rights', 'ingress-class']) expect(findings.get(name)?.ok, name).to.equal(null);
    expect(findings.get('cluster')).to.include({ ok: false, detail: 'does not answer' });
    expect(JSON.stringify([...findings])).to.not.include('10.1.2.3');
  });

  it('says when a class is not there, and that it cannot tell where it may not look', async () => {
    const read = () => Promise.resolve(undefined);
    expect((await asked(cluster({ read }))).get('ingress-class')).to.include({ ok: false });
    expect((await asked(cluster({ read, mayI: () => Promise.resolve(false) }))).get('ingress-class')).to.include({ ok: null });
  });

  it('sees clocks that are apart, a silent proxy and an open door', async () => {
    const time = () => well.clock.now() - 60_000;
    const askProxy = () => Promise.reject(new Error('connect ECONNREFUSED'));
    const findings = await asked({ ...cluster({ time }), askProxy, authentication: false });
    expect(findings.get('clock')?.detail).to.include('60 s ahead of the cluster');
    expect(findings.get('ingress-address')?.ok).to.equal(false);
    expect(findings.get('authentication')?.ok).to.equal(false);
    expect((await asked({ authentication: false, loopback: true })).get('authentication')?.ok).to.equal(true);
  });

  it('asks the cluster once for those who ask at the same time', async () => {
    let count = 0;
    const version = () => Promise.resolve(`v1.${String(++count)}.0`);
    const diagnose = createDiagnosis({ ...well, ...cluster({ version }) });
    const [first, second] = await Promise.all([diagnose('shop'), diagnose('shop')]);
    expect(first).to.equal(second);
    expect(await diagnose('other')).to.not.equal(first);
  });
});
