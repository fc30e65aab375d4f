/** A simulated cluster and a Teal beside it, each a process of its own, that a page may look at; and a way to it that survives restarts. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from '../../../src/sandbox/index.ts';
import { demo, type DemoWish } from '../../support/demo.ts';
import { startSandboxProcess } from '../../support/sandbox-process.ts';
import { startTeal, type TealProcess } from '../../support/teal-process.ts';
import { startFrontProxy, type FrontProxy } from './front-proxy.ts';

/** The page that the build made. */
export const builtPage = fileURLToPath(new URL('../../../dist/dashboard/', import.meta.url));

export interface World {
  /** Of the page, with a slash at its end; the same after a restart. */
  url: string;
  sandbox: Sandbox;
  readonly teal: TealProcess;
  /** Ends the server; the page finds nobody. */
  halt(): Promise<void>;
  /** A new process on the same store, at the same address. */
  resume(): Promise<void>;
  call(method: string, path: string, body?: unknown, token?: string): Promise<Response>;
  /** Writes a descriptor of the demo app, and deploys it; answers the id of the deployment. */
  deploy(wish: DemoWish, token?: string): Promise<string>;
  /** Until it serves or has failed. */
  outcome(id: string, token?: string): Promise<{ status: string; version: string }>;
  stop(): Promise<void>;
}

export async function startWorld({ args = [], prefix = '' }: { args?: string[]; prefix?: string } = {}): Promise<World> {
  if (!existsSync(join(builtPage, 'index.html'))) throw new Error('the dashboard is not built: npm run built');
  const data = mkdtempSync(join(tmpdir(), 'teal-dashboard-'));
  const sandbox = await startSandboxProcess();
  const start = () =>
    startTeal([
      ...['--kubernetes', sandbox.apiUrl, '--ingress-address', sandbox.proxyUrl, '--health-via', 'api-proxy'],
      ...['--data-dir', data, '--confirm', '1', ...args],
    ]);
  let teal = await start();
  const front: FrontProxy = await startFrontProxy(teal.url, prefix);
  const namespace = 'default';

  const call: World['call'] = (method, path, body, token) =>
    fetch(new URL(path, `${teal.url}/`), {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const must = async (answer: Response): Promise<Record<string, unknown>> => {
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };

  return {
    url: front.url,
    sandbox,
    get teal() {
      return teal;
    },
    async halt() {
      front.target = undefined;
      await teal.kill();
    },
    async resume() {
      teal = await start();
      front.target = teal.url;
    },
    call,
    async deploy(wish, token) {
      const descriptor = await must(await call('POST', `descriptors/?namespace=${namespace}`, demo(namespace, wish), token));
      const path = `deployments/?namespace=${namespace}&descriptorId=${String(descriptor['id'])}`;
      return String((await must(await call('POST', path, undefined, token)))['id']);
    },
    async outcome(id, token) {
      const path = `deployments/${id}/?namespace=${namespace}&wait=50s&until=deployed`;
      return (await must(await call('GET', path, undefined, token))) as { status: string; version: string };
    },
    async stop() {
      await front.stop();
      await teal.stop();
      await sandbox.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
