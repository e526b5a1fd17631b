import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
// Tokens are made by another library than the one that reads them.
import jsonwebtoken from 'jsonwebtoken';
import { AuthConfig } from '../config/auth.ts';
import type { TokenReader } from './auth.ts';
import { tokenReader } from './jwt.ts';

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });
const [first, second, stranger] = [rsa(), rsa(), rsa()];
const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' });
const published = { keys: [jwk(first.publicKey, 'a')], asked: 0, isDown: false };
const folder = mkdtempSync(join(tmpdir(), 'hub-jwt-'));
let server: Server;
let jwks: string;
const NOW = Date.parse('2026-11-24T10:00:00Z');
const ACCOUNT = '0192f0c4-7a1b-4c3d-8e4f-791612345670';
const claims = {
  iss: 'https://idp.example',
  aud: 'hub',
  sub: 'ivan',
  org: 'uk',
  scope: 'read:accounts write:messages',
  iat: NOW / 1000,
  exp: NOW / 1000 + 600,
};
const token = (more: object = {}, options: jsonwebtoken.SignOptions = {}, key: KeyObject = first.privateKey): string =>
  jsonwebtoken.sign(JSON.parse(JSON.stringify({ ...claims, ...more })), key, {
    algorithm: 'RS256',
    keyid: 'a',
    ...options,
  });
