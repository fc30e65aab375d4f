import { expect } from 'chai';
import type { PodSpec } from '../descriptor.ts';
import { levelFaults } from './levels.ts';

const container = { name: 'web', image: 'nginx' };
const pod = (spec: object): PodSpec => ({ containers: [container], ...spec });
const withContainer = (fields: object): PodSpec => ({ containers: [{ ...container, ...fields }] });
const first = '/podspec/containers/0';

const forbidden: [string, PodSpec][] = [
  ['/podspec/hostNetwork', pod({ hostNetwork: true })],
  ['/podspec/hostPID', pod({ hostPID: true })],
  ['/podspec/hostIPC', pod({ hostIPC: true })],
  [
    '/podspec/volumes/1/hostPath',
    pod({
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', hostPath: { path: '/' } },
      ],
    }),
  ],
  ['/podspec/securityContext/sysctls/0/name', pod({ securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } })],
  ['/podspec/securityContext/seccompProfile/type', pod({ securityContext: { seccompProfile: { type: 'Unconfined' } } })],
  ['/podspec/securityContext/seLinuxOptions/type', pod({ securityContext: { seLinuxOptions: { type: 'spc_t' } } })],
  ['/podspec/securityContext/windowsOptions/hostProcess', pod({ securityContext: { windowsOptions: { hostProcess: true } } })],
  [`${first}/securityContext/privileged`, withContainer({ securityContext: { privileged: true } })],
  [`${first}/securityContext/procMount`, withContainer({ securityContext: { procMount: 'Unmasked' } })],
  [`${first}/securityContext/capabilities/add/0`, withContainer({ securityContext: { capabilities: { add: ['SYS_ADMIN'] } } })],
  [`${first}/securityContext/appArmorProfile/type`, withContainer({ securityContext: { appArmorProfile: { type: 'Unconfined' } } })],
  [`${first}/ports/0/hostPort`, withContainer({ ports: [{ containerPort: 1, hostPort: 1 }] })],
  [`${first}/livenessProbe/httpGet/host`, withContainer({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } })],
  [`${first}/lifecycle/preStop/httpGet/host`, withContainer({ lifecycle: { preStop: { httpGet: { host: 'x', port: 80 } } } })],
  [
    '/podspec/ephemeralContainers/0/securityContext/privileged',
    pod({ ephemeralContainers: [{ ...container, name: 'debug', securityContext: { privileged: true } }] }),
  ],
  [`${first}/startupProbe/tcpSocket/host`, withContainer({ startupProbe: { tcpSocket: { host: '10.0.0.1', port: 22 } } })],
  ['/podspec/nodeName', pod({ nodeName: 'node-1' })],
  ['/podspec/priorityClassName', pod({ priorityClassName: 'system-node-critical' })],
  ['/podspec/tolerations/1', pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }, { operator: 'Exists' }] })],
  ['/podspec/tolerations/0', pod({ tolerations: [{ key: '', operator: 'Exists', effect: 'NoSchedule' }] })],
  ['/podspec/tolerations/0/key', pod({ tolerations: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] })],
  [
    '/podspec/initContainers/0/securityContext/privileged',
    pod({ initContainers: [{ ...container, name: 'init', securityContext: { privileged: true } }] }),
  ],
];

describe('the levels of the pod policy', () => {
  for (const [pointer, spec] of forbidden) {
    it(`baseline forbids ${pointer}, privileged allows it`, () => {
      expect(levelFaults('baseline', spec).map(fault => fault.pointer)).to.deep.equal([pointer]);
      expect(levelFaults('restricted', spec).map(fault => fault.pointer)).to.include(pointer);
      expect(levelFaults('privileged', spec)).to.deep.equal([]);
    });
  }

  it('baseline allows what is harmless', () => {
    const securityContext = {
      capabilities: { add: ['NET_BIND_SERVICE'] },
      procMount: 'Default',
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const spec = {
      ...withContainer({ securityContext, ports: [{ containerPort: 80, hostPort: 0 }] }),
      hostNetwork: false,
      hostAliases: [{ ip: '10.0.0.1', hostnames: ['db'] }],
      nodeSelector: { disk: 'ssd' },
      affinity: { nodeAffinity: {} },
      priorityClassName: 'high',
      tolerations: [{ key: 'gpu', operator: 'Exists' }],
      securityContext: { sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] },
    };
    expect(levelFaults('baseline', spec)).to.deep.equal([]);
  });

  it('restricted asks each container for what it must give up', () => {
    expect(levelFaults('restricted', pod({})).map(fault => fault.pointer)).to.deep.equal(
      ['allowPrivilegeEscalation', 'runAsNonRoot', 'seccompProfile/type', 'capabilities/drop'].map(
        field => `${first}/securityContext/${field}`,
      ),
    );
    const securityContext = {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
      capabilities: { drop: ['ALL'] },
    };
    expect(levelFaults('restricted', withContainer({ securityContext }))).to.deep.equal([]);
    expect(
      levelFaults('restricted', { ...withContainer({ securityContext }), volumes: [{ name: 'a', nfs: {} }] }).map(fault => fault.pointer),
    ).to.deep.equal(['/podspec/volumes/0/nfs']);
  });

  it('looks at the AppArmor annotations of the pods too', () => {
    const annotations = { 'container.apparmor.security.beta.kubernetes.io/web': 'unconfined' };
    expect(levelFaults('baseline', pod({}), annotations).map(fault => fault.pointer)).to.deep.equal([
      '/annotations/container.apparmor.security.beta.kubernetes.io~1web',
    ]);
  });

  it('never throws on odd shapes', () => {
    const odd = {
      containers: [{ ...container, securityContext: 1, ports: [null], lifecycle: [], livenessProbe: 'x' }],
      ephemeralContainers: [1],
      volumes: 'x',
      tolerations: [null],
      nodeName: 4,
      securityContext: null,
    } as unknown as PodSpec;
    expect(levelFaults('baseline', odd)).to.deep.equal([]);
  });
});
