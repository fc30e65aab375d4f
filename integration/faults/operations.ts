/** The four operations under one fault, and what must hold afterwards: each ends as promised, no request of users is lost, nothing is left over, nothing is forgotten. */

import { expect } from 'chai';
import type { Faults } from '../support/server.ts';
import { eventually } from '../support/wait.ts';
import type { World } from '../support/world.ts';
import { createPatientUser } from './patient-user.ts';

export interface Fault {
  /** Completes `an operation under ...`. */
  title: string;
  /** Needs an etcd of its own. */
  etcd?: boolean;
  /** Settings of Teal that the promise asks for. */
  args?: string[];
  /** What Teal must not say in its log all the while. */
  neverSaid?: string;
  /** Breaks something; answers how to make it whole, and how often it struck where that can be counted. */
  begin(faults: Faults, namespace: string): Promise<Broken> | Broken;
  /** How long it stays broken in each operation; default: until the operation has ended. */
  forMs?: number;
}

export interface Broken {
  heal(): Promise<void> | void;
  struck?(): number;
}

export const operations = ['deploy', 'redeploy', 'rollback', 'undeploy'] as const;

const onlyVersion = (version: string) => [
  'Ingress shop',
  `Ingress shop-${version}`,
  `ReplicationController shop-${version}`,
  'Service shop',
  `Service shop-${version}`,
];

export async function underFault(world: World, fault: Fault): Promise<void> {
  const { server, user } = await world.start({
    faults: true,
    ...(fault.etcd ? { etcd: true } : {}),
    ...(fault.args ? { args: fault.args } : {}),
  });
  const { faults } = server;
  if (!faults) throw new Error('this server has no faults');
  const patient = createPatientUser(user);
  // A real proxy beside other suites may take longer to follow than the five seconds that Teal grants a version that was rolled back.
  const pause = world.target.real ? { injectPreStop: true } : {};
  const v1 = await user.describe(world.routed({ image: 'v1', ...pause }));
  const v2 = await user.describe(world.routed({ image: 'v2', drainSeconds: 90, ...pause }));
  let struck = 0;

  async function during<T>(operation: () => Promise<T>): Promise<T> {
    const broken = await fault.begin(faults as Faults, world.namespace);
    let healed: Promise<void> | undefined;
    const heal = () => (healed ??= Promise.resolve(broken.heal()));
    const timer = fault.forMs === undefined ? undefined : setTimeout(() => void heal(), fault.forMs);
    try {
      return await operation();
    } finally {
      clearTimeout(timer);
      await heal();
      struck += broken.struck?.() ?? 1;
    }
  }

  const first = await during(async () => {
    const id = await patient.start(v1, 'deploy');
    return patient.settled(id);
  });
  expect([first.status, first.version], `deploy: ${JSON.stringify(first.reason)}`).to.deep.equal(['DEPLOYED', '1']);
  await world.stands(onlyVersion('1'), 10_000);

  const report = await world.traffic(async () => {
    const second = await during(async () => {
      const id = await patient.start(v2, 'redeploy');
      await eventually(
        'redeploy ends',
        100_000,
        async () => {
          const { status, phase, reason } = await patient.show(id);
          expect(status, `${phase} ${JSON.stringify(reason)}`).to.equal('DEPLOYED');
        },
        100,
      );
      return patient.show(id);
    });
    expect(second.version, 'redeploy').to.equal('2');
    await eventually('traffic has moved', 10_000, async () => {
      expect(await world.pointing()).to.deep.equal({ service: '2', ingress: '2' });
      expect((await patient.show(first.id)).status).to.equal('UNDEPLOYED');
    });
    // A real proxy follows up to four seconds later: a rollback before would leave nothing to see.
    await world.answers(world.host, 'v2', 15_000);

    const back = await during(async () => patient.settled(await patient.rollback(second.id)));
    expect([back.status, back.version, back.rollbackOf], `rollback: ${JSON.stringify(back.reason)}`).to.deep.equal([
      'DEPLOYED',
      '1',
      second.id,
    ]);
    await world.stands(onlyVersion('1'), 30_000);
    expect(await world.pointing()).to.deep.equal({ service: '1', ingress: '1' });
  });
  expect(report.lost, 'requests lost').to.deep.equal([]);
  expect(report.versions).to.deep.equal(['v1', 'v2']);

  const live = (await patient.list()).find(({ status }) => status === 'DEPLOYED');
  const gone = await during(async () => {
    await patient.remove(live?.id ?? '');
    return patient.settled(live?.id ?? '');
  });
  expect(gone.status, 'undeploy').to.equal('UNDEPLOYED');
  await world.stands([], 10_000);

  expect(struck, 'times the fault struck').to.be.greaterThan(0);
  const all = await patient.list();
  expect(all.map(({ status }) => status)).to.deep.equal(['UNDEPLOYED', 'UNDEPLOYED', 'UNDEPLOYED']);
  for (const { id } of all) {
    const log = await patient.lines(id);
    expect(log.map(({ seq }) => seq)).to.deep.equal(log.map((_, index) => index + 1));
  }
  expect(server.process.running).to.equal(true);
  for (const line of ['a run of an app broke', ...(fault.neverSaid ? [fault.neverSaid] : [])])
    expect(server.process.printed(line)).to.deep.equal([]);
}
