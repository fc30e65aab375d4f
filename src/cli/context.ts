/** What a command runs with. */

import type { Client } from './api/client.ts';
import type { Connection } from './connection.ts';
import type { Environment } from './environment.ts';
import type { Options } from './options.ts';
import type { Format } from './output/format.ts';
import type { Terminal } from './terminal.ts';

export interface About {
  version: string;
  commit: string;
  node: string;
}

export interface Context {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly options: Options;
  readonly format: Format;
  /** How the program is called: `teal` or `kubectl teal`. */
  readonly program: string;
  about(): Promise<About>;
  /** Resolved when first asked for, so that what needs no server reads no configuration. */
  connection(): Promise<Connection>;
  client(): Promise<Client>;
  namespace(): Promise<string>;
}

/** Nothing = exit code 0. */
export type Run = (context: Context, args: readonly string[]) => Promise<number | undefined>;
