import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Holder, issue, issueList } from '../../certs/testing/authority.ts';
import { type BareHub, startBareHub } from '../hub/bare-hub.ts';
import { fileOf } from './engine.ts';

const root = issue({ name: 'Корень', isCa: true });
const rootFile = fileOf('revocation-root.cer', Buffer.from(root.certificate.der));
let server: Server;
let asked = 0;
let list: Uint8Array | undefined;
const holders: Record<string, Holder> = {};
const document = Buffer.from('Договор').toString('base64');

/** Signs by a certificate and has the signature verified. */
async function judge(
  t: BareHub,
  certificate: string,
): Promise<{ verdict: string; codes: string[]; revocation: string }> {
  const made = await t.send('POST', '/v1/signatures', { certificate, document });
  expect(made.status).toBe(200);
  const { body } = await t.send('POST', '/v1/signatures/verify', { signature: made.body.signature, document });
  const codes = body.report.signers.flatMap((s: { findings: { code: string }[] }) => s.findings.map((f) => f.code));
  return { verdict: body.verdict, codes, revocation: body.revocation };
}

async function hubWith(revocation: string): Promise<BareHub> {
  const t = await startBareHub(
    `signing: { threads: 1, trust: { roots: [${JSON.stringify(rootFile)}] }, revocation: ${revocation} }`,
  );
  for (const [name, { certificate, key }] of Object.entries(holders)) {
    const files = [certificate.der, key.export({ type: 'pkcs8', format: 'der' })].map((octets) =>
      Buffer.from(octets).toString('base64'),
    );
    expect((await t.send('POST', '/v1/certificates', { name, files })).status).toBe(201);
  }
  return t;
}

beforeAll(async () => {
  server = createServer((_req, res) => {
    asked++;
    if (list) res.end(list);
    else res.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const crlUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ca.crl`;
  holders.good = issue({ name: 'Иванов', by: root, crlUrl });
  holders.revoked = issue({ name: 'Петров', by: root, crlUrl });
  list = issueList({
    by: root,
    revoked: [{ serialDer: holders.revoked.certificate.serialDer, at: Date.now() - 3_600_000 }],
  });
});
afterAll(() => {
  server.close();
});

test('an authority that is asked tells who is revoked; once for many', async () => {
  const t = await hubWith('{ mode: require, allowAddresses: [127.0.0.0/8] }');
  try {
    expect(await judge(t, 'good')).toMatchObject({
      verdict: 'valid',
      revocation: 'asked',
      codes: expect.arrayContaining(['NOT_REVOKED']),
    });
    const revoked = await judge(t, 'revoked');
    expect([revoked.verdict, revoked.codes.includes('REVOKED')]).toEqual(['invalid', true]);
    await Promise.all(Array.from({ length: 20 }, () => judge(t, 'good')));
    expect(asked).toBe(1);

    // XML signatures are judged by the same news.
    const made = await t.send('POST', '/v1/signatures', {
      certificate: 'revoked',
      format: 'xades-bes',
      document: Buffer.from('<a Id="x"/>').toString('base64'),
      element: 'x',
    });
    const { body } = await t.send('POST', '/v1/signatures/verify', {
      format: 'xades',
      document: made.body.signature,
      element: { name: 'a' },
    });
    expect(body).toMatchObject({
      verdict: 'invalid',
      report: { faults: [{ code: 'untrusted' }] },
      revocation: 'asked',
    });
    expect(body.checks.map((c: { code: string }) => c.code)).toContain('REVOKED');
  } finally {
    await t.stop();
  }
}, 120_000);

test('silence is no "valid" where an answer is required; a private address is not asked', async () => {
  asked = 0;
  const t = await hubWith('{ mode: require }');
  try {
    const { verdict, codes } = await judge(t, 'good');
    expect([verdict, codes.includes('REVOCATION_UNKNOWN'), asked]).toEqual(['indeterminate', true, 0]);
  } finally {
    await t.stop();
  }
  list = undefined;
  const lenient = await hubWith('{ mode: ifAvailable, allowAddresses: [127.0.0.0/8] }');
  try {
    const { verdict, codes } = await judge(lenient, 'good');
    expect([verdict, codes.includes('REVOCATION_UNKNOWN')]).toEqual(['valid', true]);
    await judge(lenient, 'good');
    expect(asked).toBe(1);
  } finally {
    await lenient.stop();
  }
}, 120_000);
