import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import axe from 'axe-core';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { mandatory } from '../../storage/testing/databases.ts';
import { eventually } from '../hub/harness.ts';
import { chromiumPath, launch } from './browser.ts';
import { signedIn } from './pages.ts';
import { type ScreenCase, screens } from './screens.ts';
import { type Stage, startStage } from './stage.ts';
import { someTasks, standInForTasks } from './tasks-stand-in.ts';

const PHONE = { width: 390, height: 780 };
const NAMES = [
  'overview',
  'lookup',
  'operations',
  'operation',
  'failures',
  'replay',
  'tasks',
  'task',
  'live',
  'sync',
  'reconciliations',
  'reconciliation',
  'mappings',
  'schedules',
  'webhooks',
  'webhook',
  'keys',
];

if (!chromiumPath && !mandatory)
  describe('the console', () => test.skip('needs Chromium (apt-get install chromium)', () => {}));
else describe('the console', suite);

function suite(): void {
  let stage: Stage;
  let browser: Browser;
  let list: ScreenCase[];
  const contexts: BrowserContext[] = [];
  /** What a page complained about: errors of scripts, breaches of the content policy. */
  const complaints: string[] = [];

  const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      locale: 'ru-RU',
      timezoneId: 'Europe/Moscow',
      viewport: { width: 1280, height: 860 },
      ...options,
    });
    contexts.push(context);
    const page = await context.newPage();
    page.setDefaultTimeout(8_000);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (line) => {
      // An answer of 4xx or 5xx is written there as well, and wanted here.
      if (line.type() === 'error' && !line.text().startsWith('Failed to load resource')) complaints.push(line.text());
    });
    return page;
  };
  const visit = async (page: Page, path: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${path}`)}`);
  };
  const body = (page: Page): Promise<string> =>
    page
      .locator('body')
      .textContent()
      .then((text) => text ?? '');
  const close = async (page: Page): Promise<void> => page.context().close();

  beforeAll(async () => {
    [stage, browser] = await Promise.all([startStage(), launch()]);
    list = screens(stage);
    expect(list.map((s) => s.name)).toEqual(NAMES);
  }, 150_000);
  afterAll(async () => {
    await browser?.close();
    await stage?.stop();
  }, 30_000);

  test('lets in whoever has a key, and keeps it out of every address', async () => {
    const page = await newPage();
    const addresses: string[] = [];
    page.on('request', (r) => addresses.push(r.url()));
    await page.goto(`${stage.hub.hub.url}/console#/operations`);
    await page.getByLabel('Ключ доступа').fill('hub_not_a_key_that_anybody_has');
    await page.keyboard.press('Enter');
    await page.getByText('Ключ неизвестен, отозван или просрочен.').waitFor();
    await page.getByLabel('Ключ доступа').fill(stage.keys.all);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Операции', level: 1 }).waitFor();
    expect([...addresses, page.url()].join()).not.toContain('hub_');
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('hub_');
    await page.getByRole('button', { name: 'Выйти' }).click();
    await page.getByLabel('Ключ доступа').waitFor();
    expect(await page.evaluate(`sessionStorage.getItem('hub-key')`)).toBeNull();
    await close(page);
  });

  const faultsIn = async (colorScheme: 'light' | 'dark'): Promise<string[]> => {
    const page = await newPage({ colorScheme });
    await signedIn(page, stage.hub.hub.url, stage.keys.all, '');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.evaluate(axe.source);
    const faults: string[] = [];
    for (const screen of list) {
      await visit(page, screen.path);
      await page.getByText(screen.text).first().waitFor();
      if (colorScheme === 'light') await screen.ready?.(page);
      const found = (await page.evaluate(
        `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa'], resultTypes: ['violations'] }).then((r) => r.violations)`,
      )) as { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
      for (const v of found)
        if (['serious', 'critical'].includes(v.impact))
          faults.push(`${colorScheme} ${screen.name}: ${v.id} ${v.nodes[0]?.html} ${v.nodes[0]?.failureSummary}`);
    }

    await close(page);
    return faults;
  };

  test('shows every screen with its data, accessible in the light and in the dark theme', async () => {
    expect((await Promise.all([faultsIn('light'), faultsIn('dark')])).flat()).toEqual([]);
  }, 60_000);

  test('fits a phone: nothing runs over the side, and the menu opens', async () => {
    const page = await newPage({ viewport: PHONE, isMobile: true, hasTouch: true });
    await signedIn(page, stage.hub.hub.url, stage.keys.all, '');
    const wide: string[] = [];
    for (const screen of list) {
      await visit(page, screen.path);
      await page.getByText(screen.text).first().waitFor({ state: 'attached' });
      const width = Number(await page.evaluate('document.documentElement.scrollWidth'));
      if (width > PHONE.width) wide.push(`${screen.name}: ${width}`);
    }
    expect(wide).toEqual([]);
    await page.getByRole('button', { name: 'Меню' }).click();
    await page.getByRole('link', { name: 'Обзор' }).click();
    await page.getByRole('heading', { name: 'Обзор', level: 1 }).waitFor();
    await close(page);
  }, 30_000);

  test('says what a key may not see, by the name of the scope', async () => {
    const page = await newPage();
    await standInForTasks(page, []);
    await signedIn(page, stage.hub.hub.url, stage.keys.nothing, '');
    for (const screen of list) {
      await visit(page, screen.path);
      await page.getByRole('note').getByText(screen.scope, { exact: true }).first().waitFor();
      expect(await body(page)).not.toContain(screen.text);
    }
    await close(page);
  }, 30_000);

  test('shows what a key may see and not what it may do', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.watcher, `operations/${stage.ops.refused}`);
    const retry = page.getByRole('button', { name: 'Повторить' });
    await retry.waitFor();
    expect([await retry.isDisabled(), await retry.getAttribute('title')]).toEqual([
      true,
      'Нужна область доступа operations',
    ]);
    await close(page);
  });

  test('has words for every screen that has nothing to show', async () => {
    const page = await newPage();
    await standInForTasks(page, []);
    await signedIn(page, stage.hub.hub.url, stage.keys.other, '');
    const words: Record<string, string> = {
      '': 'Коннекторов нет',
      lookup: 'Спросите, кто звонит',
      [`lookup/${stage.account.id}`]: 'Такого нет',
      operations: 'Операций ещё не было',
      failures: 'Здесь пусто',
      tasks: 'Задач нет',
      live: 'Пока тихо',
      sync: 'Карантин пуст',
      reconciliations: 'Сверок ещё не было',
      [`reconciliations/${stage.comparison}`]: 'Такого нет',
      mappings: 'Сопоставлений нет',
      webhooks: 'Вебхуков нет',
      [`operations/${stage.ops.delivered}`]: 'Такого нет',
      [`operations/${stage.ops.templated}/replay`]: 'Такого нет',
      [`webhooks/${stage.webhook}`]: 'Такого нет',
      'tasks/0192f0c4-7a1b-7c3d-8e4f-000000000002': 'Такого нет',
      nonsense: 'Такой страницы нет',
    };
    for (const [path, text] of Object.entries(words)) {
      await visit(page, path);
      await page.getByText(text).first().waitFor();
    }
    await close(page);
  }, 30_000);

  test('says on every screen that the store does not answer, and shows the data when it does again', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'schedules');
    await page.getByText('Удаление отжившего').waitFor();
    const problem = {
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ code: 'STORE_UNAVAILABLE', detail: 'The store does not answer.', status: 503 }),
    };
    for (const screen of list.filter((s) => !['tasks', 'task', 'live', 'schedules'].includes(s.name))) {
      await page.route(screen.calls, (route) => route.fulfill(problem));
      await visit(page, screen.path);
      await page.getByRole('alert').getByText('Хранилище сейчас недоступно').first().waitFor();
      await page.unroute(screen.calls);
      await page.getByRole('button', { name: 'Попробовать снова' }).first().click();
      await page.getByText(screen.text).first().waitFor();
    }
    await standInForTasks(page, [], 503);
    for (const path of ['tasks', 'tasks/0192f0c4-7a1b-7c3d-8e4f-000000000002']) {
      await visit(page, path);
      await page.getByRole('alert').getByText('Хранилище сейчас недоступно').waitFor();
    }
    await close(page);
  }, 60_000);

  test('keeps what it knows when the hub stops answering, and says so', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'sync');
    await page.getByText('Лицевые счета').first().waitFor();
    await page.route('**/v1/sync', (route) => route.abort());
    await page.getByText('Данные устарели').waitFor();
    expect(await body(page)).toContain('Лицевые счета');
    await close(page);
  }, 20_000);

  test('follows the feed again after a cut, without losing an event', async () => {
    const page = await newPage();
    // The first line breaks off in the middle, as it does when a proxy between is restarted.
    await page.addInitScript(`
      const real = fetch;
      let lines = 0;
      window.fetch = async (...args) => {
        const answer = await real(...args);
        if (!String(args[0]).startsWith('/v1/events') || ++lines > 1) return answer;
        const reader = answer.body.getReader();
        const broken = new ReadableStream({
          start: (out) => {
            window.cutStream = () => { out.error(new TypeError('network error')); reader.cancel(); };
            const pump = () => reader.read().then(({ value }) => { if (value) { out.enqueue(value); pump(); } }).catch(() => {});
            pump();
          },
        });
        return new Response(broken, answer);
      };
    `);
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'live');
    await page.getByText('На связи').waitFor();
    await stage.sendSome();
    const numbers = async (): Promise<number[]> =>
      (await page.locator('tbody tr td:first-child').allTextContents()).map((x) => Number(x.replace(/\D/g, '')));
    await eventually(numbers, (n) => n.length >= 3);
    await page.evaluate('cutStream()');
    await page.getByText('Связь прервана, пробуем снова').waitFor();
    await stage.sendSome();
    await page.getByText('На связи').waitFor();
    await eventually(numbers, (n) => n.length >= 6);
    await page.getByRole('button', { name: 'Задержать' }).click();
    await stage.sendSome();
    await page.getByRole('button', { name: /Продолжить \(\+\d+\)/ }).click();
    await eventually(numbers, (n) => n.length >= 9);
    const seen = await numbers();
    expect(seen).toEqual(Array.from(seen, (_v, i) => (seen[0] as number) - i));
    await close(page);
  }, 30_000);

  test('goes back to the sign-in when the key is revoked, and then on at the same place', async () => {
    const made = (await stage.hub.call('POST', '/v1/keys', { name: 'временный', scopes: ['*'] })).body as {
      id: string;
      key: string;
    };
    const page = await newPage();
    await page.goto(`${stage.hub.hub.url}/console#/operations/${stage.ops.delivered}`);
    await page.getByLabel('Ключ доступа').fill(made.key);
    await page.keyboard.press('Enter');
    await page.getByText('Телефон получил сообщение').waitFor();
    await stage.hub.call('DELETE', `/v1/keys/${made.id}`);
    await page.getByText('Ключ больше не действует').waitFor();
    await page.getByLabel('Ключ доступа').fill(stage.keys.all);
    await page.keyboard.press('Enter');
    await page.getByText('Телефон получил сообщение').waitFor();
    expect(page.url()).toContain(stage.ops.delivered);
    await close(page);
  }, 20_000);

  test('can be walked by keyboard alone', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, '');
    await page.getByRole('heading', { name: 'Обзор', level: 1 }).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(`document.activeElement?.textContent?.trim() ?? ''`) as Promise<string>;
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('К содержанию');
    for (let n = 0; n < 12 && !(await focused()).startsWith('Операции'); n++) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Операции', level: 1 }).waitFor();
    for (
      let n = 0;
      n < 40 && (await page.evaluate(`document.activeElement?.getAttribute('aria-label')`)) !== 'Найти операцию';
      n++
    )
      await page.keyboard.press('Tab');
    await page.keyboard.type('Док-000123');
    await page.keyboard.press('Enter');
    await page.getByText('по ссылке').waitFor();
    for (let n = 0; n < 40 && !(await page.evaluate(`document.activeElement?.className === 'row-link'`)); n++)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByText('Телефон получил сообщение').waitFor();
    await visit(page, 'keys');
    await page.getByRole('button', { name: 'Отозвать Только просмотр' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await page.evaluate(`document.activeElement?.getAttribute('aria-label')`)).toBe('Отозвать Только просмотр');
    await close(page);
  }, 30_000);

  test('answers a task, and says who was faster when somebody was', async () => {
    const page = await newPage();
    const tasks = someTasks(Date.now(), stage.ops.delivered);
    await standInForTasks(page, tasks);
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'tasks/0192f0c4-7a1b-7c3d-8e4f-000000000002');
    await page.getByText('Сначала напишите примечание.').waitFor();
    await page.getByLabel(/Примечание/).fill('Проверено в 1С');
    await page.getByRole('button', { name: 'Документ в 1С есть' }).click();
    await page.getByText('Решена').waitFor();
    expect(tasks[1]).toMatchObject({ answer: 'happened', note: 'Проверено в 1С' });
    await visit(page, 'tasks/0192f0c4-7a1b-7c3d-8e4f-000000000001');
    await page.route('**/answer', (route) =>
      route.fulfill({
        status: 409,
        contentType: 'application/json',
        body: JSON.stringify({ code: 'TASK_ANSWERED', detail: 'Смирнова А. В. answered it at 10:00.', status: 409 }),
      }),
    );
    await page.getByRole('button', { name: 'Счёт пополнен' }).click();
    await page.getByText('Смирнова А. В. answered it').waitFor();
    await close(page);
  }, 20_000);

  test('finds a resident by keyboard alone, says what to add when too many fit, and keeps words out of addresses', async () => {
    const page = await newPage();
    const addresses: string[] = [];
    const purposes: (string | undefined)[] = [];
    page.on('request', (r) => {
      addresses.push(r.url());
      if (r.url().endsWith('/v1/lookup')) purposes.push(r.headers()['x-purpose']);
    });
    const { name } = (await stage.hub.call('GET', `/v1/customers/${stage.account.holder}`)).body as { name: string };
    await signedIn(page, stage.hub.hub.url, stage.keys.desk, 'lookup');
    const field = page.getByLabel('Кого найти');
    await field.and(page.locator(':focus')).waitFor();
    await page.keyboard.type('Казань');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('Добавьте: улицу').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('Никтович Неизвестный');
    await page.keyboard.press('Enter');
    await page.getByText('Никто не нашёлся').waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(stage.account.number);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('вопрос о долге');
    await page.keyboard.press('Enter');
    await page.getByText(name).first().waitFor();
    await page.getByText('Начислено').waitFor();
    const month = page.locator('button.link').first();
    await month.focus();
    await page.keyboard.press('Enter');
    await page.getByText('Отопление').first().waitFor();
    expect(decodeURIComponent([...addresses, page.url()].join())).not.toMatch(
      new RegExp(`Казань|Никтович|${stage.account.number}`),
    );
    expect(purposes.at(-1)).toBe(encodeURIComponent('вопрос о долге'));
    await close(page);
  }, 30_000);

  test('lists those who fit, and opens the one who is chosen', async () => {
    const page = await newPage();
    const people = (await stage.hub.call('GET', '/v1/customers?limit=500')).body.items as { name: string }[];
    const count = new Map<string, number>();
    for (const p of people) count.set(p.name, (count.get(p.name) ?? 0) + 1);
    const [shared] = [...count].find(([, n]) => n > 1) ?? [];
    if (shared === undefined) throw new Error('The company of the stage has no two people of one name.');
    await signedIn(page, stage.hub.hub.url, stage.keys.desk, 'lookup');
    await page.getByLabel('Кого найти').fill(shared.toLowerCase());
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'Год рождения' }).waitFor();
    expect(await page.locator('a.row-link').count()).toBe(count.get(shared));
    await page.locator('a.row-link').first().click();
    await page.getByText('Начислено').first().waitFor();
    await page.getByRole('link', { name: '← К найденным' }).click();
    await page.getByRole('columnheader', { name: 'Год рождения' }).waitFor();
    await close(page);
  }, 30_000);

  test('speaks English when asked to, and keeps that', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'failures');
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Failures', level: 1 }).waitFor();
    expect(await page.evaluate('document.documentElement.lang')).toBe('en');
    await page.reload();
    await page.getByRole('heading', { name: 'Failures', level: 1 }).waitFor();
    await close(page);
  });

  test('finds why a resident got no message, has it mended, and sees the message delivered', async () => {
    const page = await newPage();
    stage.hub.sms.faults.add({ fault: 'no-money' });
    const { id } = (
      await stage.hub.call('POST', '/v1/messages', {
        channel: 'sms',
        to: '+79169990001',
        text: 'Приём показаний до 25 числа',
      })
    ).body as { id: string };
    await eventually(
      () => stage.hub.call('GET', `/v1/operations/${id}`),
      (o) => o.body.waitingFor === 'pause',
    );
    await signedIn(page, stage.hub.hub.url, stage.keys.all, '');
    await page.getByText('Приостановлен', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Операции', exact: true }).click();
    await page.getByLabel('Найти операцию').fill('8 916 999-00-01');
    await page.getByRole('button', { name: 'Найти' }).click();
    await page.getByText('по телефону').waitFor();
    expect(page.url()).not.toContain('999');
    await page.getByRole('link', { name: 'Сообщение', exact: true }).click();
    await page.getByText('Коннектор sms-main приостановлен').waitFor();
    await page.getByText('На счёте шлюза кончились деньги').first().waitFor();
    // The book-keeper pays; the rest is done here.
    stage.hub.sms.faults.clear();
    await page.getByRole('link', { name: 'К коннекторам' }).click();
    await page.getByRole('button', { name: 'Возобновить sms-main' }).click();
    await page.goBack();
    await page.getByText('Шлюз принял сообщение').waitFor();
    stage.hub.sms.clock.advance(60_000);
    await page.getByText('Телефон получил сообщение').waitFor({ timeout: 20_000 });
    expect(stage.hub.sms.effects.report()['sms.sent']?.distinct).toBe(
      stage.hub.sms.effects.report()['sms.sent']?.count,
    );
    await close(page);
  }, 60_000);

  test('sends anew what was refused, after the difference was looked at', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, `operations/${stage.ops.templated}`);
    await page.getByRole('link', { name: 'Отправить заново…' }).click();
    await page.getByText('Долг по счету 000012345').first().waitFor();
    await page.getByText('Задолженность по л/с 000012345').first().waitFor();
    await page.getByRole('button', { name: 'Отправить' }).click();
    await page.getByText('вызвана этой').waitFor();
    await page.getByText('Шлюз принял сообщение').or(page.getByText('Телефон получил сообщение')).first().waitFor();
    await close(page);
  }, 20_000);

  test('tries a whole group of dead operations again, and shows how far it is', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'failures');
    await page.getByRole('button', { name: /^Повторить все/ }).click();
    await page.getByRole('dialog').getByText('Повторить 7 операций?').waitFor();
    await page.getByRole('button', { name: 'Да' }).click();
    await page.getByText('Готово').waitFor();
    await page.getByText('Здесь пусто').waitFor();
    await close(page);
  }, 30_000);

  test('answers a task of the hub itself, which then carries the answer out', async () => {
    const page = await newPage();
    await stage.killSome();
    const open = async () =>
      (await stage.hub.call('GET', '/v1/tasks?status=open&kind=dead')).body.items as { id: string }[];
    const [task] = await eventually(open, (items) => items.length === 1);
    await signedIn(page, stage.hub.hub.url, stage.keys.all, `tasks/${task?.id}`);
    await page.getByRole('button', { name: 'Отказаться' }).click();
    await page.getByRole('button', { name: 'Да' }).click();
    await page.getByText('Решена').waitFor();
    await page.getByText('7 из 7').waitFor();
    await close(page);
  }, 120_000);

  test('compares with ГИС ЖКХ, and the button makes exactly the missing imports', async () => {
    const page = await newPage();
    const effects = () => stage.giszhkh.sim.effects.report();
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'reconciliations');
    await page.getByRole('button', { name: 'Новая сверка' }).click();
    await page.getByLabel('Дом', { exact: true }).selectOption({ index: 1 });
    await page.getByRole('button', { name: 'Начать' }).click();
    await page.getByRole('heading', { name: 'В ГИС ЖКХ не хватает: 4' }).waitFor();
    await page.getByText('у нас').first().waitFor();
    // Of an account only the last signs are shown in a list.
    expect(await body(page)).not.toMatch(/[12]000000\d\d/);
    await page.getByRole('button', { name: 'Загрузить недостающие' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Будет создано: 3 операции').waitFor();
    await dialog.getByText('Лицевой счёт в ГИС ЖКХ: 2').waitFor();
    await dialog.getByText('Прибор учёта в ГИС ЖКХ: 1').waitFor();
    await dialog.getByText('Сначала нужен лицевой счёт в ГИС ЖКХ').waitFor();
    expect(effects()).toEqual({});
    await dialog.getByRole('button', { name: 'Создать 3 операции' }).click();
    await dialog.getByText('Создано: 3 операции').waitFor();
    await dialog.getByRole('button', { name: 'Закрыть' }).last().click();
    await page.getByText('Загружено: 2').waitFor({ timeout: 20_000 });
    await page.getByText('Загружено: 1').waitFor({ timeout: 20_000 });
    expect(effects()).toMatchObject({
      'giszhkh.accounts': { count: 2, distinct: 2 },
      'giszhkh.devices': { count: 1, distinct: 1 },
    });
    // The meter that had to wait for its account.
    await page.getByRole('button', { name: 'Загрузить недостающие' }).first().click();
    await dialog.getByText('Будет создано: 1 операция').waitFor();
    await dialog.getByRole('button', { name: 'Создать 1 операция' }).click();
    await dialog.getByRole('button', { name: 'Закрыть' }).last().click();
    await page.getByText('Всё недостающее загружено или загружается.').waitFor();
    const { items } = (await stage.hub.call('GET', '/v1/operations?kind=meters.publish&limit=9')).body;
    expect(items).toHaveLength(2);
    await page.getByRole('link', { name: 'Загружено: 2' }).first().click();
    await page.getByRole('link', { name: 'Операция загрузки' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Лицевой счёт в ГИС ЖКХ' }).waitFor();
    await close(page);
  }, 90_000);

  test('compares payment documents, asks for what they need besides, and makes them', async () => {
    const page = await newPage();
    const month = new Date();
    month.setUTCDate(0);
    const period = month.toISOString().slice(0, 7);
    const dialog = page.getByRole('dialog');
    const heading = page.getByRole('heading', { name: /^В ГИС ЖКХ не хватает: / });
    const compare = async (): Promise<number> => {
      await page.getByRole('button', { name: 'Новая сверка' }).click();
      await dialog.getByLabel('Дом', { exact: true }).selectOption({ index: 1 });
      for (const unwanted of ['Лицевые счета', 'Счётчики']) await dialog.getByLabel(unwanted).uncheck();
      await dialog.getByLabel('Платёжные документы').check();
      await dialog.getByLabel('Месяц платёжных документов').fill(period);
      await dialog.getByRole('button', { name: 'Начать' }).click();
      await heading.waitFor();
      return Number(/\d+/.exec((await heading.textContent()) ?? '')?.[0]);
    };
    const give = async (codeOf: (i: number) => number): Promise<void> => {
      for (const kind of await dialog.getByLabel('Вид услуги').all()) await kind.selectOption('housing');
      for (const [i, code] of (await dialog.getByLabel('Код в справочнике').all()).entries())
        await code.fill(String(codeOf(i)));
      await dialog.getByRole('button', { name: 'Проверить ещё раз' }).click();
    };
    const make = async (missing: number): Promise<void> => {
      await dialog.getByRole('button', { name: new RegExp(`^Создать ${missing} `) }).click();
      await dialog.getByText(new RegExp(`^Создано: ${missing} `)).waitFor();
      await dialog.getByRole('button', { name: 'Закрыть' }).last().click();
    };

    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'reconciliations');
    const missing = await compare();
    expect(missing).toBeGreaterThan(3);
    await page.getByRole('button', { name: 'Загрузить недостающие' }).first().click();
    await dialog.getByText('Не указаны реквизиты получателя.').first().waitFor();
    await dialog.getByLabel('БИК получателя').fill('044525225');
    await dialog.getByLabel('Расчётный счёт').fill('40702810000000000001');
    await dialog.getByRole('button', { name: 'Проверить ещё раз' }).click();
    // Whom to pay is known now; which element of the directory each service is, is not yet.
    await dialog.getByLabel('Код в справочнике').first().waitFor();
    // Codes that the directory has not: each operation says so, and so does the page.
    await give((i) => 900 + i);
    await make(missing);
    await page.getByText(`Не загрузилось: ${missing}. Исправьте причину`).waitFor({ timeout: 20_000 });
    await page.getByText('В справочнике НСИ нет действующего элемента с таким кодом').first().waitFor();
    expect(stage.giszhkh.sim.effects.report()['giszhkh.payment-documents']).toBeUndefined();

    await page.getByRole('link', { name: 'Все сверки' }).click();
    expect(await compare()).toBe(missing);
    await page.getByRole('button', { name: 'Загрузить недостающие' }).first().click();
    await dialog.getByText(new RegExp(`^Будет создано: ${missing} `)).waitFor();
    // What was given last time is remembered, and can be mended.
    await dialog.getByText('Реквизиты и коды услуг').click();
    expect(await dialog.getByLabel('Код в справочнике').first().inputValue()).toBe('900');
    await give((i) => (i % 2) + 1);
    await make(missing);
    await page.getByText(`Загружено: ${missing}`).first().waitFor({ timeout: 20_000 });
    expect(stage.giszhkh.sim.effects.report()).toMatchObject({
      'giszhkh.payment-documents': { count: missing, distinct: missing },
    });
    await close(page);
  }, 120_000);

  test('compares for a key that may only look: the button is off and says why, personal values are masked', async () => {
    const page = await newPage();
    await signedIn(page, stage.hub.hub.url, stage.keys.comparer, `reconciliations/${stage.comparison}`);
    const button = page.getByRole('button', { name: 'Загрузить недостающие' }).first();
    await button.waitFor();
    expect(await button.isDisabled()).toBe(true);
    await page.getByRole('note').getByText('reconciliations', { exact: true }).first().waitFor();
    await page.getByLabel('Записи').selectOption('PersonalAccount');
    await page
      .getByRole('button', { name: /^Обе стороны: Лицевые счета/ })
      .first()
      .click();
    await page.getByText('Личные данные скрыты').waitFor();
    expect(await page.getByRole('dialog').textContent()).not.toMatch(/[12]000000\d\d/);
    await close(page);
  }, 30_000);

  test('shows what an edited mapping would do, and saves nothing', async () => {
    const page = await newPage();
    const posts: string[] = [];
    page.on('request', (r) => {
      if (r.method() !== 'GET') posts.push(new URL(r.url()).pathname);
    });
    await signedIn(page, stage.hub.hub.url, stage.keys.all, 'mappings');
    await page.getByText('39.50').or(page.getByText('area')).first().waitFor();
    const text = page.getByLabel('Текст сопоставления');
    await text.fill((await text.inputValue()).replace('decimal(2)', 'decimal(1)'));
    await page.getByText('черновик').waitFor();
    await page.getByRole('button', { name: 'Что изменится во всех записях' }).click();
    await page.getByText(/изменится: \d+/).waitFor();
    await text.fill('mapping: [');
    await page.getByRole('alert').first().waitFor();
    expect(new Set(posts)).toEqual(new Set(['/v1/mappings/preview', '/v1/mappings/diff']));
    await close(page);
  }, 30_000);

  test('no page complained about a script or breached its content policy', () => {
    expect(complaints).toEqual([]);
  });
}
