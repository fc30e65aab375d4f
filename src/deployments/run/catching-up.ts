/** Whoever lost its lease may have slept for hours: what it knows of the cluster counts again once it has listed everything anew. */

import type { Logger } from '../../lib/log.ts';
import type { Ownership } from './ownership.ts';
import type { View } from './view.ts';

export interface CatchingUp {
  /** Whether the view is younger than our lease. If not, `wake` is called once it is. */
  done(wake: () => void): boolean;
}

export function createCatchingUp(deps: { view: Pick<View, 'refresh'>; ownership: Pick<Ownership, 'term'>; log: Logger }): CatchingUp {
  const { view, ownership, log } = deps;
  /** The engine waits for the first lists by itself. */
  let reached = 1;
  let under: { term: number; ended: Promise<void> } | undefined;

  function begin(term: number): Promise<void> {
    return view.refresh().then(
      () => void (reached = Math.max(reached, term)),
      // Only the end of everything ends it: then nobody waits any more.
      (error: unknown) => log.debug('the cluster was not read again', { error }),
    );
  }

  return {
    done(wake) {
      const { term } = ownership;
      if (term <= reached) return true;
      if (under?.term !== term) under = { term, ended: begin(term) };
      void under.ended.then(wake);
      return false;
    },
  };
}
