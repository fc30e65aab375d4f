/** What pods may ask of their node: the levels of the Pod Security Standards of Kubernetes, and with baseline the rules of placement.ts. Pure. */

import { pointerTo } from '../../http/index.ts';
import type { Fault } from '../../lib/problem.ts';
import type { PodSpec } from '../descriptor.ts';
import { placementFaults } from './placement.ts';
import { containersOf, listIn, objectIn, volumesOf, type Json, type Path, type Say } from './walk.ts';

export const podLevels = ['privileged', 'baseline', 'restricted'] as const;
export type PodLevel = (typeof podLevels)[number];

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

/** Every place where the pod spec (or an annotation of the pods) asks for more than the level allows. */
export function levelFaults(level: PodLevel, podspec: PodSpec, annotations: Record<string, string> = {}): Fault[] {
  if (level === 'privileged') return [];
  const faults: Fault[] = [];
  const say: Say = (message, ...path) =>
    faults.push({ pointer: pointerTo('podspec', ...path), message: `${message} (pod policy ${level})` });
  podBaseline(podspec, say);
  placementFaults(podspec, say);
  for (const [path, container] of containersOf(podspec)) {
    containerBaseline(container, path, say);
    if (level === 'restricted') containerRestricted(container, podspec, path, say);
  }
  if (level === 'restricted') volumesRestricted(podspec, say);
  for (const [key, value] of Object.entries(annotations)) {
    if (
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      value !== 'runtime/default' &&
      !value.startsWith('localhost/')
    ) {
      faults.push({
        pointer: pointerTo('annotations', key),
        message: `must be "runtime/default" or a "localhost/" profile (pod policy ${level})`,
      });
    }
  }
  return faults;
}

function podBaseline(podspec: PodSpec, say: Say): void {
  for (const field of ['hostNetwork', 'hostPID', 'hostIPC']) {
    if (podspec[field] === true) say('must not share the namespaces of the node', field);
  }
  for (const [path, volume] of volumesOf(podspec))
    if (volume.hostPath !== undefined) say('must not mount files of the node', ...path, 'hostPath');
  const context = objectIn(podspec.securityContext);
  contextBaseline(context, ['securityContext'], say);
  listIn(context.sysctls).forEach((sysctl, index) => {
    const { name } = objectIn(sysctl);
    if (typeof name !== 'string' || !safeSysctls.has(name))
      say('must be one of the safe sysctls', 'securityContext', 'sysctls', index, 'name');
  });
}

function containerBaseline(container: Json, path: Path, say: Say): void {
  const context = objectIn(container.securityContext);
  const here = [...path, 'securityContext'];
  contextBaseline(context, here, say);
  if (context.privileged === true) say('must not be privileged', ...here, 'privileged');
  if (context.procMount !== undefined && context.procMount !== 'Default') say('must be "Default"', ...here, 'procMount');
  const capabilities = objectIn(context.capabilities);
  listIn(capabilities.add).forEach((capability, index) => {
    if (!baselineCapabilities.has(String(capability))) say('is not one of the allowed capabilities', ...here, 'capabilities', 'add', index);
  });
  listIn(container.ports).forEach((port, index) => {
    const { hostPort } = objectIn(port);
    if (hostPort !== undefined && hostPort !== 0) say('must not take a port of the node', ...path, 'ports', index, 'hostPort');
  });
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const action = objectIn(container[probe]);
    hostOfAction(action, [...path, probe], say);
  }
  const lifecycle = objectIn(container.lifecycle);
  for (const hook of ['postStart', 'preStop']) {
    const action = objectIn(lifecycle[hook]);
    hostOfAction(action, [...path, 'lifecycle', hook], say);
  }
}

/** The node itself makes the request: a host of the user's choice would be asked with the node's address. */
function hostOfAction(action: Json, path: Path, say: Say): void {
  for (const kind of ['httpGet', 'tcpSocket'])
    if ((objectIn(action[kind]).host ?? '') !== '') say('must not name a host: the pod itself is asked', ...path, kind, 'host');
}

/** What pod and container security contexts have in common. */
function contextBaseline(context: Json, path: Path, say: Say): void {
  const seccomp = objectIn(context.seccompProfile);
  if (seccomp.type === 'Unconfined') say('must not be "Unconfined"', ...path, 'seccompProfile', 'type');
  const appArmor = objectIn(context.appArmorProfile);
  if (appArmor.type === 'Unconfined') say('must not be "Unconfined"', ...path, 'appArmorProfile', 'type');
  const windows = objectIn(context.windowsOptions);
  if (windows.hostProcess === true) say('must not run on the node itself', ...path, 'windowsOptions', 'hostProcess');
  const seLinux = objectIn(context.seLinuxOptions);
  if (seLinux.type !== undefined && !(typeof seLinux.type === 'string' && seLinuxTypes.has(seLinux.type)))
    say('is not one of the allowed types', ...path, 'seLinuxOptions', 'type');
  for (const field of ['user', 'role']) {
    if ((seLinux[field] ?? '') !== '') say('must not be set', ...path, 'seLinuxOptions', field);
  }
}

function containerRestricted(container: Json, podspec: PodSpec, path: Path, say: Say): void {
  const pod = objectIn(podspec.securityContext);
  const own = objectIn(container.securityContext);
  const here = [...path, 'securityContext'];
  if (own.allowPrivilegeEscalation !== false) say('must be false', ...here, 'allowPrivilegeEscalation');
  if ((own.runAsNonRoot ?? pod.runAsNonRoot) !== true) say('must be true, here or for the pod', ...here, 'runAsNonRoot');
  if ((own.runAsUser ?? pod.runAsUser) === 0) say('must not be 0', ...here, 'runAsUser');
  const seccomp = own.seccompProfile ?? pod.seccompProfile;
  const { type } = objectIn(seccomp);
  if (type !== 'RuntimeDefault' && type !== 'Localhost')
    say('must be "RuntimeDefault" or "Localhost", here or for the pod', ...here, 'seccompProfile', 'type');
  const capabilities = objectIn(own.capabilities);
  if (!listIn(capabilities.drop).includes('ALL')) say('must contain "ALL"', ...here, 'capabilities', 'drop');
  listIn(capabilities.add).forEach((capability, index) => {
    if (capability !== 'NET_BIND_SERVICE') say('must be "NET_BIND_SERVICE" or nothing', ...here, 'capabilities', 'add', index);
  });
}

function volumesRestricted(podspec: PodSpec, say: Say): void {
  for (const [path, volume] of volumesOf(podspec)) {
    for (const kind of Object.keys(volume)) {
      if (kind !== 'name' && kind !== 'hostPath' && !restrictedVolumes.has(kind))
        say('is not one of the allowed kinds of volume', ...path, kind);
    }
  }
}
