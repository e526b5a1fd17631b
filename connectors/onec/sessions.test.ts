import { describe, expect, test } from '@jest/globals';
import type { HttpResponse } from '../http-port.ts';
import { type SessionHeaders, Sessions } from './sessions.ts';

const answer = (status: number, text = '', headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: new Uint8Array(),
  text: () => text,
});
const started = (id: string): HttpResponse => answer(200, '{}', { 'set-cookie': `ibsession=${id}; path=/; HttpOnly` });

/** Sends requests whose answers are given beforehand, and keeps what each one carried. */
function base(limit: number, ...answers: (HttpResponse | Error)[]) {
  let now = 0;
  const carried: SessionHeaders[] = [];
  const sessions = new Sessions(limit, () => now);
  const one = async (headers: SessionHeaders): Promise<HttpResponse> => {
    carried.push(headers);
    const next = answers.shift();
    if (!next) throw new Error('No answer is left.');
    if (next instanceof Error) throw next;
    return next;
  };
  return {
    carried,
    sessions,
    send: () => sessions.send(one),
    wait: (ms: number) => {
      now += ms;
    },
  };
}
const start = { ibsession: 'start' };
const inside = (id: string): SessionHeaders => ({ cookie: `ibsession=${id}` });

describe('sessions of a base', () => {
  test('are started once and used again', async () => {
    const b = base(2, started('a'), answer(200), answer(404), answer(200));
    for (let i = 0; i < 4; i++) await b.send();
    expect(b.carried).toEqual([start, inside('a'), inside('a'), inside('a')]);
    expect(b.sessions.drain()).toEqual(['a']);
  });

  test('serve one request at a time and are never more than the limit', async () => {
    const b = base(2, started('a'), started('b'), answer(200));
    await Promise.all([b.send(), b.send(), b.send()]);
    expect(b.carried).toEqual([start, start, {}]);
    expect(b.sessions.drain().sort()).toEqual(['a', 'b']);
  });

  test('are started anew when one was lost, once', async () => {
    const b = base(2, started('a'), answer(406, 'Истекло время ожидания сеанса'), started('b'));
    await b.send();
    expect((await b.send()).status).toBe(200);
    expect(b.carried).toEqual([start, inside('a'), start]);
    expect(b.sessions.drain()).toEqual(['b']);
  });

  test('are done without while none can be made', async () => {
    const b = base(2, answer(406), answer(200), answer(200), started('a'));
    await b.send();
    await b.send();
    b.wait(60_000);
    await b.send();
    expect(b.carried).toEqual([start, {}, {}, start]);
  });

  test('are done without where the publication does not know the header', async () => {
    const b = base(2, answer(200), answer(200));
    await b.send();
    await b.send();
    expect(b.carried).toEqual([start, {}]);
  });

  test('are not lost when the interface refuses a format, which has the same status', async () => {
    const refused = answer(406, '{"odata.error":{"code":"3"}}');
    const b = base(2, started('a'), refused, answer(200));
    await b.send();
    expect(await b.send()).toBe(refused);
    await b.send();
    expect(b.carried).toEqual([start, inside('a'), inside('a')]);
  });

  test('are lost when the application server says so inside another status', async () => {
    const b = base(
      2,
      started('a'),
      answer(500, '<exception xmlns="x" reason="406"><descr/></exception>'),
      started('b'),
    );
    await b.send();
    expect((await b.send()).status).toBe(200);
  });

  test('are given up when their answer was lost or the login is refused', async () => {
    const b = base(2, started('a'), new Error('cut'), started('b'), answer(401), started('c'));
    await b.send();
    await expect(b.send()).rejects.toThrow('cut');
    await b.send();
    await b.send();
    await b.send();
    expect(b.carried).toEqual([start, inside('a'), start, inside('b'), start]);
  });

  test('are not kept while licences are short', async () => {
    const b = base(2, started('a'), answer(500, 'Не обнаружена лицензия для использования программы'), answer(200));
    await b.send();
    expect((await b.send()).status).toBe(500);
    await b.send();
    expect(b.carried).toEqual([start, inside('a'), {}]);
    expect(b.sessions.drain()).toEqual([]);
  });
});
