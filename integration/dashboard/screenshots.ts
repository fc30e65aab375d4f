/** `npm run screenshots`: pictures of the page in its typical moments, for people to look at. Told a name, it takes only that one. */

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { chromiumPath, startBrowser } from './support/browser.ts';
import { startWorld, type World } from './support/world.ts';

const folder = fileURLToPath(new URL('../../src/dashboard/screenshots/', import.meta.url));
mkdirSync(folder, { recursive: true });
if (chromiumPath === undefined) throw new Error('no Chromium here; TEAL_CHROMIUM may name one');

const slow = { env: { READY_DELAY: '20s' }, replicas: 3 };
const shop = { appName: 'shop', frontend: 'shop.example.com', replicas: 3, drainSeconds: 40, confirmSeconds: 1 };

/** Apps in different states, and a past to look at. */
async function prepare(world: World): Promise<void> {
  for (const [appName, image] of [
    ['billing', 'v7'],
    ['search', 'v3'],
    ['mail', 'v1'],
  ] as const) {
    await world.outcome(await world.deploy({ appName, image, frontend: `${appName}.example.com`, replicas: 2 }));
  }
  await world.outcome(await world.deploy({ appName: 'reports', image: 'crash', replicas: 1, timeoutSeconds: 4 }));
  await world.outcome(await world.deploy({ ...shop, image: 'v1', drainSeconds: 0 }));
  for (const image of ['v2', 'v2.1', 'v3']) await world.outcome(await world.deploy({ ...shop, image, drainSeconds: 0 }));
  await world.outcome(await world.deploy({ ...shop, image: 'v4', timeoutSeconds: 3, env: { HEALTHY: 'false' } }));
  await world.deploy({ appName: 'search', image: 'v4', frontend: 'search.example.com', promotion: 'manual' });
}

interface Scene {
  name: string;
  take(world: World, page: Page): Promise<void>;
  view?: { width: number; height: number };
  dark?: boolean;
  full?: boolean;
}

const appUrl = (world: World, rest = ''): string => `${world.url}#/apps/default/shop${rest}`;

const scenes: Scene[] = [
  {
    name: 'failed',
    async take(world, page) {
      await page.goto(appUrl(world));
      await page.getByText('Version 5 failed').first().waitFor();
    },
  },
  {
    name: 'log',
    async take(world, page) {
      await page.goto(appUrl(world, '/log'));
      await page.getByText('Complete').waitFor();
      await page.getByLabel('Search the log').fill('healthy');
    },
  },
  {
    name: 'form',
    async take(world, page) {
      await page.goto(appUrl(world, '/descriptor'));
      await page.getByLabel('Host name').fill('shop_example');
      await page.locator('.fault').first().waitFor();
    },
  },
  {
    name: 'verifying',
    async take(world, page) {
      await world.deploy({ ...shop, image: 'v5', ...slow });
      await page.goto(appUrl(world));
      await page.getByText('Verifying').first().waitFor();
      await page.locator('.pod').nth(5).waitFor();
    },
  },
  {
    name: 'overview',
    async take(world, page) {
      await page.goto(world.url);
      await page.getByRole('link', { name: /^shop/ }).waitFor();
      await page.getByText('Waiting for promotion').waitFor();
    },
  },
  {
    name: 'phone-dark',
    dark: true,
    view: { width: 390, height: 844 },
    async take(world, page) {
      await page.goto(appUrl(world));
      await page.locator('.pod').nth(3).waitFor();
    },
  },
  {
    name: 'switched',
    async take(world, page) {
      await page.goto(appUrl(world));
      await page.getByText('finishes', { exact: false }).or(page.getByText('Still runs')).first().waitFor({ timeout: 60_000 });
      // The picture is of the state, not of the way there.
      await page.locator('.version.serving.takes-traffic').waitFor();
    },
  },
  {
    name: 'compare-dark',
    dark: true,
    async take(world, page) {
      await page.goto(appUrl(world, '/compare'));
      await page.locator('.diff').waitFor();
    },
  },
  {
    name: 'deploy',
    async take(world, page) {
      await page.goto(appUrl(world));
      await page.getByRole('button', { name: 'Deploy', exact: true }).click();
      await page.getByLabel('Image of demo').fill('demo-app:v6');
      await page.getByText('will be touched').waitFor();
    },
  },
];

const wanted = process.argv.slice(2);
const browser = await startBrowser();
const world = await startWorld();
try {
  await prepare(world);
  for (const { name, take, view, dark, full } of scenes.filter(scene => wanted.length === 0 || wanted.includes(scene.name))) {
    const { page, context, complaints } = await browser.open(world.url, {
      colorScheme: dark ? 'dark' : 'light',
      ...(view ? { viewport: view } : {}),
    });
    try {
      await take(world, page);
      await page.evaluate('new Promise(resolve => setTimeout(resolve, 700))');
    } catch (error) {
      process.stdout.write(`${name}: ${String(error)}\n`);
    }
    await page.screenshot({ path: `${folder}${name}.png`, fullPage: full ?? false });
    process.stdout.write(`${name}.png${complaints.length > 0 ? ` complained: ${complaints.join('; ')}` : ''}\n`);
    await context.close();
  }
} finally {
  await browser.close();
  await world.stop();
}
