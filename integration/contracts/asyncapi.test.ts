/** api/asyncapi.yaml is a valid document, says what the stream table says, and describes the frames that really come. */

import { Parser, type AsyncAPIDocumentInterface } from '@asyncapi/parser';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { readFile } from 'node:fs/promises';
import { deploymentStreams } from '../../src/deployments/index.ts';
import { phases } from '../../src/deployments/record.ts';
import { transitions } from '../../src/deployments/transitions.ts';
import { fieldsOf } from '../../src/http/index.ts';
import { closings } from '../../src/sockets/index.ts';
import { namespace } from '../../src/testing/deployments-room.ts';
import { startRoom, type RoomServer } from '../../src/testing/room-server.ts';
import { openStream } from '../support/stream.ts';
import { eventually, within } from '../support/wait.ts';

interface Channel {
  address: string;
  messages: Record<string, unknown>;
  bindings: { ws: { query: { required: string[]; properties: Record<string, unknown> } } };
}

describe('the AsyncAPI document', function () {
  let text: string;
  let document: AsyncAPIDocumentInterface;
  let room: RoomServer;
  const validators = new Map<string, ValidateFunction>();

  before(async () => {
    text = await readFile(new URL('../../api/asyncapi.yaml', import.meta.url), 'utf8');
    const parsed = await new Parser().parse(text);
    // The version is the one that was agreed on.
    const remarks = parsed.diagnostics
      .filter(({ code }) => code !== 'asyncapi-latest-version')
      .map(({ message, path }) => `${path.join('.')}: ${message}`);
    expect(remarks).to.eql([]);
    document = parsed.document as AsyncAPIDocumentInterface;
    const ajv = new Ajv({ strict: false, allErrors: true });
    addFormats.default(ajv);
    for (const message of document.allMessages())
      validators.set(message.name() ?? '', ajv.compile(plain(message.payload()?.json()) as object));
    room = await startRoom();
  });
  after(() => room.stop());

  /** Without what the parser adds. */
  const plain = (schema: unknown): unknown =>
    JSON.parse(JSON.stringify(schema, (key, value: unknown) => (key.startsWith('x-parser-') ? undefined : value)));

  const channels = () => Object.values(document.json<{ channels: Record<string, Channel> }>().channels);

  /** Fails unless the frame is one of the named messages, whole. */
  function hold(frame: unknown, ...names: string[]): void {
    const faults = names.map(name => {
      const validate = validators.get(name);
      if (!validate) throw new Error(`no message ${name}`);
      return validate(frame) ? undefined : `${name}: ${JSON.stringify(validate.errors)}`;
    });
    if (!faults.includes(undefined)) throw new Error(`${JSON.stringify(frame)} is none of these: ${faults.join('; ')}`);
  }

  it('has a channel for each stream, with its parameters', () => {
    const streams = deploymentStreams({ deployments: room.deployments, now: () => 0 });
    expect(channels().map(({ address }) => address)).to.have.members(streams.map(({ paths }) => paths[0]));
    for (const { paths, query } of streams) {
      const channel = channels().find(({ address }) => address === paths[0]);
      const documented = channel?.bindings.ws.query;
      expect(Object.keys(documented?.properties ?? {})).to.have.members(['namespace', ...fieldsOf(query)]);
      expect(documented?.required).to.eql(['namespace']);
    }
  });

  it('names every close code', () => {
    for (const { code, reason } of Object.values(closings)) expect(text).to.contain(`${code} \`${reason}\``);
  });

  it('knows every phase and every status', () => {
    const schemas = document.json<{ components: { schemas: Record<string, { enum: string[] }> } }>().components.schemas;
    expect(schemas['Phase']?.enum).to.eql([...phases]);
    expect(schemas['Status']?.enum).to.have.members(Object.keys(transitions));
  });

  it('describes the frames of both log protocols', async () => {
    const { id } = await room.deploy();
    await room.write(id, { phase: 'starting' }, { queue: [], other: id }, [{ level: 'warn', message: 'starting', phase: 'starting' }]);
    const url = `${room.url}/stream/deployments/${id}/logs?namespace=${namespace}`;
    const streams = [openStream(url), openStream(url, { protocols: ['teal.v1'] })] as const;
    const reason = { code: 'TIMEOUT', message: 'too late' } as const;
    await room.write(id, { status: 'FAILURE', phase: 'settled', reason }, { other: undefined as never }, [
      { level: 'error', message: 'Deployment failed!' },
    ]);
    await within('close', 3000, Promise.all(streams.map(stream => stream.closed)));
    for (const frame of streams[0].frames) hold(frame, 'text');
    const messages = streams[1].messages();
    expect(messages).to.have.length(5);
    for (const message of messages.slice(0, -1)) hold(message, 'log');
    hold(messages.at(-1), 'end');
    expect(() => hold({ ...messages[0], extra: 1 }, 'log', 'end')).to.throw('none of these');
  });

  it('describes the frames of the event stream', async () => {
    const stream = openStream(`${room.url}/stream/events?namespace=${namespace}`, { protocols: ['teal.v1'] });
    await eventually('open', 3000, () => expect(stream.frames).to.have.length(1));
    const { id } = await room.deploy({ appName: 'other', frontend: 'other.example.test' });
    await room.deployments.remove({ namespace, id, principal: 'tester', deleteDeployment: true });
    await eventually('two events', 3000, () => expect(stream.frames).to.have.length(3));
    const [first, ...rest] = stream.messages();
    hold(first, 'open');
    for (const event of rest) hold(event, 'event');
    stream.cut();
  });
});
