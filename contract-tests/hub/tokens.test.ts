import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import jsonwebtoken from 'jsonwebtoken';
import { type BareHub, startBareHub } from './bare-hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'hub-tokens-'));
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
let t: BareHub;
const bearer = (more: object = {}, sub = 'ivan'): string =>
  `Bearer ${jsonwebtoken.sign({ org: 'uk', scope: 'read:customers read:changes audit admin', why: 'обращения', ...more }, privateKey, { algorithm: 'RS256', keyid: 'a', subject: sub, issuer: 'idp', audience: 'hub', expiresIn: 60 })}`;

beforeAll(async () => {
  const jwks = join(folder, 'jwks.json');
  writeFileSync(jwks, JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a' }] }));
  t = await startBareHub(
    `auth: { jwt: { issuer: idp, audience: hub, jwks: "${jwks}", ratePerMinute: 20, claims: { organisation: org, purpose: why } } }`,
  );
}, 60_000);
afterAll(async () => {
  await t.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('a token works like a key: scopes, organisation, and its bearer and purpose in the audit log', async () => {
  const authorization = bearer();
  expect((await t.get('/v1/customers', { authorization })).status).toBe(200);
  expect((await t.get('/v1/accounts', { authorization })).status).toBe(403);
  await t.get('/v1/audit/head');
  const { items } = (await (await t.get('/v1/audit?action=customers.list')).json()) as { items: object[] };
  expect(items[0]).toMatchObject({ actor: 'token:ivan', purpose: 'обращения' });
  const other = (await (await t.get('/v1/audit', { authorization: bearer({ org: 'other' }) })).json()) as {
    items: object[];
  };
  expect(JSON.stringify(other.items)).not.toContain('customers.list');
});

test('bearers are counted each for itself', async () => {
  const statuses = [];
  for (let n = 0; n < 22; n++)
    statuses.push((await t.get('/v1/customers', { authorization: bearer({}, 'busy') })).status);
  expect([statuses.filter((s) => s === 200).length, statuses.at(-1)]).toEqual([20, 429]);
  expect((await t.get('/v1/customers', { authorization: bearer({}, 'calm') })).status).toBe(200);
});

test('a call with a body counts once', async () => {
  const made = await t.send('POST', '/v1/keys', { name: 'x', scopes: ['*'], ratePerMinute: 4 });
  const statuses = [];
  for (let n = 0; n < 5; n++)
    statuses.push(
      (
        await fetch(`${t.hub.url}/v1/messages`, {
          method: 'POST',
          body: '{}',
          headers: { authorization: `Bearer ${made.body.key}` },
        })
      ).status,
    );
  expect(statuses).toEqual([400, 400, 400, 400, 429]);
});
