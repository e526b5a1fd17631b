import type { Page } from 'playwright-core';

/** Opens a place of the console as somebody who has signed in already. */
export async function signedIn(page: Page, url: string, key: string, path: string): Promise<void> {
  // The empty page before the first has no storage.
  await page.addInitScript(
    `if (location.protocol !== 'about:') sessionStorage.setItem('hub-key', ${JSON.stringify(key)})`,
  );
  await page.goto('about:blank');
  await page.goto(`${url}/console#/${path}`);
}
