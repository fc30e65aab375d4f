/**
 * The switch loses no request: on a real cluster, through real ingress-nginx and Traefik and straight to a Service, under an open load that is counted to the last
 * request. TEAL_LOAD=nightly makes it 300 switches and at least 100,000 requests for each way in; otherwise it is 20 switches. TEAL_LOAD_WAYS plays those ways only (`cluster-ip nginx-versioned`;
 * `lanes.ts` has them all). Prints the table either way.
 */

import { expect } from 'chai';
import { brokenRows, chosen, rows, type Row } from './lanes.ts';
import { honesty, lossLine, markdown, tooMuch, type Finding } from './report.ts';
import { runLoad, type LoadRun } from './rig.ts';
import { whyNotHere } from '../support/targets.ts';

const nightly = process.env['TEAL_LOAD'] === 'nightly';
const switches = nightly ? 300 : 20;
// A quick machine is done sooner, and its client has sent less.
const leastRequests = nightly ? 100_000 : 2000;
/**
 * Apps of a way in are redeployed side by side. A switch mostly waits (for pods to start, for the drain, for pods to end), so few ways in the nightly form get more apps each, up to as many in all as two
 * cores bear; and as they are done sooner, a higher rate.
 */
const appsOf = (ways: number): number => (nightly ? Math.max(2, Math.floor(6 / ways)) : 3);
const rateOf = (ways: number): number => (nightly ? Math.max(60, Math.floor(120 / ways)) : 50);
/** A client that sends later than this is the bottleneck itself, and its run proves nothing. */
const lateP99Ms = 1000;

/** Each versioned switch makes nginx reload, which closes idle connections of every app behind it: what is to lose nothing at all there is not beside it. What needs no proxy may be. */
const reloads = (row: Row): boolean => row.target === 'real-nginx' && row.routing !== 'stable-service';
const besideReloads = (row: Row): boolean => reloads(row) || row.way === 'cluster-ip';
/** Pods that are gone lose requests at once; a forgotten preview only now and then. */
const usuallyBroken = nightly ? brokenRows : brokenRows.filter(({ by }) => by === 'naive-removal');

/** What a change of the mode may lose shows only when nginx is busy with many apps. */
const usual = nightly ? rows : rows.filter(({ routing }) => routing !== 'changing');

const ways = chosen(process.env['TEAL_LOAD_WAYS'], [...usual, ...usuallyBroken]);
const whole = ways.filter(({ by }) => by === 'teal');
const broken = ways.filter(({ by }) => by !== 'teal');
const batches = [whole.filter(row => !besideReloads(row)), whole.filter(besideReloads)] as const;
const brokenSwitches = nightly ? 60 : 4;

const minutes = (count: number): number => count * 60_000;

const missing = (await Promise.all([whyNotHere('real-nginx'), whyNotHere('real-traefik')])).find(why => why !== undefined);

describe('the switch under load', function () {
  this.timeout(minutes(nightly ? 180 : 20));
  const findings = new Map<Row, Finding>();
  const errors = new Map<Row, unknown>();

  function keep(run: LoadRun): void {
    for (const found of run.findings) findings.set(found.row, found);
    for (const [row, error] of run.errors) errors.set(row, error);
    // After each batch: a nightly run takes hours.
    const lost = run.findings.flatMap(found => found.losses.slice(0, 40).map(loss => `${found.row.name}: ${lossLine(loss)}\n`));
    process.stdout.write(`\n${lost.join('')}${honesty(run.findings)}\n\n${markdown(run.findings)}\n\n`);
  }

  before(async function () {
    if (missing !== undefined) {
      if (process.env['TEAL_TEST_REQUIRE_ALL']) throw new Error(missing);
      return this.skip();
    }
    const progress = (text: string) => process.stdout.write(`  ${text}\n`);
    // Each app is to meet a version that goes wrong, each row all kinds of them.
    const common = { failEvery: nightly ? 4 : 6, progress };
    const playBatch = async (batch: readonly Row[]) => {
      if (batch.length === 0) return;
      const size = { apps: appsOf(batch.length), rate: rateOf(batch.length), switches, atOnce: batch.length };
      keep(await runLoad({ ...common, ...size, rows: batch }));
    };
    const playBroken = async () => {
      if (broken.length === 0) return;
      keep(await runLoad({ ...common, apps: 1, rate: rateOf(2), rows: broken, switches: brokenSwitches, atOnce: broken.length }));
    };
    const [quiet, reloading] = batches;
    await playBatch(quiet);
    // The short form has room for both at once.
    if (nightly) await playBatch(reloading).then(playBroken);
    else await Promise.all([playBatch(reloading), playBroken()]);
  });

  function findingOf(row: Row): Finding {
    const found = findings.get(row);
    if (!found) throw new Error(`${row.name} did not run to its end`, { cause: errors.get(row) });
    return found;
  }

  function provesSomething({ switches: seen, scheduled, sent, late }: Finding, wanted: number): void {
    expect(seen).to.equal(wanted);
    expect(sent).to.equal(scheduled);
    expect(late.p99, 'lateness of the client itself, 99th percentile, ms').to.be.lessThan(lateP99Ms);
  }

  for (const row of whole) {
    const but = row.borne.length === 0 ? 'no request' : `nothing but ${row.borne.join(' and ')}s`;
    it(`${row.name}: ${switches} switches lose ${but}`, () => {
      const found = findingOf(row);
      const losses = tooMuch(found).map(lossLine);
      expect(losses.length, losses.slice(0, 8).join('\n')).to.equal(0);
      expect(found.sent).to.be.at.least(leastRequests);
      provesSomething(found, switches);
      expect(found.failing).to.be.at.least(1);
      expect(found.takenBack).to.be.at.least(1);
    });
  }

  for (const row of broken) {
    it(`${row.name}: loses requests in the same rig`, () => {
      const found = findingOf(row);
      expect(tooMuch(found)).to.not.have.length(0);
      provesSomething(found, brokenSwitches);
    });
  }
});
