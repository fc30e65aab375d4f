/** `teal init`: a starter descriptor, from an image or from what Kubernetes runs today. */

import type { Run } from '../context.ts';
import { parseDocuments, readText } from '../documents.ts';
import { exits, usageFailure } from '../exits.ts';
import { fromImage, fromObjects } from '../starter.ts';

export const runInit: Run = async ({ options, terminal }, [app]) => {
  const files = options.list('filename');
  const image = options.text('image');
  if ((image === undefined) === (files.length === 0)) throw usageFailure('give either --image or -f with a Deployment');
  const format = options.text('output') ?? 'yaml';
  if (format !== 'yaml' && format !== 'json') throw usageFailure(`-o takes yaml or json; it is "${format}"`);
  const wishes = { app, port: options.number('port'), host: options.text('host'), health: options.text('health') };
  const objects = (await Promise.all(files.map(async file => parseDocuments(await readText(file), file)))).flat();
  const { descriptor, notes } = image === undefined ? fromObjects(objects, wishes) : fromImage(image, wishes);
  for (const note of notes) terminal.say(`note: ${note}`);
  if (format === 'json') terminal.out(`${JSON.stringify(descriptor, null, 2)}\n`);
  else {
    const { stringify } = await import('yaml');
    const head = '# What Teal runs. "#" numbers the versions; teal validate -f checks this file, teal deploy -f deploys it.\n';
    terminal.out(`${head}${stringify(descriptor)}`);
  }
  return exits.done;
};
