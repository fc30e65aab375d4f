/** One Teal (or two replicas on one etcd) with a namespace of its own, and the history of everything that happens there. */

import { mkdtemp, rm } from 'node:fs/promises';
import { closeSync, fstatSync, openSync, readFileSync, readSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inOrder, readLines, type Fact, type History } from '../history/history.ts';
import type { Order } from '../history/strikes.ts';
import { followCluster, followEtcd, type Followed } from '../history/watches.ts';
import { createClient } from '../support/client.ts';
import { readContract } from '../support/contract.ts';
import type { Target } from '../support/targets.ts';
import { startServer, type Server } from '../support/server.ts';
import type { TealProcess } from '../support/teal-process.ts';
import { createUser, type User } from '../support/user.ts';
import { eventually, within } from '../support/wait.ts';

export interface LaneOptions {
  target: Target;
  namespace: string;
  /** Path of the etcd binary; absent = the embedded store. */
  etcd?: string;
  /** URL of an etcd that runs already. */
  etcdUrl?: string;
  replicas: 1 | 2 | 3;
  args: string[];
  /** Settings of one replica that differ, by its place. */
  different?: { env?: Record<string, string>; args?: string[] }[];
}

export interface Lane {
  readonly namespace: string;
  /** Its processes, in their places; some may be gone. */
  readonly members: readonly TealProcess[];
  readonly server: Server;
  /** Members that were frozen: nobody asks them anything. */
  readonly asleep: Set<TealProcess>;
  /** A user of the first member that is awake, or of the one in this place. */
  user(place?: number): User;
  /** Gives an order to every member that is awake; answers those that ended before they took it. Whoever takes it lives until that order strikes. */
  order(order: Order): Promise<TealProcess[]>;
  /** Starts whoever is gone; with an order that counts from the start of the process. */
  mend(order?: Order): Promise<void>;
  /** All that is known since the last `forget`. */
  history(): History;
  /** Begins a new history: nothing may be under way. */
  forget(): void;
  /** The cluster's revision now; the history reaches up to it. */
  revision(): Promise<number>;
  close(): Promise<void>;
}

const contract = readContract();

export async function openLane(options: LaneOptions): Promise<Lane> {
  const { target, namespace, replicas, different = [] } = options;
  const dir = await mkdtemp(join(tmpdir(), 'teal-history-'));
  const file = join(dir, 'history');
  await target.kube.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const cluster = await followCluster(target.kube.connection, namespace);
  const server = await startServer({
    store: {
      ...(options.etcd === undefined ? {} : { etcd: options.etcd }),
      ...(options.etcdUrl === undefined ? {} : { url: options.etcdUrl }),
    },
    clusterArgs: target.clusterArgs,
    connection: target.kube.connection,
    args: [...target.routingArgs, ...options.args, '--namespaces', namespace, ...(different[0]?.args ?? [])],
    entry: 'under-test',
    env: { TEAL_HISTORY: file, ...different[0]?.env },
    contract,
  }).catch(async (error: unknown) => {
    await cluster.stop();
    throw error;
  });
  const store: Followed<Fact> | undefined = server.etcd === undefined ? undefined : await followEtcd(server.etcd);
  const members = [server.process];
  for (let place = 1; place < replicas; place++) members.push(await server.replica(different[place]?.env, different[place]?.args));

  const asleep = new Set<TealProcess>();
  const awake = () => members.filter(member => member.running && !asleep.has(member));
  const fd = openSync(file, 'a+');
  let text = '';
  let offset = 0;

  function readOn(): void {
    const size = fstatSync(fd).size;
    const chunk = Buffer.alloc(size - offset);
    offset += readSync(fd, chunk, 0, chunk.length, offset);
    text += chunk.toString();
  }

  /** True when it was taken; false when the member ended before. */
  async function tell(member: TealProcess, message: Order): Promise<boolean> {
    let silence = () => {};
    const taken = new Promise<boolean>(resolve => {
      silence = member.onMessage(report => ('taken' in (report as object) ? resolve(true) : undefined));
    });
    const gone = member.exited.then(() => false);
    try {
      // A channel that broke is that of a process which is about to be gone.
      const told = member.tell(message).then(
        () => taken,
        () => gone,
      );
      return await within('the order is taken', 10_000, Promise.race([told, gone]));
    } finally {
      silence();
    }
  }

  async function revision(): Promise<number> {
    const answer = await target.kube.call('GET', `/api/v1/namespaces/${namespace}/configmaps?limit=1`);
    const now = Number((JSON.parse(answer.text) as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
    await marked(now);
    return now;
  }

  /** One watch per kind: the history reaches to a revision when each has told of something newer, or had the time to. */
  async function marked(now: number): Promise<void> {
    const behind = () => (cluster.seen.at(-1)?.revision ?? 0) < now;
    const from = Date.now();
    while (behind() && Date.now() - from < 150) await new Promise(resolve => setTimeout(resolve, 10));
  }

  return {
    namespace,
    members,
    server,
    asleep,
    revision,
    user(place) {
      const member = place === undefined ? (awake()[0] ?? members[0]) : members[place];
      return createUser(createClient({ url: member?.url ?? '', namespace, contract }));
    },
    async order(message) {
      const told = awake();
      const taken = await Promise.all(told.map(member => tell(member, message)));
      return told.filter((_, index) => !taken[index]);
    },
    async mend(order) {
      const env = order === undefined ? {} : { TEAL_ORDER: JSON.stringify(order) };
      for (const [place, member] of members.entries()) {
        if (member.running) continue;
        const others = { ...different[place]?.env, ...env };
        if (place === 0) {
          await server.start(others);
          members[0] = server.process;
        } else members[place] = await server.replica(others, different[place]?.args);
      }
    },
    history() {
      for (const follower of [cluster, store]) if (follower?.broken !== undefined) throw new Error(follower.broken);
      readOn();
      const written = readLines(text);
      return {
        ...written,
        facts: store ? inOrder([...written.facts, ...store.seen]) : written.facts,
        changes: [...cluster.seen],
      };
    },
    forget() {
      readOn();
      truncateSync(file, 0);
      text = '';
      offset = 0;
      cluster.forget();
      store?.forget();
    },
    async close() {
      await cluster.stop();
      await store?.stop();
      await server.stop();
      closeSync(fd);
      await rm(dir, { recursive: true, force: true });
      if (target.real) await target.kube.call('DELETE', `/api/v1/namespaces/${namespace}`);
    },
  };
}

/** Resolves when the kernel says that the process stands still. */
export function frozen(member: TealProcess): Promise<void> {
  return eventually('the process is frozen', 30_000, () => {
    const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${member.pid}/status`, 'utf8'))?.[1];
    if (state !== 'T') throw new Error(`its state is ${state ?? 'unknown'}`);
  });
}
