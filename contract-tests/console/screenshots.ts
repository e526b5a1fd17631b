import { mkdirSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { eventually } from '../hub/harness.ts';
import { launch } from './browser.ts';
import { signedIn } from './pages.ts';
import { screens } from './screens.ts';
import { fillHistory, startStage } from './stage.ts';

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
    for (const screen of screens(stage)) {
      if ((only && !only.includes(screen.name)) || (wanted.length > 0 && !wanted.includes(screen.name))) continue;
      await signedIn(page, stage.hub.hub.url, stage.keys.all, screen.path);
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
  if (wanted.length === 0 || wanted.includes('walk')) await walk();
} finally {
  await browser.close();
  await stage.stop();
}

/** The pictures of the operator's guide: a resident got no message; why, and what then. */
async function walk(): Promise<void> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    locale: 'ru-RU',
    timezoneId: 'Europe/Moscow',
  });
  const page = await context.newPage();
  const { hub } = stage;
  hub.sms.faults.add({ fault: 'no-money' });
  const { id } = (
    await hub.call('POST', '/v1/messages', {
      channel: 'sms',
      to: '+79169990001',
      text: 'Передайте показания счётчиков до 25 числа.',
    })
  ).body as { id: string };
  await eventually(
    () => hub.call('GET', `/v1/operations/${id}`),
    (o) => o.body.waitingFor === 'pause',
  );
  await signedIn(page, stage.hub.hub.url, stage.keys.all, 'operations');
  await page.getByLabel('Найти операцию').fill('8 916 999-00-01');
  await page.getByRole('button', { name: 'Найти' }).click();
  await page.getByText('по телефону').waitFor();
  await shoot(page, 'walk-1-found');
  await page.getByRole('link', { name: 'Сообщение', exact: true }).click();
  await page.getByText('Коннектор sms-main приостановлен').waitFor();
  await shoot(page, 'walk-2-why');
  hub.sms.faults.clear();
  await page.getByRole('link', { name: 'К коннекторам' }).click();
  const resume = page.getByRole('button', { name: 'Возобновить sms-main' });
  await resume.scrollIntoViewIfNeeded();
  await shoot(page, 'walk-3-resume');
  await resume.click();
  await page.goBack();
  await page.getByText('Шлюз принял сообщение').waitFor();
  hub.sms.clock.advance(60_000);
  await page.getByText('Телефон получил сообщение').waitFor({ timeout: 20_000 });
  await shoot(page, 'walk-4-delivered');
  await context.close();
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(700);
  await page.screenshot({ path: `${folder}${name}.png` });
  process.stdout.write(`${name}\n`);
}
