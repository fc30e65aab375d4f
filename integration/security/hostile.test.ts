/** Bad inputs, each with its exact answer, against the service as it is run; and after each: nothing was written, nothing was asked of the cluster, and the next request is answered. */

import { expect } from 'chai';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { within } from '../support/wait.ts';
import { besiege, type Besieged } from './besieged.ts';
import type { Attack } from './hostile/attack.ts';
import { bodyAttacks } from './hostile/bodies.ts';
import { nameAttacks } from './hostile/names.ts';
import { namespaceAttacks } from './hostile/namespaces.ts';
import { podAttacks } from './hostile/pods.ts';
import { protocolAttacks } from './hostile/protocol.ts';
import { recordAttacks } from './hostile/records.ts';
import { socketAttacks } from './hostile/sockets.ts';
import { tokenAttacks } from './hostile/tokens.ts';

const attacks: Attack[] = [
  ...tokenAttacks,
  ...namespaceAttacks,
  ...nameAttacks,
  ...bodyAttacks,
  ...podAttacks,
  ...protocolAttacks,
  ...socketAttacks,
  ...recordAttacks,
].sort((a, b) => a.row - b.row);

function onEtcd(): void {
  let besieged: Besieged;

  before(async function () {
    this.timeout(180_000);
    besieged = await besiege();
  });
  after(async function () {
    this.timeout(60_000);
    await besieged.stop();
  });

  for (const attack of attacks) {
    it(`row ${attack.row}: ${attack.what}`, async function () {
      this.timeout(60_000);
      const stored = await besieged.stored();
      const writes = besieged.clusterWrites().length;
      await attack.run(besieged);
      expect((await within('the next answer', 1000, besieged.send({ line: 'GET /livez', token: null }))).status).to.equal(200);
      expect(besieged.server.process.running).to.equal(true);
      if (attack.writes) return;
      expect(await besieged.stored(), 'the store').to.equal(stored);
      expect(besieged.clusterWrites().slice(writes), 'writes to the cluster').to.deep.equal([]);
    });
  }
}

describe('hostile input', () => {
  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  } else onEtcd();
});
