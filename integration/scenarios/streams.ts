/** Logs and events over WebSocket and as a followed answer. */

import { expect } from 'chai';
import type { DemoWish } from '../support/demo.ts';
import { openStream, type Stream } from '../support/stream.ts';
import { eventually, within } from '../support/wait.ts';
import type { User } from '../support/user.ts';
import type { World } from '../support/world.ts';
import { scenario, type Scenario } from './scenario.ts';

interface Message {
  type: string;
  seq: number;
  time: string;
  level?: string;
  message?: string;
  status?: string;
  kind?: string;
  action?: string;
  id?: string;
}

const logStream = ({ client }: User, id: string, query: Record<string, string | number> = {}, protocols: string[] = []): Stream =>
  openStream(client.url + client.pathOf(`/stream/deployments/${id}/logs`, { query }), { protocols, headers: client.headers });

/** Events without their times: a deletion has the time at which it was seen. */
const facts = (stream: Stream) =>
  stream
    .messages<Message>()
    .filter(({ type }) => type === 'event')
    .map(({ time: _, ...event }) => event);

const closed = (stream: Stream) => within('the stream is closed', 90_000, stream.closed);

/** The stored log up to an entry, as the plain stream sends it. */
async function storedUpTo(user: User, id: string, seq: number, after = 0): Promise<string> {
  const lines = await user.lines(id);
  return lines
    .filter(line => line.seq > after && line.seq <= seq)
    .map(({ time, message }) => `${time} ${message}\n`)
    .join('');
}

const started = async (world: World, wish: DemoWish = {}): Promise<string> => world.user.start(await world.user.describe(world.demo(wish)));

