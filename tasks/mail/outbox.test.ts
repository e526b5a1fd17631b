import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { TasksConfig } from '../../config/tasks.ts';
import { onEachDatabase, testCipher } from '../../storage/testing/databases.ts';
import { log, peopleOf, roundOn, truncate } from '../testing/workbench.ts';
import { MailOutbox } from './outbox.ts';
import { mailDomain, smtpSender } from './smtp.ts';

interface Received {
  to: string;
  text: string;
  messageId: string;
}

/** A mail server of its own, which treats each mail as it is told. */
async function startServer() {
  const received: Received[] = [];
  const state = { rcpt: 0, data: 0, isCutAfterData: false, logins: [] as string[] };
  const refusal = (code: number) => Object.assign(new Error('+79161234567 is not welcome'), { responseCode: code });
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth: (auth, _session, callback) => {
      state.logins.push(`${auth.username}:${auth.password}`);
      callback(null, { user: 'hub' });
    },
    onRcptTo: (_address, _session, callback) => callback(state.rcpt ? refusal(state.rcpt) : null),
    onData: (stream, session, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (state.data) return callback(refusal(state.data));
        const raw = Buffer.concat(chunks).toString('utf8');
        received.push({
          to: session.envelope.rcptTo.map((r) => r.address).join(),
          text: raw,
          messageId: /^Message-ID: (.*)$/im.exec(raw)?.[1]?.trim() ?? '',
        });
        if (!state.isCutAfterData) return callback(null);
        // The mail is taken, and its sender never hears of it.
        for (const connection of server.connections)
          (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
      });
    },
  });
  server.on('error', () => {});
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    received,
    state,
    port: (server.server.address() as AddressInfo).port,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

