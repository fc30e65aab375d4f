/** One line of the list: what is true of Teal, and how to see it. */

import type { TargetName } from '../support/targets.ts';
import type { World } from '../support/world.ts';

export interface Scenario {
  /** A fact, as a sentence. */
  title: string;
  run(world: World): Promise<void>;
  /** Targets on which it does not run, each with the reason. */
  leftOut?: Partial<Record<TargetName, string>>;
  /** Longest time it may take, milliseconds. Default two minutes. */
  limitMs?: number;
}

export const scenario = (title: string, run: Scenario['run'], options: Omit<Scenario, 'title' | 'run'> = {}): Scenario => ({
  title,
  run,
  ...options,
});
