/** Every command that talks to a server. */

import { deploying } from './deploying.ts';
import { looking } from './looking.ts';
import { operating } from './operating.ts';
import type { CommandSpec } from './spec.ts';

export const catalogue: readonly CommandSpec[] = [...deploying, ...looking, ...operating];

/** First words: `env` for `env set`. */
export const firstWords: readonly string[] = [...new Set(catalogue.map(({ name }) => name.split(' ')[0] ?? ''))];

export { families, serverCommands } from './operating.ts';
export { commonFlags, groupTitles, type CommandSpec, type Completion, type FlagSpec, type Group } from './spec.ts';
