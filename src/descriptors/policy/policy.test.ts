import { expect } from 'chai';
import { whyNoEntry } from './names-allowed.ts';
import { policyFaults, type Judged, type PodPolicy } from './policy.ts';

const policy = (changes: Partial<PodPolicy> = {}): PodPolicy => ({
  level: 'baseline',
  levels: {},
  serviceAccounts: ['default'],
  secrets: ['*'],
  ...changes,
});
const asking = (podspec: object, rest: Partial<Judged> = {}): Judged => ({
  namespace: 'shop',
  podspec: { containers: [{ name: 'web', image: 'nginx' }], ...podspec },
  ...rest,
});
const pointers = (...args: Parameters<typeof policyFaults>) => policyFaults(...args).map(({ pointer }) => pointer);
const privileged = { containers: [{ name: 'web', image: 'nginx', securityContext: { privileged: true } }] };

describe('the pod policy', () => {
  it('has one level for all namespaces, and another for those that are named', () => {
    const own = policy({ levels: { ops: 'privileged', bank: 'restricted' } });
    expect(policyFaults(own, asking(privileged))[0]?.message).to.include('(pod policy baseline)');
    expect(pointers(own, asking(privileged, { namespace: 'ops' }))).to.deep.equal([]);
    expect(pointers(own, asking({}, { namespace: 'bank' }))).to.have.length(4);
    expect(pointers(own, asking(privileged, { namespace: 'constructor' }))).to.have.length(1);
  });

  it('lets pods run as the service accounts of the list, at every level', () => {
    const open = policy({ level: 'privileged', serviceAccounts: ['default', 'shop/deployer'] });
    const as = (serviceAccountName: string, namespace = 'shop') => pointers(open, asking({ serviceAccountName }, { namespace }));
    expect(as('default')).to.deep.equal([]);
    expect(as('deployer')).to.deep.equal([]);
    expect(as('deployer', 'other')).to.deep.equal(['/podspec/serviceAccountName']);
    expect(pointers(open, asking({ serviceAccount: 'admin' })), 'by the old name of the field').to.deep.equal(['/podspec/serviceAccount']);
    expect(pointers(policy({ serviceAccounts: ['*'] }), asking({ serviceAccountName: 'admin' }))).to.deep.equal([]);
    expect(policyFaults(open, asking({ serviceAccountName: 'admin' }))[0]?.message).to.include('--allowed-service-accounts');
  });

  const secret = { name: 'db', image: 'nginx' };
  const waysToASecret: [pointer: string, podspec: object][] = [
    [
      '/podspec/containers/0/env/0/valueFrom/secretKeyRef/name',
      { containers: [{ ...secret, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'db', key: 'k' } } }] }] },
    ],
    ['/podspec/containers/0/envFrom/0/secretRef/name', { containers: [{ ...secret, envFrom: [{ secretRef: { name: 'db' } }] }] }],
    ['/podspec/initContainers/0/envFrom/0/secretRef/name', { initContainers: [{ ...secret, envFrom: [{ secretRef: { name: 'db' } }] }] }],
    [
      '/podspec/ephemeralContainers/0/envFrom/0/secretRef/name',
      { ephemeralContainers: [{ ...secret, envFrom: [{ secretRef: { name: 'db' } }] }] },
    ],
    ['/podspec/volumes/0/secret/secretName', { volumes: [{ name: 'v', secret: { secretName: 'db' } }] }],
    [
      '/podspec/volumes/0/projected/sources/1/secret/name',
      { volumes: [{ name: 'v', projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 'db' } }] } }] },
    ],
    [
      '/podspec/volumes/0/csi/nodePublishSecretRef/name',
      { volumes: [{ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 'db' } } }] },
    ],
    ['/podspec/volumes/0/rbd/secretRef/name', { volumes: [{ name: 'v', rbd: { secretRef: { name: 'db' } } }] }],
    ['/podspec/volumes/0/azureFile/secretName', { volumes: [{ name: 'v', azureFile: { secretName: 'db' } }] }],
    ['/podspec/imagePullSecrets/0/name', { imagePullSecrets: [{ name: 'db' }] }],
  ];
  for (const [pointer, podspec] of waysToASecret) {
    it(`sees the secret at ${pointer}`, () => {
      expect(pointers(policy(), asking(podspec))).to.deep.equal([]);
      expect(pointers(policy({ secrets: ['other', 'shop/db'] }), asking(podspec))).to.deep.equal([]);
      expect(pointers(policy({ secrets: ['other'] }), asking(podspec))).to.deep.equal([pointer]);
    });
  }

  it("sees the descriptor's own pull secrets", () => {
    const asked = asking({}, { imagePullSecrets: [{ name: 'mine' }, { name: 'db' }] });
    expect(pointers(policy({ secrets: ['mine'] }), asked)).to.deep.equal(['/imagePullSecrets/1/name']);
  });

  it('refuses entries of its lists that are no names', () => {
    for (const good of ['default', '*', 'shop/db', 'shop/*']) expect(whyNoEntry(good), good).to.equal(undefined);
    for (const bad of ['', 'a/b/c', '*/db', 'Shop/db', 'a b', 'shop/', '/db']) expect(whyNoEntry(bad), bad).to.be.a('string');
  });
});
