/**
 * What authentication costs: the same requests to a Teal that asks for tokens and to one that does not, in one run, in turns.
 * Run: `npx tsx integration/bench/auth.ts [rounds]`. Prints a table; exits 1 when the throughput falls under the wanted ratio.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { demo } from '../support/demo.ts';
import { startTeal } from '../support/teal-process.ts';
import { createTokens } from '../support/tokens.ts';

const wantedRatio = 0.9;
const rounds = Number(process.argv[2] ?? 21);
const requestsPerTurn = 400;
const atOnce = 8;
const namespace = 'shop';

interface Contender {
  name: string;
  /** Resolves when one request is answered with 200. */
  ask(): Promise<void>;
  close(): Promise<void>;
}

const median = (numbers: number[]): number => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const dir = await mkdtemp(join(tmpdir(), 'teal-bench-'));
const tokens = createTokens();

/** A Teal with one descriptor, which is asked for again and again. The cluster is not needed for that. */
async function contender(name: string, settings: string[], headers: Record<string, string>): Promise<Contender> {
  const teal = await startTeal(['--kubernetes', 'http://127.0.0.1:1', '--data-dir', join(dir, name), ...settings]);
  const pool = new Pool(teal.url, { connections: atOnce });
  const body = JSON.stringify(demo(namespace));
  const made = await pool.request({ method: 'POST', path: `/descriptors/?namespace=${namespace}`, headers, body });
  await made.body.dump();
  const path = String(made.headers['location']);
  return {
    name,
    async ask() {
      const answer = await pool.request({ method: 'GET', path, headers });
      await answer.body.dump();
      if (answer.statusCode !== 200) throw new Error(`${name} answered ${answer.statusCode}`);
    },
    async close() {
      await pool.close();
      await teal.stop();
    },
  };
}

/** Requests per second. */
async function rate({ ask }: Contender): Promise<number> {
  const from = performance.now();
  let left = requestsPerTurn;
  const lane = async () => {
    while (left-- > 0) await ask();
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return (requestsPerTurn * 1000) / (performance.now() - from);
}

const token = tokens.make({ sub: 'bench', namespaces: [namespace], roles: ['deployer'] });
const without = await contender('without', [], {});
const withToken = await contender('with token', tokens.args, { authorization: `Bearer ${token}` });
try {
  for (const one of [without, withToken]) for (let warm = 0; warm < 4; warm++) await rate(one);
  const pairs: { without: number; withToken: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    // Who goes first has it neither better nor worse over all.
    const turns = round % 2 === 0 ? [without, withToken] : [withToken, without];
    const rates = new Map<Contender, number>();
    for (const one of turns) rates.set(one, await rate(one));
    pairs.push({ without: rates.get(without) ?? NaN, withToken: rates.get(withToken) ?? NaN });
  }
  const ratio = median(pairs.map(pair => pair.withToken / pair.without));
  console.log(`GET of one descriptor, ${atOnce} at once, medians of ${rounds} rounds of ${requestsPerTurn} requests`);
  console.log(`without token  ${median(pairs.map(pair => pair.without)).toFixed(0)} per second`);
  console.log(`with token     ${median(pairs.map(pair => pair.withToken)).toFixed(0)} per second`);
  console.log(`ratio          ${ratio.toFixed(3)} (wanted: ${wantedRatio} or more)`);
  process.exitCode = ratio >= wantedRatio ? 0 : 1;
} finally {
  await Promise.all([without.close(), withToken.close()]);
  tokens.dispose();
  await rm(dir, { recursive: true, force: true });
}
