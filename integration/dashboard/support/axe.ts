/** What axe-core says about a page as it stands: run in the page's own context, under its own policy. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  id: string;
  help: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** One line for each violation of WCAG 2.1 A and AA, and of axe's best practices. */
export async function violations(page: Page): Promise<string[]> {
  // Colours in the middle of a transition are nobody's fault.
  await page.evaluate(
    'Promise.all(document.getAnimations().filter(each => each instanceof CSSTransition).map(each => each.finished.catch(() => {})))',
  );
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(source);
  const found = await page.evaluate<Violation[]>("axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)");
  return found.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
