#!/usr/bin/env node
/** argv -> command. */

import { runCommand } from './commands/index.ts';

const code = await runCommand(process.argv.slice(2), process.env);

/** What was printed is on its way, or nobody reads it any more. */
const printed = (out: NodeJS.WriteStream): Promise<void> =>
  new Promise(resolve => (out.writableLength === 0 || out.destroyed ? resolve() : void out.write('', () => resolve())));

await Promise.all([process.stdout, process.stderr].map(printed));
// Not by leaving the event loop: Node then closes its handles one by one, and can spin there for ever (nodejs/node 47748; seen after a long run).
process.exit(code);
