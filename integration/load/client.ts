/**
 * The load client, a process of its own: sends by the clock, whatever becomes of earlier requests (open loop). The collector of garbage of the tests, or of Teal,
 * does not disturb it.
 */

import type { Aim, FromClient, ShotKind, ToClient } from './messages.ts';
import { createGun } from './shots.ts';
import { createSocketGun } from './socket-shots.ts';
import { createCounter, now, type Counter } from './tally.ts';

/** The mixture, in turns of 25: 16 on kept connections, 5 on new ones, 3 posts, 1 slow. */
const turns: Exclude<ShotKind, 'socket'>[] = Array.from({ length: 25 }, (_, index) =>
  index === 12 ? 'slow' : index % 5 === 1 ? 'fresh' : [3, 10, 18].includes(index) ? 'post' : 'kept',
);

interface Range {
  counter: Counter;
  stop(): Promise<void>;
}

/** Calls `fire` at each due time, late ones included: none is left out. */
function schedule(perSecond: number, fire: (due: number, count: number) => void): () => void {
  const from = now();
  let count = 0;
  let timer: NodeJS.Timeout;
  const next = () => {
    while (from + (count * 1000) / perSecond <= now()) fire(from + (count * 1000) / perSecond, count++);
    timer = setTimeout(next, from + (count * 1000) / perSecond - now());
  };
  next();
  return () => clearTimeout(timer);
}

function open(aim: Aim): Range {
  const counter = createCounter(aim.name);
  const gun = createGun(aim, counter);
  const sockets = createSocketGun(aim, counter);
  const stops = [
    schedule(aim.rate, (due, count) => {
      counter.scheduled();
      gun.fire(turns[count % turns.length] ?? 'kept', due);
    }),
  ];
  if (aim.sockets) {
    stops.push(
      schedule(1, due => {
        counter.scheduled();
        sockets.open(due);
      }),
    );
  }
  return {
    counter,
    async stop() {
      for (const stop of stops) stop();
      await Promise.all([gun.quiet(), sockets.quiet()]);
      gun.close();
    },
  };
}

const ranges = new Map<string, Range>();
const tell = (message: FromClient) => process.send?.(message);

process.on('message', (message: ToClient) => {
  if ('begin' in message) ranges.set(message.begin.name, open(message.begin));
  else if ('gone' in message) ranges.get(message.gone.aim)?.counter.gone(message.gone.version);
  else {
    const range = ranges.get(message.finish);
    void range?.stop().then(() => tell({ tally: range.counter.tally() }));
  }
});
process.on('disconnect', () => process.exit(0));
tell({ ready: true });
