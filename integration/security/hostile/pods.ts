/** Rows 36 to 44: what they want to run. */

import { expect } from 'chai';
import { demo, type DemoWish } from '../../support/demo.ts';
import type { Json } from '../besieged.ts';
import { attack, expectAnswer, invalid, type Attack } from './attack.ts';

/** What an operator who is careful sets; the rows of secrets and registries are about these. */
export const strictSettings = ['--allowed-secrets', 'registry', '--allowed-registries', 'docker.io/library'];

const line = 'POST /descriptors/?namespace=shop';
const container = { name: 'evil', image: 'demo-app:v1' };
const pod = (row: number, what: string, podspec: Json, ...pointers: string[]): Attack =>
  invalid(row, what, { line, body: demo('shop', { podspec }) }, ...pointers.map(pointer => `/podspec${pointer}`));
const forbidden = (row: number, what: string, podspec: Json, ...pointers: string[]): Attack =>
  attack(row, what, { line, body: demo('shop', { podspec }) }, 403, 'POLICY_VIOLATION', {
    pointers: pointers.map(pointer => `/podspec${pointer}`),
  });
const inEach = (row: number, what: string, fields: object, pointer: string): Attack[] => [
  forbidden(row, what, { containers: [{ ...container, ...fields }] }, `/containers/0${pointer}`),
  forbidden(row, `${what}, init container`, { initContainers: [{ ...container, ...fields }] }, `/initContainers/0${pointer}`),
];

/** Taken on purpose, though the row would have it refused: stored as it was sent, and what it says is not printed. */
const taken = (row: number, what: string, wish: DemoWish, printed: string): Attack => ({
  row,
  what,
  writes: true,
  async run({ send, server }) {
    const body = demo('shop', { ...wish, appName: 'taken' });
    const made = await send({ line, body });
    expectAnswer(made, { status: 201 });
    const stored = JSON.parse(made.text) as Json;
    for (const field of Object.keys(wish)) expect(stored[field]).to.deep.equal(body[field]);
    expect(server.process.printed(printed)).to.deep.equal([]);
    expectAnswer(await send({ line: `DELETE /descriptors/${String(stored['id'])}/?namespace=shop` }), { status: 200 });
  },
});

const ofOthers = { name: 'db' };

