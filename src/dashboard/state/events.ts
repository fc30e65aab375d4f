/** What happens in the namespaces that are looked at, as it happens. Each event also wakes whoever reads the overview. */

import { signal } from '@preact/signals';
import { openStream, type StreamState } from '../server/stream.ts';
import type { DeploymentEvent } from '../server/shapes.ts';

type Message = DeploymentEvent | { type: 'open'; seq: number; time: string };

/** The newest first; since the page was opened. */
export const events = signal<(DeploymentEvent & { namespace: string })[]>([]);
export const eventStates = signal<ReadonlyMap<string, StreamState>>(new Map());

const kept = 500;

const setState = (namespace: string, state: StreamState | undefined): void => {
  const states = new Map(eventStates.value);
  if (state === undefined) states.delete(namespace);
  else states.set(namespace, state);
  eventStates.value = states;
};

/** Streams of the namespaces; those that stay in the list stay open. */
export function createEventStreams(wake: () => void) {
  const open = new Map<string, () => void>();

  function follow(namespace: string): () => void {
    return openStream<Message>({
      path: 'stream/events',
      query: { namespace },
      take(messages) {
        const news = messages.flatMap(message => (message.type === 'event' ? [{ ...message, namespace }] : []));
        if (news.length > 0) events.value = [...news.reverse(), ...events.value].slice(0, kept);
        wake();
      },
      tell: state => setState(namespace, state),
    });
  }

  return {
    set(namespaces: readonly string[]): void {
      for (const [namespace, close] of open) {
        if (namespaces.includes(namespace)) continue;
        close();
        open.delete(namespace);
        setState(namespace, undefined);
      }
      for (const namespace of namespaces) if (!open.has(namespace)) open.set(namespace, follow(namespace));
    },
  };
}
