import { expect } from 'chai';
import type { KubeObject } from '../../cluster/objects.ts';
import { Problem } from '../../lib/problem.ts';
import { refuseOtherTraffic, runningVersion, whoseIs, type Found } from './found.ts';
import { readBack } from './read-back.ts';

const labels = { name: 'shop-7', version: '7', app: 'shop' };
const object = (kind: string, name: string, spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, uid: `uid-${name}`, ...metadata },
  spec,
});
const controller = (name = 'shop-7', own: Record<string, string> = labels, replicas = 2, annotations: object = {}): KubeObject =>
  object(
    'ReplicationController',
    name,
    {
      replicas,
      selector: own,
      template: {
        spec: { containers: [{ name: 'web', image: 'i', env: [{ name: 'APP_VERSION' }, { name: 'OWN' }, { name: 'STORED' }] }] },
      },
    },
    { labels: own, annotations },
  );
const ingress = (backend: string, metadata: object = {}, spec: object = {}): KubeObject =>
  object(
    'Ingress',
    'shop',
    { rules: [{ host: 'shop.example.com', http: { paths: [{ backend: { service: { name: backend } } }] } }], ...spec },
    metadata,
  );
const found = (changes: Partial<Found> = {}): Found => ({
  controllers: [controller()],
  service: object('Service', 'shop', { selector: { app: 'shop', version: '7' } }),
  versionService: object('Service', 'shop-7', { selector: labels }),
  ingress: ingress('shop-7'),
  preview: undefined,
  www: undefined,
  helpers: [],
  pods: [],
  ...changes,
});

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('what may be adopted', () => {
  it('is the one version that has pods', () => {
    expect(runningVersion('shop', [controller(), controller('shop-6', { ...labels, name: 'shop-6', version: '6' }, 0)]).version).to.equal(
      '7',
    );
    expect(refusal(() => runningVersion('shop', []))).to.match(/^NOT_FOUND/);
    expect(refusal(() => runningVersion('shop', [controller('shop-7', labels, 0)]))).to.match(/^CONFLICT.*has pods/);
    const six = controller('shop-6', { ...labels, name: 'shop-6', version: '6' });
    expect(refusal(() => runningVersion('shop', [controller(), six]))).to.include('shop-7, shop-6');
    expect(refusal(() => runningVersion('shop', [controller('other')]))).to.include('must be called shop-7');
  });

  it('is where the traffic goes that Teal would leave there, and nothing else', () => {
    const judge = (changes: Partial<Found>, ingressClass = 'nginx') =>
      refusal(() => refuseOtherTraffic('shop', '7', found(changes), ingressClass));
    expect(judge({})).to.equal('accepted');
    expect(judge({ ingress: ingress('shop') })).to.equal('accepted');
    expect(judge({ ingress: undefined, service: undefined, versionService: undefined })).to.equal('accepted');
    expect(judge({ ingress: ingress('shop-6') })).to.include('not to shop-6');
    expect(judge({ service: object('Service', 'shop', { selector: { app: 'shop' } }) })).to.include('Service shop must select exactly');
    expect(judge({ versionService: object('Service', 'shop-7', { selector: { app: 'shop' } }) })).to.include('Service shop-7');
    expect(judge({ controllers: [controller('shop-7', { ...labels, more: 'x' })] })).to.include('ReplicationController shop-7');
    const classed = { annotations: { 'kubernetes.io/ingress.class': 'traefik' } };
    expect(judge({ ingress: ingress('shop-7', classed) })).to.include('class traefik');
    expect(judge({ ingress: ingress('shop-7', classed) }, '')).to.equal('accepted');
  });

  it('belongs to the original, to another installation, or to us', () => {
    const by = (installation: string) => object('Service', 'shop', {}, { annotations: { 'teal/installation': installation } });
    expect([undefined, object('Service', 'shop', {}), by('me'), by('other')].map(one => whoseIs(one, 'me'))).to.deep.equal([
      'missing',
      'original',
      'ours',
      'other-installation',
    ]);
  });
});

describe('the descriptor of what runs', () => {
  const read = (annotations: object, changes: Partial<Found> = {}, version = '7') =>
    readBack(
      { namespace: 'ns', appName: 'shop', version },
      controller('shop-7', labels, 3, annotations),
      found(changes),
      new Set(['STORED']),
    );

  it('has the pods without the variables that every deployment gives, and the health check of either deployer', () => {
    const { descriptor } = read({ useHealthCheck: 'true', healthCheckPath: '', healthCheckType: '', healthCheckPort: '0' });
    expect(descriptor).to.deep.include({ newVersion: '#', replicas: 3, frontend: 'shop.example.com', useHealthCheck: true });
    expect(descriptor).to.deep.include({ healthCheckType: 'probe', healthCheckPath: 'health' }).and.not.have.property('healthCheckPort');
    expect(descriptor['podspec']).to.deep.equal({ containers: [{ name: 'web', image: 'i', env: [{ name: 'OWN' }] }] });
    const ours = read({ 'teal/health-check-type': 'simple', 'teal/health-check-path': '/up', 'teal/health-check-port': '81' }).descriptor;
    expect(ours).to.deep.include({ healthCheckType: 'simple', healthCheckPath: '/up', healthCheckPort: 81 });
    expect(read({ useHealthCheck: 'false' }).descriptor).to.not.have.property('useHealthCheck');
    expect(read({}, {}, 'v7').descriptor['newVersion']).to.equal('v7');
  });

  it('has what the Ingress says, and tells what it cannot', () => {
    const annotations = {
      'ingress.kubernetes.io/affinity': 'cookie',
      'ingress.kubernetes.io/configuration-snippet': 'gzip on;\nmore_set_headers "X-A: b";',
    };
    const { descriptor, warnings } = read(
      {},
      { ingress: ingress('shop-7', { annotations }, { tls: [{ secretName: 'cert' }] }), www: ingress('shop') },
    );
    expect(descriptor).to.include({ useStickySessions: true, useCompression: true, tlsSecretName: 'cert', redirectWww: true });
    expect(warnings.join()).to.include('additionHttpHeaders');
    expect(read({}, { ingress: undefined }).descriptor).to.not.have.property('frontend');
  });
});
