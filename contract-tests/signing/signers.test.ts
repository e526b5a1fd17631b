import { generateKeyPairSync, verify as nodeVerify } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { toDer } from '../../certs/asn1/pem.ts';
import { readPublicKey, verifyData } from '../../certs/gost/public-key.ts';
import { cryptoProCspSigner } from '../../certs/signers/cryptopro-csp.ts';
import { cryptoProDssSigner } from '../../certs/signers/cryptopro-dss.ts';
import { opensslSigner } from '../../certs/signers/openssl.ts';
import { type Pkcs11Module, pkcs11Signer } from '../../certs/signers/pkcs11.ts';
import { softwareSigner } from '../../certs/signers/software.ts';
import { SigningThreads } from '../../certs/signers/threads.ts';
import { fileOf, openssl, opensslConfig, workFolder } from './engine.ts';
import { describeWithGost } from './openssl.ts';

const data = Buffer.from('Исковое заявление о взыскании задолженности');
/** A signer hands the certificate on and does not read it. */
const certificate = { der: new Uint8Array(), chain: [] };
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: HubError) => `${error.kind}/${error.code}`,
  );

describeWithGost('signers', () => {
  const keys: Record<string, { file: string; pkcs8: Uint8Array; spki: Uint8Array }> = {};
  const threads = new SigningThreads(2);
  const keyOf = (name: string) => keys[name] ?? { file: '', pkcs8: new Uint8Array(), spki: new Uint8Array() };

  beforeAll(() => {
    for (const [name, algorithm, set] of [
      ['a', 'gost2012_256', 'TCA'],
      ['b', 'gost2012_512', 'A'],
    ] as const) {
      const file = fileOf(`${name}.pem`, openssl('genpkey', '-algorithm', algorithm, '-pkeyopt', `paramset:${set}`));
      const spki = openssl('pkey', '-in', file, '-pubout', '-outform', 'DER');
      keys[name] = { file, pkcs8: toDer(readFileSync(file)), spki };
    }
  });
  afterAll(() => threads.close());

  describe('in software', () => {
    test.each(['a', 'b'])('sign by GOST in a thread what the public key verifies: %s', async (name) => {
      const { pkcs8, spki } = keyOf(name);
      const signer = await softwareSigner({ certificate, spki, pkcs8, threads });
      const signatures = await Promise.all(Array.from({ length: 20 }, () => signer.signRaw(data)));
      for (const signature of signatures) expect(verifyData(readPublicKey(spki), data, signature)).toBe(true);
      expect(await threads.verify(spki, data, signatures[0] as Uint8Array)).toBe(true);
      expect(await threads.verify(spki, Buffer.from('other'), signatures[0] as Uint8Array)).toBe(false);
    });

    test.each([
      ['rsa-sha256', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
      ['ecdsa-sha256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ])('sign by %s', async (algorithm, make) => {
      const { privateKey, publicKey } = make();
      const signer = await softwareSigner({
        certificate,
        spki: publicKey.export({ type: 'spki', format: 'der' }),
        pkcs8: privateKey.export({ type: 'pkcs8', format: 'der' }),
        threads,
      });
      expect(signer.algorithm).toBe(algorithm);
      expect(nodeVerify('sha256', data, publicKey, await signer.signRaw(data))).toBe(true);
    });

    test('refuse a key of another certificate, and octets that are no key', async () => {
      const { pkcs8 } = keyOf('a');
      expect(await codeOf(softwareSigner({ certificate, spki: keyOf('b').spki, pkcs8, threads }))).toBe(
        'misconfigured/KEY_MISMATCH',
      );
      expect(await codeOf(softwareSigner({ certificate, spki: keyOf('a').spki, pkcs8: data, threads }))).toBe(
        'misconfigured/KEY_UNREADABLE',
      );
    });

    test('go on after their threads were closed under them only by an error that says so', async () => {
      const own = new SigningThreads(1);
      const signer = await softwareSigner({ certificate, ...keyOf('a'), threads: own });
      const pending = codeOf(Promise.all(Array.from({ length: 200 }, () => signer.signRaw(data))));
      await own.close();
      expect(await pending).toBe('transient/SIGNING_STOPPED');
      expect(await codeOf(signer.signRaw(data))).toBe('transient/SIGNING_STOPPED');
    });
  });

  describe('by openssl', () => {
    const signerOf = (more: object = {}) =>
      opensslSigner({
        certificate,
        algorithm: 'gost2012-256',
        keyFile: keyOf('a').file,
        config: opensslConfig,
        ...more,
      });

    test('sign what we verify, several at once', async () => {
      const signer = signerOf();
      for (const signature of await Promise.all(Array.from({ length: 6 }, () => signer.signRaw(data))))
        expect(verifyData(readPublicKey(keyOf('a').spki), data, signature)).toBe(true);
    });

    test.each([
      ['an encrypted key with its password', () => ({ keyFile: encrypted(), password: 'sesame' }), 'done'],
      ['a wrong password', () => ({ keyFile: encrypted(), password: 'guess' }), 'needs-operator/SIGNER_PASSWORD_WRONG'],
      ['no such file', () => ({ keyFile: join(workFolder, 'none.pem') }), 'misconfigured/KEY_UNREADABLE'],
      ['no such program', () => ({ command: join(workFolder, 'none') }), 'misconfigured/SIGNER_MISSING'],
      ['no GOST', () => ({ config: fileOf('empty.cnf', '') }), 'misconfigured/SIGNER_NO_GOST'],
    ])('%s', async (_what, more, outcome) => {
      expect(await codeOf(signerOf(more()).signRaw(data))).toBe(outcome);
    });

    test('a program that never ends is ended', async () => {
      const command = fileOf('sleeps', '#!/bin/sh\nexec sleep 60\n');
      chmodSync(command, 0o755);
      expect(await codeOf(signerOf({ command, timeoutMs: 200 }).signRaw(data))).toBe('transient/SIGNER_TIMEOUT');
    });

    function encrypted(): string {
      return fileOf(
        'encrypted.pem',
        openssl('pkcs8', '-topk8', '-in', keyOf('a').file, '-v2', 'aes-256-cbc', '-passout', 'pass:sesame'),
      );
    }
  });

  describe('by CryptoPro CSP (a stand-in with its documented surface)', () => {
    const command = join(import.meta.dirname, 'stand-ins', 'csptest.mjs');
    const calls = () => readFileSync(join(workFolder, 'calls.log'), 'utf8').trim().split('\n').length;
    const signerOf = (name: 'a' | 'b', more: object = {}) =>
      cryptoProCspSigner({
        certificate,
        spki: keyOf(name).spki,
        algorithm: name === 'a' ? 'gost2012-256' : 'gost2012-512',
        container: `\\\\.\\HDIMAGE\\${name}`,
        command,
        ...more,
      });

    beforeAll(() => {
      process.env.STAND_IN_KEYS = workFolder;
      process.env.OPENSSL_CONF = opensslConfig;
    });
    afterAll(() => {
      delete process.env.STAND_IN_KEYS;
      delete process.env.OPENSSL_CONF;
    });

    test.each(['a', 'b'] as const)('bring its order of octets into ours: %s', async (name) => {
      const signature = await signerOf(name).signRaw(data);
      expect(verifyData(readPublicKey(keyOf(name).spki), data, signature)).toBe(true);
    });

    test('try a wrong PIN once and never again', async () => {
      writeFileSync(join(workFolder, 'a.pin'), '12345678');
      const signer = signerOf('a', { pin: '00000000' });
      const before = calls();
      for (let n = 0; n < 3; n++) expect(await codeOf(signer.signRaw(data))).toBe('needs-operator/SIGNER_PIN_WRONG');
      expect(calls()).toBe(before + 1);
      expect(await codeOf(signerOf('a', { pin: '12345678' }).signRaw(data))).toBe('done');
      writeFileSync(join(workFolder, 'a.pin'), '');
    });

    test('say what is wrong with the container', async () => {
      expect(await codeOf(signerOf('b', { container: '\\\\.\\HDIMAGE\\none' }).signRaw(data))).toBe(
        'misconfigured/SIGNER_NO_CONTAINER',
      );
      expect(await codeOf(signerOf('b', { spki: keyOf('a').spki }).signRaw(data))).toBe('misconfigured/KEY_MISMATCH');
    });
  });

  describe('by CryptoPro DSS (a stand-in with its documented surface)', () => {
    let server: Server;
    let url: string;
    const asked: string[] = [];
    let answer: (document: { CertificateId: number; PinCode: string }, content: Buffer) => [number, unknown];

    beforeAll(async () => {
      server = createServer((req, res) => {
        let body = '';
        req.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        req.on('end', () => {
          asked.push(req.url ?? '');
          const send = (status: number, value: unknown) =>
            res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
          if (req.url === '/STS/oauth/token') {
            const form = new URLSearchParams(body);
            const isKnown =
              req.headers.authorization === `Basic ${Buffer.from('hub:secret').toString('base64')}` &&
              form.get('username') === 'director' &&
              form.get('password') === 'sesame' &&
              form.get('resource') === 'urn:cryptopro:dss:signserver:signserver';
            if (isKnown) send(200, { access_token: 'token', expires_in: 600 });
            else send(400, { error: 'invalid_grant' });
            return;
          }
          if (req.headers.authorization !== 'Bearer token') return send(401, {});
          const { Content, Signature } = JSON.parse(body);
          if (Signature.Type !== 'GOST3410') return send(400, { error: 'invalid_signature_params' });
          const [status, value] = answer(Signature, Buffer.from(Content, 'base64'));
          send(status, value);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => new Promise((resolve) => server.close(resolve)));

    const http = {
      request: async (r: { url: string; headers: Readonly<Record<string, string>>; body: string }) => {
        const response = await fetch(r.url, { method: 'POST', headers: r.headers, body: r.body });
        const text = await response.text();
        return { status: response.status, text: () => text };
      },
    };
    const signerOf = (more: object = {}) =>
      cryptoProDssSigner({
        certificate,
        spki: keyOf('a').spki,
        algorithm: 'gost2012-256',
        url,
        client: { id: 'hub', secret: 'secret' },
        user: { login: 'director', password: 'sesame' },
        certificateId: 7,
        http,
        now: () => Date.now(),
        ...more,
      });
    const signed = (content: Buffer): string =>
      openssl('dgst', '-md_gost12_256', '-sign', keyOf('a').file, fileOf('dss', content)).toString('base64');

    test.each([
      ['a string', (signature: string) => signature],
      ['an object', (signature: string) => ({ Signature: signature })],
    ])('take the signature out of %s, with one token for all', async (_what, wrap) => {
      answer = (_document, content) => [200, wrap(signed(content))];
      asked.length = 0;
      const signer = signerOf();
      for (let n = 0; n < 2; n++)
        expect(verifyData(readPublicKey(keyOf('a').spki), data, await signer.signRaw(data))).toBe(true);
      expect(asked.filter((path) => path.endsWith('/token'))).toHaveLength(1);
    });

    test.each([
      [
        'a refused login',
        { user: { login: 'director', password: 'guess' } },
        [200, ''],
        'unauthorized/SIGNER_UNAUTHORIZED',
      ],
      ['a wrong PIN', {}, [400, { error: 'invalid_pin' }], 'needs-operator/SIGNER_PIN_WRONG'],
      ['a fault of the service', {}, [503, {}], 'transient/SIGNER_UNAVAILABLE'],
      ['a confirmation by telephone', {}, [200, { Status: 'Created' }], 'unexpected/SIGNER_FAILED'],
      ['a signature of another key', {}, [200, Buffer.alloc(64, 7).toString('base64')], 'misconfigured/KEY_MISMATCH'],
    ] as const)('%s', async (_what, more, [status, value], outcome) => {
      answer = () => [status, value];
      expect(await codeOf(signerOf(more).signRaw(data))).toBe(outcome);
    });
  });

  describe('by a token (a stand-in for pkcs11js)', () => {
    const tokenOf = (order: (signature: Buffer) => Buffer, pin = '12345678') => {
      const calls = { logins: 0, signatures: 0 };
      const module: Pkcs11Module = {
        load: () => {},
        C_Initialize: () => {},
        C_GetSlotList: () => [Buffer.from('slot')],
        C_GetTokenInfo: () => ({ label: 'Rutoken ECP    ', serialNumber: '1a2b' }),
        C_OpenSession: () => Buffer.from('session'),
        C_Login: (_session, _type, given) => {
          calls.logins++;
          if (given !== pin) throw Object.assign(new Error('CKR_PIN_INCORRECT'), { code: 0xa0 });
        },
        C_FindObjectsInit: () => {},
        C_FindObjects: () => [Buffer.from('key')],
        C_FindObjectsFinal: () => {},
        C_SignInit: (_session, { mechanism }) => {
          if (mechanism !== 0x1201) throw Object.assign(new Error('CKR_MECHANISM_INVALID'), { code: 0x70 });
        },
        C_Sign: (_session, digest) => {
          calls.signatures++;
          // The engine signs a digest that is given when it is told not to hash.
          const file = fileOf('digest', digest);
          return order(openssl('pkeyutl', '-sign', '-inkey', keyOf('a').file, '-in', file));
        },
      };
      return { module, calls };
    };
    const signerOf = (module: Pkcs11Module, pin = '12345678') =>
      pkcs11Signer({
        certificate,
        spki: keyOf('a').spki,
        algorithm: 'gost2012-256',
        library: 'librtpkcs11ecp.so',
        token: 'Rutoken ECP',
        pin,
        keyId: '01',
        load: async () => module,
      });

    test.each([
      ['as in CMS', (s: Buffer) => s],
      ['reversed', (s: Buffer) => Buffer.from(s).reverse()],
      ['with r before s', (s: Buffer) => Buffer.concat([s.subarray(32), s.subarray(0, 32)])],
      [
        'with halves reversed',
        (s: Buffer) => Buffer.concat([Buffer.from(s.subarray(0, 32)).reverse(), Buffer.from(s.subarray(32)).reverse()]),
      ],
    ])('understand an order of octets %s', async (_what, order) => {
      const { module, calls } = tokenOf(order);
      const signer = signerOf(module);
      for (let n = 0; n < 2; n++)
        expect(verifyData(readPublicKey(keyOf('a').spki), data, await signer.signRaw(data))).toBe(true);
      expect(calls).toEqual({ logins: 1, signatures: 2 });
    });

    test('try a wrong PIN once and never again', async () => {
      const { module, calls } = tokenOf((s) => s);
      const signer = signerOf(module, '00000000');
      for (let n = 0; n < 3; n++) expect(await codeOf(signer.signRaw(data))).toBe('needs-operator/SIGNER_PIN_WRONG');
      expect(calls.logins).toBe(1);
    });

    test('say what to install when the package is absent', async () => {
      expect(
        await codeOf(
          pkcs11Signer({
            certificate,
            spki: keyOf('a').spki,
            algorithm: 'gost2012-256',
            library: 'x',
            pin: '1',
            keyId: '01',
          }).signRaw(data),
        ),
      ).toBe('misconfigured/SIGNER_MISSING');
    });
  });
});