export const streamScenarios: Scenario[] = [
  scenario(
    'what twenty streams of deployments brought is the stored log to the byte, up to the outcome',
    async world => {
      const names = Array.from({ length: 10 }, (_, n) => `app-${n}`);
      const watched = await Promise.all(
        names.flatMap(appName =>
          [0, 1].map(async turn => {
            const id = await world.user.start(
              await world.user.describe(world.demo({ appName, ...(turn === 1 && appName === 'app-0' ? { image: 'missing' } : {}) })),
            );
            return { id, stream: logStream(world.user, id) };
          }),
        ),
      );
      expect(watched.length).to.equal(20);
      for (const { id, stream } of watched) {
        expect(await closed(stream), stream.text()).to.deep.include({ code: 1000 });
        const { endSeq = 0 } = await world.user.show(id);
        expect(endSeq).to.be.greaterThan(0);
        expect(stream.text()).to.equal(await storedUpTo(world.user, id, endSeq));
        expect((await world.user.log(id)).startsWith(stream.text())).to.equal(true);
      }
    },
    { limitMs: 180_000 },
  ),

  scenario('the stream of a finished deployment is its log in one frame, then close 1000', async world => {
    const { id } = await world.user.deploy(world.demo());
    const stream = logStream(world.user, id);
    expect((await closed(stream)).code).to.equal(1000);
    const { endSeq = 0 } = await world.user.show(id);
    expect(stream.frames).to.deep.equal([await storedUpTo(world.user, id, endSeq)]);
  }),

  scenario('an upgrade on the log itself is the same stream', async world => {
    const { id } = await world.user.deploy(world.demo());
    const { client } = world.user;
    const stream = openStream(client.url + client.pathOf(`/deployments/${id}/logs`), { headers: client.headers });
    expect((await closed(stream)).code).to.equal(1000);
    expect(await world.user.log(id)).to.include(stream.text());
  }),

  scenario('a stream that was cut resumes after the last entry without gap or repeat, in both protocols', async world => {
    const id = await started(world, { env: { START_DELAY: '2s' } });
    const first = logStream(world.user, id, {}, ['teal.v1']);
    await eventually('something came', 10_000, () => expect(first.frames.length).to.be.greaterThan(0));
    first.cut();
    await first.closed;
    const seen = first.messages<Message>();
    const last = seen.at(-1)?.seq ?? 0;
    const [messages, plain] = [logStream(world.user, id, { after: last }, ['teal.v1']), logStream(world.user, id, { after: last })];
    await Promise.all([closed(messages), closed(plain)]);
    const { endSeq = 0 } = await world.user.show(id);
    const rest = messages.messages<Message>().filter(({ type }) => type === 'log');
    expect([...seen, ...rest].map(({ seq }) => seq)).to.deep.equal(Array.from({ length: endSeq }, (_, index) => index + 1));
    expect(plain.text()).to.equal(await storedUpTo(world.user, id, endSeq, last));
  }),

  scenario('teal.v1 sends one message per entry and a last one with the outcome', async world => {
    const id = await started(world);
    const stream = logStream(world.user, id, {}, ['teal.v1']);
    expect((await closed(stream)).code).to.equal(1000);
    expect(stream.protocol()).to.equal('teal.v1');
    const messages = stream.messages<Message>();
    const end = messages.pop();
    const { endSeq } = await world.user.show(id);
    expect(end).to.include({ type: 'end', seq: endSeq, status: 'DEPLOYED' });
    const lines = (await world.user.lines(id)).filter(({ seq }) => seq <= (endSeq ?? 0));
    expect(messages.map(({ seq, time, level, message }) => ({ seq, time, level, message }))).to.deep.equal(
      lines.map(({ seq, time, level, message }) => ({ seq, time, level, message })),
    );
  }),

  scenario('a stream until settled stays for the lines of the drain', async world => {
    const one = await world.user.deploy(world.routed());
    const id = await world.user.start(await world.user.describe(world.routed({ image: 'v2', drainSeconds: 4 })));
    const [short, long] = [logStream(world.user, id), logStream(world.user, id, { until: 'settled' })];
    await world.user.ended(id);
    const old = logStream(world.user, one.id, { until: 'settled' });
    for (const stream of [short, long, old]) expect((await closed(stream)).code).to.equal(1000);
    const { endSeq = 0, settledSeq = 0 } = await world.user.show(id);
    expect(settledSeq).to.be.greaterThan(endSeq);
    expect(short.text()).to.equal(await storedUpTo(world.user, id, endSeq));
    expect(long.text()).to.equal(await storedUpTo(world.user, id, settledSeq));
    expect(old.text()).to.equal(await world.user.log(one.id));
  }),

  scenario('the stream of an undeployment ends when it is undeployed', async world => {
    const { id } = await world.user.deploy(world.routed());
    await world.user.remove(id);
    const stream = logStream(world.user, id);
    expect((await closed(stream)).code).to.equal(1000);
    expect(stream.text()).to.include(`Deployment ${id} undeployed.`);
    expect(stream.text()).to.equal(await world.user.log(id));
  }),

  scenario('a log that is followed over HTTP ends with the outcome and equals the stored one', async world => {
    const id = await started(world);
    const reply = await world.user.client.call('GET', `/deployments/${id}/logs`, { query: { follow: 'true' } });
    expect(reply.status).to.equal(200);
    const { endSeq = 0 } = await world.user.show(id);
    expect(reply.text).to.equal(await storedUpTo(world.user, id, endSeq));
  }),

  scenario('unknown id, missing namespace and a strange Origin are refused before the upgrade', async world => {
    const { client } = world.user;
    const { id } = await world.user.deploy(world.demo());
    const refused = async (path: string, status: number, headers = {}) => {
      const failure = await openStream(client.url + path, { headers: { ...client.headers, ...headers } }).opened.then(
        () => 'opened',
        (error: unknown) => (error as Error).message,
      );
      expect(failure, path).to.equal(`refused with ${status}`);
    };
    await refused(client.pathOf('/stream/deployments/01890000-0000-7000-8000-000000000000/logs'), 404);
    await refused(`/stream/deployments/${id}/logs`, 400);
    await refused(client.pathOf(`/stream/deployments/${id}/logs`, { query: { after: 'x' } }), 400);
    // Browsers send no token by themselves, so where one is needed the Origin says nothing.
    if (client.headers['authorization'] === undefined)
      await refused(client.pathOf(`/stream/deployments/${id}/logs`), 403, { origin: 'http://evil.example.test' });
    await refused('/stream/nothing', 404);
  }),

  scenario('a stream whose record is deleted is closed with 4404', async world => {
    const id = await started(world, { promotion: 'manual' });
    await world.user.reaches(id, 'waiting');
    const stream = logStream(world.user, id, { until: 'settled' });
    await stream.opened;
    await world.user.remove(id, { deleteDeployment: true });
    expect((await closed(stream)).code).to.equal(4404);
  }),

  scenario('the event stream tells every change of the namespace in order, and resumes without gap', async world => {
    const { client } = world.user;
    const open = (after?: number) =>
      openStream(client.url + client.pathOf('/stream/events', { query: { after } }), { protocols: ['teal.v1'], headers: client.headers });
    const all = open();
    await eventually('the stream is open', 10_000, () => expect(all.messages<Message>()[0]?.type).to.equal('open'));
    const { id, descriptor } = await world.user.deploy(world.demo());
    await world.user.undeploy(id);
    await world.user.remove(id, { deleteDeployment: true });
    const events = () => all.messages<Message>().filter(({ type }) => type === 'event');
    await eventually('the deletion is told', 10_000, () =>
      expect(events().at(-1)).to.include({ kind: 'deployment', action: 'deleted', id }),
    );
    expect(events()[0]).to.include({ kind: 'descriptor', action: 'created', id: descriptor.id });
    expect([
      ...new Set(
        events()
          .filter(({ kind }) => kind === 'deployment')
          .map(({ status }) => status),
      ),
    ]).to.include.members(['DEPLOYING', 'DEPLOYED', 'UNDEPLOYING', 'UNDEPLOYED']);
    const seqs = events().map(({ seq }) => seq);
    expect(seqs).to.deep.equal([...seqs].sort((a, b) => a - b));
    const middle = events()[2]?.seq ?? 0;
    const resumed = open(middle);
    await eventually('the rest is told again', 10_000, () =>
      expect(facts(resumed)).to.deep.equal(facts(all).filter(({ seq }) => seq > middle)),
    );
    all.cut();
    resumed.cut();
  }),

  scenario('events of one namespace are not told in another', async world => {
    const other = await world.another();
    const { client } = other.user;
    const stream = openStream(client.url + client.pathOf('/stream/events'), { protocols: ['teal.v1'], headers: client.headers });
    await stream.opened;
    await world.user.describe(world.demo());
    const { namespace: _, ...descriptor } = world.demo();
    const id = await other.user.describe(descriptor);
    await eventually('the own event came', 10_000, () =>
      expect(
        stream
          .messages<Message>()
          .filter(({ type }) => type === 'event')
          .map(event => event.id),
      ).to.deep.equal([id]),
    );
    stream.cut();
  }),
];
