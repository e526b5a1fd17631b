import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { mandatory, onServer } from '../../storage/testing/databases.ts';
import { adviceTable } from '../../tasks/advice.ts';
import { type BareHub, startBareHub } from '../hub/bare-hub.ts';
import { eventually } from '../hub/harness.ts';
import { ownDatabase } from '../server/own-database.ts';
import { chromiumPath, launch } from './browser.ts';
import { signedIn } from './pages.ts';

// What a person at the console meets when something around it goes wrong; the hubs have no connectors, so that they start at once.
if (!chromiumPath && !mandatory)
  describe('the console in trouble', () => test.skip('needs Chromium (apt-get install chromium)', () => {}));
else describe('the console in trouble', suite);

interface Ground {
  hub: BareHub;
  newPage(path: string, key: string): Promise<Page>;
  key(name: string, more?: object): Promise<string>;
  /** Operations that died of one code. */
  insertDead(n: number, code: string): Promise<void>;
}

function ground(start: () => Promise<BareHub>): Ground {
  let hub: BareHub;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  beforeAll(async () => {
    [hub, browser] = await Promise.all([start(), launch()]);
  }, 90_000);
  afterAll(async () => {
    for (const context of contexts) await context.close();
    await browser?.close();
    await hub?.stop();
  }, 30_000);
  return {
    get hub() {
      return hub;
    },
    newPage: async (path, key) => {
      const context = await browser.newContext({ locale: 'ru-RU', timezoneId: 'Europe/Moscow' });
      contexts.push(context);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await signedIn(page, hub.hub.url, key, path);
      return page;
    },
    key: async (name, more = {}) =>
      (await hub.send('POST', '/v1/keys', { name, scopes: ['*'], organisation: 'uk', purpose: 'проверка', ...more }))
        .body.key,
    insertDead: async (n, code) => {
      await hub.hub.store.db.query(
        `insert into operation (org, id, kind, client, instance, payload, reference, status, error, accepted_at, updated_at)
         select 'uk', u.id, 'messages.send', 'app', 'sms-main', '{}', 'Док-1', 'dead', $2::jsonb, now() - interval '1 hour', now() - interval '1 hour' from unnest($1::uuid[]) u(id)`,
        [Array.from({ length: n }, () => randomUUID()), JSON.stringify({ kind: 'transient', code, message: 'x' })],
      );
    },
  };
}

