/** One app's life in the page: first deployment, the switch, a version that fails, a roll back, its end. Every step is done in the page, as people do it. */

import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { request } from 'undici';
import { eventually } from '../support/wait.ts';
import type { OpenPage } from './support/browser.ts';
import { withBrowser } from './support/suite.ts';
import { startWorld, type World } from './support/world.ts';

const yaml = `appName: shop
newVersion: "#"
replicas: 2
frontend: shop.example.com
useHealthCheck: true
healthCheckPath: health
healthCheckType: probe
healthCheckPort: 8080
timeoutSeconds: 60
drainSeconds: 60
podspec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: demo
      image: demo-app:v1
      ports:
        - name: http
          containerPort: 8080
`;

withBrowser('the life of an app in the page', browser => {
  let world: World;
  let opened: OpenPage;
  let page: Page;
  before(async () => {
    world = await startWorld();
    opened = await browser().open(world.url);
    page = opened.page;
  });
  after(() => world.stop());

  const card = (version: number) => page.locator(`.version[data-version="${version}"]`);
  /** Which version a visitor meets. */
  const served = async (): Promise<string> => {
    const { headers, body } = await request(world.sandbox.proxyUrl, { headers: { host: 'shop.example.com' } });
    await body.dump();
    return String(headers['x-version']);
  };
  const deployImage = async (image: string): Promise<void> => {
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByLabel('Image of demo').fill(image);
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  };

  it('is written as YAML, with the server saying on which line it is wrong', async () => {
    await page.getByRole('button', { name: 'New app' }).click();
    await page.getByRole('button', { name: 'YAML' }).click();
    const text = page.getByLabel('Descriptor as YAML');
    await text.fill(yaml.replace('replicas: 2', 'replicas: none'));
    await page.getByRole('button', { name: 'Line 3' }).waitFor();
    expect(await page.getByRole('button', { name: 'Create' }).isDisabled()).to.equal(true);
    await text.fill(yaml);
    await page.getByText('The server takes this').waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { level: 1, name: 'shop' }).waitFor();
  });

  it('is deployed, and the traffic goes to it', async () => {
    await page.getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.locator('.version.serving.takes-traffic[data-version="1"]').waitFor({ timeout: 30_000 });
    await card(1).getByText('2 of 2 ready, 2 healthy').waitFor();
    expect(await page.getByTestId('traffic').textContent()).to.contain('All of it goes to version 1');
  });

  it('switches to the next version in the other colour; what is on the page stays the same nodes', async () => {
    await page.evaluate('window.kept = document.querySelector(\'.version[data-version="1"]\')');
    await page.evaluate('window.keptPod = document.querySelector(\'.version[data-version="1"] .pod\')');
    const colour = await page.evaluate("window.kept.classList.contains('blue') ? 'blue' : 'green'");
    await deployImage('demo-app:v2');
    // Both stand side by side, and the old one has the traffic.
    await card(2).waitFor();
    await page.getByRole('heading', { name: 'Deploying version 2' }).waitFor();
    await page.locator('.version.serving.takes-traffic[data-version="2"]').waitFor({ timeout: 30_000 });
    await page.locator('.version.predecessor[data-version="1"]').waitFor();
    expect(await served()).to.equal('v2');
    expect(await page.evaluate('window.kept === document.querySelector(\'.version[data-version="1"]\')'), 'the card of version 1').to.equal(
      true,
    );
    expect(await page.evaluate("window.keptPod.isConnected && window.keptPod.closest('.version') === window.kept"), 'its pod').to.equal(
      true,
    );
    expect(await card(1).getAttribute('class')).to.contain(colour);
    expect(await card(2).getAttribute('class')).to.contain(colour === 'blue' ? 'green' : 'blue');
    expect(await page.locator('.lanes').getAttribute('class')).to.contain(colour === 'blue' ? 'to-green' : 'to-blue');
  });

  it('is rolled back in one switch while the version before still runs', async () => {
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('dialog').getByText('still runs').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await eventually('version 1 serves again', 20_000, async () => expect(await served()).to.equal('v1'));
    await page.locator('.version.serving.takes-traffic[data-version="1"]').waitFor();
    await page.getByText('Roll back, version 1').waitFor();
  });

  it('explains a version that fails, and says that users are not affected', async () => {
    await page.getByRole('link', { name: 'Descriptor' }).click();
    await page.getByRole('group', { name: 'Variables of demo' }).getByRole('button', { name: 'Variable' }).click();
    await page.getByRole('group', { name: 'Variables of demo' }).getByLabel('Name 1', { exact: true }).fill('HEALTHY');
    await page.getByRole('group', { name: 'Variables of demo' }).getByLabel('Value of HEALTHY').fill('false');
    await page.getByLabel('Time to become healthy').fill('4');
    await page.getByText('The server takes this').waitFor();
    await page.getByRole('button', { name: 'Save and deploy' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Deploy', exact: true }).click();
    await page.getByRole('link', { name: 'Overview' }).click();
    await card(3).getByText('Unhealthy').first().waitFor({ timeout: 30_000 });
    const alert = page.getByRole('alert').filter({ hasText: 'Version 3 failed' });
    await alert.waitFor({ timeout: 30_000 });
    expect(await alert.textContent())
      .to.contain('not healthy in time')
      .and.contain('"healthy":false')
      .and.contain('users are not affected');
    expect(await served()).to.equal('v1');
  });

  it('tells line by line what happened; a line has a link of its own, and the whole is downloaded', async () => {
    await page.getByRole('link', { name: 'What happened, line by line' }).click();
    await page.getByText('Complete ·').waitFor();
    await page.getByLabel('Least level').selectOption('error');
    await page.locator('.line.error').first().waitFor();
    expect(await page.locator('.line.info').count()).to.equal(0);
    await page.getByLabel('Least level').selectOption('info');
    await page.getByLabel('Search the log').fill('UNHEALTHY');
    expect(await page.locator('mark').first().textContent()).to.equal('unhealthy');
    const shown = await page.locator('.line').allTextContents();
    expect(
      shown.every(line => /unhealthy/i.test(line)),
      shown.join('\n'),
    ).to.equal(true);
    await page.getByLabel('Search the log').fill('');
    await page.getByLabel('Line 3: copy its link').click();
    expect(page.url()).to.match(/#\/apps\/default\/shop\/log\/[\w-]+\?line=3$/);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download' }).click()]);
    expect(download.suggestedFilename()).to.match(/^shop-[\w-]+\.log$/);
    await page.reload();
    expect(await page.locator('.line.selected .seq').textContent()).to.equal('3');
  });

  it('shows what was different, what the pods said, what happened and who did it', async () => {
    await page.getByRole('link', { name: 'Compare' }).click();
    await page.locator('.diff .added', { hasText: 'HEALTHY' }).waitFor();
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByLabel('Deployment').selectOption({ index: 1 });
    await page.locator('.health').getByText('"healthy": true').first().waitFor();
    await page.getByRole('link', { name: 'Events' }).click();
    await page.getByText('Version 3 failed').first().waitFor();
    await page.getByRole('link', { name: 'Audit' }).click();
    await page.getByRole('cell', { name: 'rollback' }).waitFor();
  });

  it('is undeployed only by somebody who types its name', async () => {
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('button', { name: 'Undeploy' }).click();
    const dialog = page.getByRole('dialog');
    const button = dialog.getByRole('button', { name: 'Undeploy' });
    expect(await button.isDisabled()).to.equal(true);
    await dialog.getByRole('textbox').fill('shoo');
    expect(await button.isDisabled()).to.equal(true);
    await dialog.getByRole('textbox').fill('shop');
    await button.click();
    await page.getByText('Nothing runs.').waitFor({ timeout: 30_000 });
    await page.getByRole('link', { name: 'Apps' }).click();
    await page.locator('[data-app="default/shop"]').getByText('nothing serves').waitFor();
  });

  it('and the page had nothing to complain about all the while', () => {
    expect(opened.complaints).to.deep.equal([]);
  });
});
