/** Serving the files of the dashboard, and doing without them. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import Koa from 'koa';
import { request } from 'undici';
import { dashboardPage } from './dashboard.ts';

describe('the files of the dashboard', () => {
  let folder: string;
  let server: Server;
  let url: string;
  beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'teal-page-'))));
  afterEach(async () => {
    await new Promise(resolve => server.close(resolve));
    await rm(folder, { recursive: true });
  });

  async function serve(): Promise<void> {
    const app = new Koa();
    app.use(await dashboardPage(pathToFileURL(`${folder}/`)));
    const listener = app.callback();
    server = createServer((request, response) => void listener(request, response));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function built(): Promise<void> {
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Teal</title>');
    await writeFile(join(folder, 'assets/index-Ab12.js'), 'let much = 1;'.repeat(500));
    await writeFile(join(folder, 'secret.txt'), 'not of the page');
    await serve();
  }

  it('are not needed: the page then says how they are made', async () => {
    await serve();
    const answer = await fetch(url);
    expect(answer.status).to.equal(200);
    expect(await answer.text()).to.contain('npm run build');
  });

  it('are kept for ever when their names tell their content, and asked about when not', async () => {
    await built();
    const asset = await fetch(`${url}/assets/index-Ab12.js`);
    expect(asset.headers.get('cache-control')).to.contain('immutable');
    expect(await asset.text()).to.have.length(6500);
    const page = await fetch(url);
    expect(page.headers.get('cache-control')).to.equal('no-cache');
    // Node's own fetch would ask for a fresh copy besides.
    const again = await request(url, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    expect([again.statusCode, await again.body.text()]).to.deep.equal([304, '']);
  });

  it('come packed to whoever can unpack them', async () => {
    await built();
    const size = async (encoding: string) =>
      Number((await fetch(`${url}/assets/index-Ab12.js`, { headers: { 'accept-encoding': encoding } })).headers.get('content-length'));
    expect(await size('identity')).to.equal(6500);
    expect(await size('gzip')).to.be.below(200);
  });

  it('are these and no others', async () => {
    await built();
    for (const path of ['/secret.txt', '/assets/', '/assets/../secret.txt', '/assets/%2e%2e/secret.txt', '/index.html']) {
      expect((await fetch(url + path)).status, path).to.equal(404);
    }
    expect((await fetch(url, { method: 'POST' })).status).to.equal(404);
  });
});
