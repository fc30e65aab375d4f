/** Tokens in the page: asked for, kept in memory only, gone when they expire; and what somebody sees who may only look. */

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { createTokens, type Tokens } from '../support/tokens.ts';
import { violations } from './support/axe.ts';
import { withBrowser } from './support/suite.ts';
import { startWorld, type World } from './support/world.ts';

withBrowser('signing in', browser => {
  let world: World;
  let tokens: Tokens;
  let deployer: string;
  let viewer: string;
  before(async () => {
    tokens = createTokens();
    world = await startWorld({ args: tokens.args });
    deployer = tokens.make({ sub: 'ann', namespaces: ['default'], roles: ['deployer'] });
    viewer = tokens.make({ sub: 'vic', namespaces: ['default'], roles: ['viewer'] });
    await world.outcome(
      await world.deploy({ appName: 'cart', frontend: 'cart.example.com', env: { PASSWORD: 'hunter2-of-the-cart' } }, deployer),
      deployer,
    );
    await world.deploy({ appName: 'cart', frontend: 'cart.example.com', image: 'v2', promotion: 'manual' }, deployer);
  });
  after(async () => {
    await world.stop();
    tokens.dispose();
  });

  const signIn = async (page: Page, token: string): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };

  it('refuses a token that the server does not know, and says so', async () => {
    const { page, context } = await browser().open(world.url);
    await signIn(page, 'abc.def.ghi');
    await page.getByRole('alert').filter({ hasText: 'does not take this token' }).waitFor();
    expect(await violations(page)).to.deep.equal([]);
    await context.close();
  });

  it('leads to where the link pointed, with streams; the token is nowhere but in memory', async () => {
    const { page, context } = await browser().open(`${world.url}#/apps/default/cart/events`);
    const asked: string[] = [];
    page.on('request', request => asked.push(request.url()));
    page.on('websocket', socket => asked.push(socket.url()));
    await signIn(page, `Bearer ${deployer}`);
    await page.getByText('Live', { exact: true }).first().waitFor();
    await page.getByText('Version 1 was asked for by ann').waitFor();
    const kept = await page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage }) + document.cookie + location.href');
    expect(kept).not.to.contain(deployer);
    expect(asked.join(' ')).not.to.contain(deployer);
    expect(asked.some(url => url.includes('/stream/events'))).to.equal(true);
    await page.reload();
    await page.getByLabel('Token').waitFor();
    await context.close();
  });

  it('lets a viewer look and nothing else', async () => {
    const { page, context, complaints } = await browser().open(world.url);
    await signIn(page, viewer);
    await page.getByText('read only').waitFor();
    expect(await page.getByRole('button', { name: 'New app' }).count()).to.equal(0);
    await page.getByRole('link', { name: /^cart/ }).click();
    await page.getByText('Waiting for promotion').first().waitFor();
    await page.locator('.version[data-version="1"] .pod').first().waitFor();
    for (const name of ['Deploy', 'Roll back', 'Redeploy', 'Undeploy', 'Promote', 'Abort', 'Cancel', 'Deploy again']) {
      expect(await page.getByRole('button', { name: new RegExp(`^${name}`) }).count(), name).to.equal(0);
    }
    expect(await page.getByRole('link', { name: 'Audit' }).count()).to.equal(0);
    await page.getByRole('link', { name: 'Descriptor' }).click();
    const field = page.getByLabel('Host name');
    await field.waitFor();
    expect(await field.isDisabled()).to.equal(true);
    expect(await page.getByRole('button', { name: 'Save' }).count()).to.equal(0);
    expect(await page.content()).not.to.contain('hunter2-of-the-cart');
    // The first question who is there is answered with 401.
    expect(complaints.filter(each => !each.includes('401'))).to.deep.equal([]);
    await context.close();
  });

  it('lets a deployer promote what waits', async () => {
    const { page, context } = await browser().open(`${world.url}#/apps/default/cart`);
    await signIn(page, deployer);
    await page.getByRole('button', { name: 'Promote' }).click();
    await page.getByRole('dialog').getByText('All traffic moves from version 1 to version 2').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Promote' }).click();
    await page.locator('.version.serving.takes-traffic[data-version="2"]').waitFor({ timeout: 30_000 });
    await context.close();
  });

  it('ends when the token does', async () => {
    const { page, context } = await browser().open(world.url);
    await signIn(page, endingIn(4));
    await page.locator('[data-app="default/cart"]').waitFor();
    await page.getByText('no longer valid').waitFor();
    expect(await page.locator('[data-app]').count()).to.equal(0);
    await context.close();
  });

  /** As `tokens.make`, but good for seconds. */
  function endingIn(seconds: number): string {
    const [head = '', payload = ''] = deployer.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const file = tokens.args[tokens.args.indexOf('--jwt-secret-file') + 1] ?? '';
    const body = Buffer.from(JSON.stringify({ ...claims, exp: Math.floor(Date.now() / 1000) + seconds })).toString('base64url');
    const signed = `${head}.${body}`;
    return `${signed}.${createHmac('sha256', readFileSync(file, 'utf8').trim()).update(signed).digest('base64url')}`;
  }
});
