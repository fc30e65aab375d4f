/** Bad inputs, each with its exact answer, against the service as it is run; and after each: nothing was written, nothing was asked of the cluster, and the next request is answered. */

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { hasTitle } from '../support/titles.ts';
import { within } from '../support/wait.ts';
import { besiege, type Besieged } from './besieged.ts';
import type { Attack } from './hostile/attack.ts';
import { bodyAttacks } from './hostile/bodies.ts';
import { elsewhere } from './hostile/elsewhere.ts';
import { nameAttacks } from './hostile/names.ts';
import { namespaceAttacks } from './hostile/namespaces.ts';
import { podAttacks, strictSettings } from './hostile/pods.ts';
import { protocolAttacks } from './hostile/protocol.ts';
import { recordAttacks } from './hostile/records.ts';
import { mostSockets, socketAttacks } from './hostile/sockets.ts';
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

/** Usually a few milliseconds; the machine of the tests may give a process away for seconds. */
const nextAnswerMs = 15_000;

function onEtcd(): void {
  let besieged: Besieged;
  const waits: number[] = [];

  before(async function () {
    this.timeout(180_000);
    besieged = await besiege({ args: [...strictSettings, '--max-sockets', String(mostSockets)] });
  });
  after(async function () {
    this.timeout(60_000);
    await besieged.stop();
    waits.sort((a, b) => a - b);
    const at = (share: number) => Math.round(waits[Math.ceil(waits.length * share) - 1] ?? 0);
    // oxlint-disable-next-line no-console -- a figure for whoever reads the run
    console.log(`      the next answer after each of ${waits.length}: median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
  });

  for (const attack of attacks) {
    it(`row ${attack.row}: ${attack.what}`, async function () {
      this.timeout(60_000);
      const stored = await besieged.stored();
      const writes = besieged.clusterWrites().length;
      await attack.run(besieged);
      const from = performance.now();
      expect((await within('the next answer', nextAnswerMs, besieged.send({ line: 'GET /livez', token: null }))).status).to.equal(200);
      waits.push(performance.now() - from);
      expect(besieged.server.process.running).to.equal(true);
      if (attack.writes) return;
      expect(await besieged.stored(), 'the store').to.equal(stored);
      expect(besieged.clusterWrites().slice(writes), 'writes to the cluster').to.deep.equal([]);
    });
  }
}

describe('hostile input', () => {
  it('has an entry for each of the 60 rows', () => {
    const covered = new Set([...attacks, ...elsewhere].map(({ row }) => row));
    expect([...covered].sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 60 }, (_, index) => index + 1));
  });

  for (const { row, what, file, title } of elsewhere) {
    it(`row ${row}: ${what}, shown by ${file}`, () => {
      expect(hasTitle(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'), title), title).to.equal(true);
    });
  }

  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  } else onEtcd();
});
