/** The page and its connection: behind a path prefix, through a restart of the server, in a log that goes on where it was cut off. */

import { expect } from 'chai';
import { request } from 'undici';
import { within } from '../support/wait.ts';
import { withBrowser } from './support/suite.ts';
import { startWorld, type World } from './support/world.ts';

withBrowser('the page behind a path prefix', browser => {
  let world: World;
  before(async () => (world = await startWorld({ prefix: '/tools/teal' })));
  after(() => world.stop());

  it('is served under the strictest policy, packed, and kept for as long as it is the same', async () => {
    const page = await fetch(world.url);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).to.contain("default-src 'none'").and.contain("script-src 'self'").and.not.contain('unsafe');
    expect(page.headers.get('cache-control')).to.equal('no-cache');
    // Node's own fetch would ask for a fresh copy besides.
    const again = await request(world.url, { headers: { 'if-none-match': page.headers.get('etag') ?? '' } });
    await again.body.dump();
    expect(again.statusCode).to.equal(304);
    const script = /src="\.\/(assets\/[^"]+)"/.exec(await page.text())?.[1] ?? '';
    const asset = await fetch(new URL(script, world.url));
    expect(asset.headers.get('cache-control')).to.contain('immutable');
    expect(asset.headers.get('content-encoding')).to.equal('gzip');
    expect(asset.headers.get('content-type')).to.contain('text/javascript');
  });

  it('finds its files, its API and its streams; a link into it works', async () => {
    const id = await world.deploy({ appName: 'cart' });
    await world.outcome(id);
    const { page, complaints, context } = await browser().open(world.url);
    await page.locator('[data-app="default/cart"]').getByText('Live').waitFor();
    await page.goto(`${world.url}#/apps/default/cart/log/${id}`);
    await page.getByText('Blue-green deployment successful').waitFor();
    await page.goto(`${world.url}#/apps/default/cart/descriptor`);
    await page.getByLabel('Host name').waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('shows a new app at once, woken by an event', async () => {
    await world.outcome(await world.deploy({ appName: 'first' }));
    const { page, context } = await browser().open(world.url);
    await page.locator('[data-app="default/first"]').waitFor();
    // The slow clock reads every ten seconds; an event must be quicker than that.
    const started = performance.now();
    await world.deploy({ appName: 'second' });
    await page.locator('[data-app="default/second"]').waitFor();
    expect(performance.now() - started).to.be.below(5000);
    await context.close();
  });
});

withBrowser('the page while its server is restarted', browser => {
  let world: World;
  before(async () => (world = await startWorld()));
  after(() => world.stop());

  it('says that it shows old things, and goes on by itself where it was: no line of the log is lost or shown twice', async () => {
    await world.outcome(await world.deploy({ appName: 'cart', replicas: 1 }));
    const coming = await world.deploy({ appName: 'cart', image: 'v2', replicas: 1, promotion: 'manual', drainSeconds: 0 });
    const { page, context } = await browser().open(`${world.url}#/apps/default/cart`);
    await page.getByText('Waiting for promotion').first().waitFor();
    const log = await context.newPage();
    await log.goto(`${world.url}#/apps/default/cart/log/${coming}`);
    await log.locator('.line').nth(3).waitFor();
    await log.evaluate("window.firstLine = document.querySelector('.line')");

    await world.halt();
    await log.getByText('Interrupted').waitFor();
    await page.getByText('what you see may be old').waitFor();
    // It is still there to be read.
    await page.locator('.version[data-version="1"].takes-traffic').waitFor();
    await world.resume();
    expect((await world.call('POST', `deployments/${coming}/promote?namespace=default`)).status).to.equal(202);

    await page.locator('.version.serving.takes-traffic[data-version="2"]').waitFor({ timeout: 60_000 });
    expect(await page.getByText('what you see may be old').count()).to.equal(0);
    await log.getByText('Complete').waitFor({ timeout: 60_000 });
    const numbers = (await log.locator('.line .seq').allTextContents()).map(Number);
    const stored = (await (await world.call('GET', `deployments/${coming}/?namespace=default`)).json()) as { logSeq: number };
    expect(numbers).to.deep.equal(Array.from({ length: stored.logSeq }, (_, index) => index + 1));
    expect(await log.evaluate("window.firstLine === document.querySelector('.line')"), 'the lines are the same nodes').to.equal(true);
    await within('the pages close', 10_000, context.close());
  });
});
