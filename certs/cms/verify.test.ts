import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseDer } from '../asn1/reader.ts';
import {
  type CertificateRequest,
  type Holder,
  issue,
  issueList,
  STAMP_PURPOSE,
  signerOf,
} from '../testing/authority.ts';
import { makeSignature, makeToken } from '../testing/stamps.ts';
import { Crl } from '../x509/crl.ts';
import { encodeCms } from './encoding.ts';
import { type FindingCode, finding, findingCodes } from './findings.ts';
import { renderReport, type SignatureReport } from './report.ts';
import { addSignatures, type SignRequest, signCms } from './sign.ts';
import { readSignedData } from './signed-data.ts';
import { addTimeStamps } from './time-stamp.ts';
import type { Trust } from './trust-check.ts';
import { type VerifyRequest, verifyCms } from './verify.ts';

const now = Date.now();
const hour = 3600_000;
const day = 24 * hour;
const document = Buffer.from('Заявление');
const root = issue({ name: 'Корень', isCa: true, from: now - 1000 * day });
const holder = (settings: Partial<CertificateRequest> = {}) => issue({ name: 'Иванов', by: root, ...settings });
const signer = holder();

const trust = (settings: Partial<Trust> = {}): Trust => ({
  roots: [root.certificate],
  intermediates: [],
  evidence: { crls: [], ocsp: [] },
  revocation: 'off',
  ...settings,
});
const sign = (settings: Partial<SignRequest> = {}, at = now) =>
  signCms({ document, signers: [signerOf(signer)], content: 'detached', clock: { now: () => at }, ...settings });
const verify = (signature: Uint8Array, settings: Partial<VerifyRequest> = {}) =>
  verifyCms({ signature, document, trust: trust(), now, ...settings });
const codes = (report: SignatureReport, outcome?: string): FindingCode[] =>
  [...report.findings, ...report.signers.flatMap((s) => s.findings)]
    .filter((f) => outcome === undefined || f.outcome === outcome)
    .map((f) => f.code);
const bad = (report: SignatureReport) => [report.verdict, ...codes(report, 'failed'), ...codes(report, 'unknown')];

describe('a signature', () => {
  test('says who signed, when, what, and that it holds', async () => {
    const report = await verify(await sign());
    expect(report).toMatchObject({ verdict: 'valid', form: 'detached', document: { size: document.length } });
    expect(report.signers[0]).toMatchObject({ level: 'CAdES-BES', certificate: { name: 'Иванов' }, judgedAt: now });
    expect(report.signers[0]?.claimedTime).toBe(Math.floor(now / 1000) * 1000);
    expect(codes(report)).toEqual([
      'DOCUMENT_INTACT',
      'SIGNATURE_RIGHT',
      'SIGNING_CERT_NAMED',
      'CHAIN_TRUSTED',
      'REVOCATION_UNCHECKED',
      'CERT_IN_TIME',
    ]);
    const text = renderReport(report, 'ru', 'заявление.txt');
    expect(text).toMatch(/^Подпись действительна\.\nДокумент: заявление\.txt, 18 байт, SHA-256 [0-9a-f]{64}\n/);
    expect(text).toContain('Подписал(а): Иванов');
    expect(renderReport(report, 'en')).toContain('Signed by: Иванов');
  });

  test('has the document inside when it is attached, and tells when another one is shown', async () => {
    const signature = await sign({ content: 'attached' });
    const { document: _, ...alone } = { signature, document, trust: trust(), now };
    expect(await verifyCms(alone)).toMatchObject({ verdict: 'valid', form: 'attached' });
    expect(bad(await verify(signature, { document: Buffer.from('other') }))).toEqual(['invalid', 'DOCUMENT_DIFFERS']);
  });

  test('is read in every form it is written in', async () => {
    const der = await sign();
    for (const form of ['der', 'base64', 'pem'] as const)
      expect((await verify(encodeCms(der, form))).verdict).toBe('valid');
  });

  test('goes over a stream without holding it, in pieces of any size', async () => {
    const pieces = async function* () {
      for (const octet of document) yield Uint8Array.of(octet);
    };
    const signature = await sign({ document: pieces() });
    expect((await verify(signature)).verdict).toBe('valid');
    expect((await verify(signature, { document: pieces() })).verdict).toBe('valid');
  });

  test('is in DER throughout: read and written anew it stays the same', async () => {
    const der = await sign({ certificates: 'chain', signers: [signerOf(signer, [root])] });
    expect([...parseDer(der).children()]).toHaveLength(2);
    expect(readSignedData(der).certificates).toHaveLength(2);
  });

  test('of several stand side by side, at once or one after the other', async () => {
    const second = issue({ name: 'Петров', by: root });
    const both = await sign({ signers: [signerOf(signer), signerOf(second)] });
    const added = await addSignatures(await sign(), {
      document,
      signers: [signerOf(second)],
      clock: { now: () => now },
    });
    for (const file of [both, added]) {
      const report = await verify(file);
      expect(report.verdict).toBe('valid');
      expect(report.signers.map((s) => s.certificate?.name).sort()).toEqual(['Иванов', 'Петров']);
    }
    const wrong = await addSignatures(await sign(), {
      document: Buffer.from('other'),
      signers: [signerOf(second)],
      clock: { now: () => now },
    });
    const report = await verify(wrong);
    expect(report.verdict).toBe('invalid');
    expect(report.signers.map((s) => s.verdict).sort()).toEqual(['invalid', 'valid']);
  });
});

