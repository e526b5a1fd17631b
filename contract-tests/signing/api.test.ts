import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { streebog } from '../../certs/gost/streebog.ts';
import { testWithFacts } from '../facts.ts';
import { type BareHub, startBareHub } from '../hub/bare-hub.ts';
import { fileOf, openssl, workFolder } from './engine.ts';
import { describeWithGost } from './openssl.ts';

const folder = process.env.HUB_CONTRACT_FACTS ? join(process.env.HUB_CONTRACT_FACTS, 'signing', 'vectors') : '';
const base64 = (octets: Uint8Array | string): string => Buffer.from(octets).toString('base64');

describeWithGost('signatures over the API', () => {
  let t: BareHub;
  const vector = (...path: string[]): Buffer => readFileSync(join(folder, ...path));
  const withVectors = (title: string, run: () => Promise<void>): void => testWithFacts(title, 'signing/vectors', run);
  const post = (path: string, body: unknown) => t.send('POST', path, body);

  beforeAll(async () => {
    const trust = folder
      ? `trust: { roots: [${['ca256', 'ca512'].map((n) => JSON.stringify(join(folder, 'certs', `${n}.pem`))).join(', ')}], crls: [${JSON.stringify(join(folder, 'certs', 'ca256.crl'))}] }`
      : '';
    t = await startBareHub(`signing: { threads: 1, ${trust} }`);
    if (!folder) return;
    for (const name of ['dir256', 'dir512a', 'employee256', 'expired256']) {
      const { status } = await post('/v1/certificates', {
        name,
        files: [
          base64(vector('certs', `${name}.pem`)),
          ...(name === 'expired256' ? [] : [base64(vector('keys', `${name}.key.pem`))]),
        ],
      });
      expect([name, status]).toEqual([name, 201]);
    }
  }, 120_000);
  afterAll(() => t.stop(), 60_000);

  withVectors('lists certificates with whose they are and how long they last, and no key', async () => {
    const { items } = (await t.send('GET', '/v1/certificates')).body;
    expect(items.map((c: { name: string; signer: string }) => [c.name, c.signer])).toEqual([
      ['dir256', 'store'],
      ['dir512a', 'store'],
      ['employee256', 'store'],
      ['expired256', 'none'],
    ]);
    expect(items[0]).toMatchObject({ isInForce: true, subject: { commonName: expect.any(String) } });
    expect(items[0].daysLeft).toBeGreaterThan(1_000);
    expect(JSON.stringify(items)).not.toMatch(/key"|PRIVATE/);
  });

  withVectors('a CAdES file that it made verifies by openssl and by itself, and not after a change', async () => {
    const claim = vector('docs', 'claim.txt');
    for (const certificate of ['dir256', 'dir512a']) {
      const made = await post('/v1/signatures', { certificate, document: base64(claim), issuers: true });
      expect(made.status).toBe(200);
      const signature = fileOf('claim.sig', Buffer.from(made.body.signature, 'base64'));
      const ca = join(folder, 'certs', certificate === 'dir256' ? 'ca256.pem' : 'ca512.pem');
      const verify = (file: string) =>
        openssl(
          'cms',
          '-verify',
          '-binary',
          '-cades',
          '-inform',
          'DER',
          '-in',
          signature,
          '-content',
          file,
          '-CAfile',
          ca,
          '-purpose',
          'any',
        );
      expect(verify(join(folder, 'docs', 'claim.txt')).equals(claim)).toBe(true);
      expect(() => verify(fileOf('other.txt', `${claim} `))).toThrow();
      const check = async (document: Uint8Array) =>
        (await post('/v1/signatures/verify', { signature: made.body.signature, document: base64(document) })).body;
      expect(await check(claim)).toMatchObject({
        verdict: 'valid',
        text: { ru: expect.stringMatching(/действительн/i) },
      });
      expect((await check(Buffer.concat([claim, Buffer.from('!')]))).verdict).toBe('invalid');
    }
  });

  withVectors('two sign one stored file, which is read as a stream', async () => {
    const file = Buffer.alloc(3_000_000, 'Договор ');
    const stored = await fetch(`${t.hub.url}/v1/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.key}`, 'content-type': 'application/octet-stream' },
      body: file,
    });
    const { id } = (await stored.json()) as { id: string };
    const made = await post('/v1/signatures', {
      certificate: 'dir256',
      and: ['employee256'],
      file: id,
      encoding: 'pem',
    });
    expect([made.status, made.body.document?.size]).toEqual([200, file.length]);
    expect(Buffer.from(made.body.signature, 'base64').toString()).toContain('-----BEGIN');
    const { verdict, report } = (await post('/v1/signatures/verify', { signature: made.body.signature, file: id }))
      .body;
    expect([verdict, report.signers.length]).toEqual(['valid', 2]);
  });

  withVectors('XML is signed as ГИС ЖКХ wants it, and a moved or altered element is refused', async () => {
    const request = vector('xml', 'gis-export-nsi.request.xml');
    const made = await post('/v1/signatures', {
      certificate: 'dir256',
      format: 'xades-bes',
      document: base64(request),
      element: 'signed-data-container',
    });
    expect(made.status).toBe(200);
    const signed = Buffer.from(made.body.signature, 'base64').toString();
    const [, prefix, local = ''] = /<(?:([\w.-]+):)?([\w.-]+)[^>]*Id="signed-data-container"/.exec(signed) ?? [];
    const namespace = new RegExp(`xmlns${prefix ? `:${prefix}` : ''}="([^"]+)"`).exec(signed)?.[1] ?? '';
    const element = { namespace, name: local, place: /Envelope/.test(signed) ? 'soap-body' : 'root' };
    const check = async (xml: string) =>
      (await post('/v1/signatures/verify', { format: 'xades', document: base64(xml), element })).body;
    expect(await check(signed)).toMatchObject({ verdict: 'valid' });
    const altered = signed.replace('Id="signed-data-container"', 'Id="signed-data-container" version="9.9"');
    expect((await check(altered)).verdict).toBe('invalid');
  });

  withVectors('a raw signature is what openssl verifies', async () => {
    const claim = vector('docs', 'claim.txt');
    const made = await post('/v1/signatures', { certificate: 'dir256', format: 'raw', document: base64(claim) });
    const key = fileOf('dir256.pub', openssl('x509', '-in', join(folder, 'certs', 'dir256.pem'), '-noout', '-pubkey'));
    const signature = fileOf('raw.sig', Buffer.from(made.body.signature, 'base64'));
    expect(
      openssl(
        'dgst',
        '-md_gost12_256',
        '-verify',
        key,
        '-signature',
        signature,
        join(folder, 'docs', 'claim.txt'),
      ).toString(),
    ).toContain('OK');
    expect(workFolder).toBeTruthy();
  });

  withVectors(
    'a digest is signed in place of its document, and openssl takes the signature over the document',
    async () => {
      const claim = vector('docs', 'claim.txt');
      for (const [certificate, algorithm, bits] of [
        ['dir256', 'streebog256', 256],
        ['dir512a', 'streebog512', 512],
      ] as const) {
        const value = Buffer.from(streebog(bits, claim));
        const made = await post('/v1/signatures', { certificate, digest: { algorithm, value: value.toString('hex') } });
        expect([made.status, made.body.document]).toEqual([
          200,
          { digest: { algorithm, value: value.toString('hex') } },
        ]);
        const file = fileOf('digest.sig', Buffer.from(made.body.signature, 'base64'));
        const content = join(folder, 'docs', 'claim.txt');
        const ca = join(folder, 'certs', bits === 256 ? 'ca256.pem' : 'ca512.pem');
        const verify = ['cms', '-verify', '-binary', '-cades', '-inform', 'DER', '-in', file, '-content'];
        expect(openssl(...verify, content, '-CAfile', ca, '-purpose', 'any').equals(claim)).toBe(true);
        const checked = await post('/v1/signatures/verify', {
          signature: made.body.signature,
          document: base64(claim),
        });
        expect(checked.body.verdict).toBe('valid');

        const raw = await post('/v1/signatures', {
          certificate,
          format: 'raw',
          digest: { algorithm, value: value.toString('base64') },
        });
        const key = fileOf(
          'key.pub',
          openssl('x509', '-in', join(folder, 'certs', `${certificate}.pem`), '-noout', '-pubkey'),
        );
        const signature = fileOf('raw-digest.sig', Buffer.from(raw.body.signature, 'base64'));
        expect(
          openssl('dgst', `-md_gost12_${bits}`, '-verify', key, '-signature', signature, content).toString(),
        ).toContain('OK');
      }
    },
  );

  withVectors('refuses a digest where it can not serve', async () => {
    const value = '00'.repeat(32);
    const digest = { algorithm: 'streebog256', value };
    const cases: [unknown, number, string, string][] = [
      [{ certificate: 'dir256', digest, document: base64('x') }, 400, 'INVALID_BODY', '/digest'],
      [{ certificate: 'dir256', digest, format: 'xades-bes', element: 'a' }, 400, 'INVALID_BODY', '/format'],
      [{ certificate: 'dir256', digest, content: 'attached' }, 400, 'INVALID_BODY', '/content'],
      [{ certificate: 'dir512a', digest }, 422, 'DIGEST_NOT_OF_KEY', '/digest'],
      [{ certificate: 'dir512a', digest, format: 'raw' }, 422, 'DIGEST_NOT_OF_KEY', '/digest'],
      [{ certificate: 'dir256', and: ['dir512a'], digest }, 422, 'DIGEST_NOT_OF_KEY', '/digest'],
      [
        { certificate: 'dir256', digest: { algorithm: 'streebog256', value: '00'.repeat(64) } },
        422,
        'DIGEST_NOT_OF_KEY',
        '/digest',
      ],
      [
        { certificate: 'dir256', digest: { algorithm: 'streebog256', value: `${value.slice(2)}\0\0` } },
        400,
        'INVALID_BODY',
        '/digest/value',
      ],
      [{ certificate: 'dir256', digest: { algorithm: 'md5', value } }, 400, 'INVALID_BODY', '/digest/algorithm'],
    ];
    for (const [body, status, code, pointer] of cases) {
      const answer = await post('/v1/signatures', body);
      expect([JSON.stringify(body), answer.status, answer.body.code, answer.body.errors?.[0]?.pointer]).toEqual([
        JSON.stringify(body),
        status,
        code,
        pointer,
      ]);
    }
  });

  describe('refuses', () => {
    withVectors('what it can not do, and says which field is wrong', async () => {
      const document = base64('x');
      const cases: [unknown, number, string, string?][] = [
        [{ certificate: 'nobody', document }, 404, 'CERTIFICATE_UNKNOWN'],
        [{ certificate: 'expired256', document }, 422, 'CERTIFICATE_WITHOUT_KEY'],
        [{ certificate: 'dir256' }, 400, 'INVALID_BODY', '/document'],
        [
          { certificate: 'dir256', document, file: '01a21831-b275-7158-ad89-a7c61b05a4e2' },
          400,
          'INVALID_BODY',
          '/document',
        ],
        [{ certificate: 'dir256', file: '01a21831-b275-7158-ad89-a7c61b05a4e2' }, 404, 'NOT_FOUND'],
        [{ certificate: 'dir256', document, format: 'xades-bes' }, 400, 'INVALID_BODY', '/element'],
        [{ certificate: 'dir256', document, format: 'raw', and: ['dir512a'] }, 400, 'INVALID_BODY', '/and'],
        [
          { certificate: 'dir256', document, format: 'xades-bes', element: 'a' },
          422,
          'XML_NOT_WELL_FORMED',
          '/document',
        ],
        [
          {
            certificate: 'dir256',
            document: base64('<!DOCTYPE a [<!ENTITY b "c">]><a Id="a">&b;</a>'),
            format: 'xades-bes',
            element: 'a',
          },
          422,
          'XML_NOT_WELL_FORMED',
          '/document',
        ],
      ];
      for (const [body, status, code, pointer] of cases) {
        const answer = await post('/v1/signatures', body);
        expect([JSON.stringify(body), answer.status, answer.body.code]).toEqual([JSON.stringify(body), status, code]);
        if (pointer) expect(answer.body.errors[0].pointer).toBe(pointer);
      }
      expect(
        (await post('/v1/certificates', { name: 'dir256', files: [base64(vector('certs', 'dir512a.pem'))] })).body.code,
      ).toBe('CERTIFICATE_NAME_TAKEN');
      expect(t.lines.join('\n')).not.toContain('PRIVATE');
    });
  });
});
