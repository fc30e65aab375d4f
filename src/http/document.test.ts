import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { problemStatus } from '../lib/problem.ts';
import { describedRoutes } from '../route-table.ts';
import { openapiPath, openapiText } from '../../integration/support/openapi.ts';
import { apiDocument } from './document.ts';
import { createApp } from './app.ts';
import { createMetrics } from './metrics.ts';
import { anonymous } from '../access/index.ts';
import { silentLogger } from '../lib/log.ts';
import { problemsOf, type Route } from './route.ts';
import { listen } from './server.ts';
import { systemClock } from '../lib/clock.ts';

type Operation = {
  operationId: string;
  responses: Record<string, { content?: Record<string, unknown>; headers?: Record<string, unknown> }>;
  parameters?: { name: string; in: string }[];
};
type Document = { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, unknown> } };

const routes = describedRoutes();
const document = apiDocument(routes, '0') as unknown as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);

describe('the API document', () => {
  it('is committed as it is generated (npm run openapi writes it)', () => {
    expect(readFileSync(openapiPath, 'utf8')).to.equal(openapiText());
  });

  it('has one operation for each route and no other, with names that are unique', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).sort()).to.deep.equal(
      routes.map(({ method, path }) => `${method} ${path}`).sort(),
    );
    expect(new Set(operations.map(({ operation }) => operation.operationId)).size).to.equal(operations.length);
  });

  it('has no reference that leads nowhere', () => {
    const references = [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(references).to.not.be.empty;
    for (const name of references) expect(document.components.schemas, name).to.have.property(name);
  });

  it('lists every refusal of every route', () => {
    for (const entry of routes) {
      const { responses } = document.paths[entry.path]?.[entry.method.toLowerCase()] as Operation;
      for (const code of problemsOf(entry))
        expect(responses[String(problemStatus[code])]?.content, `${entry.name} ${code}`).to.have.property('application/problem+json');
    }
  });

  it('documents the headers that clients follow', () => {
    const headersOf = (name: string, status: number) =>
      Object.keys(operations.find(({ operation }) => operation.operationId === name)?.operation.responses[status]?.headers ?? {});
    expect(headersOf('createDescriptor', 201)).to.include.members(['Location', 'ETag', 'Warning']);
    expect(headersOf('listDescriptors', 200)).to.include('Link');
    expect(headersOf('deploy', 202)).to.include.members(['Location', 'Warning']);
    expect(headersOf('getDescriptor', 401)).to.include('WWW-Authenticate');
    expect(headersOf('getDescriptor', 503)).to.include('Retry-After');
  });

  it('is what the router really serves: every operation reaches its own handler, and other methods are refused', async () => {
    const reached: string[] = [];
    const spied: Route[] = routes.map(entry => ({
      method: entry.method,
      path: entry.path,
      name: entry.name,
      tag: entry.tag,
      access: entry.access,
      summary: entry.summary,
      namespace: 'none',
      responses: entry.responses,
      problems: entry.problems,
      handle() {
        reached.push(entry.name);
        return Promise.resolve({ status: 204 });
      },
    }));
    const app = createApp({
      routes: spied,
      gate: { enforced: false, authenticate: () => Promise.resolve(anonymous) },
      origin: { checkHost: false, checkOrigin: false },
      metrics: createMetrics({ process: false }),
      log: silentLogger,
      stopping: new AbortController().signal,
    });
    const { url, close } = await listen(app.callback(), { host: '127.0.0.1', port: 0, clock: systemClock });
    try {
      for (const { path, method, operation } of operations) {
        const asked = path.replaceAll(/\{\w+\}/g, 'x');
        for (const spelling of [
          asked,
          asked.replace(/\/$/, ''),
          `${asked.replace(/\/$/, '')}/`,
          `/${asked}`,
          asked.replaceAll('/', '//'),
        ]) {
          reached.length = 0;
          const answer = await fetch(url + spelling, { method });
          expect(answer.status, `${method} ${spelling}`).to.equal(204);
          expect(reached).to.deep.equal([operation.operationId]);
        }
      }
      for (const path of Object.keys(document.paths)) {
        const known = Object.keys(document.paths[path] ?? {}).map(method => method.toUpperCase());
        const asked = url + path.replaceAll(/\{\w+\}/g, 'x');
        for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'].filter(candidate => !known.includes(candidate))) {
          const answer = await fetch(asked, { method });
          // What one path does not take, a pattern may: GET /descriptors/validate reads the descriptor "validate".
          if (answer.status === 204) continue;
          expect(answer.status, `${method} ${path}`).to.equal(405);
          expect(answer.headers.get('allow')?.split(', ')).to.include.members([...known, 'OPTIONS']);
        }
      }
    } finally {
      await close(0);
    }
  });
});
