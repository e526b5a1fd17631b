import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toDer } from '../../certs/asn1/pem.ts';
import { encodeCms } from '../../certs/cms/encoding.ts';
import type { FindingCode } from '../../certs/cms/findings.ts';
import { verifyRaw } from '../../certs/cms/raw.ts';
import type { SignatureReport, Verdict } from '../../certs/cms/report.ts';
import { addSignatures, signCms } from '../../certs/cms/sign.ts';
import { readSignedData } from '../../certs/cms/signed-data.ts';
import { type VerifyRequest, verifyCms } from '../../certs/cms/verify.ts';
import { ocspRequest } from '../../certs/x509/ocsp-request.ts';
import { OcspResponse } from '../../certs/x509/ocsp-response.ts';
import { revocationOf } from '../../certs/x509/revocation.ts';
import { identityOf } from '../../certs/x509/subject.ts';
import { describeWithGost, type Folder, openssl, run, temporaryFolder } from './openssl.ts';
import {
  authorities,
  certificate,
  describeVectors,
  list,
  names,
  path,
  read,
  signerNames,
  trust,
  vectorSigner,
} from './vectors.ts';

/** A day after the vectors were made. */
const now = Date.UTC(2026, 10, 25);
const clock = { now: () => Date.now() };
const listed = () => trust({ evidence: { crls: [list()], ocsp: [] }, revocation: 'require' });
const codes = (report: SignatureReport, ...outcomes: string[]): FindingCode[] =>
  [...report.findings, ...report.signers.flatMap((s) => s.findings)]
    .filter((f) => outcomes.includes(f.outcome))
    .map((f) => f.code);

