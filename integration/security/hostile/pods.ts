/** Rows 36 to 44: what they want to run, as far as it is refused before anything else looks at it. */

import { demo } from '../../support/demo.ts';
import type { Json } from '../besieged.ts';
import { attack, invalid, type Attack } from './attack.ts';

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
  pod(41, 'no containers', { containers: [] }, '/containers'),
  pod(41, 'containers of another type', { containers: 'demo' }, '/containers'),
  pod(41, 'two containers with one name', { containers: [container, container] }, '/containers/1/name'),
  pod(41, 'an init container with the name of another', { containers: [container], initContainers: [container] }, '/initContainers/0/name'),
  invalid(41, 'an annotation of 1 MiB', { line, body: demo('shop', { annotations: { a: 'x'.repeat(1_000_000) } }) }, '/annotations'),
  ...[' a b', 'a b', 'a\nb', '-x', '', 'a;b', '$(id)'].map(image =>
    pod(42, `image ${JSON.stringify(image)}`, { containers: [{ ...container, image }] }, '/containers/0/image'),
  ),
  pod(43, 'a pull secret with a path for a name', { imagePullSecrets: [{ name: '../bank/registry' }] }, '/imagePullSecrets/0/name'),
  invalid(44, 'a variable with "=" in its name', { line, body: demo('shop', { environment: { 'a=b': 'c' } }) }, '/environment/a=b'),
  invalid(44, 'a variable of 1 MB', { line, body: demo('shop', { environment: { A: 'x'.repeat(1_000_000) } }) }, '/environment'),
];