describe('nothing passes that was changed', () => {
  test('no octet of the file, but those that nothing depends on', async () => {
    const der = await sign();
    const survived: number[] = [];
    for (let at = 0; at < der.length; at++)
      for (const flip of [0x01, 0x80]) {
        const damaged = Uint8Array.from(der);
        damaged[at] = (der[at] as number) ^ flip;
        if ((await verify(damaged)).verdict === 'valid') survived.push(at);
      }
    // version and digestAlgorithms of SignedData stand before the content type and are signed by nobody.
    const parts = readSignedData(der);
    const unsigned = 40 + (parts.digestAlgorithms[0]?.length ?? 0);
    expect(survived.every((at) => at < unsigned)).toBe(true);
    expect(survived.length).toBeLessThan(2 * unsigned);
  });

  test('no octet of the document', async () => {
    const der = await sign();
    for (let at = 0; at < document.length; at++) {
      const other = Uint8Array.from(document);
      other[at] = (other[at] as number) ^ 1;
      expect(bad(await verify(der, { document: other }))).toEqual(['invalid', 'DOCUMENT_CHANGED']);
    }
    expect((await verify(der, { document: document.subarray(1) })).verdict).toBe('invalid');
  });

  test("no certificate in the place of the signer's, though it has the same key, issuer and number", async () => {
    const der = await sign();
    let twin: Holder;
    // Signatures on this curve differ in length by an octet or two.
    do twin = issue({ name: 'Иванов', by: root, key: signer.key, serial: signer.certificate.serial });
    while (twin.certificate.der.length !== signer.certificate.der.length);
    const at = Buffer.from(der).indexOf(signer.certificate.der);
    const swapped = Uint8Array.from(der);
    swapped.set(twin.certificate.der, at);
    expect(bad(await verify(swapped))).toEqual(['invalid', 'SIGNING_CERT_OTHER']);
  });

  test('whatever the octets, there is a report', async () => {
    const der = await sign({ content: 'attached' });
    await fc.assert(
      fc.asyncProperty(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), async (at, value, cut) => {
        const damaged = Uint8Array.from(der);
        damaged[at] = value;
        expect(['valid', 'invalid', 'indeterminate']).toContain((await verify(damaged)).verdict);
        if (cut < der.length) expect((await verify(der.subarray(0, cut))).verdict).toBe('invalid');
      }),
      { numRuns: 500 },
    );
    for (const octets of ['', 'text', '30', '3000']) expect(bad(await verify(Buffer.from(octets)))[0]).toBe('invalid');
  });
});

