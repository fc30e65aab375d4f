/** The load proof judges by this: what it bears must be proven, and nothing may slip through. */

import { expect } from 'chai';
import { chosen, rows, type Row } from '../load/lanes.ts';
import type { Loss, Tally } from '../load/messages.ts';
import { finding, tooMuch, witnessed, type Lane } from '../load/report.ts';

const [nginx, stable] = rows as [Row, Row];

const loss = (wish: Partial<Loss> = {}): Loss => ({
  at: 10_000,
  kind: 'kept',
  how: 'kept reset',
  afterMs: 5,
  detail: '',
  tag: 'a.1',
  ...wish,
});

const tally = (wish: Partial<Tally> = {}): Tally => ({
  aim: 'a',
  scheduled: 3,
  sent: 3,
  answered: 2,
  losses: [],
  at: Float64Array.of(9000, 12_000),
  ms: Float32Array.of(1, 9),
  late: Float32Array.of(0, 0, 2),
  versions: {},
  sockets: { opened: 0, moved: 0, echoed: 0 },
  ...wish,
});

const lane = (row: Row, wish: Partial<Tally>, failed: string[] = []): Lane => ({
  row,
  tally: tally(wish),
  rounds: { switches: [{ version: '2', asked: 9000, from: 11_000, moved: 11_100, settled: 20_000 }], failed, takenBack: [] },
});

describe('the judgement of a load run', () => {
  const kinds = (read: boolean, reloads: number[], lost = loss()) =>
    witnessed(tally({ losses: [lost] }), { read: () => read, reloads }).losses.map(({ how }) => how);

  it('takes a reset for that of an idle connection only when the proxy has not read the request and has just reloaded', () => {
    expect(kinds(false, [9500])).to.deep.equal(['idle reset']);
    expect(kinds(true, [9500])).to.deep.equal(['reset']);
    expect(kinds(false, [])).to.deep.equal(['reset']);
    expect(kinds(false, [2000])).to.deep.equal(['reset']);
    expect(kinds(false, [9500], loss({ how: 'status 503' }))).to.deep.equal(['status 503']);
    expect(kinds(false, [9500], loss({ how: 'reset' }))).to.deep.equal(['reset']);
  });

  it('bears resets of idle connections where the proxy reloads, and nothing else anywhere', () => {
    const lost = [loss({ how: 'idle reset' }), loss({ how: 'reset' }), loss({ how: 'status 503' })];
    expect(tooMuch(finding(nginx, [lane(nginx, { losses: lost })])).map(({ how }) => how)).to.deep.equal(['reset', 'status 503']);
    expect(tooMuch(finding(stable, [lane(stable, { losses: lost })]))).to.have.length(3);
  });

  it('counts every answer of a version that failed before its switch as lost', () => {
    const versions = { '3': { first: 1, last: 2, count: 2 }, '2': { first: 1, last: 2, count: 9 } };
    expect(finding(stable, [lane(stable, { versions }, ['3'])]).byKind).to.deep.equal({ 'failed version': 2 });
  });

  it('tells latency in a switch from latency outside of it', () => {
    const { inside, outside } = finding(stable, [lane(stable, {})]);
    expect([inside.max, outside.max]).to.deep.equal([9, 1]);
  });

  it('plays the ways in that are named, and refuses a name that there is not', () => {
    const ids = (list: string | undefined) => chosen(list, rows).map(({ id }) => id);
    expect(ids('nginx-removal, cluster-ip')).to.deep.equal(['cluster-ip', 'nginx-removal']);
    expect(ids(undefined)).to.deep.equal(rows.map(({ id }) => id));
    expect(() => ids('cluster-ip,traefik')).to.throw('no way in is called traefik; there are: nginx-versioned');
  });
});
