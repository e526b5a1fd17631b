import { beforeEach, expect, test } from '@jest/globals';
import { AlertsConfig } from '../../config/alerts.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import type { OutgoingMail } from '../../tasks/mail/smtp.ts';
import type { Figures } from '../figures.ts';
import { AlertNotices, receiversOf } from './notices.ts';
import { listAlerts } from './repository.ts';
import { AlertRound } from './round.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const connector = {
  organisation: 'uk',
  connector: 'sms-main',
  lagSeconds: 0,
  breakerOpen: false,
  pausedBy: null,
  drift: 0,
  canary: undefined,
};
const calm: Figures = {
  operations: [],
  approvals: [],
  tasks: [],
  connectors: [connector],
  pulls: [],
  quarantine: [],
  flows: [],
  debtInquiries: [],
  processes: { api: 0, worker: 0, all: 1 },
  paused: false,
  certificates: [],
  noticesOverdue: 0,
};

onEachDatabase('alerts', [], (store) => {
  beforeEach(async () => {
    for (const table of ['alert', 'alert_notice', 'event', 'hub_meta']) await store.db.query(`delete from ${table}`);
  });

  const settings = AlertsConfig.parse({
    mail: ['duty@example.ru', 'boss@example.ru'],
    webhooks: [{ url: 'https://chat.example.ru/hub', secret: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=' }],
  });
  const bench = () => {
    const clock = { at: Date.UTC(2026, 10, 26, 9, 0, 0), now: () => clock.at };
    let figures = calm;
    let fails: 'mail' | 'post' | undefined;
    const mails: OutgoingMail[] = [];
    const posts: { headers: Readonly<Record<string, string>>; body: string }[] = [];
    const round = () =>
      new AlertRound({
        db: store.db,
        clock,
        random: Math.random,
        log,
        figures: { read: async () => figures },
        receivers: receiversOf(settings),
        repeatMs: 3_600_000,
        onChange: () => {},
      });
    const notices = (of = settings) =>
      new AlertNotices({
        db: store.db,
        clock,
        log,
        settings: of,
        timezone: 'Europe/Moscow',
        mail: {
          send: async (mail) => {
            if (fails === 'mail') return { sent: false, code: 'SMTP_451', isFinal: false };
            mails.push(mail);
            return { sent: true };
          },
          domain: 'example.ru',
        },
        post: async ({ headers, body }) => {
          posts.push({ headers, body });
          return { status: fails === 'post' ? 503 : 204 };
        },
      });
    return {
      clock,
      mails,
      posts,
      round,
      notices,
      set: (next: Partial<Figures>): void => {
        figures = { ...calm, ...next };
      },
      fail: (what: typeof fails): void => {
        fails = what;
      },
      /** Any number of processes look, time and again. */
      pass: async (seconds: number): Promise<void> => {
        const processes = [round(), round(), round()];
        for (let passed = 0; passed < seconds; passed += 20) {
          await Promise.all(processes.map((p) => p.run()));
          clock.at += 20_000;
        }
        const senders = [notices(), notices()];
        await Promise.all(senders.map((s) => s.round()));
        await Promise.all(senders.map((s) => s.round()));
      },
    };
  };
  const drift = { connectors: [{ ...connector, drift: 2 }] };

  test('an alert and its end are told once to each receiver, by several processes together', async () => {
    const t = bench();
    t.set(drift);
    await t.pass(60);
    t.set({});
    await t.pass(60);
    expect(t.mails.map((m) => [m.to, m.subject]).sort()).toEqual(
      ['boss@example.ru', 'duty@example.ru']
        .flatMap((to) => [
          [to, '[Connector Hub] Внимание: Другая система изменилась (connector: sms-main)'],
          [to, '[Connector Hub] Устранено: Другая система изменилась (connector: sms-main)'],
        ])
        .sort(),
    );
    expect(t.mails[0]?.text).toContain('docs/operations/runbook.ru.md#hubdrift');
    expect(t.posts.map((p) => JSON.parse(p.body).type)).toEqual(['alert.fired', 'alert.resolved']);
    expect(new Set([...t.mails.map((m) => m.messageId), ...t.posts.map((p) => p.headers['webhook-id'])]).size).toBe(6);
    expect(t.posts[0]?.headers['webhook-signature']).toMatch(/^v1,/);
    const { rows } = await store.db.query('select org, type, data from event order by ord');
    expect(rows).toMatchObject([
      { org: 'uk', type: 'alert.fired', data: { alert: 'HubDrift', labels: { connector: 'sms-main' }, value: 2 } },
      { org: 'uk', type: 'alert.resolved' },
    ]);
  });

  test('a restart in between tells nothing twice and forgets nothing', async () => {
    const t = bench();
    t.set(drift);
    await t.round().run();
    t.clock.at += 20_000;
    await t.round().run();
    t.clock.at += 20_000;
    await t.notices().round();
    await t.round().run();
    await t.notices().round();
    expect([t.mails.length, t.posts.length]).toEqual([2, 1]);
    t.clock.at += 3_600_000;
    await t.round().run();
    await t.notices().round();
    expect(t.posts.map((p) => JSON.parse(p.body).type)).toEqual(['alert.fired', 'alert.repeated']);
  });

  test('a notice that finds no server comes again, and is then told under the same id', async () => {
    const t = bench();
    t.fail('post');
    t.set(drift);
    await t.pass(20);
    expect(t.posts).toHaveLength(1);
    t.fail(undefined);
    t.clock.at += 60_000;
    await t.notices().round();
    expect(t.posts).toHaveLength(2);
    expect(new Set(t.posts.map((p) => p.headers['webhook-id'])).size).toBe(1);
    const { rows } = await store.db.query(`select error, tries from alert_notice where channel = 'webhook'`);
    expect(rows).toEqual([{ error: null, tries: 2 }]);
  });

  test('an address that was taken out of hub.yaml gets nothing more', async () => {
    const t = bench();
    t.set(drift);
    await t.round().run();
    await t.notices(AlertsConfig.parse({ mail: ['duty@example.ru'] })).round();
    expect([t.mails.map((m) => m.to), t.posts]).toEqual([['duty@example.ru'], []]);
    const { rows } = await store.db.query(`select error from alert_notice where sent_at is null`);
    expect(rows).toEqual([{ error: 'RECEIVER_GONE' }, { error: 'RECEIVER_GONE' }]);
  });

  test('an organisation sees its own alerts and those of the hub as a whole', async () => {
    const t = bench();
    t.set({ ...drift, processes: { api: 1, worker: 0, all: 0 } });
    await t.pass(200);
    const names = async (org: string) =>
      (await listAlerts(store.db, org, ['firing'], 10)).map((a) => `${a.org} ${a.name}`).sort();
    expect(await names('uk')).toEqual([' HubNoWorker', 'uk HubDrift']);
    expect(await names('other')).toEqual([' HubNoWorker']);
    const { rows } = await store.db.query(`select org from event`);
    expect(rows).toEqual([{ org: 'uk' }]);
  });

  test('no address stands in the store', async () => {
    const t = bench();
    t.set(drift);
    await t.pass(20);
    const { rows } = await store.db.query('select to_jsonb(n)::text as text from alert_notice n');
    expect(rows).toHaveLength(3);
    for (const { text } of rows) expect(text).not.toMatch(/example|chat/);
  });
});
