import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { EXAMPLE_ID } from '../../routes/examples.ts';
import { CONTROL_KEY, eventually, putInquiry, putRecord, startTestHub, type TestHub } from './harness.ts';

// What the guides and /docs tell people to type is typed here, as it stands there; only addresses and ids are put in.

const run = promisify(execFile);
const LIMIT_MS = 90_000;
const textOf = (html: string): string =>
  html.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&');

let t: TestHub;
let key: string;
/** A folder as a reader has it: the client installed, and the key of the sandbox. */
let folder: string;

interface Shown {
  method: string;
  path: string;
  curl: string;
  client: string;
}
let shown: Shown[];
let setup: string;

async function bash(script: string, more: Record<string, string> = {}): Promise<{ stdout: string; stderr: string }> {
  return run('bash', ['--norc', '-euo', 'pipefail', '-c', script], {
    cwd: folder,
    timeout: LIMIT_MS,
    maxBuffer: 50e6,
    env: { PATH: process.env.PATH, HUB: t.hub.url, KEY: key, ...more },
  });
}
async function module(name: string, source: string): Promise<string> {
  writeFileSync(join(folder, name), source);
  const env = { PATH: process.env.PATH, HUB: t.hub.url, KEY: key };
  return (await run(process.execPath, [name], { cwd: folder, timeout: LIMIT_MS, maxBuffer: 50e6, env })).stdout;
}
const idOf = async (list: string): Promise<string> => (await t.call('GET', `${list}?limit=1`)).body.items[0].id;

/** Nouns that only ГИС ЖКХ has, one of each. */
const ofGisZhkh = {
  Appeal: {
    appeal: crypto.randomUUID(),
    number: '2026-000001',
    receivedOn: '2026-11-20',
    status: 'sent',
    applicant: { lastName: 'Тестов' },
    text: 'В подъезде не горит свет.',
  },
  PaymentNotification: {
    notification: crypto.randomUUID(),
    order: '0123456789ABCDEF0123456789ABCDEF',
    paidOn: '2026-11-20',
    amount: { amount: '1330.35', currency: 'RUB' },
    status: 'new',
    settled: { amount: '0.00', currency: 'RUB' },
    toldOn: '2026-11-20',
  },
  CourtDebt: {
    debt: crypto.randomUUID(),
    debtor: { lastName: 'Тестов' },
    actNumber: '2-1043/2026',
    status: 'published',
    repaid: false,
  },
  ManagementContract: {
    contract: crypto.randomUUID(),
    version: crypto.randomUUID(),
    number: '12-У',
    signedOn: '2026-01-15',
    status: 'approved',
  },
};

beforeAll(async () => {
  t = await startTestHub({
    accounts: 40,
    extra: 'limits: { quietHours: off }\nwebhooks: { allowAddresses: [127.0.0.1/32] }',
  });
  // The master key is a matter of the hub itself: no key of an organisation may look at it.
  key = CONTROL_KEY;
  folder = mkdtempSync(join(tmpdir(), 'hub-docs-'));
  const installed = join(folder, 'node_modules/connector-hub');
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data/demo-key'), key);
  writeFileSync(
    join(installed, 'package.json'),
    JSON.stringify({ name: 'connector-hub', type: 'module', exports: { './client': './client.js' } }),
  );
  await build({
    entryPoints: [fileURLToPath(new URL('../../client/index.ts', import.meta.url))],
    outfile: join(installed, 'client.js'),
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    logLevel: 'silent',
  });
  await t.hub.sync.run({ instance: 'onec-main' });
  const inquiry = crypto.randomUUID();
  await putInquiry(t, inquiry);
  await t.hub.store.db.query(
    `insert into flow_item (org, flow, subject, created_at, updated_at) values ('uk', 'debt-inquiries', $1, now(), now())`,
    [inquiry],
  );
  await putRecord(t.hub, 'PaymentDocument', crypto.randomUUID(), {
    account: (await t.call('GET', '/v1/accounts?limit=1')).body.items[0].id,
    period: '2026-11',
    state: 'exposed',
  });
  for (const [name, fields] of Object.entries(ofGisZhkh)) await putRecord(t.hub, name, crypto.randomUUID(), fields);
  // The examples have one name for every id of a path: the finding is called as its comparison.
  const comparison = crypto.randomUUID();
  await t.hub.store.db.transact([
    {
      sql: `insert into reconciliation (org, id, instance, scope, status, created_by, created_at, finished_at) values ('uk', $1, 'gis', '{}', 'done', 'test', now(), now())`,
      params: [comparison],
    },
    {
      sql: `insert into reconciliation_item (org, reconciliation, id, entity, kind, native_key) values ('uk', $1, $1, 'PersonalAccount', 'extra-there', 'a1')`,
      params: [comparison],
    },
  ]);
  const page = (await t.call('GET', '/docs')).text;
  setup = textOf(/<pre><code>(import [\s\S]*?)<\/code>/.exec(page)?.[1] ?? '');
  shown = [...page.matchAll(/<section id="([A-Z]+)([^"]*)">([\s\S]*?)<\/section>/g)].map(
    ([, method = '', path = '', html = '']) => {
      const code = (language: string): string =>
        textOf(new RegExp(`<code class="language-${language}">([\\s\\S]*?)</code>`).exec(html)?.[1] ?? '');
      return { method, path, curl: code('sh'), client: code('js') };
    },
  );
}, 120_000);
afterAll(async () => {
  await t?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true });
}, 30_000);