export const podAttacks: Attack[] = [
  ...inEach(36, 'privileged', { securityContext: { privileged: true } }, '/securityContext/privileged'),
  ...inEach(36, 'SYS_ADMIN', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }, '/securityContext/capabilities/add/0'),
  ...inEach(36, 'a port of the node', { ports: [{ containerPort: 9090, hostPort: 80 }] }, '/ports/0/hostPort'),
  ...inEach(36, 'the whole /proc', { securityContext: { procMount: 'Unmasked' } }, '/securityContext/procMount'),
  ...['hostNetwork', 'hostPID', 'hostIPC'].map(field => forbidden(36, field, { [field]: true }, `/${field}`)),
  forbidden(36, 'files of the node', { volumes: [{ name: 'x', hostPath: { path: '/' } }] }, '/volumes/0/hostPath'),
  forbidden(
    36,
    'a sysctl of the node',
    { securityContext: { sysctls: [{ name: 'kernel.core_pattern', value: '|/x' }] } },
    '/securityContext/sysctls/0/name',
  ),
  pod(
    36,
    'an ephemeral container',
    { ephemeralContainers: [{ ...container, securityContext: { privileged: true } }] },
    '/ephemeralContainers',
  ),
  ...['serviceAccountName', 'serviceAccount'].map(field => forbidden(37, `another ${field}`, { [field]: 'teal' }, `/${field}`)),
  forbidden(37, 'a node by name', { nodeName: 'node-1' }, '/nodeName'),
  forbidden(37, 'a priority of the system', { priorityClassName: 'system-node-critical' }, '/priorityClassName'),
  forbidden(37, 'a toleration of everything', { tolerations: [{ operator: 'Exists' }] }, '/tolerations/0'),
  ...(
    [
      ['secret', { secretName: 'db' }, '/secretName'],
      ['projected', { sources: [{ secret: ofOthers }] }, '/sources/0/secret/name'],
      ['csi', { driver: 'd', nodePublishSecretRef: ofOthers }, '/nodePublishSecretRef/name'],
    ] as const
  ).map(([kind, source, pointer]) =>
    forbidden(38, `a ${kind} volume of a secret`, { volumes: [{ name: 'v', [kind]: source }] }, `/volumes/0/${kind}${pointer}`),
  ),
  ...inEach(38, 'all variables of a secret', { envFrom: [{ secretRef: ofOthers }] }, '/envFrom/0/secretRef/name'),
  ...inEach(
    38,
    'a variable of a secret',
    { env: [{ name: 'A', valueFrom: { secretKeyRef: { ...ofOthers, key: 'k' } } }] },
    '/env/0/valueFrom/secretKeyRef/name',
  ),
  ...inEach(
    39,
    'a probe of another host',
    { livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } },
    '/livenessProbe/httpGet/host',
  ),
  ...inEach(
    39,
    'a hook that calls another host',
    { lifecycle: { preStop: { httpGet: { host: '169.254.169.254', port: 80 } } } },
    '/lifecycle/preStop/httpGet/host',
  ),
  taken(
    39,
    'a hook that runs something is taken: it runs where the command of its container does',
    { podspec: { containers: [{ ...container, lifecycle: { preStop: { exec: { command: ['canary-of-a-hook'] } } } }] } },
    'canary-of-a-hook',
  ),
  ...['metadata', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'namespace'].flatMap(field =>
    [31, 40].map(row => pod(row, `${field} in the pod spec`, { [field]: { app: 'other' } }, `/${field}`)),
  ),
  ...['app', 'version', 'name', 'teal/deployment', 'app.kubernetes.io/managed-by'].map(label =>
    invalid(40, `our label ${label}`, { line, body: demo('shop', { labels: { [label]: 'x' } }) }, `/labels/${label.replace('/', '~1')}`),
  ),
  pod(41, 'no containers', { containers: [] }, '/containers'),
  pod(41, 'containers of another type', { containers: 'demo' }, '/containers'),
  pod(41, 'two containers with one name', { containers: [container, container] }, '/containers/1/name'),
  pod(41, 'an init container with the name of another', { containers: [container], initContainers: [container] }, '/initContainers/0/name'),
  invalid(41, 'an annotation of 1 MiB', { line, body: demo('shop', { annotations: { a: 'x'.repeat(1_000_000) } }) }, '/annotations'),
  taken(
    41,
    'an unknown field of the pod spec is taken: clusters newer than Teal have fields that it does not know',
    { podspec: { contaners: ['canary-of-a-field'], containers: [container] } },
    'canary-of-a-field',
  ),
  ...[' a b', 'a b', 'a\nb', '-x', '', 'a;b', '$(id)', 'http://', 'http://evil.com/x', 'evil.com/x@sha256:bad'].map(image =>
    pod(42, `image ${JSON.stringify(image)}`, { containers: [{ ...container, image }] }, '/containers/0/image'),
  ),
  ...['evil.com/x:1', 'evil.com/library/x', 'docker.io/libraryx/x', 'x/y'].map(image =>
    forbidden(42, `image ${image} of a registry that is not listed`, { containers: [{ ...container, image }] }, '/containers/0/image'),
  ),
  pod(43, 'a pull secret with a path for a name', { imagePullSecrets: [{ name: '../bank/registry' }] }, '/imagePullSecrets/0/name'),
  // Its type stands in the secret itself, which Teal has no right to read: the operator lists what may be named.
  forbidden(43, 'a pull secret that is not listed', { imagePullSecrets: [ofOthers] }, '/imagePullSecrets/0/name'),
  attack(
    43,
    'a pull secret of the descriptor that is not listed',
    { line, body: demo('shop', { imagePullSecrets: [ofOthers] }) },
    403,
    'POLICY_VIOLATION',
    { pointers: ['/imagePullSecrets/0/name'] },
  ),
  ...['LD_PRELOAD', 'NODE_OPTIONS', 'PATH', 'KUBERNETES_SERVICE_HOST'].map(name =>
    taken(
      44,
      `${name} is taken: it reaches only containers whose image and command are the sender's choice too`,
      { environment: { [name]: 'canary-of-a-variable' } },
      'canary-of-a-variable',
    ),
  ),
  invalid(44, 'a variable with "=" in its name', { line, body: demo('shop', { environment: { 'a=b': 'c' } }) }, '/environment/a=b'),
  invalid(44, 'a variable of 1 MB', { line, body: demo('shop', { environment: { A: 'x'.repeat(1_000_000) } }) }, '/environment'),
];
