/**
 * Requests that chance makes from the API document, upgrades, and bodies of damaged bytes: whatever is sent, the answer is in time, is one that the document promises, and is
 * never our fault. `TEAL_FUZZ_SEED` and `TEAL_FUZZ_RUNS` change what is drawn; a failure prints the seed that brings it back.
 */

import { connect } from 'node:net';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { demo } from '../support/demo.ts';
import { anyEtcd, findEtcd } from '../support/find-etcd.ts';
import { openapiPath } from '../support/openapi.ts';
import { within } from '../support/wait.ts';
import { parseAnswer, type Wired } from '../support/wire.ts';
import { besiege, bytesOf, type Besieged, type Shot } from './besieged.ts';
import { expectDecent } from './hostile/attack.ts';
import { damaged, hostile, operationsOf, valuesOf, type Operation } from './requests.ts';

const seed = Number(process.env['TEAL_FUZZ_SEED'] ?? 20_260_101);
const runs = Number(process.env['TEAL_FUZZ_RUNS'] ?? 25);
const boundMs = 5000;

const document = parse(readFileSync(openapiPath, 'utf8')) as Parameters<typeof operationsOf>[0];
const operations = operationsOf(document);

const texts = hostile.map(value => (typeof value === 'string' ? value : JSON.stringify(value)));
/** Any text as a part of a target: what cannot stand there is encoded, what can often is not. */
const encoded = (text: string): string =>
  Array.from(Buffer.from(text), byte =>
    byte > 0x20 && byte < 0x7f && !'#?&/'.includes(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).padStart(2, '0')}`,
  ).join('');

function requestsTo({ method, path, parameters, body }: Operation, ids: () => string[]): fc.Arbitrary<Shot> {
  const query = parameters
    .filter(parameter => parameter.in === 'query' && parameter.name !== 'wait')
    .map(({ name, required, schema }) => {
      const good =
        name === 'namespace'
          ? fc.constant('shop')
          : name === 'descriptorId'
            ? fc.nat().map(index => idAt(ids(), index))
            : valuesOf(schema, document).map(String);
      const value = fc.oneof({ weight: 9, arbitrary: good }, { weight: 1, arbitrary: texts });
      return fc.oneof(
        { weight: required ? 19 : 1, arbitrary: value.map(text => [`${name}=${encoded(text)}`]) },
        { weight: 1, arbitrary: fc.constant<string[]>([]) },
      );
    });
  const id = fc.oneof({ weight: 3, arbitrary: fc.nat().map(index => idAt(ids(), index)) }, { weight: 1, arbitrary: texts.map(encoded) });
  const content =
    body === undefined
      ? fc.constant(undefined)
      : fc.oneof(
          valuesOf(body, document).map(value => JSON.stringify(value)),
          damaged(JSON.stringify(demo('shop'))),
          fc.uint8Array({ maxLength: 50 }).map(bytes => Buffer.from(bytes)),
        );
  return fc.tuple(fc.tuple(...query), id, content).map(([parts, one, sent]) => ({
    line: `${method} ${path.replace('{id}', () => one)}?${parts.flat().join('&')}`,
    ...(sent === undefined ? {} : { body: sent }),
  }));
}
const idAt = (ids: string[], index: number): string => ids[index % ids.length] ?? '';

/** What comes back first on a connection that may stay open. */
function firstAnswer(port: number, bytes: Buffer): Promise<Wired> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let received = Buffer.alloc(0);
    const look = (last: boolean) => {
      const answer = parseAnswer(received);
      if (answer && (last || answer.status === 101)) {
        resolve(answer);
        socket.destroy();
      } else if (last) reject(new Error(`cut without an answer: ${received.toString()}`));
    };
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      look(false);
    });
    socket.once('end', () => look(true));
    socket.once('error', reject);
  });
}

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

  const ids = () => ['01900000-0000-7000-8000-000000000000', besieged.own.descriptor, besieged.own.deployment, besieged.foreign.deployment];
  const holds = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>, numRuns: number) =>
    fc.assert(fc.asyncProperty(arbitrary, check), {
      seed,
      numRuns,
      plugins: [fc.interruptAfterTimeLimit(60_000, { failOnInterrupt: false })],
    });

  for (const operation of operations) {
    it(`${operation.method} ${operation.path} answers as the document says`, async function () {
      this.timeout(120_000);
      await holds(
        requestsTo(operation, ids),
        async shot => {
          const answer = await besieged.send(shot, boundMs);
          expect(answer.status, `${shot.line} -> ${answer.text}`).to.be.below(500);
          if (operation.path !== '/openapi.json') expectDecent(answer);
          const [method = '', target = ''] = shot.line.split(' ');
          if (answer.status !== 431) besieged.contract.check(method, target.split('?')[0] ?? '', answer);
          expect(besieged.server.process.running).to.equal(true);
        },
        runs,
      );
    });
  }

  it('an upgrade is opened or refused, whatever it says', async function () {
    this.timeout(120_000);
    const maybe = (usual: string, ...others: string[]) =>
      fc.option(fc.constantFrom(usual, usual, usual, ...others), { nil: undefined, freq: 8 });
    const upgrades = fc.record({
      path: fc.constantFrom(
        '/stream/events',
        '/stream/events',
        '/stream/deployments/ID/logs',
        '/deployments/ID/logs',
        '/',
        '/stream',
        '//stream//events/',
        '/descriptors/',
        '/%2e%2e/stream',
      ),
      query: fc.constantFrom(
        '?namespace=shop',
        '?namespace=shop',
        '?namespace=bank',
        '',
        '?namespace=shop&after=9',
        '?namespace=shop&until=settled',
        '?namespace=shop&x=y',
      ),
      method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'HEAD', 'OPTIONS'),
      token: fc.constantFrom(undefined, undefined, null, 'a.b.c'),
      headers: fc.record({
        Connection: fc.constantFrom('Upgrade', 'upgrade, keep-alive'),
        Upgrade: fc.constantFrom('websocket', 'websocket', 'WebSocket', 'h2c', 'websocket, x', 'é'),
        'Sec-WebSocket-Key': maybe('AAAAAAAAAAAAAAAAAAAAAA==', '', 'x', '=='),
        'Sec-WebSocket-Version': maybe('13', '8', '0', '99', 'x'),
        'Sec-WebSocket-Protocol': fc.option(
          fc.constantFrom('teal.v1', 'bearer, x', 'bearer', ',', 'a b', 'teal.v1, teal.v1', 'x'.repeat(3000)),
          { nil: undefined },
        ),
        'Sec-WebSocket-Extensions': fc.option(fc.constantFrom('permessage-deflate', ';', 'permessage-deflate; server_max_window_bits=99'), {
          nil: undefined,
        }),
        Origin: fc.option(fc.constantFrom('http://127.0.0.1', 'null', 'https://evil.test', ':'), { nil: undefined, freq: 3 }),
      }),
    });
    await holds(
      upgrades,
      async ({ path, query, method, token, headers }) => {
        const line = `${method} ${path.replace('ID', besieged.own.deployment)}${query}`;
        const shot: Shot = { line, headers, ...(token === undefined ? {} : { token }) };
        const answer = await within(line, boundMs, firstAnswer(besieged.port, bytesOf(shot)));
        if (answer.status === 101) return;
        expect(answer.status, answer.text).to.be.within(400, 499);
        expectDecent(answer);
      },
      runs * 8,
    );
  });

  it('a head of damaged bytes is answered, or its connection is ended', async function () {
    this.timeout(120_000);
    const head = bytesOf({ line: 'GET /descriptors/?namespace=shop' }).toString('latin1').replace('\r\n\r\n', '');
    await holds(
      damaged(head),
      async bytes => {
        const end = Buffer.from('\r\nConnection: close\r\n\r\n');
        const answer = await besieged
          .send({ line: 'GET /livez' })
          .then(() => within('the answer', boundMs, firstAnswer(besieged.port, Buffer.concat([bytes, end]))));
        expect(answer.status, answer.text).to.be.below(500);
        expectDecent(answer);
      },
      runs * 4,
    );
  });
}

describe('fuzzing', () => {
  if (findEtcd('3.6') === undefined && findEtcd('3.4') === undefined) {
    if (process.env['TEAL_TEST_REQUIRE_ALL']) it('can run here', () => void anyEtcd());
    else it.skip('is left out: there is no etcd on this machine');
  } else onEtcd();
});