describe('/docs', () => {
  /** Ids for paths, by path; what is not named here is taken from the list that the path belongs to. */
  const ids = new Map<string, string>();
  const idFor = async (path: string): Promise<string> =>
    path.includes('{')
      ? (ids.get(path) ?? (/\{(id)\}/.test(path) ? idOf(path.slice(0, path.indexOf('/{id}'))) : ''))
      : '';

  const curl = async ({ curl: command }: Shown, id: string, at = ''): Promise<string> => {
    const put = command.replaceAll(EXAMPLE_ID, at || EXAMPLE_ID);
    // A stream has no end of its own: its first second is enough, and curl says 28 then.
    const isStream = command.startsWith('curl -sN');
    const script = isStream
      ? `${put} --max-time 2 -w '\\n%{http_code}' || test $? = 28`
      : `${put} -w '\\n%{http_code}'`;
    const { stdout } = await bash(script, { ID: id });
    return stdout.slice(stdout.lastIndexOf('\n') + 1);
  };
  /** Runs several in one process; gives those that failed, with what they said. */
  const clients = async (list: readonly (readonly [Shown, string])[], at = ''): Promise<string[]> => {
    const steps = list.map(
      ([s, id]) =>
        `process.env.ID = ${JSON.stringify(id)};\ntry {\n${s.client.replaceAll(EXAMPLE_ID, at || EXAMPLE_ID)}\n} catch (error) { failed.push(${JSON.stringify(`${s.method} ${s.path}`)} + ': ' + error); }`,
    );
    const report = join(folder, 'failed.json');
    await module(
      'examples.mjs',
      `import { writeFileSync } from 'node:fs';\n${setup}\nconst failed = [];\n${steps.map((s) => `{\n${s}\n}`).join('\n')}\nwriteFileSync(${JSON.stringify(report)}, JSON.stringify({ failed, ran: ${steps.length} }));`,
    );
    const { failed, ran } = JSON.parse(readFileSync(report, 'utf8')) as { failed: string[]; ran: number };
    expect(ran).toBe(list.length);
    return failed;
  };
  const of = (method: string, path: string): Shown => {
    const one = shown.find((s) => s.method === method && s.path === path);
    if (!one) throw new Error(`/docs does not show ${method} ${path}.`);
    return one;
  };

  test('has an example in curl and one in the client for every operation', async () => {
    const { paths } = (await t.call('GET', '/openapi.json')).body as { paths: Record<string, object> };
    const all = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`),
    );
    expect(shown.filter((s) => s.curl && s.client).map((s) => `${s.method} ${s.path}`)).toEqual(all);
  });

  test('messages and readings go out by its examples, once although both ways are tried', async () => {
    const meters = (await t.call('GET', '/v1/meters?limit=50')).body.items as { id: string; tariffs: number }[];
    const meter = meters.find((m) => m.tariffs === 1)?.id ?? '';
    for (const path of ['/v1/messages', '/v1/meter-readings', '/v1/messages/bulk', '/v1/meter-readings/bulk']) {
      const example = of('POST', path);
      expect([path, await curl(example, '', meter)]).toEqual([path, path.endsWith('bulk') ? '207' : '202']);
      expect(await clients([[example, '']], meter)).toEqual([]);
    }
    const ended = await eventually(
      () => t.call('GET', '/v1/operations?limit=50'),
      ({ body }) => body.items.every((o: { finishedAt: string | null }) => o.finishedAt !== null),
    );
    const kinds = (ended.body.items as { kind: string; status: string }[]).map((o) => `${o.kind} ${o.status}`);
    expect(kinds.sort()).toEqual([
      ...Array(3).fill('messages.send succeeded'),
      ...Array(2).fill('meter-readings.submit succeeded'),
    ]);
  });

  test('every GET of it answers 200, by curl and by the client', async () => {
    expect(await curl(of('POST', '/v1/files'), '')).toBe('201');
    expect(await clients([[of('POST', '/v1/files'), '']])).toEqual([]);
    const file = JSON.parse((await bash(of('POST', '/v1/files').curl)).stdout).id as string;
    const hook = (await t.call('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9/none', types: ['message.read'] }))
      .body.id;
    const refused = await t.call(
      'POST',
      '/v1/messages',
      { channel: 'sms', to: '+79161230009', text: 'x', sender: 'NEIZVESTNO' },
      { prefer: 'wait=15' },
    );
    expect(refused.body.status).toBe('failed');
    await eventually(
      () => t.call('GET', '/v1/tasks'),
      ({ body }) => body.items.length > 0,
    );
    const bulk = await t.call('POST', '/v1/operations/bulk', {
      action: 'retry',
      filter: { status: 'dead', kind: 'messages.send', instance: 'sms-main', code: null },
    });
    const page = (await t.call('GET', '/console')).text;
    ids.set('/v1/files/{id}', file);
    ids.set('/v1/files/{id}/metadata', file);
    ids.set('/v1/webhooks/{id}', hook);
    ids.set('/v1/webhooks/{id}/deliveries', hook);
    ids.set('/v1/operations/{id}/replay', refused.body.id);
    ids.set('/v1/operations/bulk/{id}', bulk.body.id);
    ids.set('/console/{file}', /\/console\/([\w.-]+\.js)/.exec(page)?.[1] ?? '');
    // Gateways call the hook, with a proof that is theirs; of a rotation nothing is told before one was begun.
    // A power of attorney would need a signed file.
    const others = ['/hooks/{instance}', '/v1/master-key/rotation', '/v1/powers-of-attorney/{name}'];
    const gets = shown.filter((s) => s.method === 'GET' && !others.includes(s.path));
    expect(gets.length).toBeGreaterThan(60);
    const withIds = await Promise.all(gets.map(async (s) => [s, await idFor(s.path)] as const));
    const answers: string[] = [];
    for (const [s, id] of withIds) answers.push(`${await curl(s, id)} ${s.path}`);
    expect(answers.filter((a) => !a.startsWith('200 '))).toEqual([]);
    expect(await clients(withIds)).toEqual([]);
  }, 180_000);
});

describe.each(['app-developer.en', 'app-developer.ru'])('the guide %s', (name) => {
  const source = readFileSync(new URL(`../../docs/guides/${name}.md`, import.meta.url), 'utf8');
  const blocks = (info: string): string =>
    [...source.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)]
      .filter(([, given]) => given === info)
      .map(([, , code]) => code)
      .join('\n')
      .replaceAll('http://127.0.0.1:8080', t.hub.url)
      .replaceAll('http://127.0.0.1:8091', t.sms.url);

  test('does by curl what it says', async () => {
    // Statuses go to stderr, so that what reads the answers reads nothing else.
    const script = `curl() { command curl -w '%{stderr}%{http_code}\\n' "$@"; }\n${blocks('sh')}`;
    const { stdout, stderr } = await bash(script, { HUB: '', KEY: '' });
    // me, accounts, message, effects, message, operations, meters, readings, reading, a refusal, changes, webhook
    expect(stderr.trim().split('\n')).toEqual([
      ...['200', '200', '202', '200', '200', '200', '200', '200', '200', '400', '200', '201'],
    ]);
    expect(stdout).toContain('"kind":"meter-readings.submit","status":"succeeded"');
    for (const { id } of (await t.call('GET', '/v1/webhooks')).body.items) await t.call('DELETE', `/v1/webhooks/${id}`);
  });

  test('does by the client what it says', async () => {
    const lines = (await module('first-call.mjs', blocks('js first-call.mjs'))).trim();
    expect(lines).toMatch(/^\{ id: 'uk'/);
    expect(lines).toMatch(/^succeeded \{\s+cost:/m);
    expect(lines).toMatch(/^succeeded \{ ref:/m);
    expect(lines).toMatch(/^INVALID_BODY /m);
    expect(lines).toMatch(/^\d+ operation\.\w+ [\w-]{36}$/m);
  });

  test('receives webhooks by its receiver, and refuses what the hub has not signed', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const hook = (await t.call('POST', '/v1/webhooks', { url, types: ['message.read'] })).body;
    writeFileSync(join(folder, 'receiver.mjs'), blocks('js receiver.mjs'));
    const child = spawn(process.execPath, ['receiver.mjs'], {
      cwd: folder,
      env: { PATH: process.env.PATH, PORT: String(port), HUB_WEBHOOK_SECRET: hook.secret },
    });
    try {
      let said = '';
      child.stdout.on('data', (part) => {
        said += String(part);
      });
      const unsigned = await eventually(
        () =>
          fetch(url, { method: 'POST', body: '{}' }).then(
            (r) => r.status,
            () => 0,
          ),
        (status) => status !== 0,
      );
      expect(unsigned).toBe(400);
      expect((await t.call('POST', `/v1/webhooks/${hook.id}/test`, {})).body).toMatchObject({
        status: expect.anything(),
      });
      await eventually(
        async () => said,
        (text) => text.includes('webhook.test'),
      );
    } finally {
      child.kill();
      await t.call('DELETE', `/v1/webhooks/${hook.id}`);
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
