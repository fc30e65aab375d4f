/** An etcd of three members: in each operation the leader is killed and comes back after it, or stands still for a while. */

import { expect } from 'chai';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { startEtcdMembers, type EtcdMembers } from '../support/etcd-members.ts';
import { eventually, within } from '../support/wait.ts';
import { openStage, type Stage, type World } from '../support/world.ts';
import { createPatientUser, type PatientUser } from './patient-user.ts';

/** Longer than an election (etcd's default: one second without a heartbeat), shorter than Teal's lease of 5 s. */
const standsStillMs = 3000;

const objectsOf = (version: string) => [
  'Ingress shop',
  `Ingress shop-${version}`,
  `ReplicationController shop-${version}`,
  'Service shop',
  `Service shop-${version}`,
];

describe('an etcd of three members', function () {
  this.timeout(240_000);
  let stage: Stage;
  let etcd: EtcdMembers;
  before(async function () {
    if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined && process.env['TEAL_TEST_REQUIRE_ALL'] !== '1') this.skip();
    etcd = await startEtcdMembers(anyEtcd());
    stage = await openStage('sandbox');
  });
  after(async () => {
    await stage?.close();
    await etcd?.stop();
  });

  /** The operation begins without the leader; two members must do for all of it where the third was killed. */
  async function whileLeaderIsGone<T>(gone: 'SIGKILL' | 'SIGSTOP', operation: () => Promise<T>): Promise<T> {
    const leader = await etcd.leader();
    await leader.kill(gone);
    const timer = gone === 'SIGSTOP' ? setTimeout(() => void back(), standsStillMs) : undefined;
    let returned: Promise<void> | undefined;
    const back = () => (returned ??= gone === 'SIGKILL' ? leader.restart() : leader.kill('SIGCONT'));
    try {
      return await operation();
    } finally {
      clearTimeout(timer);
      await back();
    }
  }

  const redeploys = (gone: 'SIGKILL' | 'SIGSTOP') => async (world: World) => {
    const { server, user } = await world.start({ url: etcd.endpoints });
    const patient: PatientUser = createPatientUser(user);
    const v1 = await user.describe(world.routed({ image: 'v1' }));
    const v2 = await user.describe(world.routed({ image: 'v2', drainSeconds: 90 }));
    const first = await whileLeaderIsGone(gone, async () => patient.settled(await patient.start(v1, 'deploy')));
    expect([first.status, first.version], JSON.stringify(first.reason)).to.deep.equal(['DEPLOYED', '1']);
    const report = await world.traffic(async () => {
      const second = await whileLeaderIsGone(gone, async () => {
        const id = await patient.start(v2, 'redeploy');
        return eventually('the new version serves', 100_000, async () => {
          const shown = await patient.show(id);
          expect(shown.status, shown.phase).to.equal('DEPLOYED');
          return shown;
        });
      });
      await world.answers(world.host, 'v2');
      const back = await whileLeaderIsGone(gone, async () => patient.settled(await patient.rollback(second.id)));
      expect([back.status, back.version], JSON.stringify(back.reason)).to.deep.equal(['DEPLOYED', '1']);
    });
    expect(report.lost, 'requests lost').to.deep.equal([]);
    await world.stands(objectsOf('1'));
    const live = (await patient.list()).find(({ status }) => status === 'DEPLOYED');
    const ended = await whileLeaderIsGone(gone, async () => {
      await patient.remove(live?.id ?? '');
      return patient.settled(live?.id ?? '');
    });
    expect(ended.status).to.equal('UNDEPLOYED');
    await world.stands([]);
    const all = await patient.list();
    expect(all.map(({ status, version }) => `${version} ${status}`)).to.deep.equal(['1 UNDEPLOYED', '2 UNDEPLOYED', '1 UNDEPLOYED']);
    for (const { id } of all) {
      const seqs = (await patient.lines(id)).map(({ seq }) => seq);
      expect(seqs).to.deep.equal(seqs.map((_, index) => index + 1));
    }
    expect(server.process.printed('a run of an app broke')).to.deep.equal([]);
  };

  for (const gone of ['SIGKILL', 'SIGSTOP'] as const)
    it(`whose leader ${gone === 'SIGKILL' ? 'is killed' : 'stands still'} in every operation: all of them end as promised, and nothing is lost`, () =>
      within('the operations', 230_000, stage.play(redeploys(gone))));
});
