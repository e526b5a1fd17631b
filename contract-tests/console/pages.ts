import type { Page } from 'playwright-core';
import type { Stage } from './stage.ts';

/** Opens a place of the console as somebody who has signed in already. */
export async function signedIn(page: Page, stage: Stage, key: string, path: string): Promise<void> {
  // The empty page before the first has no storage.
  await page.addInitScript(
    `if (location.protocol !== 'about:') sessionStorage.setItem('hub-key', ${JSON.stringify(key)})`,
  );
  await page.goto('about:blank');
  await page.goto(`${stage.hub.hub.url}/console#/${path}`);
}
