/** `teal init`: a starter descriptor, from an image or from what Kubernetes runs today. */

import { whyNoAppName, whyNoHostName, whyNoImage, whyNoPath } from '../../lib/names.ts';
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
  refuse('--image', image, whyNoImage);
  refuse('--host', wishes.host, whyNoHostName);
  refuse('--port', wishes.port, port => (port >= 1 && port <= 65_535 ? undefined : 'must be from 1 to 65535'));
  refuse('--health', wishes.health, path => whyNoPath(path.replace(/^\//, '')));
  const { descriptor, notes } = image === undefined ? fromObjects(objects, wishes) : fromImage(image, wishes);
  refuse('the name of the app', descriptor.appName, whyNoAppName);
  for (const note of notes) terminal.say(`note: ${note}`);
  if (format === 'json') terminal.out(`${JSON.stringify(descriptor, null, 2)}\n`);
  else {
    const { stringify } = await import('yaml');
    const head = '# What Teal runs. "#" numbers the versions; teal validate -f checks this file, teal deploy -f deploys it.\n';
    terminal.out(`${head}${stringify(descriptor)}`);
  }
  return exits.done;
};

/** What the server would refuse is not written. */
function refuse<T>(what: string, given: T | undefined, whyNot: (value: T) => string | undefined): void {
  const why = given === undefined ? undefined : whyNot(given);
  if (why !== undefined) throw usageFailure(`${what} ${why}; it is "${String(given)}"`);
}
