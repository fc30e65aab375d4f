/** What pods may ask of their node, after the Pod Security Standards of Kubernetes (levels privileged, baseline, restricted). Pure. */

import { pointerTo } from '../http/index.ts';
import type { Fault } from '../lib/problem.ts';
import type { PodSpec } from './descriptor.ts';
import { isObject } from './pod-spec.ts';

export const podPolicies = ['privileged', 'baseline', 'restricted'] as const;
export type PodPolicy = (typeof podPolicies)[number];

type Json = Record<string, unknown>;
type Path = (string | number)[];
type Say = (message: string, ...path: Path) => void;

const baselineCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
);
const safeSysctls = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]);
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const restrictedVolumes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Every place where the pod spec (or an annotation of the pods) asks for more than the policy allows. */
export function policyFaults(policy: PodPolicy, podspec: PodSpec, annotations: Record<string, string> = {}): Fault[] {
  if (policy === 'privileged') return [];
  const faults: Fault[] = [];
  const say: Say = (message, ...path) =>
    faults.push({ pointer: pointerTo('podspec', ...path), message: `${message} (pod policy ${policy})` });
  podBaseline(podspec, say);
  for (const [path, container] of containersOf(podspec)) {
    containerBaseline(container, path, say);
    if (policy === 'restricted') containerRestricted(container, podspec, path, say);
  }
  if (policy === 'restricted') volumesRestricted(podspec, say);
  for (const [key, value] of Object.entries(annotations)) {
    if (
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      value !== 'runtime/default' &&
      !value.startsWith('localhost/')
    ) {
      faults.push({
        pointer: pointerTo('annotations', key),
        message: `must be "runtime/default" or a "localhost/" profile (pod policy ${policy})`,
      });
    }
  }
  return faults;
}

function containersOf(podspec: PodSpec): [Path, Json][] {
  return (['initContainers', 'containers'] as const).flatMap(field =>
    (podspec[field] ?? []).map((container, index): [Path, Json] => [[field, index], container]),
  );
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function podBaseline(podspec: PodSpec, say: Say): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (podspec[field] === true) say('must not share the namespaces of the node', field);
  }
  listIn(podspec.volumes).forEach((volume, index) => {
    if (isObject(volume) && volume.hostPath !== undefined) say('must not mount files of the node', 'volumes', index, 'hostPath');
  });
  const context = isObject(podspec.securityContext) ? podspec.securityContext : {};
  contextBaseline(context, ['securityContext'], say);
  listIn(context.sysctls).forEach((sysctl, index) => {
    const name = isObject(sysctl) ? sysctl.name : undefined;
    if (typeof name !== 'string' || !safeSysctls.has(name))
      say('must be one of the safe sysctls', 'securityContext', 'sysctls', index, 'name');
  });
}

function containerBaseline(container: Json, path: Path, say: Say): void {
  const context = isObject(container.securityContext) ? container.securityContext : {};
  const here = [...path, 'securityContext'];
  contextBaseline(context, here, say);
  if (context.privileged === true) say('must not be privileged', ...here, 'privileged');
  if (context.procMount !== undefined && context.procMount !== 'Default') say('must be "Default"', ...here, 'procMount');
  const capabilities = isObject(context.capabilities) ? context.capabilities : {};
  listIn(capabilities.add).forEach((capability, index) => {
    if (!baselineCapabilities.has(String(capability))) say('is not one of the allowed capabilities', ...here, 'capabilities', 'add', index);
  });
  listIn(container.ports).forEach((port, index) => {
    if (isObject(port) && port.hostPort !== undefined && port.hostPort !== 0)
      say('must not take a port of the node', ...path, 'ports', index, 'hostPort');
  });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const action = isObject(container[probe]) ? container[probe] : {};
    if (isObject(action.httpGet) && (action.httpGet.host ?? '') !== '') say('must not name a host', ...path, probe, 'httpGet', 'host');
    if (isObject(action.tcpSocket) && (action.tcpSocket.host ?? '') !== '')
      say('must not name a host', ...path, probe, 'tcpSocket', 'host');
  }
  const lifecycle = isObject(container.lifecycle) ? container.lifecycle : {};
  for (const hook of ['postStart', 'preStop']) {
    const action = isObject(lifecycle[hook]) ? lifecycle[hook] : {};
    for (const kind of ['httpGet', 'tcpSocket']) {
      const call = action[kind];
      if (isObject(call) && (call.host ?? '') !== '') say('must not name a host', ...path, 'lifecycle', hook, kind, 'host');
    }
  }
}

/** What pod and container security contexts have in common. */
function contextBaseline(context: Json, path: Path, say: Say): void {
  const seccomp = isObject(context.seccompProfile) ? context.seccompProfile : {};
  if (seccomp.type === 'Unconfined') say('must not be "Unconfined"', ...path, 'seccompProfile', 'type');
  const appArmor = isObject(context.appArmorProfile) ? context.appArmorProfile : {};
  if (appArmor.type === 'Unconfined') say('must not be "Unconfined"', ...path, 'appArmorProfile', 'type');
  const windows = isObject(context.windowsOptions) ? context.windowsOptions : {};
  if (windows.hostProcess === true) say('must not run on the node itself', ...path, 'windowsOptions', 'hostProcess');
  const seLinux = isObject(context.seLinuxOptions) ? context.seLinuxOptions : {};
  if (seLinux.type !== undefined && !(typeof seLinux.type === 'string' && seLinuxTypes.has(seLinux.type)))
    say('is not one of the allowed types', ...path, 'seLinuxOptions', 'type');
  for (const field of ['user', 'role']) {
    if ((seLinux[field] ?? '') !== '') say('must not be set', ...path, 'seLinuxOptions', field);
  }
}

function containerRestricted(container: Json, podspec: PodSpec, path: Path, say: Say): void {
  const pod = isObject(podspec.securityContext) ? podspec.securityContext : {};
  const own = isObject(container.securityContext) ? container.securityContext : {};
  const here = [...path, 'securityContext'];
  if (own.allowPrivilegeEscalation !== false) say('must be false', ...here, 'allowPrivilegeEscalation');
  if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) say('must be true, here or for the pod', ...here, 'runAsNonRoot');
  if ((own.runAsUser ?? pod.runAsUser) === 0) say('must not be 0', ...here, 'runAsUser');
  const seccomp = own.seccompProfile ?? pod.seccompProfile;
  const type = isObject(seccomp) ? seccomp.type : undefined;
  if (type !== 'RuntimeDefault' && type !== 'Localhost')
    say('must be "RuntimeDefault" or "Localhost", here or for the pod', ...here, 'seccompProfile', 'type');
  const capabilities = isObject(own.capabilities) ? own.capabilities : {};
  if (!listIn(capabilities.drop).includes('ALL')) say('must contain "ALL"', ...here, 'capabilities', 'drop');
  listIn(capabilities.add).forEach((capability, index) => {
    if (capability !== 'NET_BIND_SERVICE') say('must be "NET_BIND_SERVICE" or nothing', ...here, 'capabilities', 'add', index);
  });
}

function volumesRestricted(podspec: PodSpec, say: Say): void {
  listIn(podspec.volumes).forEach((volume, index) => {
    if (!isObject(volume)) return;
    for (const kind of Object.keys(volume)) {
      if (kind !== 'name' && kind !== 'hostPath' && !restrictedVolumes.has(kind))
        say('is not one of the allowed kinds of volume', 'volumes', index, kind);
    }
  });
}