onEachDatabase('mail about tasks', [], (store) => {
  let server: Awaited<ReturnType<typeof startServer>>;
  beforeEach(async () => {
    await truncate(store.db);
    server = await startServer();
  });
  afterEach(() => server.stop());

  const people = [
    { id: 'anna', email: 'anna@example.ru' },
    { id: 'boris', email: 'boris@example.ru', language: 'en' as const },
  ];
  const bench = (auth = '') => {
    const round = roundOn(store.db, { people: people.slice(0, 1) });
    const mail = TasksConfig.parse({
      mail: {
        url: `smtp://${auth}127.0.0.1:${server.port}`,
        from: 'Connector Hub <hub@uk.example.ru>',
        console: 'https://hub.example.ru/console/',
        allowPlain: true,
        timeoutMs: 2_000,
      },
    }).mail;
    if (!mail) throw new Error('no mail');
    const outboxOf = (): MailOutbox =>
      new MailOutbox({
        db: store.db,
        cipher: testCipher,
        clock: round.clock,
        log,
        people: peopleOf(people),
        timezone: () => 'Europe/Moscow',
        send: smtpSender(mail),
        domain: mailDomain(mail.from),
        consoleUrl: mail.console,
      });
    return { ...round, outboxOf, outbox: outboxOf() };
  };
  const mailRows = async () =>
    (await store.db.query('select id, due_at, sent_at, tries, error from task_mail order by created_at, id')).rows;
  const openTask = async (t: ReturnType<typeof bench>): Promise<string> => {
    await t.setCause('paused', true);
    await t.round.run();
    return (await t.tasks())[0]?.id ?? '';
  };
  const later = (t: ReturnType<typeof bench>): void => {
    t.clock.offset += 2 * 3_600_000;
  };

  test('tells the assignee in their language, links to the task, and goes out once', async () => {
    const t = bench('hub:p%40ss@');
    const id = await openTask(t);
    await Promise.all([t.outbox.round(), t.outboxOf().round(), t.outboxOf().round()]);
    await t.outbox.round();
    expect(server.received).toHaveLength(1);
    const [mail] = server.received;
    expect(mail?.to).toBe('anna@example.ru');
    expect(mail?.messageId).toBe(`<${(await mailRows())[0]?.id}@uk.example.ru>`);
    expect(decoded(mail?.text ?? '')).toContain(`Открыть: https://hub.example.ru/console/#/tasks/${id}`);
    expect(mail?.text).toContain('Auto-Submitted: auto-generated');
    expect(server.state.logins).toEqual(['hub:p@ss']);
  });

  test('is given up when the recipient is refused, without words of the server in the store', async () => {
    server.state.rcpt = 550;
    const t = bench();
    await openTask(t);
    await t.outbox.round();
    later(t);
    await t.outbox.round();
    expect(await mailRows()).toMatchObject([{ due_at: null, sent_at: null, tries: 1, error: 'SMTP_550' }]);
  });

  test.each(['rcpt', 'data'] as const)('comes again after a greylisting at %s', async (stage) => {
    server.state[stage] = 451;
    const t = bench();
    await openTask(t);
    await t.outbox.round();
    expect(await mailRows()).toMatchObject([{ tries: 1, error: 'SMTP_451' }]);
    server.state[stage] = 0;
    await t.outbox.round();
    expect(server.received).toEqual([]);
    later(t);
    await t.outbox.round();
    expect(server.received).toHaveLength(1);
    expect(await mailRows()).toMatchObject([{ due_at: null, error: null, tries: 2 }]);
  });

  test('comes again under the same Message-ID when the answer was cut after DATA', async () => {
    server.state.isCutAfterData = true;
    const t = bench();
    await openTask(t);
    await t.outbox.round();
    server.state.isCutAfterData = false;
    later(t);
    await t.outbox.round();
    expect(server.received).toHaveLength(2);
    expect(new Set(server.received.map((m) => m.messageId)).size).toBe(1);
    expect((await mailRows())[0]?.sent_at).not.toBeNull();
  });

  test('of a process that was killed while sending goes out by another one, after its lease', async () => {
    const t = bench();
    await openTask(t);
    await new Promise<void>((sending) => {
      const send = (): Promise<never> => {
        sending();
        return new Promise(() => {});
      };
      void new MailOutbox({ ...outboxParts(t), send }).round();
    });
    await t.outbox.round();
    expect(server.received).toEqual([]);
    t.clock.offset += 181_000;
    await t.outbox.round();
    expect(server.received).toHaveLength(1);
  });

  test('is dropped when the task is over before it went out', async () => {
    const t = bench();
    await openTask(t);
    await t.setCause('paused', false);
    await t.round.run();
    await t.outbox.round();
    expect(server.received).toEqual([]);
    expect(await mailRows()).toMatchObject([{ due_at: null, sent_at: null, error: 'OVER' }]);
  });

  test('is tried for three days while no server answers, and then given up', async () => {
    const t = bench();
    await openTask(t);
    await server.stop();
    await t.outbox.round();
    expect((await mailRows())[0]?.due_at).not.toBeNull();
    t.clock.offset += 3 * 24 * 3_600_000;
    await t.outbox.round();
    expect(await mailRows()).toMatchObject([{ due_at: null, sent_at: null, tries: 2 }]);
    server = await startServer();
  });

  describe('over a connection that must be encrypted', () => {
    test('does not go out where the server has no encryption', async () => {
      const mail = TasksConfig.parse({
        mail: { url: `smtp://127.0.0.1:${server.port}`, from: 'hub@uk.example.ru', timeoutMs: 2_000 },
      }).mail;
      if (!mail) throw new Error('no mail');
      const outcome = await smtpSender(mail)({ to: 'a@example.ru', subject: 's', text: 't', messageId: '<1@x>' });
      expect(outcome).toMatchObject({ sent: false, isFinal: false });
      expect(server.received).toEqual([]);
    });
  });

  function outboxParts(t: ReturnType<typeof bench>) {
    return {
      db: store.db,
      cipher: testCipher,
      clock: t.clock,
      log,
      people: peopleOf(people),
      timezone: () => 'Europe/Moscow',
      domain: 'x',
    };
  }
});

/** The body of a mail, whichever way it is encoded. */
function decoded(raw: string): string {
  const [head = '', ...rest] = raw.split('\r\n\r\n');
  const body = rest.join('\r\n\r\n');
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
