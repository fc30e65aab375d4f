/** Three etcd processes that form one cluster on loopback: any one of them may go, the leader too. */

import { startEtcd, type RunningEtcd } from './etcd.ts';
import { freePort } from './free-port.ts';
import { eventually } from './wait.ts';

export interface EtcdMembers {
  /** URLs for clients, separated by commas: what `--etcd` takes. */
  endpoints: string;
  /** The member that leads now, as the others see it too. */
  leader(): Promise<RunningEtcd>;
  stop(): Promise<void>;
}

interface Status {
  leader?: string;
  header: { member_id: string };
}

/** Undefined while it is gone. */
async function statusOf({ endpoint }: RunningEtcd): Promise<Status | undefined> {
  try {
    const answer = await fetch(`${endpoint}/v3/maintenance/status`, { method: 'POST', body: '{}', signal: AbortSignal.timeout(1000) });
    return (await answer.json()) as Status;
  } catch {
    return undefined;
  }
}

export async function startEtcdMembers(bin: string): Promise<EtcdMembers> {
  const names = ['one', 'two', 'three'];
  const peers = await Promise.all(names.map(async name => ({ name, peer: `http://127.0.0.1:${await freePort()}` })));
  const cluster = peers.map(({ name, peer }) => `${name}=${peer}`).join();
  const members = await Promise.all(peers.map(at => startEtcd({ bin, extraArgs: ['--unsafe-no-fsync'], member: { ...at, cluster } })));
  return {
    endpoints: members.map(({ endpoint }) => endpoint).join(),
    leader: () =>
      eventually('a leader is there', 20_000, async () => {
        const seen = await Promise.all(members.map(statusOf));
        const found = members.find((_, index) => {
          const own = seen[index];
          return own !== undefined && own.leader === own.header.member_id;
        });
        if (found === undefined) throw new Error('none leads');
        return found;
      }),
    async stop() {
      await Promise.all(members.map(member => member.stop()));
    },
  };
}
