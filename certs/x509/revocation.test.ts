import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DerFault } from '../asn1/fault.ts';
import { boolean, contextPrimitive, integer, sequence } from '../asn1/writer.ts';
import { answerOcsp, extensionOf, type Holder, issue, issueList, OCSP_PURPOSE } from '../testing/authority.ts';
import { Crl } from './crl.ts';
import { ocspRequest } from './ocsp-request.ts';
import { OcspResponse } from './ocsp-response.ts';
import { extension } from './oids.ts';
import { revocationOf } from './revocation.ts';

const now = Date.now();
const hour = 3600_000;
const root = issue({ name: 'Корень', isCa: true, from: now - 1000 * hour });
const leaf = issue({ name: 'Иванов', by: root });
const other = issue({ name: 'Петров', by: root });
const ask = (crls: Crl[], ocsp: OcspResponse[] = [], at = now) =>
  revocationOf(leaf.certificate, root.certificate, { crls, ocsp }, { at, now });
const list = (settings: Partial<Parameters<typeof issueList>[0]> = {}) =>
  new Crl(issueList({ by: root, revoked: [], ...settings }));
const revokedAt = (at: number, more: { reason?: number; invalidSince?: number } = {}) => [
  { serialDer: leaf.certificate.serialDer, at, ...more },
];

describe('a revocation list', () => {
  test('answers for a serial number among many, and for one that is not there', () => {
    const many = Array.from({ length: 5000 }, (_, i) => ({ serialDer: integer(BigInt(i) ** 9n + 7n), at: now }));
    const long = list({ revoked: [...many, { serialDer: other.certificate.serialDer, at: now - hour, reason: 1 }] });
    expect(long.size).toBe(5001);
    expect(ask([long])).toMatchObject({ status: 'good', source: 'crl' });
    expect(long.find(other.certificate.serialDer)).toMatchObject({ reason: 'keyCompromise' });
    expect(many.every(({ serialDer }) => long.find(serialDer) !== undefined)).toBe(true);
  });

  test('counts from the date of the revocation on, or from when the key was lost', () => {
    const since = list({ revoked: revokedAt(now - hour) });
    expect(ask([since]).status).toBe('revoked');
    expect(ask([since], [], now - 2 * hour).status).toBe('good');
    const lost = list({ revoked: revokedAt(now - hour, { reason: 1, invalidSince: now - 3 * hour }) });
    expect(ask([lost], [], now - 2 * hour).status).toBe('revoked');
  });

  test('is believed only when the authority signed it', () => {
    const impostor = issue({ name: 'Корень', isCa: true });
    expect(ask([list({ by: impostor })])).toEqual({ status: 'unknown', why: 'not-trusted' });
    const mayNot = issue({ name: 'Корень', isCa: true, key: root.key, keyUsage: [2, 0x04] });
    expect(new Crl(issueList({ by: root, revoked: [] })).isSignedBy(mayNot.certificate)).toBe(false);
  });

  test('that is over proves nothing for later, but who is on it stays revoked', () => {
    const old = { from: now - 10 * hour, to: now - 5 * hour };
    expect(ask([list(old)])).toEqual({ status: 'unknown', why: 'stale' });
    expect(ask([list(old)], [], now - 6 * hour).status).toBe('good');
    expect(ask([list({ ...old, revoked: revokedAt(now - 11 * hour) })]).status).toBe('revoked');
  });

  test('made after the certificate was over says nothing by its silence, though what it says counts', () => {
    const over = issue({ name: 'Иванов', by: root, from: now - 10 * hour, to: now - hour });
    const judge = (revoked: { serialDer: Uint8Array; at: number }[]) =>
      revocationOf(
        over.certificate,
        root.certificate,
        { crls: [list({ revoked })], ocsp: [] },
        { at: now - 2 * hour, now },
      );
    expect(judge([])).toEqual({ status: 'unknown', why: 'after-expiry' });
    expect(judge([{ serialDer: over.certificate.serialDer, at: now - 3 * hour }]).status).toBe('revoked');
  });

  test('of other certificates, of some reasons, or a delta is not taken for the whole', () => {
    const scope = (inside: Uint8Array) => extensionOf(extension.issuingDistributionPoint, sequence(inside), 'critical');
    const flag = (n: number) => contextPrimitive(n, boolean(true).subarray(2));
    expect(ask([list({ further: [scope(flag(2))] })])).toEqual({ status: 'unknown', why: 'none' });
    expect(ask([list({ further: [scope(flag(1))] })]).status).toBe('good');
    expect(() => list({ further: [scope(flag(4))] })).toThrow(DerFault);
    expect(() => list({ further: [extensionOf(extension.deltaCrlIndicator, integer(1), 'critical')] })).toThrow(
      DerFault,
    );
  });

  test('"revoked" outweighs "good", whichever comes first', () => {
    const lists = [list(), list({ revoked: revokedAt(now - hour) })];
    expect(ask(lists).status).toBe('revoked');
    expect(ask([...lists].reverse()).status).toBe('revoked');
  });
});

describe('an OCSP answer', () => {
  const responder = issue({ name: 'OCSP', by: root, extendedKeyUsage: OCSP_PURPOSE });
  const request = ocspRequest({ certificate: leaf.certificate, issuer: root.certificate, nonce: Buffer.alloc(16, 1) });
  const answer = (by: Holder, settings: Partial<Parameters<typeof answerOcsp>[0]> = {}) =>
    new OcspResponse(answerOcsp({ to: request, by, with: [by], status: 'good', ...settings }));

  test('of the authority or of a responder that it appointed is believed', () => {
    expect(ask([], [answer(root)])).toMatchObject({ status: 'good', source: 'ocsp' });
    expect(ask([], [answer(responder)]).status).toBe('good');
    expect(ask([], [answer(responder, { status: { at: now - hour } })]).status).toBe('revoked');
  });

  test('of a mere holder, of a responder of others, or about another certificate is not', () => {
    expect(ask([], [answer(other)]).status).toBe('unknown');
    const foreign = issue({ name: 'Чужой', isCa: true });
    const theirs = issue({ name: 'OCSP', by: foreign, extendedKeyUsage: OCSP_PURPOSE });
    expect(ask([], [answer(theirs)]).status).toBe('unknown');
    const elsewhere = ocspRequest({ certificate: other.certificate, issuer: root.certificate });
    expect(ask([], [answer(root, { to: elsewhere })])).toEqual({ status: 'unknown', why: 'none' });
  });

  test('that does not know, or is over, proves nothing', () => {
    expect(ask([], [answer(root, { status: 'unknown' })])).toEqual({ status: 'unknown', why: 'none' });
    expect(ask([], [answer(root, { from: now - 3 * hour, until: now - 2 * hour })])).toEqual({
      status: 'unknown',
      why: 'stale',
    });
  });

  test('that refuses says why', () => {
    expect(() => new OcspResponse(Buffer.from('30030a0106', 'hex'))).toThrow('unauthorized');
  });
});

test('damaged certificates, lists and answers end in the fault class', () => {
  const request = ocspRequest({ certificate: leaf.certificate, issuer: root.certificate });
  const samples: [Uint8Array, (octets: Uint8Array) => unknown][] = [
    [issueList({ by: root, revoked: revokedAt(now) }), (o) => ask([new Crl(o)])],
    [answerOcsp({ to: request, by: root, status: 'good' }), (o) => ask([], [new OcspResponse(o)])],
  ];
  for (const [whole, feed] of samples)
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const damaged = Uint8Array.from(whole);
        damaged[at] = value;
        try {
          feed(damaged);
        } catch (error) {
          if (!(error instanceof DerFault)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
});
