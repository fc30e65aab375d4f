/** The worlds on which one list of scenarios runs: the simulated cluster, and the real one through two ingress controllers and two etcds. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { findEtcd } from './find-etcd.ts';
import { createKube, readKubeconfig, type Kube, type KubeConnection } from './kube.ts';
import type { StoreKind } from './server.ts';

export type TargetName = 'sandbox' | 'real-nginx' | 'real-traefik';

export const targetNames: readonly TargetName[] = ['sandbox', 'real-nginx', 'real-traefik'];

export interface Target {
  readonly name: TargetName;
  readonly real: boolean;
  readonly kube: Kube;
  readonly store: StoreKind;
  readonly ingressUrl: string;
  /** How Teal reaches the cluster. */
  readonly clusterArgs: string[];
  /** How Teal reaches the proxy. */
  readonly routingArgs: string[];
  /** How many scenarios are under way at once. */
  readonly lanes: number;
  close(): Promise<void>;
}

const kubeconfig = (): string =>
  process.env['KUBECONFIG'] ??
  join(process.env['REAL_KUBE_STATE'] ?? join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'real-kube'), 'kubeconfig');

const real = {
  'real-nginx': {
    etcd: '3.6',
    ingressUrl: process.env['INGRESS_NGINX_HTTP'] ?? 'http://127.0.0.1:18080',
    class: 'nginx',
    dialect: 'ingress-nginx',
    healthVia: 'api-proxy',
  },
  'real-traefik': {
    etcd: '3.4',
    ingressUrl: process.env['INGRESS_TRAEFIK_HTTP'] ?? 'http://127.0.0.1:19080',
    class: 'traefik',
    dialect: 'traefik',
    healthVia: 'pod-ip',
  },
} as const;

async function whyDead(what: string, check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return `${what} does not answer (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** Why this machine cannot run a target, or undefined when it can. */
export async function whyNotHere(name: TargetName): Promise<string | undefined> {
  if (name === 'sandbox') return undefined;
  const wanted = real[name];
  if (!existsSync(kubeconfig())) return 'there is no real cluster: no kubeconfig';
  if (!findEtcd(wanted.etcd)) return `there is no etcd ${wanted.etcd}`;
  const kube = createKube(readKubeconfig(kubeconfig()));
  try {
    return (
      (await whyDead('the API server', async () => {
        const answer = await kube.call('GET', '/readyz');
        if (answer.status !== 200) throw new Error(String(answer.status));
      })) ?? (await whyDead(`the proxy at ${wanted.ingressUrl}`, () => fetch(wanted.ingressUrl)))
    );
  } finally {
    await kube.close();
  }
}

const startHere = () => startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });

/** `start`: one of another process, for measurements. */
export async function openSandbox(start: () => Promise<Sandbox> = startHere): Promise<Target> {
  const sandbox = await start();
  const connection: KubeConnection = { url: sandbox.apiUrl };
  const kube = createKube(connection);
  return {
    name: 'sandbox',
    real: false,
    kube,
    store: {},
    ingressUrl: sandbox.proxyUrl,
    clusterArgs: ['--kubernetes', sandbox.apiUrl],
    routingArgs: ['--ingress-address', sandbox.proxyUrl],
    lanes: 8,
    async close() {
      await kube.close();
      await sandbox.stop();
    },
  };
}

function openReal(name: 'real-nginx' | 'real-traefik'): Target {
  const wanted = real[name];
  const kube = createKube(readKubeconfig(kubeconfig()));
  return {
    name,
    real: true,
    kube,
    store: { etcd: findEtcd(wanted.etcd) ?? '' },
    ingressUrl: wanted.ingressUrl,
    clusterArgs: ['--kubeconfig', kubeconfig()],
    routingArgs: [
      '--ingress-class',
      wanted.class,
      '--ingress-dialect',
      wanted.dialect,
      '--ingress-address',
      wanted.ingressUrl,
      '--health-via',
      wanted.healthVia,
    ],
    lanes: 6,
    close: () => kube.close(),
  };
}

export const openTarget = async (name: TargetName): Promise<Target> => (name === 'sandbox' ? openSandbox() : openReal(name));
