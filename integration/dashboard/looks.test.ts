/** How the page is for everybody: axe-core on each view in both themes, the width of a phone, the keyboard, and how much has to be fetched before something is seen. */

import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { violations } from './support/axe.ts';
import { sticksOut, withBrowser } from './support/suite.ts';
import { builtPage, startWorld, type World } from './support/world.ts';

/** Bytes that the network carries until the first view is drawn. */
const mostScript = 100_000;

const packed = (name: string): number => gzipSync(readFileSync(`${builtPage}assets/${name}`), { level: 9 }).length;

describe('the files of the page', () => {
  const index = readFileSync(`${builtPage}index.html`, 'utf8');
  const names = readdirSync(`${builtPage}assets`);

  it(`need less than ${mostScript / 1000} KB of script for the first view`, () => {
    const first = names.filter(name => name.endsWith('.js') && index.includes(name));
    const size = first.reduce((sum, name) => sum + packed(name), 0);
    for (const name of names)
      process.stdout.write(`      ${name}: ${(packed(name) / 1000).toFixed(1)} KB gzip${index.includes(name) ? ', first view' : ''}\n`);
    expect(first).to.have.length(1);
    expect(size).to.be.below(mostScript);
  });

  it('have relative addresses, and nothing inline', () => {
    expect(index).not.to.match(/(src|href)="(?!\.\/)/);
    expect(index).not.to.match(/<style|style=|<script(?![^>]*src=)/);
  });
});

withBrowser('every view', browser => {
  let world: World;
  let views: { name: string; hash: string; open?: (page: Page) => Promise<void> }[];
  before(async function () {
    this.timeout(120_000);
    world = await startWorld();
    const shop = { appName: 'shop', frontend: 'shop.example.com', replicas: 2, timeoutSeconds: 30 };
    await world.outcome(await world.deploy(shop));
    const failed = await world.deploy({ ...shop, image: 'v2', env: { HEALTHY: 'false' }, timeoutSeconds: 2 });
    await world.outcome(failed);
    await world.deploy({
      appName: 'a-very-long-name-of-an-app-that-people-chose',
      frontend: `${'long-'.repeat(10)}name.example.com`,
      image: 'v1',
    });
    await world.outcome(await world.deploy({ ...shop, image: 'v3', drainSeconds: 600 }));
    await world.deploy({ ...shop, image: 'v4', promotion: 'manual' });
    const app = '#/apps/default/shop';
    views = [
      { name: 'the overview', hash: '#/apps' },
      { name: 'an app in a deployment', hash: app },
      { name: 'a log', hash: `${app}/log/${failed}?line=4` },
      { name: 'health data', hash: `${app}/health/${failed}` },
      { name: 'a comparison', hash: `${app}/compare` },
      { name: 'a descriptor', hash: `${app}/descriptor` },
      { name: 'a descriptor with faults', hash: `${app}/descriptor`, open: async page => page.getByLabel('Host name').fill('a_b') },
      {
        name: 'a descriptor as YAML with faults',
        hash: `${app}/descriptor`,
        async open(page) {
          await page.getByRole('button', { name: 'YAML' }).click();
          await page.getByLabel('Descriptor as YAML').fill('appName: shop\nreplicas: many\n');
          await page.getByRole('button', { name: /^Line 2/ }).waitFor();
        },
      },
      { name: 'events', hash: `${app}/events` },
      { name: 'the audit', hash: `${app}/audit` },
      { name: 'a new app', hash: '#/new' },
      {
        name: 'the dialog of a deployment',
        hash: app,
        open: async page => page.getByRole('button', { name: 'Deploy', exact: true }).click(),
      },
      { name: 'a question', hash: app, open: async page => page.getByRole('button', { name: 'Undeploy' }).click() },
      { name: 'an app that is not there', hash: '#/apps/default/nothing' },
    ];
  });
  after(() => world.stop());

  async function show(page: Page, { hash, open }: (typeof views)[number]): Promise<void> {
    await page.goto('about:blank');
    await page.goto(world.url + hash);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('.loading').first().waitFor({ state: 'detached' });
    await open?.(page);
  }

  it('has nothing that axe finds wrong, light or dark', async function () {
    this.timeout(400_000);
    const { page, context } = await browser().open(world.url);
    const found: string[] = [];
    for (const view of views) {
      await show(page, view);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        found.push(...(await violations(page)).map(each => `${view.name}, ${colorScheme}: ${each}`));
      }
    }
    await context.close();
    expect(found).to.deep.equal([]);
  });

  it('fits the width of a phone', async () => {
    const { page, context } = await browser().open(world.url, { viewport: { width: 360, height: 740 } });
    const wide: string[] = [];
    for (const view of views) {
      await show(page, view);
      if (await sticksOut(page)) wide.push(view.name);
    }
    await context.close();
    expect(wide).to.deep.equal([]);
  });

  it('is reached by keyboard alone: find an app, open it, ask to roll back, leave it be', async () => {
    const { page, context } = await browser().open(world.url);
    await page.getByRole('link', { name: /^shop/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('shop');
    expect(await page.locator('.app-row').count()).to.equal(1);
    await page.keyboard.press('Tab');
    for (let presses = 0; presses < 10; presses++) {
      if ((await page.evaluate('document.activeElement.closest(".app-row") !== null')) === true) break;
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    const rollBack = page.getByRole('button', { name: 'Roll back' });
    await rollBack.waitFor();
    await rollBack.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    expect(await page.evaluate('document.activeElement.closest("dialog") !== null'), 'the focus is in the dialog').to.equal(true);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent'), 'the focus is back').to.equal('Roll back');
    await context.close();
  });

  it('takes the theme that is chosen, and keeps it', async () => {
    const { page, context } = await browser().open(world.url, { colorScheme: 'light' });
    const ground = () => page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: /^Colours: as the system/ }).click();
    await page.getByRole('button', { name: /^Colours: light/ }).click();
    await page.getByRole('button', { name: /^Colours: dark/ }).waitFor();
    expect(await ground()).not.to.equal(light);
    await page.reload();
    await page.getByRole('button', { name: /^Colours: dark/ }).waitFor();
    expect(await ground()).not.to.equal(light);
    await context.close();
  });
});
