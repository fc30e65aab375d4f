/** A process that sends one request many times at once, over 64 connections, and prints `[status, Retry-After, body]` of each as JSON: `flood.ts COUNT URL TOKEN`. It says `ready` first and begins when it is spoken to. */

import { createCaller } from './caller.ts';

const [count = '1', url = '', token = ''] = process.argv.slice(2);
const { origin, pathname, search } = new URL(url);
const caller = createCaller(origin, token);

process.stdin.once('data', () => {
  const asked = Array.from({ length: Number(count) }, () => caller.ask({ method: 'POST', path: pathname + search }));
  void Promise.all(asked).then(answers => {
    const told = answers.map(({ status, headers, text }) => [status, headers['retry-after'] ?? null, text]);
    process.stdout.write(`${JSON.stringify(told)}\n`, () => process.exit());
  });
});
process.stdout.write('ready\n');
