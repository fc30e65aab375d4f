/** What the suites of the page share: a browser where there is one, and a title that says why not where there is none. */

import type { Page } from 'playwright-core';
import { chromiumPath, startBrowser, type TestBrowser } from './browser.ts';

/** Runs the suite where there is a Chromium; elsewhere it is left out, with the reason in its title. */
export function withBrowser(title: string, suite: (browser: () => TestBrowser) => void): void {
  if (chromiumPath === undefined) {
    describe(title, () => {
      it.skip('left out: no Chromium on this machine (TEAL_CHROMIUM may name one)');
    });
    return;
  }
  describe(title, function () {
    this.timeout(180_000);
    let browser: TestBrowser | undefined;
    before(async () => {
      browser = await startBrowser();
    });
    after(() => browser?.close());
    suite(() => {
      if (!browser) throw new Error('the browser has not started');
      return browser;
    });
  });
}

/** Whether something sticks out at the side. */
export const sticksOut = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth');
