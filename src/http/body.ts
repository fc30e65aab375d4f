/** Reads a request body: capped, decoded, parsed. */

import type { IncomingMessage } from 'node:http';
import { Problem } from '../lib/problem.ts';
import { parseJson } from './json.ts';

export const largestBody = 1024 * 1024;

/** Text-like types carry JSON here: curl's --data says it sends a form. */
const acceptable = (type: string): boolean =>
  type.startsWith('text/') ||
  type === 'application/x-www-form-urlencoded' ||
  type === 'application/json' ||
  /^application\/[\w.-]+\+json$/.test(type);

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () => new Problem('TOO_LARGE', `the body is larger than ${largestBody} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > largestBody) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Destroying the request would destroy its connection, and with it the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > largestBody) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem('INVALID', 'the connection ended before the body was complete', { cause: error });
  }
  return Buffer.concat(chunks);
}

/** The JSON of the body; undefined when there is none. Throws TOO_LARGE, UNSUPPORTED_MEDIA_TYPE or INVALID. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
  if (!acceptable(type)) throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'send JSON as application/json');
  if (request.headers['content-encoding'] !== undefined && request.headers['content-encoding'] !== 'identity') {
    throw new Problem('UNSUPPORTED_MEDIA_TYPE', 'send the body without Content-Encoding');
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Problem('INVALID', 'the body is not valid UTF-8', { faults: [{ pointer: '', message: 'is not valid UTF-8' }] });
  }
  const result = parseJson(text);
  if ('faults' in result) throw new Problem('INVALID', 'the body is not acceptable JSON', { faults: result.faults });
  return result.value;
}
