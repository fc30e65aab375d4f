/** What Teal asks of a pod spec: the parts that it reads itself. Everything else is for the cluster to judge. Pure. */

import type { Fault } from '../lib/problem.ts';
import { kindOf, pointerTo } from '../http/index.ts';
import { whyNoImage, whyNoVariableName } from '../lib/names.ts';
import { whyNoContainerName, whyNoObjectName, whyNoPortName } from './names.ts';

type Json = Record<string, unknown>;
type Path = (string | number)[];

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields of a pod beside its spec. The cluster would pass over them; whoever sends them believes that they do something. */
const besideTheSpec = ['apiVersion', 'kind', 'metadata', 'spec', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'];

interface Seen {
  containers: Set<string>;
  portNames: Set<string>;
  ports: Set<string>;
}

/** Every fault of the pod spec, with pointers that start with `/podspec`. */
export function podSpecFaults(spec: Json): Fault[] {
  const faults: Fault[] = [];
  const at = (message: string, ...path: Path) => faults.push({ pointer: pointerTo('podspec', ...path), message });
  const seen: Seen = { containers: new Set(), portNames: new Set(), ports: new Set() };

  const { containers, initContainers } = spec;
  if (!Array.isArray(containers) || containers.length === 0)
    at(
      `must be an array with at least one container; got ${Array.isArray(containers) ? 'an empty array' : kindOf(containers)}`,
      'containers',
    );
  else containers.forEach((container, index) => containerFaults(container, ['containers', index], seen, at));
  if (initContainers !== undefined) {
    if (!Array.isArray(initContainers)) at(`must be an array; got ${kindOf(initContainers)}`, 'initContainers');
    // Ports of init containers are never routed: they may repeat those of the containers.
    else
      initContainers.forEach((container, index) =>
        containerFaults(container, ['initContainers', index], { ...seen, portNames: new Set(), ports: new Set() }, at),
      );
  }
  for (const field of besideTheSpec.filter(field => spec[field] !== undefined))
    at("is no field of a pod spec; labels and annotations of the pods are the descriptor's own fields, the rest is set by Teal", field);
  if (spec.ephemeralContainers !== undefined)
    at('cannot be set here: ephemeral containers are added to running pods only', 'ephemeralContainers');
  if (spec.restartPolicy !== undefined && spec.restartPolicy !== 'Always')
    at('must be "Always": a replication controller takes nothing else', 'restartPolicy');
  if (spec.activeDeadlineSeconds !== undefined) at('cannot be set: a replication controller does not take it', 'activeDeadlineSeconds');
  if (spec.hostNetwork !== undefined && typeof spec.hostNetwork !== 'boolean')
    at(`must be true or false; got ${kindOf(spec.hostNetwork)}`, 'hostNetwork');
  const grace = spec.terminationGracePeriodSeconds;
  if (grace !== undefined && !(Number.isInteger(grace) && Number(grace) >= 0))
    at(`must be an integer from 0; got ${kindOf(grace)}`, 'terminationGracePeriodSeconds');
  pullSecretFaults(spec.imagePullSecrets, at);
  return faults;
}

type Say = (message: string, ...path: Path) => void;

function pullSecretFaults(secrets: unknown, at: Say): void {
  if (secrets === undefined) return;
  if (!Array.isArray(secrets)) {
    at(`must be an array; got ${kindOf(secrets)}`, 'imagePullSecrets');
    return;
  }
  secrets.forEach((secret: unknown, index) => {
    const name = isObject(secret) ? secret.name : undefined;
    const why = typeof name === 'string' ? whyNoObjectName(name) : `must be an object with the name of a secret; got ${kindOf(secret)}`;
    if (why !== undefined) at(why, 'imagePullSecrets', index, ...(typeof name === 'string' ? ['name'] : []));
  });
}

function containerFaults(container: unknown, path: Path, seen: Seen, at: Say): void {
  if (!isObject(container)) {
    at(`must be an object; got ${kindOf(container)}`, ...path);
    return;
  }
  const { name, image } = container;
  if (typeof name !== 'string') at(`is required: the container's name; got ${kindOf(name)}`, ...path, 'name');
  else {
    const why = whyNoContainerName(name);
    if (why !== undefined) at(why, ...path, 'name');
    else if (seen.containers.has(name)) at('is the name of another container of this pod; names must differ', ...path, 'name');
    seen.containers.add(name);
  }
  if (typeof image !== 'string' || image === '') at(`is required: an image reference; got ${kindOf(image)}`, ...path, 'image');
  else {
    const why = whyNoImage(image);
    if (why !== undefined) at(why, ...path, 'image');
  }
  eachOf(container.ports, [...path, 'ports'], at, (port, portPath) => portFaults(port, portPath, seen, at));
  const names = new Set<string>();
  eachOf(container.env, [...path, 'env'], at, (variable, variablePath) => {
    if (typeof variable.name !== 'string') at(`is required: the variable's name; got ${kindOf(variable.name)}`, ...variablePath, 'name');
    else {
      const why = whyNoVariableName(variable.name);
      if (why !== undefined) at(why, ...variablePath, 'name');
      else if (names.has(variable.name)) at('is set twice in this container; keep one', ...variablePath, 'name');
      names.add(variable.name);
    }
    if (variable.value !== undefined && typeof variable.value !== 'string')
      at(`must be a string; got ${kindOf(variable.value)}: put it in quotes`, ...variablePath, 'value');
  });
}

function eachOf(list: unknown, path: Path, at: Say, check: (item: Json, path: Path) => void): void {
  if (list === undefined) return;
  if (!Array.isArray(list)) {
    at(`must be an array; got ${kindOf(list)}`, ...path);
    return;
  }
  list.forEach((item: unknown, index) => {
    if (isObject(item)) check(item, [...path, index]);
    else at(`must be an object; got ${kindOf(item)}`, ...path, index);
  });
}

/** The Service has one port per container port of the whole pod, so neither names nor numbers may repeat in the pod. */
function portFaults(port: Json, path: Path, seen: Seen, at: Say): void {
  const { containerPort, name, protocol = 'TCP' } = port;
  if (typeof containerPort !== 'number' || !Number.isInteger(containerPort) || containerPort < 1 || containerPort > 65_535) {
    at(
      containerPort === undefined
        ? 'is required: an integer from 1 to 65535'
        : `must be an integer from 1 to 65535; got ${kindOf(containerPort)}`,
      ...path,
      'containerPort',
    );
  } else {
    const key = `${containerPort}/${String(protocol)}`;
    if (seen.ports.has(key)) at('is declared twice in this pod with the same protocol; keep one', ...path, 'containerPort');
    seen.ports.add(key);
  }
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') at('must be "TCP", "UDP" or "SCTP"', ...path, 'protocol');
  if (name === undefined) return;
  if (typeof name !== 'string') {
    at(`must be a string; got ${kindOf(name)}`, ...path, 'name');
    return;
  }
  const why = whyNoPortName(name) ?? (seen.portNames.has(name) ? 'is the name of another port of this pod; names must differ' : undefined);
  if (why !== undefined) at(why, ...path, 'name');
  seen.portNames.add(name);
}
