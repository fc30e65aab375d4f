/** Whether the sandbox's only node can take a pod. Pure. */

import type { KubeObject } from '../../cluster/objects.ts';

export const nodeName = 'sandbox';

const nodeLabels: Record<string, string> = {
  'kubernetes.io/hostname': nodeName,
  'kubernetes.io/os': 'linux',
  'kubernetes.io/arch': process.arch === 'arm64' ? 'arm64' : 'amd64',
};

/** More than any laptop has: such a request is meant to show a pod that waits. */
const mostCores = 64;
const mostBytes = 256 * 2 ** 30;

const units: Record<string, number> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 };

function amount(quantity: string | number | undefined): number {
  const [, number = '0', unit = ''] = /^([\d.]+)([a-zA-Z]*)$/.exec(String(quantity ?? 0)) ?? [];
  return Number(number) * (units[unit] ?? 1);
}

/** The message of a scheduler that finds no node; undefined when the pod fits. */
export function whyUnschedulable(pod: KubeObject): string | undefined {
  const wanted = Object.entries((pod.spec.nodeSelector ?? {}) as Record<string, string>);
  const none = (why: string) =>
    `0/1 nodes are available: 1 ${why}. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`;
  if (wanted.some(([key, value]) => nodeLabels[key] !== value)) return none("node(s) didn't match Pod's node affinity/selector");
  const requests = (
    pod.spec.containers as { resources?: { requests?: Record<string, string | number>; limits?: Record<string, string | number> } }[]
  ).map(({ resources }) => ({ ...resources?.limits, ...resources?.requests }));
  const sum = (name: string) => requests.reduce((total, request) => total + amount(request[name]), 0);
  if (sum('cpu') > mostCores) return none('Insufficient cpu');
  return sum('memory') > mostBytes ? none('Insufficient memory') : undefined;
}
