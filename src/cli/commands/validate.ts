/** `teal validate`: every fault of every document, nothing stored. */

import type { Verdict } from '../api/types.ts';
import type { Run } from '../context.ts';
import { documentsFor } from '../documents.ts';
import { exits } from '../exits.ts';
import { print } from '../output/format.ts';

export const runValidate: Run = async context => {
  const { options, terminal, format } = context;
  const documents = await documentsFor(context, []);
  const client = await context.client();
  const cluster = options.flag('cluster') || undefined;
  const verdicts = await Promise.all(
    documents.map(async ({ from, namespace, descriptor }) => {
      const answer = await client.ask('POST', '/descriptors/validate', { query: { namespace, cluster }, body: descriptor });
      return { from, appName: descriptor.appName, ...answer.json<Verdict>() };
    }),
  );
  await print(terminal, format, {
    value: verdicts,
    table: () =>
      verdicts
        .map(({ from, valid, errors, warnings }) => {
          const { paint } = terminal;
          const head = valid ? paint('green', 'valid') : paint('red', `${errors.length} ${errors.length === 1 ? 'fault' : 'faults'}`);
          const lines = [
            ...errors.map(({ pointer, message }) => `  ${pointer}: ${message}`),
            ...warnings.map(warning => paint('yellow', `  warning: ${warning}`)),
          ];
          return [`${from}: ${head}`, ...lines].map(line => `${line}\n`).join('');
        })
        .join(''),
    names: () => verdicts.filter(({ valid }) => valid).map(({ appName }) => appName),
  });
  return verdicts.every(({ valid }) => valid) ? exits.done : exits.usage;
};