describeVectors('CMS vectors', () => {
  const verify = (name: string, settings: Partial<VerifyRequest> = {}) =>
    verifyCms({ signature: read('cms', name), document: read('docs', 'claim.txt'), trust: listed(), now, ...settings });

  // Every file of vectors/cms: what must come out with roots and lists.
  const expected: Record<string, [verdict: Verdict, level: string, ...codes: FindingCode[]]> = {
    'bad.expired.claim.txt.sig': ['invalid', 'CAdES-BES', 'SIGNING_TIME_OUTSIDE', 'CERT_EXPIRED', 'REVOCATION_UNKNOWN'],
    'bad.other-document.claim.txt.sig': ['invalid', 'CAdES-BES', 'DOCUMENT_CHANGED'],
    'bad.revoked.claim.txt.sig': ['invalid', 'CAdES-BES', 'REVOKED'],
    'bad.signature-bit.claim.txt.sig': ['invalid', 'CAdES-BES', 'SIGNATURE_WRONG'],
    'claim.pdf.dir256.sig': ['invalid', 'CAdES-BES', 'DOCUMENT_CHANGED'],
    'claim.txt.dir256.attached.p7m': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.b64.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.b64oneline.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.cades-t.sig': ['valid', 'CAdES-T'],
    'claim.txt.dir256.keyid.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.noattr.sig': ['invalid', 'CMS', 'ATTRIBUTE_MISSING', 'ATTRIBUTE_MISSING'],
    'claim.txt.dir256.nocerts.sig': ['indeterminate', 'CMS', 'SIGNER_CERT_MISSING'],
    'claim.txt.dir256.pem.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.plain-cms.sig': ['invalid', 'CMS', 'ATTRIBUTE_MISSING'],
    'claim.txt.dir256.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256.with-ca.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256cpa.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256tcb.sig': ['valid', 'CAdES-BES'],
    'claim.txt.dir256xcha.sig': ['valid', 'CAdES-BES'],
    // The authority of 512 bits publishes no list.
    'claim.txt.dir512a.sig': ['indeterminate', 'CAdES-BES', 'REVOCATION_UNKNOWN'],
    'claim.txt.dir512b.sig': ['indeterminate', 'CAdES-BES', 'REVOCATION_UNKNOWN'],
    'claim.txt.employee256.sig': ['valid', 'CAdES-BES'],
    'claim.txt.two-signers.sig': ['valid', 'CAdES-BES'],
  };

  test('are all known here', () => {
    expect(names('cms')).toEqual(Object.keys(expected).sort());
  });

  test.each(Object.entries(expected))('%s comes out as %j', async (name, [verdict, level, ...found]) => {
    const report = await verify(name);
    expect([report.verdict, report.signers[0]?.level, ...codes(report, 'failed', 'unknown')]).toEqual([
      verdict,
      level,
      ...found,
    ]);
  });

  test('those of other forms pass where their form is asked for', async () => {
    for (const name of ['claim.txt.dir256.noattr.sig', 'claim.txt.dir256.plain-cms.sig'])
      expect((await verify(name, { level: 'cms' })).verdict).toBe('valid');
    const known = { ...listed(), intermediates: [certificate('dir256')] };
    expect((await verify('claim.txt.dir256.nocerts.sig', { trust: known })).verdict).toBe('valid');
    expect((await verify('claim.pdf.dir256.sig', { document: read('docs', 'claim.pdf') })).verdict).toBe('valid');
    expect((await verify('claim.txt.dir512a.sig', { trust: trust() })).verdict).toBe('valid');
    expect((await verify('claim.txt.dir256.cades-t.sig', { level: 'cades-t' })).verdict).toBe('valid');
  });

  test('expired and revoked ones fail by their certificates alone', async () => {
    expect(codes(await verify('bad.revoked.claim.txt.sig', { trust: trust() }), 'failed')).toEqual([]);
    expect(codes(await verify('bad.expired.claim.txt.sig', { trust: trust({ roots: [] }) }), 'ok')).toContain(
      'SIGNATURE_RIGHT',
    );
  });

  test('name the people as the certificates do', async () => {
    const report = await verify('claim.txt.two-signers.sig');
    expect(report.signers.map((s) => s.certificate?.holder)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          person: 'Тестов Иван Петрович',
          organization: 'ООО "УК ТЕСТ+"',
          innLegal: '3500000001',
          inn: '350000000001',
          ogrn: '1030000000001',
          snils: '00000000001',
        }),
        expect.objectContaining({ person: 'Работникова Анна Сергеевна', inn: '350000000002' }),
      ]),
    );
    expect(identityOf(certificate('employee256')).organization).toBeUndefined();
  });

  test.each([
    'dir256',
    'dir256tcb',
    'dir256cpa',
    'dir256cpb',
    'dir256cpc',
    'dir256xcha',
    'dir512a',
    'dir512b',
    'dir512c',
  ])('the raw signature of %s holds, and not with a bit flipped', async (name) => {
    const document = read('docs', 'claim.txt');
    const signature = read('raw', `claim.${name}.sig`);
    expect((await verifyRaw(document, signature, certificate(name))).code).toBe('SIGNATURE_RIGHT');
    signature[5] = (signature[5] as number) ^ 1;
    expect((await verifyRaw(document, signature, certificate(name))).code).toBe('SIGNATURE_WRONG');
  });

  test('OCSP answers and the list agree on who is revoked', () => {
    const issuer = certificate('ca256');
    for (const [name, status] of [
      ['dir256', 'good'],
      ['revoked256', 'revoked'],
    ] as const) {
      const ocsp = [new OcspResponse(read('ocsp', `${name}.resp.der`))];
      const judge = (evidence: Parameters<typeof revocationOf>[2]) =>
        revocationOf(certificate(name), issuer, evidence, { at: now, now });
      expect(judge({ crls: [], ocsp })).toMatchObject({ status, source: 'ocsp' });
      expect(judge({ crls: [list()], ocsp: [] })).toMatchObject({ status, source: 'crl' });
      // The question that we ask is the one that OpenSSL asks.
      const asked = ocspRequest({ certificate: certificate(name), issuer });
      expect(Buffer.from(asked).equals(Buffer.from(read('ocsp', `${name}.req.der`)))).toBe(true);
    }
    // It was revoked at 02:14 UTC of that day.
    const before = Date.UTC(2026, 10, 24, 2, 0);
    expect(
      revocationOf(certificate('revoked256'), issuer, { crls: [list()], ocsp: [] }, { at: before, now }).status,
    ).toBe('good');
  });

  test('issuer names come out as the ГИС ЖКХ wants them', () => {
    expect(certificate('dir256').issuer.toText()).toBe(
      'CN=TEST ONLY Тестовый УЦ 256,1.2.840.113549.1.9.1=ca@test.invalid,1.2.643.100.4=7700000001,' +
        '1.2.643.100.1=1000000000001,O=ООО «Тестовый УЦ\\, не для применения»,STREET=ул. Тестовая\\, дом 1,' +
        'L=г. Москва,ST=77 Москва,C=RU',
    );
    expect(certificate('dir256').serialDecimal).toBe(BigInt('0x7C0000F1E2D3C4B5A69788796A5B4C3D2E1F0011').toString());
  });
});

