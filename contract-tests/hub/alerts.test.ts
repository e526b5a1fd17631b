import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { selfSigned } from '../../connectors/kit/testing/certificate.ts';
import { mandatory } from '../../storage/testing/databases.ts';
import { type BareHub, startBareHub } from './bare-hub.ts';
import { CONTROL_KEY, eventually } from './harness.ts';

const there = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
// A certificate that ends soon is what is wrong here.
const ours = there || mandatory ? test : test.skip;

const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const folder = mkdtempSync(join(tmpdir(), 'hub-alerts-'));
const mails: string[] = [];
const posts: { headers: Record<string, string>; body: string }[] = [];
let t: BareHub | undefined;
const smtp = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  logger: false,
  onData: (stream, session, callback) => {
    stream.resume();
    stream.on('end', () => {
      mails.push(session.envelope.rcptTo.map((r) => r.address).join());
      callback(null);
    });
  },
});
const receiver = createServer((req, res) => {
  let body = '';
  req.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  req.on('end', () => {
    posts.push({ headers: req.headers as Record<string, string>, body });
    res.statusCode = 204;
    res.end();
  });
});

beforeAll(async () => {
  if (!there && !mandatory) return;
  selfSigned(folder, 'hub', 'IP:127.0.0.1');
  smtp.listen(0, '127.0.0.1');
  receiver.listen(0, '127.0.0.1');
  await Promise.all([once(smtp.server, 'listening'), once(receiver, 'listening')]);
  const port = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;
  t = await startBareHub(`
server: { tls: { cert: "${join(folder, 'hub.pem')}", key: "${join(folder, 'hub.key')}" } }
webhooks: { allowAddresses: [127.0.0.0/8] }
tasks: { mail: { url: "smtp://127.0.0.1:${port(smtp.server)}", from: hub@example.ru, allowPlain: true } }
alerts: { mail: [duty@example.ru], webhooks: [{ url: "http://127.0.0.1:${port(receiver)}/hub", secret: "${SECRET}" }] }
`);
}, 60_000);
afterAll(async () => {
  await t?.stop();
  receiver.close();
  await new Promise<void>((resolve) => smtp.close(() => resolve()));
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const ask = async (path: string) => {
  const response = await fetch(`${(t as BareHub).hub.controlUrl}${path}`, {
    headers: { authorization: `Bearer ${CONTROL_KEY}` },
  });
  return { status: response.status, text: await response.text() };
};
const alerts = async (query = '') => JSON.parse((await ask(`/v1/alerts${query}`)).text).items;

ours(
  'a certificate that ends soon is told of by mail and webhook, once, also after a restart',
  async () => {
    await eventually(alerts, (items) => items.length === 2);
    await eventually(
      async () => posts.length,
      (n) => n === 2,
    );
    await eventually(
      async () => mails.length,
      (n) => n === 2,
    );
    const hub = t as BareHub;
    await hub.restart();
    // Two more looks at least.
    for (const offset of [20_000, 40_000]) {
      hub.clock.offset = offset;
      await eventually(
        async () =>
          Number(
            (await hub.hub.store.db.query(`select value from hub_meta where name = 'alerts-looked-at'`)).rows[0]?.value,
          ),
        (at) => at >= Date.now() + offset - 15_000,
      );
    }
    expect([mails, posts.length]).toEqual([['duty@example.ru', 'duty@example.ru'], 2]);
    const told = posts.map(
      (p) => new Webhook(SECRET).verify(p.body, p.headers) as { type: string; data: { name: string } },
    );
    expect(told.map((e) => [e.type, e.data.name]).sort()).toEqual([
      ['alert.fired', 'HubCertificateExpires'],
      ['alert.fired', 'HubCertificateExpiresSoon'],
    ]);
  },
  60_000,
);

ours('what is wrong is shown with what it means and where it says what to do', async () => {
  const [first] = (await alerts()).filter((a: { severity: string }) => a.severity === 'critical');
  expect(first).toMatchObject({
    name: 'HubCertificateExpiresSoon',
    status: 'firing',
    scope: 'hub',
    labels: { certificate: 'server' },
    limit: { comparison: '<', threshold: 259_200 },
    runbook: { en: 'docs/operations/runbook.md#hubcertificateexpiressoon' },
  });
  expect(first.value).toBeGreaterThan(0);
  expect(await alerts('?status=resolved')).toEqual([]);
  expect((await ask('/v1/alerts?status=nonsense')).status).toBe(400);
  expect((await ask('/metrics')).text).toMatch(
    /^hub_certificate_expiry_timestamp_seconds\{certificate="server"\} \d+$/m,
  );
});