function suite(): void {
  const g = ground(() => startBareHub('audit: { requirePurpose: true }\n'));

  test('asks once why personal data are looked at, sends that with every look, shows it and lets it be changed', async () => {
    await g.insertDead(1, 'NETWORK');
    const key = await g.key('без цели', { purpose: undefined });
    const page = await g.newPage('operations', key);
    const search = async (): Promise<void> => {
      await page.getByLabel('Найти операцию').fill('Док-1');
      await page.getByRole('button', { name: 'Найти' }).click();
      await page.getByText('по ссылке').waitFor();
    };
    const noted = async (): Promise<unknown> => {
      await g.hub.get('/v1/audit/head');
      const { body } = await g.hub.send('GET', '/v1/audit?action=operations.search&limit=1');
      return body.items[0]?.purpose;
    };
    await page.getByLabel('Зачем вы смотрите личные данные').fill('Обращение № 15: не пришло сообщение');
    await page.keyboard.press('Enter');
    await search();
    expect(await noted()).toBe('Обращение № 15: не пришло сообщение');
    await page.reload();
    await page.getByText('Обращение № 15: не пришло сообщение').waitFor();
    await page.getByRole('button', { name: 'Изменить цель' }).click();
    await page.getByLabel('Зачем вы смотрите личные данные').fill('Обращение № 16');
    await page.getByRole('dialog').getByRole('button', { name: 'Продолжить' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.reload();
    await search();
    expect(await noted()).toBe('Обращение № 16');
    await page.getByRole('button', { name: 'Выйти' }).click();
    await page.getByLabel('Ключ доступа').waitFor();
    expect(await page.evaluate(`sessionStorage.getItem('hub-purpose')`)).toBeNull();
  }, 60_000);

  test('a key that has a purpose of its own is asked for none', async () => {
    const page = await g.newPage('failures', await g.key('с целью'));
    await page.getByRole('heading', { name: 'Сбои', level: 1 }).waitFor();
    expect(await page.getByLabel('Зачем вы смотрите личные данные').count()).toBe(0);
  }, 30_000);

  test('says in Russian what every code of the hub means', async () => {
    const codes = Object.keys(adviceTable);
    const page = await g.newPage('overview-of-nothing', await g.key('коды'));
    await page.route('**/v1/operations/causes**', (route) =>
      route.fulfill({
        contentType: 'application/json',
        body: JSON.stringify({
          items: codes.map((code) => ({
            ...{ status: 'dead', kind: 'messages.send', instance: 'sms-main', code, upstreamCode: null },
            ...{ waitingFor: null, count: 1, holding: 0, message: 'told in English', example: randomUUID() },
            ...{ firstAt: new Date().toISOString(), lastAt: new Date().toISOString() },
          })),
        }),
      }),
    );
    await page.evaluate(`location.hash = '#/failures'`);
    await page
      .locator('.cause')
      .nth(codes.length - 1)
      .waitFor();
    const titles = await page.locator('.cause h2').allTextContents();
    const isRussian = (title: string): boolean => /[а-яё]/i.test(title);
    expect(codes.filter((_code, i) => !isRussian(titles[i] ?? ''))).toEqual([]);
    expect(await page.locator('.cause').getByText('told in English').count()).toBe(0);
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Failures', level: 1 }).waitFor();
    await eventually(
      async () => (await page.locator('.cause h2').allTextContents()).filter(isRussian),
      (left) => left.length === 0,
    );
  }, 60_000);

  test('of two people who answer a task at the same time one is told who was faster, and both see the same answer', async () => {
    await g.insertDead(3, 'SMSC_TOO_OFTEN');
    const task = await eventually(
      async () => (await g.hub.send('GET', '/v1/tasks?status=open&kind=dead')).body.items,
      (items) => items.some((x: { code: string }) => x.code === 'SMSC_TOO_OFTEN'),
    );
    const { id } = task.find((x: { code: string }) => x.code === 'SMSC_TOO_OFTEN');
    const [anna, boris] = await Promise.all(
      ['Анна', 'Борис'].map(async (name) => g.newPage(`tasks/${id}`, await g.key(name))),
    );
    const pages = [anna as Page, boris as Page];
    // Neither sees what the other does until both have pressed.
    let pressed = 0;
    let release: () => void = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const page of pages) {
      await page.getByRole('button', { name: 'Отказаться' }).waitFor();
      await page.route('**/answer', async (route) => {
        if (++pressed === pages.length) release();
        await both;
        await route.continue();
      });
    }
    await Promise.all(
      pages.map(async (page) => {
        await page.getByRole('button', { name: 'Отказаться' }).click();
        await page.getByRole('dialog').getByRole('button', { name: 'Да' }).click();
      }),
    );
    await Promise.all(pages.map((page) => page.getByText('Решена').waitFor()));
    await Promise.all(pages.map((page) => page.getByText('3 из 3').waitFor()));
    const { body } = await g.hub.send('GET', `/v1/tasks/${id}`);
    expect(body).toMatchObject({ status: 'answered', answer: 'cancel', progress: { done: 3, failed: 0, total: 3 } });
    const winner = (await g.hub.send('GET', '/v1/keys')).body.items.find(
      (k: { id: string }) => k.id === body.answeredBy,
    );
    const told = await Promise.all(pages.map((page) => page.getByRole('alert').allTextContents()));
    const loser = told.flat();
    expect(loser).toHaveLength(1);
    expect(loser[0]).toContain(winner.name);
    expect(told[winner.name === 'Анна' ? 0 : 1]).toEqual([]);
  }, 60_000);

  test('work on thousands shows how far it is, outlives the page and a restart of the hub, and can be stopped', async () => {
    const N = 3_000;
    await g.insertDead(N, 'SMPP_SYSTEM_ERROR');
    const key = await g.key('массовый');
    const page = await g.newPage('failures', key);
    const act = page.getByRole('button', { name: /^Повторить все/ });
    await page
      .getByText(`${new Intl.NumberFormat('ru-RU').format(N)}`)
      .first()
      .waitFor();
    await page.locator('.cause', { hasText: 'SMPP_SYSTEM_ERROR' }).locator(act).click();
    await page.getByRole('button', { name: 'Да' }).click();
    const job = async (): Promise<{ id: string; status: string; done: number; total: number }> =>
      (await g.hub.send('GET', '/v1/operations/bulk?limit=1')).body.items[0];
    const begun = await eventually(job, (j) => j?.total === N && j.done > 0);
    await page.getByRole('progressbar', { name: new RegExp(`Повтор: .* / ${N}`) }).waitFor();
    await page.context().close();
    await g.hub.restart();
    const after = await eventually(job, (j) => j.status !== 'running' || j.done > begun.done, 40_000);
    // The machine may be fast enough to have done them all: then there is nothing to stop.
    const again = await g.newPage('failures', key);
    await again.getByText('Массовые действия').waitFor();
    const stop = again.getByRole('button', { name: 'Остановить' });
    if (after.status === 'running')
      await stop.click().catch(async (error: unknown) => {
        // It may be done by the time that the page is there.
        if ((await job()).status === 'running') throw error;
      });
    const last = await eventually(job, (j) => j.status !== 'running', 40_000);
    await again
      .getByText(last.status === 'stopped' ? 'Остановлено' : 'Готово')
      .first()
      .waitFor();
    const { rows } = await g.hub.hub.store.db.query<{ dead: number; all: number }>(
      `select count(*) filter (where status = 'dead') as dead, count(*) as all from operation where error->>'code' = 'SMPP_SYSTEM_ERROR'`,
    );
    expect([Number(rows[0]?.all) - Number(rows[0]?.dead), Number(rows[0]?.all)]).toEqual([last.done, N]);
  }, 120_000);

  test('goes on reading the feed after the hub was restarted, and misses nothing that happened meanwhile', async () => {
    const page = await g.newPage('live', await g.key('лента'));
    await page.getByText('На связи').waitFor();
    const numbers = async (): Promise<number[]> =>
      (await page.locator('tbody tr td:first-child').allTextContents()).map((x) => Number(x.replace(/\D/g, '')));
    await g.hub.tell(1, 3);
    await eventually(numbers, (n) => n.length >= 3);
    const restarting = g.hub.restart();
    await page.getByText('Связь прервана, пробуем снова').waitFor();
    await restarting;
    await g.hub.tell(4, 6);
    await page.getByText('На связи').waitFor();
    await eventually(numbers, (n) => n.length >= 6);
    const seen = await numbers();
    expect(seen).toEqual(Array.from(seen, (_v, i) => (seen[0] as number) - i));
  }, 90_000);

  test('goes back to the sign-in when the key expires in the middle, and then on at the same place', async () => {
    const until = new Date(g.hub.clock.now() + 600_000).toISOString();
    const page = await g.newPage('failures?status=failed', await g.key('до вечера', { expiresAt: until }));
    await page.getByText('Здесь пусто').waitFor();
    g.hub.clock.offset += 1_200_000;
    await page.getByText('Ключ больше не действует').waitFor();
    expect(await page.getByText('Здесь пусто').count()).toBe(0);
    await page.getByLabel('Ключ доступа').fill(await g.key('новый'));
    await page.keyboard.press('Enter');
    await page.getByText('Здесь пусто').waitFor();
    expect(page.url()).toContain('status=failed');
  }, 60_000);
}

onServer('the console whose store goes away', () => {
  if (!chromiumPath && !mandatory) {
    test.skip('needs Chromium (apt-get install chromium)', () => {});
    return;
  }
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  const g = ground(async () => {
    database = await ownDatabase();
    return startBareHub('', database.url);
  });
  afterAll(() => database.remove(), 30_000);

  const setReachable = async (isReachable: boolean): Promise<void> => {
    const url = new URL(database.url);
    const name = url.pathname.slice(1);
    url.pathname = '/postgres';
    if (url.username === '') url.username = process.env.PGUSER ?? 'root';
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    await client.query(`alter database ${name} allow_connections ${isReachable}`);
    await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
    await client.end();
  };

  test('keeps what it knew, says on a new screen that the store is away, and goes on by itself when it is back', async () => {
    await g.insertDead(2, 'NETWORK');
    const page = await g.newPage('failures', await g.key('дежурный'));
    await page.getByText('Другая система не отвечает').waitFor();
    await setReachable(false);
    try {
      await page.getByText('Данные устарели').waitFor();
      expect(await page.getByText('Другая система не отвечает').count()).toBe(1);
      await page.evaluate(`location.hash = '#/schedules'`);
      await page.getByRole('alert').getByText('Хранилище сейчас недоступно').waitFor();
    } finally {
      await setReachable(true);
    }
    // Nobody presses anything.
    await page.getByText('Удаление отжившего').waitFor({ timeout: 30_000 });
    expect(await page.getByRole('alert').count()).toBe(0);
  }, 120_000);
});
