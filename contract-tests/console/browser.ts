import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

/** Where Debian and others put the browser; HUB_CHROMIUM names another place. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export const chromiumPath = [process.env.HUB_CHROMIUM, ...PLACES].find((path) => path && existsSync(path));

export function launch(): Promise<Browser> {
  if (!chromiumPath) throw new Error('There is no Chromium; apt-get install chromium, or name one by HUB_CHROMIUM.');
  return chromium.launch({
    executablePath: chromiumPath,
    // A container's root has no sandbox to use; pages are the hub's own.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}
