import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commands } from '../../canonical/commands/registry.ts';
import { startChildHub } from './child-hub.ts';
import { type Answer, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
let key: { id: string; key: string };
let customer: { id: string; phones: string[]; name: string };
interface Entry {
  no: number;
  actor: string;
  action: string;
  subject: string | null;
  purpose: string | null;
  details: Record<string, unknown>;
}
const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  t.call(method, path, body, { authorization: `Bearer ${key.key}`, ...headers });
const newest = async (action: string): Promise<Entry | undefined> => {
  await t.call('GET', '/v1/audit/head');
  return (await t.call('GET', `/v1/audit?action=${action}&limit=1`)).body.items[0];
};

beforeAll(async () => {
  t = await startTestHub();
  key = (await t.call('POST', '/v1/keys', { name: 'call centre', scopes: ['*'], purpose: 'работа с обращениями' }))
    .body;
  await t.hub.sync.run({ instance: 'onec-main' });
  customer = (await t.call('GET', '/v1/customers?limit=1')).body.items[0];
}, 90_000);
afterAll(() => t.stop(), 30_000);

describe('the audit log of a hub', () => {
  test('enters who looked at a person, with the purpose of the request, else that of the key', async () => {
    await call('GET', `/v1/customers/${customer.id}`);
    expect(await newest('customers.view')).toMatchObject({
      actor: key.id,
      subject: `Customer:${customer.id}`,
      purpose: 'работа с обращениями',
    });
    await call('GET', `/v1/customers/${customer.id}`, undefined, {
      'x-purpose': encodeURIComponent('звонок жильца +79161234567'),
    });
    // People write phones into purposes; the log of looks must not become a store of them.
    expect((await newest('customers.view'))?.purpose).toBe('звонок жильца +7***');
  });

  test('enters a bulk reading as one row with its count and filters, and never what was read or looked for', async () => {
    const phone = customer.phones[0] ?? '+79160000000';
    const seen = await call('GET', `/v1/customers?phone=${encodeURIComponent(phone)}&limit=50`);
    const entry = await newest('customers.list');
    expect(entry?.details).toEqual({
      count: seen.body.items.length,
      filters: { phone: null },
      from: '127.0.0.1',
    });
    const { rows } = await t.hub.store.db.query('select * from audit');
    const kept = JSON.stringify(rows);
    for (const value of [phone.slice(2), customer.name, ...customer.phones]) expect(kept).not.toContain(value);
  });

  test('enters a lookup of the desk with what was opened and why, and never what was typed', async () => {
    const phone = customer.phones[0] ?? '';
    const found = await call('POST', '/v1/lookup', { q: phone }, { 'x-purpose': encodeURIComponent('вопрос о долге') });
    expect(found.body.found).toMatchObject({ entity: 'Customer', id: customer.id });
    expect(await newest('lookup')).toMatchObject({
      actor: key.id,
      subject: `Customer:${customer.id}`,
      purpose: 'вопрос о долге',
      details: { count: 1, by: ['phone'] },
    });
    await call('GET', `/v1/lookup?q=${encodeURIComponent(customer.name)}`);
    const { rows } = await t.hub.store.db.query('select * from audit');
    for (const value of [phone.slice(2), customer.name]) expect(JSON.stringify(rows)).not.toContain(value);
    expect(t.lines.join()).not.toContain(phone.slice(2));
  });

  test('enters no look where nothing personal is shown, and none where nothing was shown', async () => {
    const before = (await t.call('GET', '/v1/audit/head')).body.no;
    await call('GET', '/v1/buildings');
    await call('GET', '/v1/customers/0192f0c4-7a1b-7c3d-8e4f-791612345670');
    expect((await t.call('GET', '/v1/audit/head')).body.no).toBe(before);
  });

  test('enters administrative acts with their outcome', async () => {
    const made = await call('POST', '/v1/keys', { name: 'x', scopes: ['read:accounts'] });
    expect(await newest('keys.create')).toMatchObject({ actor: key.id, subject: `key:${made.body.id}` });
    await call('DELETE', `/v1/keys/${made.body.id}`);
    expect(await newest('keys.revoke')).toMatchObject({ subject: `id:${made.body.id}` });
    await call('DELETE', '/v1/keys/0192f0c4-7a1b-7c3d-8e4f-791612345670');
    expect((await newest('keys.revoke'))?.details).toMatchObject({ status: 404 });
    await call('POST', '/v1/pause', { reason: 'x' });
    await call('POST', '/v1/resume');
    expect([(await newest('hub.pause'))?.actor, (await newest('hub.resume'))?.actor]).toEqual([key.id, key.id]);
    expect(await newest('configuration.first')).toMatchObject({ actor: 'control' });
  });

  test('every route that changes something is entered, or is an operation of the journal', async () => {
    const document = (await t.call('GET', '/openapi.json')).body;
    const submissions = [...commands.values()].flatMap((c) => [
      `/v1/${c.resource}`,
      `/v1/${c.resource}/bulk`,
      `/v1/${c.resource}/{id}/${c.kind.split('.')[1]}`,
    ]);
    // They change nothing, or are verified and journaled by themselves.
    const others = ['/v1/templates/{name}/preview', '/hooks/{instance}', '/v1/files'];
    const silent = Object.entries(document.paths as Record<string, Record<string, Record<string, unknown>>>).flatMap(
      ([path, methods]) =>
        Object.entries(methods)
          .filter(([method, route]) => method !== 'get' && !route['x-audit'])
          .map(() => path),
    );
    expect(silent.filter((path) => !submissions.includes(path) && !others.includes(path))).toEqual([]);
    const personal = [
      '/v1/customers',
      '/v1/customers/{id}',
      '/v1/accounts',
      '/v1/messages/{id}',
      '/v1/operations',
      '/v1/files/{id}',
      '/v1/opt-outs',
    ];
    expect(personal.filter((path) => !document.paths[path].get['x-audit'])).toEqual([]);
  });

  test('names an altered row, and a look is not shown when it can not be entered', async () => {
    expect((await t.call('POST', '/v1/audit/verify')).body.fault).toBeNull();
    const { rows } = await t.hub.store.db.query<{ no: number; actor: string }>(
      `update audit set actor = 'somebody else' where org = 'uk' and no = 3 returning no`,
    );
    expect(rows).toHaveLength(1);
    expect((await t.call('POST', '/v1/audit/verify')).body.fault).toMatchObject({ fault: 'altered', no: 3 });
    await t.hub.store.db.query('alter table audit rename to audit_away');
    const refused = await call('GET', `/v1/customers/${customer.id}`);
    await t.hub.store.db.query('alter table audit_away rename to audit');
    expect(refused.status).toBeGreaterThanOrEqual(500);
    expect(refused.text).not.toContain(customer.name);
  });

  test('is open to the scope audit alone, and to no resident', async () => {
    const other = (await t.call('POST', '/v1/keys', { name: 'x', scopes: ['read:*', 'admin'] })).body.key;
    const resident = (await t.call('POST', '/v1/keys', { name: 'x', scopes: ['*'], accounts: [customer.id] })).body.key;
    for (const authorization of [other, resident])
      expect((await t.call('GET', '/v1/audit', undefined, { authorization: `Bearer ${authorization}` })).status).toBe(
        403,
      );
  });
});

test('a hub that is killed between entries goes on with one whole chain', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hub-audit-'));
  const config = join(folder, 'hub.yaml');
  writeFileSync(config, 'organisations:\n  - { id: uk, name: УК }\nconnectors: {}\n');
  const data = join(folder, 'data');
  let answered = 0;
  for (let round = 0; round < 3; round++) {
    const child = startChildHub({ config, data });
    const { url, key: control } = await child.ready();
    const headers = { authorization: `Bearer ${control}` };
    let isUp = true;
    const load = Array.from({ length: 8 }, async () => {
      while (isUp) {
        try {
          if ((await fetch(`${url}/v1/customers`, { headers })).status === 200) answered++;
        } catch {
          isUp = false;
        }
      }
    });
    const before = answered;
    await eventually(
      async () => answered - before,
      (n) => n > 20,
    );
    await child.stop('SIGKILL');
    await Promise.all(load);
  }
  const child = startChildHub({ config, data });
  const { url, key: control } = await child.ready();
  const headers = { authorization: `Bearer ${control}` };
  await fetch(`${url}/v1/audit/head`, { headers });
  const verified = (await (await fetch(`${url}/v1/audit/verify`, { method: 'POST', headers })).json()) as {
    rows: number;
    fault: unknown;
    unlinked: number;
  };
  expect(verified).toMatchObject({ fault: null, unlinked: 0 });
  // What was answered had been entered before; what was entered may not have been answered any more.
  expect(verified.rows).toBeGreaterThanOrEqual(answered);
  expect(answered).toBeGreaterThan(50);
  await child.stop('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
}, 120_000);
