/** Routes about the server itself: alive, ready, metrics, version, the API document. */

import type { Metrics } from './metrics.ts';
import { TextParameter } from './parameters.ts';
import { route, type Route } from './route.ts';
import { named } from './schema.ts';

export interface Check {
  name: string;
  /** Resolves when well; rejects with an error whose message says what is wrong, without addresses or secrets. */
  run(): Promise<void>;
}

export interface Version {
  version: string;
  /** `unknown` when it was not built from a commit. */
  commit: string;
  node: string;
}

export interface SystemDeps {
  checks: readonly Check[];
  metrics: Metrics;
  version: Version;
  /** The API document, made when first asked for. */
  document(): unknown;
}

const checkTimeoutMs = 3000;

class VerboseQuery {
  @TextParameter({ minLength: 0, maxLength: 10, description: 'One line per check' })
  verbose?: string;
}

async function outcomeOf(check: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), checkTimeoutMs);
  });
  try {
    await Promise.race([check.run(), late]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : 'failed';
  } finally {
    clearTimeout(timer);
  }
}

const versionSchema = named('Version', {
  type: 'object',
  required: ['version', 'commit', 'node'],
  properties: { version: { type: 'string' }, commit: { type: 'string' }, node: { type: 'string' } },
});

const common = { method: 'GET', tag: 'system', access: 'public', namespace: 'none', problems: [] } as const;
const plain = ['text/plain'];

export function systemRoutes({ checks, metrics, version, document }: SystemDeps): Route[] {
  return [
    route<VerboseQuery>({
      ...common,
      path: '/livez',
      name: 'live',
      summary: 'Whether the process runs.',
      query: VerboseQuery,
      responses: { 200: { description: 'It does', texts: plain } },
      handle: () => Promise.resolve({ status: 200, text: 'ok\n' }),
    }),
    route<VerboseQuery>({
      ...common,
      path: '/readyz',
      name: 'ready',
      summary: 'Whether the server can do its work: store, cluster and engine.',
      query: VerboseQuery,
      responses: { 200: { description: 'It can', texts: plain }, 503: { description: 'It cannot; the lines say why', texts: plain } },
      async handle({ query }) {
        const outcomes = await Promise.all(checks.map(async check => ({ name: check.name, why: await outcomeOf(check) })));
        const ready = outcomes.every(({ why }) => why === undefined);
        const lines = outcomes.map(({ name, why }) => (why === undefined ? `[+] ${name} ok` : `[-] ${name}: ${why}`));
        const last = ready ? 'ok' : 'not ready';
        return { status: ready ? 200 : 503, text: `${(query.verbose !== undefined || !ready ? [...lines, last] : [last]).join('\n')}\n` };
      },
    }),
    route({
      ...common,
      path: '/metrics',
      name: 'metrics',
      summary: 'Metrics in the text format of Prometheus.',
      responses: { 200: { description: 'The metrics', texts: plain } },
      handle: async () => ({ status: 200, text: await metrics.registry.metrics(), type: metrics.registry.contentType }),
    }),
    route({
      ...common,
      path: '/version',
      name: 'version',
      summary: 'What runs here.',
      responses: { 200: { description: 'Version, commit and Node.js version', schema: versionSchema } },
      handle: () => Promise.resolve({ status: 200, json: version }),
    }),
    route({
      ...common,
      path: '/openapi.json',
      name: 'document',
      summary: 'This document.',
      responses: { 200: { description: 'OpenAPI 3.1', schema: { type: 'object', additionalProperties: true } } },
      handle: () => Promise.resolve({ status: 200, json: document() }),
    }),
  ];
}
