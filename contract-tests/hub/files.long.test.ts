import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CONTROL_KEY, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
beforeAll(async () => {
  t = await startTestHub({ extra: 'limits: { quietHours: off, filesMaxBytes: 8388608 }' });
  await t.hub.sync.run({ instance: 'onec-main' });
}, 90_000);
afterAll(() => t.stop());

const send = (bytes: Uint8Array, headers: Record<string, string> = {}, key = CONTROL_KEY) =>
  fetch(`${t.hub.url}/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/pdf', ...headers },
    body: Buffer.from(bytes),
  });
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const chunks = async (): Promise<number> =>
  Number((await t.hub.store.db.query<{ n: number }>('select count(*) as n from file_chunk')).rows[0]?.n);

describe('files', () => {
  test('come back byte for byte with their name, type and digest', async () => {
    const bytes = randomBytes(2_500_000);
    const name = 'Заявление Иванова И. И.pdf';
    const sent = await send(bytes, {
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'repr-digest': `sha-256=:${digest(bytes)}:`,
    });
    expect(sent.status).toBe(201);
    const file = (await sent.json()) as { id: string; sha256: string };
    expect(file).toMatchObject({ name, size: 2_500_000, contentType: 'application/pdf' });
    const got = await fetch(`${t.hub.url}/v1/files/${file.id}`, {
      headers: { authorization: `Bearer ${CONTROL_KEY}` },
    });
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
    expect(got.headers.get('content-type')).toBe('application/pdf');
    expect(got.headers.get('content-disposition')).toContain('attachment');
    expect(got.headers.get('repr-digest')).toBe(`sha-256=:${digest(bytes)}:`);
    const again = await t.call('GET', `/v1/files/${file.id}`, undefined, { 'if-none-match': `"${file.sha256}"` });
    expect(again.status).toBe(304);
    expect((await t.call('GET', `/v1/files/${file.id}/metadata`)).body).toMatchObject({ name, size: 2_500_000 });
    const stored = await t.hub.store.db.query('select name from file');
    expect(Buffer.from(stored.rows[0]?.name as Uint8Array).includes('Иванов')).toBe(false);
    expect(t.lines.join('\n')).not.toContain('Иванова');
  });

  test('an empty one is a file too', async () => {
    const file = (await (await send(new Uint8Array(0))).json()) as { id: string };
    const got = await fetch(`${t.hub.url}/v1/files/${file.id}`, {
      headers: { authorization: `Bearer ${CONTROL_KEY}` },
    });
    expect((await got.arrayBuffer()).byteLength).toBe(0);
  });

  test('bytes other than promised, too many bytes and a cut connection leave nothing behind', async () => {
    const before = await chunks();
    const wrong = await send(randomBytes(2_000_000), { 'repr-digest': `sha-256=:${digest(randomBytes(4))}:` });
    expect([wrong.status, ((await wrong.json()) as { code: string }).code]).toEqual([400, 'DIGEST_MISMATCH']);
    const big = await send(randomBytes(9_000_000));
    expect([big.status, ((await big.json()) as { code: string }).code]).toEqual([413, 'BODY_TOO_LARGE']);
    // The same without a length that tells beforehand.
    const streamed = await streamOf(9, (status) => status);
    expect(streamed).toBe(413);
    await streamOf(3, undefined);
    await eventually(chunks, (n) => n === before);
  });

  test('headers with faults are named', async () => {
    for (const [name, value] of [
      ['repr-digest', 'md5=:abc:'],
      ['content-type', 'no media type'],
      ['content-disposition', "attachment; filename*=UTF-8''%E0%A4%A"],
    ] as const) {
      const answer = await send(randomBytes(10), { [name]: value });
      const body = (await answer.json()) as { code: string; errors: { pointer: string }[] };
      expect([answer.status, body.code, body.errors[0]?.pointer.toLowerCase()]).toEqual([400, 'INVALID_HEADER', name]);
    }
    const file = (await (
      await send(randomBytes(10), { 'content-disposition': 'attachment; filename="../../etc/passwd"' })
    ).json()) as { name: string };
    expect(file.name).toBe('passwd');
  });

  test('belong to their organisation, and to a resident only when the resident sent them', async () => {
    const file = (await (await send(randomBytes(10))).json()) as { id: string };
    const accounts = (await t.call('GET', '/v1/accounts?limit=1')).body.items.map((a: { id: string }) => a.id);
    const keys = [
      await t.hub.keys.create({ org: 'other', name: 'x', scopes: ['*'] }),
      await t.hub.keys.create({ org: 'uk', name: 'x', scopes: ['read:files', 'write:files'], accounts }),
    ];
    for (const { key } of keys) {
      const got = await t.call('GET', `/v1/files/${file.id}`, undefined, { authorization: `Bearer ${key}` });
      expect(got.status).toBe(404);
    }
    const resident = keys[1]?.key ?? '';
    const own = (await (await send(randomBytes(10), {}, resident)).json()) as { id: string };
    const seen = await t.call('GET', `/v1/files/${own.id}/metadata`, undefined, {
      authorization: `Bearer ${resident}`,
    });
    expect(seen.status).toBe(200);
  });
});

/** Sends megabytes in chunks; without `done` the connection is cut in the middle. */
function streamOf(megabytes: number, done: ((status: number) => number) | undefined): Promise<number> {
  return new Promise((resolve) => {
    const req = request(
      `${t.hub.url}/v1/files`,
      { method: 'POST', headers: { authorization: `Bearer ${CONTROL_KEY}`, 'transfer-encoding': 'chunked' } },
      (res) => {
        res.resume();
        resolve(done?.(res.statusCode ?? 0) ?? 0);
      },
    );
    // The hub may answer and hang up before it has read everything.
    req.on('error', () => resolve(0));
    for (let i = 0; i < megabytes; i++) req.write(randomBytes(1024 * 1024));
    if (done) req.end();
    else setTimeout(() => req.destroy(), 300);
  });
}

describe('?source=live', () => {
  test('asks 1C now, through the same mapping, and stores nothing', async () => {
    const { items } = (await t.call('GET', '/v1/accounts?limit=3')).body;
    for (const account of items) {
      const live = await t.call('GET', `/v1/accounts/${account.id}?source=live`);
      expect(live.status).toBe(200);
      const { asOf: _a, changedAt: _c, ...now } = live.body;
      const { asOf: _b, changedAt: _d, ...stored } = account;
      expect(now).toEqual(stored);
    }
    const [debt] = (await t.call('GET', '/v1/debts?limit=1')).body.items;
    const live = await t.call('GET', `/v1/debts/${debt.id}?source=live`);
    expect(live.body.total).toEqual(debt.total);
    const [charge] = (await t.call('GET', '/v1/charges?limit=1')).body.items;
    expect((await t.call('GET', `/v1/charges/${charge.id}?source=live`)).body.amount).toEqual(charge.amount);
  });

  test('says so when the upstream is paused, and goes on without it', async () => {
    const [account] = (await t.call('GET', '/v1/accounts?limit=1')).body.items;
    await t.call('POST', '/v1/connectors/onec-main/pause', {});
    const refused = await t.call('GET', `/v1/accounts/${account.id}?source=live`);
    expect([refused.status, refused.body.code]).toEqual([503, 'UPSTREAM_UNAVAILABLE']);
    expect((await t.call('GET', `/v1/accounts/${account.id}`)).status).toBe(200);
    await t.call('POST', '/v1/connectors/onec-main/resume');
  });
});

test('/docs shows every route, without scripts', async () => {
  const page = await t.call('GET', '/docs');
  const { paths } = (await t.call('GET', '/openapi.json')).body;
  for (const path of Object.keys(paths)) expect(page.text).toContain(`<code>${path}</code>`);
  expect(page.text).not.toContain('<script');
});
