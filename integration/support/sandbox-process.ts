/** A simulated cluster in a process of its own, where what it costs must not count for Teal. Forked, it tells its addresses and ends with its parent. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLogger } from '../../src/lib/log.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/index.ts';

type Addresses = Pick<Sandbox, 'apiUrl' | 'proxyUrl'>;

const self = fileURLToPath(import.meta.url);

/** Rejects when the process ends before it listens. */
export async function startSandboxProcess(): Promise<Sandbox> {
  const child = fork(self, { execArgv: ['--import', 'tsx'] });
  const exited = once(child, 'exit');
  const died = exited.then(([code]): never => {
    throw new Error(`the sandbox ended before it listened (${String(code)})`);
  });
  const [addresses] = (await Promise.race([once(child, 'message'), died])) as [Addresses];
  return {
    ...addresses,
    async stop() {
      child.disconnect();
      await exited;
    },
  };
}

if (process.argv[1] === self && process.send) {
  const sandbox = await startSandbox({ host: '127.0.0.1', clock: systemClock, log: silentLogger });
  process.once('disconnect', () => void sandbox.stop().then(() => process.exit()));
  process.send({ apiUrl: sandbox.apiUrl, proxyUrl: sandbox.proxyUrl } satisfies Addresses);
}
