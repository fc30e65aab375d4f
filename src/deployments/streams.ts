/** What this room streams over WebSocket: the log of a deployment, and the events of a namespace. Frames are pure functions of what is stored. */

import { ChoiceField, IntegerParameter } from '../http/index.ts';
import { closings, stream, type Frames, type Stream } from '../sockets/index.ts';
import type { Deployments } from './deployments.ts';
import type { DeploymentEvent } from './events.ts';
import { logText } from './present.ts';
import type { Deployment, LogEntry } from './record.ts';
import type { Batch, TailEnd, TailRequest, Until } from './tail.ts';
import { untils } from './tail.ts';

/** The subprotocol with one JSON message per frame. */
export const protocol = 'teal.v1';

class LogStreamQuery {
  @IntegerParameter({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'Number of the last entry that the peer has' })
  after?: number;

  @ChoiceField({ choices: untils, description: 'Ends at the outcome (deployed, the default) or when nothing more will happen (settled)' })
  until?: Until;
}

class EventStreamQuery {
  @IntegerParameter({ min: 0, max: Number.MAX_SAFE_INTEGER, description: 'Position of the last event that the peer has' })
  after?: number;
}

export interface LogMessage extends LogEntry {
  type: 'log';
}

export interface EndMessage {
  type: 'end';
  /** Number of the last entry that was sent. */
  seq: number;
  time: string;
  status: Deployment['status'];
  phase: Deployment['phase'];
  reason?: Deployment['reason'];
}

/** The first message of an event stream: from here on nothing is missed. */
export interface OpenMessage {
  type: 'open';
  seq: number;
  time: string;
}

export type Message = LogMessage | EndMessage | OpenMessage | DeploymentEvent;

const text = (message: Message): string => JSON.stringify(message);

/** Everybody who follows the same deployment gets the same batches, so the frames made of one are kept with it. */
function framing(make: (batch: Batch) => readonly string[]): (batch: Batch) => readonly string[] {
  const made = new WeakMap<Batch, readonly string[]>();
  return batch => {
    const frames = made.get(batch) ?? make(batch);
    made.set(batch, frames);
    return frames;
  };
}

const plainFrames = framing(batch => [logText(batch)]);
const messageFrames = framing(batch => batch.map(entry => text({ type: 'log', ...entry })));

const closingOf = { complete: closings.complete, deleted: closings.deleted, aborted: closings.shuttingDown } as const satisfies Record<
  TailEnd['why'],
  unknown
>;

async function* logFrames(deployments: Deployments, request: TailRequest, asMessages: boolean): Frames {
  const tail = deployments.follow(request);
  let seq = request.after;
  try {
    for (;;) {
      const { done, value } = await tail.next();
      if (done === true) {
        if (asMessages && value.why === 'complete') yield [text(endMessage(value.deployment, seq))];
        return closingOf[value.why];
      }
      seq = value.at(-1)?.seq ?? seq;
      yield asMessages ? messageFrames(value) : plainFrames(value);
    }
  } finally {
    await tail.return({ why: 'aborted' });
  }
}

const endMessage = ({ lastModified, status, phase, reason }: Deployment, seq: number): EndMessage => ({
  type: 'end',
  seq,
  time: lastModified,
  status,
  phase,
  ...(reason ? { reason } : {}),
});

async function* eventFrames(
  deployments: Deployments,
  namespace: string,
  after: number | undefined,
  now: () => number,
  signal: AbortSignal,
): Frames {
  const events = deployments.events({ namespace, after, signal });
  try {
    for (let first = true; ; first = false) {
      const { done, value } = await events.next();
      if (done === true) return value === 'too-old' ? closings.tooOld : closings.shuttingDown;
      if (first) yield [text({ type: 'open', seq: value.seq, time: new Date(now()).toISOString() })];
      if (value.events.length > 0) yield value.events.map(text);
    }
  } finally {
    await events.return('aborted');
  }
}

export function deploymentStreams({ deployments, now }: { deployments: Deployments; now: () => number }): Stream[] {
  return [
    stream<LogStreamQuery>({
      paths: ['/stream/deployments/{id}/logs', '/deployments/{id}/logs'],
      name: 'streamLog',
      access: 'viewer',
      protocols: [protocol, ''],
      query: LogStreamQuery,
      async open({ param, query, namespace, protocol: agreed }) {
        const { id } = await deployments.get(namespace, param('id'));
        const { after = 0, until = 'deployed' } = query;
        return signal => logFrames(deployments, { namespace, id, after, until, signal }, agreed === protocol);
      },
    }),
    stream<EventStreamQuery>({
      paths: ['/stream/events'],
      name: 'streamEvents',
      access: 'viewer',
      protocols: [protocol, ''],
      query: EventStreamQuery,
      open: ({ query, namespace }) => Promise.resolve(signal => eventFrames(deployments, namespace, query.after, now, signal)),
    }),
  ];
}