describe('trust', () => {
  test('comes from configured roots only', async () => {
    const signature = await sign({ certificates: 'chain', signers: [signerOf(signer, [root])] });
    expect(bad(await verify(signature, { trust: trust({ roots: [] }) }))).toEqual([
      'indeterminate',
      'CHAIN_UNTRUSTED_ROOT',
    ]);
  });

  test('of an expired certificate: a claimed earlier time proves nothing, a time-stamp does', async () => {
    const old = holder({ from: now - 10 * day, to: now - day });
    const stamper = issue({ name: 'Служба', by: root, extendedKeyUsage: STAMP_PURPOSE, from: now - 20 * day });
    const signature = await sign({ signers: [signerOf(old)] }, now - 2 * day);
    expect(bad(await verify(signature))).toEqual(['indeterminate', 'CERT_EXPIRED_SINCE']);
    const stampedAt = (time: number) =>
      addTimeStamps(signature, { stamp: async (octets) => makeToken(stamper, { octets, time }) });
    const report = await verify(await stampedAt(now - 2 * day), { level: 'cades-t' });
    expect(report.verdict).toBe('valid');
    expect(report.signers[0]).toMatchObject({ level: 'CAdES-T', timeStamp: { authority: { name: 'Служба' } } });
    expect(bad(await verify(await stampedAt(now - hour)))).toEqual(['invalid', 'CERT_EXPIRED']);
  });

  test('of a time that the certificate did not cover is refused, though it is in force now', async () => {
    const young = holder({ from: now - hour });
    expect(bad(await verify(makeSignature(young, { document, time: now - day })))).toEqual([
      'invalid',
      'SIGNING_TIME_OUTSIDE',
    ]);
    const ahead = await verify(makeSignature(young, { document, time: now + hour }));
    expect([ahead.verdict, ...codes(ahead, 'warning')]).toEqual([
      'valid',
      'SIGNING_TIME_FUTURE',
      'REVOCATION_UNCHECKED',
    ]);
  });

  test('of a revoked certificate ends with the revocation, but not for what a time-stamp proves older', async () => {
    const crl = new Crl(
      issueList({
        by: root,
        revoked: [{ serialDer: signer.certificate.serialDer, at: now - hour, reason: 4 }],
        from: now - 60_000,
      }),
    );
    const listed = trust({ evidence: { crls: [crl], ocsp: [] }, revocation: 'require' });
    const stamper = issue({ name: 'Служба', by: root, extendedKeyUsage: STAMP_PURPOSE });
    const signature = await sign({}, now - 2 * hour);
    expect(bad(await verify(signature, { trust: listed }))).toEqual(['invalid', 'REVOKED']);
    const stamped = await addTimeStamps(signature, {
      stamp: async (octets) => makeToken(stamper, { octets, time: now - 2 * hour }),
    });
    expect((await verify(stamped, { trust: listed })).verdict).toBe('valid');
    const backdated = await addTimeStamps(signature, {
      stamp: async (octets) => makeToken(stamper, { octets, time: now - hour / 2 }),
    });
    expect(bad(await verify(backdated, { trust: listed }))).toEqual(['invalid', 'REVOKED']);
  });

  test('without news of revocation is missing where it is required, and a warning where it is preferred', async () => {
    const signature = await sign();
    expect(bad(await verify(signature, { trust: trust({ revocation: 'require' }) }))).toEqual([
      'indeterminate',
      'REVOCATION_UNKNOWN',
    ]);
    const soft = await verify(signature, { trust: trust({ revocation: 'prefer' }) });
    expect([soft.verdict, ...codes(soft, 'warning')]).toEqual(['valid', 'REVOCATION_UNKNOWN']);
  });

  test('reaches no further than the use of the key', async () => {
    const ciphers = holder({ keyUsage: [5, 0x20] });
    expect(bad(await verify(makeSignature(ciphers, { document, time: now })))).toEqual(['invalid', 'KEY_USAGE_WRONG']);
  });

  test('tells when the private key was used after its own period', async () => {
    const late = holder({ privateKeyUsage: { notBefore: now - 2 * day, notAfter: now - day } });
    const report = await verify(makeSignature(late, { document, time: now }));
    expect([report.verdict, ...codes(report, 'warning')]).toEqual(['valid', 'KEY_PERIOD_OVER', 'REVOCATION_UNCHECKED']);
  });
});

