import { describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import { mandatory } from '../../storage/testing/databases.ts';
import { startTestHub } from '../hub/harness.ts';
import { chromiumPath, launch } from './browser.ts';

const PAGES = ['/docs', '/docs/guides/app-developer.en', '/docs/guides/operator.ru'];

if (!chromiumPath && !mandatory)
  describe('reference and guides', () => test.skip('needs Chromium (apt-get install chromium)', () => {}));
else
  test('reference and guides show in a browser, accessible, with their pictures and without a complaint', async () => {
    const [t, browser] = await Promise.all([startTestHub({ accounts: 1 }), launch()]);
    try {
      const faults: string[] = [];
      for (const colorScheme of ['light', 'dark'] as const) {
        const context = await browser.newContext({ colorScheme, viewport: { width: 390, height: 780 } });
        const page = await context.newPage();
        page.on('console', (line) => faults.push(`console: ${line.text()}`));
        page.on('pageerror', (error) => faults.push(String(error)));
        // Nothing may be asked of anybody but the hub.
        page.on('request', (request) => {
          if (!request.url().startsWith(t.hub.url)) faults.push(`asks ${request.url()}`);
        });
        for (const path of PAGES) {
          await page.goto(`${t.hub.url}${path}`);
          await page.evaluate(
            `for (const d of document.querySelectorAll('details')) d.open = true; for (const i of document.images) i.loading = 'eager';`,
          );
          // A picture that can't be shown fails here.
          await page.evaluate('Promise.all([...document.images].map((i) => i.decode()))');
          expect(await page.evaluate('getComputedStyle(document.body).maxWidth')).not.toBe('none');
          if (Number(await page.evaluate('document.documentElement.scrollWidth')) > 390)
            faults.push(`${path} runs over the side`);
          await page.evaluate(axe.source);
          const found = (await page.evaluate(
            `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'], resultTypes: ['violations'] }).then((r) => r.violations)`,
          )) as { id: string; nodes: { html: string; failureSummary: string }[] }[];
          faults.push(
            ...found.map((v) => `${colorScheme} ${path}: ${v.id} ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`),
          );
        }
        await context.close();
      }
      expect(faults).toEqual([]);
    } finally {
      await browser.close();
      await t.stop();
    }
  }, 90_000);
