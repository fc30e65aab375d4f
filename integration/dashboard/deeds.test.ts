/** What people decide in the page while a version waits or is coming: promote, abort, cancel, redeploy; and a descriptor that somebody else has changed meanwhile. */

import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { demo } from '../support/demo.ts';
import type { OpenPage } from './support/browser.ts';
import { withBrowser } from './support/suite.ts';
import { startWorld, type World } from './support/world.ts';

withBrowser('decisions in the page', browser => {
  let world: World;
  let opened: OpenPage;
  let page: Page;
  before(async () => {
    world = await startWorld();
    await world.outcome(await world.deploy({ appName: 'cart' }));
    opened = await browser().open(`${world.url}#/apps/default/cart`);
    page = opened.page;
    await serves(1);
  });
  after(() => world.stop());

  const serves = (version: number) =>
    page.locator(`.version.serving.takes-traffic[data-version="${version}"]`).waitFor({ timeout: 30_000 });
  const card = (version: number) => page.locator(`.version[data-version="${version}"]`);
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
  const confirm = async (deed: string, words: string): Promise<void> => {
    const dialog = page.getByRole('dialog');
    await dialog.getByText(words).waitFor();
    await dialog.getByRole('button', { name: deed, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const manual = { appName: 'cart', image: 'v2', promotion: 'manual', drainSeconds: 1 } as const;

  it('abort a version that waits: it goes, and what serves stays', async () => {
    const id = await world.deploy(manual);
    await press('Abort');
    await confirm('Abort', 'No traffic has gone to it');
    expect(await world.outcome(id)).to.include({ status: 'FAILURE', version: '2' });
    await card(2).waitFor({ state: 'detached' });
    await serves(1);
  });

  it('promote a version that waits: the traffic moves', async () => {
    const id = await world.deploy(manual);
    await press('Promote');
    await confirm('Promote', 'All traffic moves from version 1 to version 3');
    expect(await world.outcome(id)).to.include({ status: 'DEPLOYED', version: '3' });
    await serves(3);
  });

  it('cancel a version in the queue, and the one before it goes on waiting', async () => {
    const waiting = await world.deploy(manual);
    await page.getByRole('button', { name: 'Promote', exact: true }).waitFor();
    const queued = await world.deploy(manual);
    await page.getByRole('button', { name: 'Cancel version 5' }).click();
    await confirm('Cancel the deployment', 'what serves is not touched');
    expect(await world.outcome(queued)).to.include({ status: 'UNDEPLOYED', version: '5' });
    await page.getByRole('button', { name: 'Cancel version 5' }).waitFor({ state: 'detached' });
    await press('Abort');
    await confirm('Abort', 'No traffic has gone to it');
    expect(await world.outcome(waiting)).to.include({ status: 'FAILURE', version: '4' });
    await serves(3);
  });

  it('redeploy what serves: the same again as a new version', async () => {
    await press('Redeploy');
    await confirm('Redeploy', 'The same descriptor as version 3');
    await page.getByRole('button', { name: 'Promote', exact: true }).click();
    await confirm('Promote', 'to version 6');
    await serves(6);
  });

  it('a descriptor that somebody else changed meanwhile is not overwritten, and what was typed stays', async () => {
    await page.getByRole('link', { name: 'Descriptor' }).click();
    const replicas = page.getByLabel('Pods', { exact: true });
    await replicas.fill('3');
    const [newest] = (await (await world.call('GET', 'descriptors/?namespace=default&appname=cart&limit=1')).json()) as { id: string }[];
    const path = `descriptors/${newest?.id ?? ''}/?namespace=default`;
    expect((await world.call('PUT', path, demo('default', { ...manual, replicas: 5 }))).ok).to.equal(true);
    await page.getByText('The server takes this').waitFor();
    await press('Save');
    await page.getByText('Somebody else has changed this descriptor').waitFor();
    expect(await replicas.inputValue()).to.equal('3');
    const kept = (await (await world.call('GET', path)).json()) as { replicas: number };
    expect(kept.replicas).to.equal(5);
  });

  it('and the page had nothing to complain about but the refusal', () => {
    expect(opened.complaints.filter(text => !text.includes('412'))).to.deep.equal([]);
  });
});
