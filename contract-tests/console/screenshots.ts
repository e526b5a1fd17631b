import { mkdirSync } from 'node:fs';
import { launch } from './browser.ts';
import { signedIn } from './pages.ts';
import { screens } from './screens.ts';
import { fillHistory, startStage } from './stage.ts';
import { someTasks, standInForTasks } from './tasks-stand-in.ts';

/** Pictures of every screen for the documentation: `npm run screenshots [name…]`. */
const folder = new URL('../../docs/console/', import.meta.url).pathname;
const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const stage = await startStage();
await fillHistory(stage);
const browser = await launch();
try {
  const looks = [
    { ending: '', viewport: { width: 1280, height: 860 }, colorScheme: 'light' as const, only: undefined },
    {
      ending: '-dark',
      viewport: { width: 1280, height: 860 },
      colorScheme: 'dark' as const,
      only: ['overview', 'operation'],
    },
    {
      ending: '-phone',
      viewport: { width: 390, height: 780 },
      colorScheme: 'light' as const,
      only: ['overview', 'operation'],
    },
  ];
  for (const { ending, viewport, colorScheme, only } of looks) {
    const context = await browser.newContext({ viewport, colorScheme, locale: 'ru-RU', timezoneId: 'Europe/Moscow' });
    const page = await context.newPage();
    await standInForTasks(page, someTasks(Date.now(), stage.ops.delivered));
    for (const screen of screens(stage)) {
      if ((only && !only.includes(screen.name)) || (wanted.length > 0 && !wanted.includes(screen.name))) continue;
      await signedIn(page, stage, stage.keys.all, screen.path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await screen.ready?.(page);
      if (ending !== '-phone') {
        // As high as what it shows, so that nothing is cut and the sides reach the end.
        const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
        await page.setViewportSize({ width: viewport.width, height: Math.min(1_400, Math.max(720, height)) });
      }
      await page.waitForTimeout(900);
      await page.screenshot({ path: `${folder}${screen.name}${ending}.png` });
      await page.setViewportSize(viewport);
      process.stdout.write(`${screen.name}${ending}\n`);
    }
    await context.close();
  }
} finally {
  await browser.close();
  await stage.stop();
}
