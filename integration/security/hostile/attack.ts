/** One hostile input: the row of the list of bad inputs that it belongs to, what is sent, and the exact answer. */

import { expect } from 'chai';
import type { Wired } from '../../support/wire.ts';
import type { Besieged, Shot } from '../besieged.ts';

export interface Attack {
  /** In section 2.4 of the reliability reference. */
  row: number;
  what: string;
  /** Sends it and checks the answer. */
  run(besieged: Besieged): Promise<void>;
  /** What is sent is partly legitimate: it writes, and checks itself what. */
  writes?: true;
}

export interface Expected {
  status: number;
  /** Of the problem; absent where the answer is no refusal. */
  code?: string;
  /** Pointers of its errors, in any order; absent = not looked at. */
  pointers?: string[];
  headers?: Record<string, string | RegExp>;
  text?: RegExp;
  /** Most CPU time that one such request takes beyond that of a good one, ms, on average of several. */
  cpuMs?: number;
}

interface ProblemText {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  requestId: string;
  errors: { pointer: string; message: string }[];
}

/** What every answer keeps, whatever was asked. */
export function expectDecent({ status, headers, text }: Wired): void {
  expect(headers).to.include({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' });
  expect(headers['content-security-policy']).to.include("default-src 'none'");
  expect(headers['x-request-id']).to.match(/^[\w.-]{8,64}$/);
  expect(headers).to.not.have.any.keys('server', 'x-powered-by', 'access-control-allow-origin', 'set-cookie');
  if (status < 400) return;
  expect(headers['content-type'], text).to.equal('application/problem+json; charset=utf-8');
  expect(text).to.not.match(/node_modules|\.[jt]s:\d+|\bat [\w.]+ \((?!--)|\/src\/|\/dist\//);
  const problem = JSON.parse(text) as ProblemText;
  expect(Object.keys(problem)).to.deep.equal(['type', 'title', 'status', 'detail', 'code', 'requestId', 'errors']);
  expect([problem.status, problem.requestId]).to.deep.equal([status, headers['x-request-id']]);
  if (status === 401) expect(headers['www-authenticate']).to.equal('Bearer realm="teal"');
}

export function expectAnswer(answer: Wired, expected: Expected): void {
  const problem = answer.status >= 400 ? (JSON.parse(answer.text) as ProblemText) : undefined;
  expect([answer.status, problem?.code], answer.text.slice(0, 600)).to.deep.equal([expected.status, expected.code]);
  expectDecent(answer);
  if (expected.pointers)
    expect(
      problem?.errors.map(({ pointer }) => pointer),
      answer.text.slice(0, 600),
    ).to.have.members(expected.pointers);
  for (const [name, value] of Object.entries(expected.headers ?? {})) expect(answer.headers[name], name).to.match(new RegExp(value));
  if (expected.text) expect(answer.text).to.match(expected.text);
}

const lots = 3;
const shotsOfALot = 5;

/** CPU time of one such request, ms: that of the cheapest lot, for neighbours on the machine can only make it dearer. */
async function costOf({ cpuMs, send }: Besieged, shot: Shot): Promise<number> {
  let least = Infinity;
  for (let lot = 0; lot < lots; lot++) {
    const before = await cpuMs();
    for (let count = 0; count < shotsOfALot; count++) await send(shot);
    least = Math.min(least, ((await cpuMs()) - before) / shotsOfALot);
  }
  return least;
}

type Ask = Shot | ((besieged: Besieged) => Shot);

/** CPU of an ordinary request on the machine that the bounds were measured on. */
const usualMs = 4;

/** An input of which everything is in one request and its answer. */
export function attack(
  row: number,
  what: string,
  ask: Ask,
  status: number,
  code?: string,
  more: Omit<Expected, 'status' | 'code'> = {},
): Attack {
  const expected = { status, ...(code === undefined ? {} : { code }), ...more };
  return {
    row,
    what,
    async run(besieged) {
      const shot = typeof ask === 'function' ? ask(besieged) : ask;
      expectAnswer(await besieged.send(shot), expected);
      if (expected.cpuMs === undefined) return;
      const usual = await costOf(besieged, { line: 'GET /descriptors/?namespace=shop' });
      // A slower machine takes longer for everything.
      const limitMs = expected.cpuMs * Math.max(1, usual / usualMs);
      expect((await costOf(besieged, shot)) - usual, 'CPU of one beyond the usual, ms').to.be.below(limitMs);
    },
  };
}

/** Pointers into the body that are wrong. */
export const invalid = (row: number, what: string, ask: Ask, ...pointers: string[]): Attack =>
  attack(row, what, ask, 400, 'INVALID', { pointers });
