/** The log of one deployment, as it grows. */

import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { openStream, type StreamState } from '../server/stream.ts';
import { appended } from './log-blocks.ts';
import type { LogEntry, Phase, Reason, Status } from '../server/shapes.ts';

type LogMessage = ({ type: 'log' } & LogEntry) | { type: 'end'; seq: number; time: string; status: Status; phase: Phase; reason?: Reason };

export interface Log {
  blocks: ReadonlySignal<readonly (readonly LogEntry[])[]>;
  state: ReadonlySignal<StreamState>;
  count: ReadonlySignal<number>;
  close(): void;
}

export function followLog(namespace: string, id: string): Log {
  const blocks = signal<readonly (readonly LogEntry[])[]>([]);
  const state = signal<StreamState>('connecting');
  let last = 0;
  const close = openStream<LogMessage>({
    path: `stream/deployments/${id}/logs`,
    query: { namespace, until: 'settled' },
    take(messages) {
      const lines = messages.flatMap(message => {
        if (message.type !== 'log' || message.seq <= last) return [];
        last = message.seq;
        const { type: _, ...entry } = message;
        return [entry];
      });
      if (lines.length > 0) blocks.value = appended(blocks.value, lines);
    },
    tell: next => (state.value = next),
  });
  return { blocks, state, count: computed(() => blocks.value.reduce((sum, block) => sum + block.length, 0)), close };
}