describe('a time-stamp', () => {
  const stamper = issue({ name: 'Служба', by: root, extendedKeyUsage: STAMP_PURPOSE });
  const stamped = async (by: Holder, change: Partial<Parameters<typeof makeToken>[1]> = {}) =>
    addTimeStamps(await sign(), { stamp: async (octets) => makeToken(by, { octets, time: now, ...change }) });

  test.each<[string, Holder, Partial<Parameters<typeof makeToken>[1]>, string]>([
    ['over something else', stamper, { octets: document }, 'another signature'],
    ['from tomorrow', stamper, { time: now + day }, 'not come yet'],
    ['by a mere holder', signer, {}, 'not for time-stamps'],
    [
      'by a certificate that is for more',
      issue({ name: 'Всё', by: root, extendedKeyUsage: [...STAMP_PURPOSE, '1.3.6.1.5.5.7.3.4'] }),
      {},
      'not for time-stamps',
    ],
    [
      'by a certificate that does not insist',
      issue({ name: 'Мягкая', by: root, extendedKeyUsage: STAMP_PURPOSE, isPurposeCritical: false }),
      {},
      'not for time-stamps',
    ],
    ['that fixes another certificate', stamper, { names: signer }, 'signature is wrong'],
  ])('%s is worth nothing', async (_, by, change, why) => {
    const report = await verify(await stamped(by, change));
    expect(bad(report)).toEqual(['invalid', 'TIMESTAMP_WRONG']);
    expect(report.signers[0]?.findings.find((f) => f.code === 'TIMESTAMP_WRONG')?.en).toContain(why);
  });

  test('of an authority that nobody trusts proves nothing', async () => {
    const foreign = issue({ name: 'Чужой', isCa: true });
    const theirs = issue({ name: 'Служба', by: foreign, extendedKeyUsage: STAMP_PURPOSE });
    expect(bad(await verify(await stamped(theirs)))).toEqual(['indeterminate', 'TIMESTAMP_UNPROVEN']);
  });

  test('that is demanded and missing is missed', async () => {
    expect(bad(await verify(await sign(), { level: 'cades-t' }))).toEqual(['invalid', 'TIMESTAMP_MISSING']);
  });

  test('by a key that was lost later falls too, since its holder could date back; an orderly end leaves it', async () => {
    const file = await stamped(stamper);
    const judged = async (reason: number) => {
      const revoked = [{ serialDer: stamper.certificate.serialDer, at: now + hour, reason }];
      const crl = new Crl(issueList({ by: root, revoked, from: now + 2 * hour }));
      const evidence = { crls: [crl], ocsp: [] };
      return bad(await verify(file, { now: now + 3 * hour, trust: trust({ evidence, revocation: 'require' }) }));
    };
    expect(await judged(1)).toEqual(['invalid', 'TIMESTAMP_WRONG']);
    expect(await judged(4)).toEqual(['valid']);
  });
});

describe('what would be worthless is not signed', () => {
  test.each<[string, Partial<CertificateRequest>, string]>([
    ['CERTIFICATE_EXPIRED', { from: now - 2 * day, to: now - day }, 'get a new one'],
    ['CERTIFICATE_EXPIRED', { privateKeyUsage: { notBefore: now - 2 * day, notAfter: now - day } }, 'get a new one'],
    ['CERTIFICATE_NOT_YET', { privateKeyUsage: { notBefore: now + day, notAfter: now + 2 * day } }, 'clock'],
    ['SIGNER_KEY_USAGE', { keyUsage: [5, 0x20] }, 'keyUsage'],
  ])('%s', async (code, settings, says) => {
    await expect(sign({ signers: [signerOf(holder(settings))] })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(says),
    });
  });

  test('with the certificate of another kind of key', async () => {
    const odd = { ...signerOf(signer), algorithm: 'gost2012-256' as const };
    await expect(sign({ signers: [odd] })).rejects.toMatchObject({ code: 'SIGNER_KEY_MISMATCH' });
  });

  test('a document too large to go inside', async () => {
    const endless = async function* () {
      for (;;) yield Buffer.alloc(1024 * 1024);
    };
    await expect(sign({ document: endless(), content: 'attached' })).rejects.toMatchObject({
      code: 'DOCUMENT_TOO_LARGE',
    });
  });
});

test('every finding speaks both languages', () => {
  const facts = { name: 'Имя', time: now, from: now, to: now, detail: 'why' };
  for (const code of findingCodes) {
    const { ru, en } = finding(code, facts);
    expect(ru).toMatch(/^[А-ЯЁ].*[.)why]$/);
    expect(en).toMatch(/^[A-Z].*[.)why]$/);
    expect(`${ru}${en}`).not.toContain('—');
  }
});