describeVectors('our signatures before an independent verifier', () => {
  describeWithGost('verify-cms.sh', () => {
    let folder: Folder;
    beforeAll(() => {
      folder = temporaryFolder();
    });
    afterAll(() => folder.remove());

    const document = () => read('docs', 'claim.txt');
    const oracle = (signature: Uint8Array, authority: '256' | '512', ...further: string[]) =>
      run('bash', [
        path('verify-cms.sh'),
        '--ca',
        path('certs', `ca${authority}.pem`),
        ...(authority === '256' ? ['--crl', path('certs', 'ca256.crl.pem')] : []),
        folder.file('signature', signature),
        ...further,
      ]);
    const sign = (...signers: string[]) =>
      signCms({ document: document(), signers: signers.map(vectorSigner), content: 'detached', clock });
    const claim = () => path('docs', 'claim.txt');

    test.each(signerNames)('accepts %s, detached and attached', async (name) => {
      const authority = name.includes('512') ? '512' : '256';
      const detached = oracle(await sign(name), authority, claim());
      expect(detached.output).toContain('VALID');
      expect(detached.status).toBe(0);
      const attached = await signCms({
        document: document(),
        signers: [vectorSigner(name)],
        content: 'attached',
        certificates: 'chain',
        clock,
      });
      const { status, output } = oracle(attached, authority, claim());
      expect(output).toContain('the content inside equals the document');
      expect(status).toBe(0);
    });

    test('accepts each form of the file, and two signers made at once or one after the other', async () => {
      for (const form of ['der', 'base64', 'pem'] as const) {
        const { status, output } = oracle(encodeCms(await sign('dir256'), form), '256', claim());
        expect(output).toContain(`encoding: ${form === 'base64' ? form : form.toUpperCase()}`);
        expect(status).toBe(0);
      }
      const both = await sign('dir256', 'employee256');
      const added = await addSignatures(await sign('dir256'), {
        document: document(),
        signers: [vectorSigner('employee256')],
        clock,
      });
      const onTheirs = await addSignatures(read('cms', 'claim.txt.dir256.keyid.sig'), {
        document: document(),
        signers: [vectorSigner('employee256')],
        clock,
      });
      for (const file of [both, added, onTheirs]) {
        const { status, output } = oracle(file, '256', claim());
        expect(output.match(/signer: /g)).toHaveLength(2);
        expect(status).toBe(0);
      }
    });

    test('refuses revoked and expired signers, as we do', async () => {
      const revoked = await sign('revoked256');
      expect(oracle(revoked, '256', claim()).status).toBe(1);
      expect(
        (await verifyCms({ signature: revoked, document: document(), trust: listed(), now: Date.now() })).verdict,
      ).toBe('invalid');
      await expect(sign('expired256')).rejects.toMatchObject({ code: 'CERTIFICATE_EXPIRED' });
    });

    test('OpenSSL adds a signature to ours, and we hold both to be good', async () => {
      const config = path('gost.cnf');
      const both = openssl(
        [
          ...['cms', '-resign', '-binary', '-cades', '-md', 'md_gost12_256', '-inform', 'DER', '-outform', 'DER'],
          ...['-in', folder.file('one', await sign('dir256'))],
          ...['-signer', path('certs', 'employee256.pem'), '-inkey', path('keys', 'employee256.key.pem')],
        ],
        config,
      );
      const report = await verifyCms({ signature: both, document: document(), trust: listed(), now: Date.now() });
      expect(report.verdict).toBe('valid');
      expect(report.signers).toHaveLength(2);
    });

    test('what we write is DER to the last octet', async () => {
      const der = await sign('dir256', 'dir256cpa');
      const again = openssl(['cms', '-cmsout', '-inform', 'DER', '-outform', 'DER', '-in', folder.file('der', der)]);
      expect(again.equals(der)).toBe(true);
    });

    describe('a small document', () => {
      const small = Buffer.from('Иск');
      const make = () => signCms({ document: small, signers: [vectorSigner('dir256')], content: 'detached', clock });
      const ours = (signature: Uint8Array, given: Uint8Array = small) =>
        verifyCms({ signature, document: given, trust: listed(), now: Date.now() });

      test('no octet of document, attributes, certificate or signature can change before our verifier', async () => {
        const der = await make();
        const { signers, certificateDers } = readSignedData(toDer(der));
        const bytes = Buffer.from(der);
        const [signer] = signers;
        // Of a SignerInfo: the attributes and the signature. The rest only says where to look.
        const regions = [...certificateDers, signer?.head[3], signer?.head[5]].map((part) => {
          if (!part) throw new Error('A part of the signature is missing.');
          return [bytes.indexOf(part), part.length] as const;
        });
        const covered = new Set(regions.flatMap(([at, length]) => Array.from({ length }, (_, i) => at + i)));
        expect(covered.size).toBeGreaterThan(1800);
        for (const at of covered) {
          const damaged = Uint8Array.from(der);
          damaged[at] = (damaged[at] as number) ^ (1 << (at % 8));
          const { verdict } = await ours(damaged);
          if (verdict === 'valid') throw new Error(`Octet ${at} can be changed.`);
        }
        for (let at = 0; at < small.length; at++) {
          const changed = Uint8Array.from(small);
          changed[at] = (changed[at] as number) ^ 1;
          expect((await ours(der, changed)).verdict).toBe('invalid');
        }
      });

      test('nor before OpenSSL, by samples', async () => {
        const der = await make();
        const document = folder.file('small', small);
        expect(oracle(der, '256', document).status).toBe(0);
        const { signers, certificateDers } = readSignedData(toDer(der));
        const bytes = Buffer.from(der);
        const [signer] = signers;
        for (const part of [certificateDers[0], signer?.head[3], signer?.signature]) {
          if (!part) throw new Error('A part of the signature is missing.');
          const start = bytes.indexOf(part);
          for (let i = 0; i < 5; i++) {
            const damaged = Uint8Array.from(der);
            const at = start + Math.floor(((i + 0.5) * part.length) / 5);
            damaged[at] = (damaged[at] as number) ^ 1;
            const theirs = oracle(damaged, '256', document).status === 0 ? 'valid' : 'refused';
            const mine = (await ours(damaged)).verdict === 'valid' ? 'valid' : 'refused';
            expect([at, theirs, mine]).toEqual([at, 'refused', 'refused']);
          }
        }
        expect(oracle(der, '256', folder.file('other', 'Иск.')).status).toBe(1);
      });
    });
  });
});

describeVectors('large documents', () => {
  test('are signed and verified as streams at a memory that stays flat', async () => {
    const size = 500 * 1024 * 1024;
    const piece = Buffer.alloc(1024 * 1024, 'ЖКХ');
    const pieces = async function* () {
      for (let sent = 0; sent < size; sent += piece.length) yield piece;
    };
    const before = process.memoryUsage.rss();
    const signature = await signCms({
      document: pieces(),
      signers: [vectorSigner('dir256')],
      content: 'detached',
      clock,
    });
    const report = await verifyCms({ signature, document: pieces(), trust: listed(), now: Date.now() });
    expect(report).toMatchObject({ verdict: 'valid', document: { size } });
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  });
});

describe('roots', () => {
  describeVectors('of the vectors', () => {
    test('are self-signed authorities that may issue certificates and lists', () => {
      for (const root of authorities()) {
        expect(root.isSelfIssued).toBe(true);
        expect(root.extensions.isCa).toBe(true);
        expect(root.extensions.keyUsage).toEqual(new Set(['keyCertSign', 'cRLSign']));
      }
    });
  });
});