const reader = (more: object = {}, cooldownMs = 50): TokenReader => {
  const { jwt } = AuthConfig.parse({
    jwt: { issuer: 'https://idp.example', audience: 'hub', jwks, claims: { organisation: 'org' }, ...more },
  });
  if (!jwt) throw new Error('unreachable');
  return tokenReader(jwt, { organisations: ['uk', 'other'], now: () => NOW, cooldownMs });
};
const refused = (text: string, by = reader()) =>
  by.caller(text).then(
    () => 'taken',
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

beforeAll(async () => {
  server = createServer((_req, res) => {
    published.asked++;
    if (published.isDown) return void res.destroy();
    res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
beforeEach(() => {
  published.keys = [jwk(first.publicKey, 'a')];
  published.asked = 0;
  published.isDown = false;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a token', () => {
  test('of the provider names its bearer, organisation and scopes', async () => {
    expect(await reader().caller(token())).toEqual({
      client: 'token:ivan',
      org: 'uk',
      scopes: ['read:accounts', 'write:messages'],
    });
  });

  test.each([
    ['signed by nobody', () => jsonwebtoken.sign(claims, '', { algorithm: 'none' }), /algorithm that is not taken/],
    ['signed with the public key as a shared secret', () => shared('HS256'), /algorithm that is not taken/],
    ['signed by a stranger under a known kid', () => token({}, {}, stranger.privateKey), /signature that does not fit/],
    [
      'signed by a stranger under its own kid',
      () => token({}, { keyid: 'x' }, stranger.privateKey),
      /does not publish/,
    ],
    ['for another audience', () => token({ aud: 'other-service' }), /fails in 'aud'/],
    ['of another issuer', () => token({ iss: 'https://idp.example.evil' }), /fails in 'iss'/],
    ['that has expired', () => token({ exp: NOW / 1000 - 31 }), /has expired/],
    ['that is not valid yet', () => token({ nbf: NOW / 1000 + 31 }), /fails in 'nbf'/],
    ['that never expires', () => token({ exp: undefined }), /fails in 'exp'/],
    ['without a bearer', () => token({ sub: undefined }), /fails in 'sub'/],
    ['of an organisation that is not here', () => token({ org: 'elsewhere' }), /no organisation of this hub/],
    ['without an organisation', () => token({ org: undefined }), /no organisation of this hub/],
    ['whose payload was changed', () => altered(), /signature that does not fit/],
    ['that is no token', () => 'a.b.c', /not one that can be checked/],
    [
      'signed by an algorithm that was not allowed',
      () => token({}, { algorithm: 'PS256' }),
      /algorithm that is not taken/,
    ],
  ])('%s is refused, and the answer says why', async (_which, make, why) => {
    const text = make();
    const said = await refused(text);
    expect(said).toMatch(/^INVALID_KEY/);
    expect(said).toMatch(why);
    for (const part of text.split('.').filter((p) => p.length > 8)) expect(said).not.toContain(part);
  });

  test.each([
    ['exp', { exp: NOW / 1000 - 29 }],
    ['nbf', { nbf: NOW / 1000 + 29 }],
  ])('is borne with a clock that differs a little (%s)', async (_claim, more) => {
    expect((await reader().caller(token(more))).client).toBe('token:ivan');
  });

  test('with a critical header that is not understood is refused (RFC 7515 §4.1.11)', async () => {
    expect(await refused(token({}, { header: { alg: 'RS256', kid: 'a', crit: ['x'], x: 1 } as never }))).toMatch(
      /INVALID_KEY/,
    );
  });
});

describe('keys of the provider', () => {
  test('change: an unknown kid makes them be read again, but not by every such token', async () => {
    const by = reader({}, 300);
    await by.caller(token());
    expect(published.asked).toBe(1);
    published.keys = [jwk(second.publicKey, 'b')];
    const fresh = token({}, { keyid: 'b' }, second.privateKey);
    await new Promise((resolve) => setTimeout(resolve, 350));
    expect((await by.caller(fresh)).client).toBe('token:ivan');
    expect(published.asked).toBe(2);
    await Promise.all(Array.from({ length: 50 }, (_, n) => refused(token({}, { keyid: `guess-${n}` }), by)));
    expect(published.asked).toBeLessThanOrEqual(3);
    // The key that was withdrawn is believed no more.
    expect(await refused(token(), by)).toMatch(/does not publish/);
  });

  test('that can not be read are no fault of the caller, and known ones go on', async () => {
    const by = reader();
    await by.caller(token());
    published.isDown = true;
    expect((await by.caller(token())).client).toBe('token:ivan');
    expect(await refused(token(), reader())).toMatch(/^KEYS_UNAVAILABLE/);
  });

  test('may lie in a file, which is read again when it changes', async () => {
    const file = join(folder, 'jwks.json');
    writeFileSync(file, JSON.stringify({ keys: [jwk(first.publicKey, 'a')] }));
    const by = reader({ jwks: file });
    expect((await by.caller(token())).client).toBe('token:ivan');
    await new Promise((resolve) => setTimeout(resolve, 20));
    writeFileSync(file, JSON.stringify({ keys: [jwk(second.publicKey, 'b')] }));
    expect((await by.caller(token({}, { keyid: 'b' }, second.privateKey))).client).toBe('token:ivan');
    expect(await refused(token(), by)).toMatch(/does not publish/);
  });

  test('may be of curves', async () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    published.keys = [{ ...ec.publicKey.export({ format: 'jwk' }), kid: 'e' } as never];
    expect((await reader().caller(token({}, { algorithm: 'ES256', keyid: 'e' }, ec.privateKey))).org).toBe('uk');
  });
});

describe('claims', () => {
  test('may be nested, and roles become scopes', async () => {
    const by = reader({
      claims: { organisation: 'org', scopes: 'realm_access.roles' },
      roles: { operator: ['operations', 'read:*'], nobody: [] },
    });
    const roles = { realm_access: { roles: ['operator', 'unknown', 'constructor'] } };
    expect((await by.caller(token(roles))).scopes).toEqual(['operations', 'read:*']);
  });

  test('of a resident bind the token to accounts; one without them is refused and does not become staff', async () => {
    const by = reader({ claims: { organisation: 'org', accounts: 'accounts' } });
    expect((await by.caller(token({ accounts: [ACCOUNT] }))).accounts).toEqual([ACCOUNT]);
    for (const accounts of [undefined, [], null, 'all', [1], ['x']])
      expect(await refused(token({ accounts }), by)).toMatch(/lacks a list of account ids/);
    const both = reader({ claims: { organisation: 'org', accounts: 'accounts' }, bearers: 'both' });
    expect((await both.caller(token())).accounts).toBeUndefined();
    expect(await refused(token({ accounts: [] }), both)).toMatch(/lacks a list/);
  });

  test('that are no scopes are left out', async () => {
    expect((await reader().caller(token({ scope: 'openid READ:x read:accounts ../x' }))).scopes).toEqual([
      'openid',
      'read:accounts',
    ]);
    expect((await reader().caller(token({ scope: 5 }))).scopes).toEqual([]);
  });
});

test('the configuration takes no algorithm by a shared secret, and one way to the organisation', () => {
  const base = { issuer: 'i', audience: 'a', jwks: 'x' };
  expect(AuthConfig.safeParse({ jwt: { ...base, organisation: 'uk', algorithms: ['HS256'] } }).success).toBe(false);
  expect(AuthConfig.safeParse({ jwt: base }).success).toBe(false);
  expect(AuthConfig.safeParse({ jwt: { ...base, organisation: 'uk', bearers: 'residents' } }).success).toBe(false);
  expect(AuthConfig.safeParse({ jwt: { ...base, organisation: 'uk' } }).success).toBe(true);
});

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What an attacker would send who takes the published key for a password; the other library refuses to make it. */
function shared(alg: string): string {
  const text = `${part({ alg, typ: 'JWT', kid: 'a' })}.${part(claims)}`;
  const secret = createPublicKey(first.privateKey).export({ type: 'spki', format: 'pem' });
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

function altered(): string {
  const [head, , signature] = token().split('.');
  return `${head}.${part({ ...claims, scope: '*' })}.${signature}`;
}

test('the token that is changed below would be taken unchanged', async () => {
  const text = `${part({ alg: 'RS256', kid: 'a' })}.${part(claims)}`;
  const signature = sign('sha256', Buffer.from(text), first.privateKey).toString('base64url');
  expect((await reader().caller(`${text}.${signature}`)).org).toBe('uk');
});
