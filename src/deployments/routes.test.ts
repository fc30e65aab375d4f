import { expect } from 'chai';
import { request, type Dispatcher } from 'undici';
import { namespace } from '../testing/deployments-room.ts';
import { startRoom, type RoomServer } from '../testing/room-server.ts';
import { prefersJson } from './log-route.ts';

describe('the routes of deployments', function () {
  let room: RoomServer;
  beforeEach(async () => (room = await startRoom()));
  afterEach(() => room.stop());

  async function call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const full = `${room.url}${path}${path.includes('?') ? '&' : '?'}namespace=${namespace}`;
    const body = options.body === undefined ? null : typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    const answer = await request(full, { method, body, headers: options.headers ?? {} });
    const text = await answer.body.text();
    const json = <T = Record<string, unknown>>() => JSON.parse(text) as T;
    return { status: answer.statusCode, headers: answer.headers, text, json };
  }

  const deploy = (headers: Record<string, string> = {}, body?: unknown) =>
    call('POST', `/deployments/?descriptorId=${room.describe()}`, { headers, ...(body === undefined ? {} : { body }) });

  it('accept a deployment with a Location that can be asked for as it stands', async () => {
    const answer = await deploy();
    const { id } = answer.json<{ id: string }>();
    expect(answer.status).to.equal(202);
    expect(answer.headers['location']).to.equal(`/deployments/${id}/?namespace=${namespace}`);
    for (const prefix of ['', '/']) {
      const followed = await request(`${room.url}${prefix}${String(answer.headers['location'])}`);
      expect(followed.statusCode).to.equal(200);
      expect(await followed.body.json()).to.eql(answer.json());
    }
  });

  it('take images from a body sent as a form, as curl does, and refuse what is no image map', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await deploy(form, { images: { web: 'web:9' } });
    expect(
      answer.json<{ descriptor: { podspec: { containers: { image: string }[] } } }>().descriptor.podspec.containers[0]?.image,
    ).to.equal('web:9');
    for (const body of [{ images: [] }, { images: { web: 1 } }, { images: { other: 'x' } }, { image: 'x' }, [], 'nonsense']) {
      const refused = await deploy(form, body);
      expect(refused.status).to.equal(400);
      expect(refused.json<{ errors: unknown[] }>().errors).to.have.length(1);
    }
  });

  it('answer the same deployment under the same Idempotency-Key, and 422 for another request', async () => {
    const id = room.describe();
    const path = `/deployments/?descriptorId=${id}`;
    const headers = { 'idempotency-key': 'once' };
    const [first, second] = [await call('POST', path, { headers }), await call('POST', path, { headers })];
    expect(second.headers['location']).to.equal(first.headers['location']);
    const other = await call('POST', path, { headers, body: { images: { web: 'web:2' } } });
    expect(other.status).to.equal(422);
    expect(other.json()).to.include({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('have the text status on one line of what we write, whatever the reason and the warnings say', async () => {
    const { id } = await room.deploy();
    const reason = { code: 'UNHEALTHY', message: 'pod answered with Status 500, status unknown' } as const;
    await room.write(
      id,
      {
        status: 'FAILURE',
        phase: 'settled',
        reason,
        warnings: ['the status page is off'],
        settledAt: new Date().toISOString(),
        leftovers: ['Service x'],
      },
      { queue: [] },
    );
    const { text } = await call('GET', `/deployments/${id}/`);
    expect(text.split('\n').filter(line => /status/i.test(line))).to.eql(['  "status": "FAILURE",']);
    expect(text).to.contain('pod answered with State 500, state unknown');
  });

  it('show nothing of wishes, owners and the inside of the log', async () => {
    const { id } = await room.deploy();
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: false });
    const view = (await call('GET', `/deployments/${id}/`)).json();
    expect(view).to.have.all.keys(
      'id',
      'created',
      'lastModified',
      'version',
      'status',
      'phase',
      'reason',
      'settledAt',
      'principal',
      'logSeq',
      'endSeq',
      'settledSeq',
      'descriptor',
    );
  });

  it('list newest first, in pages that are linked', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift((await room.deploy()).id);
    await room.deploy({ appName: 'other', frontend: 'other.example.test' });
    const listed: string[] = [];
    let next: string | undefined = `/deployments/?appname=shop&limit=2&namespace=${namespace}`;
    for (let pages = 0; next !== undefined; pages++) {
      expect(pages).to.be.lessThan(3);
      const answer: Dispatcher.ResponseData = await request(room.url + next);
      listed.push(...((await answer.body.json()) as { id: string }[]).map(({ id }) => id));
      next = /^<(.*)>; rel="next"$/.exec(String(answer.headers['link'] ?? ''))?.[1];
    }
    expect(listed).to.eql(ids);
    expect((await call('GET', '/deployments/?appname=nobody')).json()).to.eql([]);
    for (const query of ['limit=0', 'limit=x', 'limit=-1', 'continue=x', 'appname=A_B', 'limit=1&limit=2']) {
      expect((await call('GET', `/deployments/?${query}`)).status, query).to.equal(400);
    }
  });

  it('wait for a change between 1 and 60 seconds', async () => {
    const { id } = await room.deploy();
    let answered = false;
    const waited = call('GET', `/deployments/${id}/?wait=30s`).finally(() => (answered = true));
    // The request may be read before or after any one change.
    while (!answered) {
      for (const phase of ['starting', 'verifying'] as const) await room.write(id, { phase });
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    expect((await waited).json()).to.include({ status: 'DEPLOYING' });
    expect((await call('GET', `/deployments/${id}/?wait=1`)).json()).to.include({ phase: 'verifying' });
    for (const wait of ['0', '61s', '-1', 'x', '1m', ''])
      expect((await call('GET', `/deployments/${id}/?wait=${wait}`)).status, wait).to.equal(400);
    expect((await call('GET', `/deployments/${id}/?wait=1s&until=never`)).status).to.equal(400);
  });

  it('redeploy, undeploy and roll back with the Location of what the client shall look at', async () => {
    const first = (await room.deploy()).id;
    await room.serve(first);
    const again = await call('PUT', `/deployments/${first}/`, { body: 'ignored', headers: { 'content-type': 'image/png' } });
    expect(again.status).to.equal(202);
    const second = again.json<{ id: string }>().id;
    expect(again.headers['location']).to.equal(`/deployments/${second}/?namespace=${namespace}`);
    await room.serve(second);
    const waiting = (await room.deploy()).id;
    const back = await call('POST', `/deployments/${second}/rollback`);
    expect(back.status).to.equal(202);
    expect(back.json()).to.deep.include({ version: '1', rollbackOf: second, cancelled: [waiting] });
    expect(back.headers['location']).to.equal(`/deployments/${String(back.json()['id'])}/?namespace=${namespace}`);
    const gone = await call('DELETE', `/deployments/${second}/`);
    expect([gone.status, gone.text, gone.headers['location']]).to.eql([202, '', `/deployments/${second}/?namespace=${namespace}`]);
    expect((await call('GET', `/deployments/${second}/`)).json()).to.include({ status: 'UNDEPLOYING' });
  });

  it('clear the history of an app', async () => {
    const { id } = await room.deploy();
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: false });
    expect((await call('DELETE', '/deployments/?appname=shop')).json()).to.eql({ deleted: [id], undeploying: [] });
    expect((await call('DELETE', '/deployments/')).status).to.equal(400);
    expect((await call('DELETE', '/deployments/?appname=shop&undeploy=yes')).status).to.equal(400);
  });

  it('answer 404 for what is not there, and 409 for what cannot be now', async () => {
    const { id } = await room.deploy();
    for (const unknown of ['00000000-0000-7000-8000-000000000000', '..', 'x']) {
      for (const [method, path] of [
        ['GET', ''],
        ['PUT', ''],
        ['DELETE', ''],
        ['GET', 'logs'],
        ['GET', 'healthcheckdata'],
        ['POST', 'promote'],
        ['POST', 'abort'],
        ['POST', 'rollback'],
      ] as const) {
        expect((await call(method, `/deployments/${encodeURIComponent(unknown)}/${path}`)).status, `${method} ${unknown}/${path}`).to.equal(
          404,
        );
      }
    }
    expect((await call('POST', `/deployments/${id}/promote`)).json()).to.include({ code: 'NOT_WAITING' });
    expect((await call('POST', `/deployments/${id}/rollback`)).json()).to.include({ code: 'NOT_LIVE' });
    expect((await call('GET', `/deployments/${id}/healthcheckdata`)).json()).to.eql([]);
  });
});

describe('the form of a log', () => {
  for (const [accept, json] of [
    [undefined, false],
    ['*/*', false],
    ['text/plain', false],
    ['application/json', true],
    ['application/json, text/plain, */*', true],
    ['text/plain, application/json;q=0.9', false],
    ['application/json;q=0', false],
  ] as const) {
    it(`is ${json ? 'JSON' : 'text'} for Accept: ${String(accept)}`, () => {
      expect(prefersJson(accept)).to.equal(json);
    });
  }
});
