import { describe, expect, test } from '@jest/globals';
import { nullValue } from '../asn1/writer.ts';
import { type CertificateRequest, extensionOf, type Holder, issue } from '../testing/authority.ts';
import type { Certificate } from './certificate.ts';
import { buildChain } from './chain.ts';

const now = Date.now();
const root = issue({ name: 'Корень', isCa: true });
const middle = (settings: Partial<CertificateRequest> = {}) =>
  issue({ name: 'Центр', by: root, isCa: true, ...settings });
const leafOf = (by: Holder, settings: Partial<CertificateRequest> = {}) => issue({ name: 'Иванов', by, ...settings });
const judge = (leaf: Holder, between: Holder[] = [], roots: Holder[] = [root], at = now) => {
  const certificates = (holders: Holder[]): Certificate[] => holders.map((h) => h.certificate);
  const { path, problems } = buildChain({
    leaf: leaf.certificate,
    roots: certificates(roots),
    intermediates: certificates(between),
    at,
  });
  return { length: path.length, codes: problems.map((p) => p.code) };
};

describe('a chain', () => {
  test('reaches the root through authorities that lie at hand in any order', () => {
    const a = middle();
    const b = issue({ name: 'Центр 2', by: a, isCa: true });
    expect(judge(leafOf(b), [b, a])).toEqual({ length: 4, codes: [] });
  });

  test('never trusts a root that only a message brings', () => {
    const foreign = issue({ name: 'Чужой', isCa: true });
    expect(judge(leafOf(foreign), [foreign]).codes).toEqual(['CHAIN_UNTRUSTED_ROOT']);
  });

  test('says whose certificate is missing', () => {
    expect(judge(leafOf(middle())).codes).toEqual(['CHAIN_NO_ISSUER']);
  });

  test('sees through an authority of the same name with another key', () => {
    const impostor = issue({ name: 'Корень', isCa: true });
    expect(judge(leafOf(impostor)).codes).toContain('CHAIN_SIGNATURE');
    expect(judge(leafOf(root), [impostor]).codes).toEqual([]);
  });

  test('refuses holders who play an authority', () => {
    const holder = leafOf(root);
    expect(judge(leafOf(holder), [holder]).codes).toEqual(['CA_NOT_AN_AUTHORITY', 'CA_KEY_USAGE']);
    const noKeyUse = middle({ keyUsage: [1, 0x02] });
    expect(judge(leafOf(noKeyUse), [noKeyUse]).codes).toEqual(['CA_KEY_USAGE']);
  });

  test('holds to the path length', () => {
    const short = issue({ name: 'Короткий', isCa: true, pathLength: 0 });
    const a = issue({ name: 'Первый', by: short, isCa: true });
    expect(judge(leafOf(short), [], [short]).codes).toEqual([]);
    expect(judge(leafOf(a), [a], [short]).codes).toEqual(['CA_PATH_LENGTH']);
  });

  test('refuses critical extensions that nobody here knows', () => {
    const strange = leafOf(root, { further: [extensionOf('1.2.3.4', nullValue(), 'critical')] });
    expect(judge(strange).codes).toEqual(['CERT_CRITICAL_EXTENSION']);
    expect(judge(leafOf(root, { further: [extensionOf('1.2.3.4', nullValue())] })).codes).toEqual([]);
  });

  test('judges validity at the given instant, of the authorities too', () => {
    const day = 24 * 3600_000;
    const leaf = leafOf(root, { from: now - 2 * day, to: now - day });
    expect(judge(leaf).codes).toEqual(['CERT_EXPIRED']);
    expect(judge(leaf, [], [root], now - 3 * day).codes).toEqual(['CERT_NOT_YET_VALID', 'CERT_NOT_YET_VALID']);
    const old = middle({ to: now - 1000 });
    expect(judge(leafOf(old), [old]).codes).toEqual(['CERT_EXPIRED']);
  });

  test('prefers the whole path when an authority has two certificates for one key', () => {
    const a = middle({ to: now - 1000 });
    const renewed = middle({ key: a.key });
    expect(judge(leafOf(a), [a, renewed])).toEqual({ length: 3, codes: [] });
  });

  test('a hundred look-alikes end the search and do not hang it', () => {
    const alike = Array.from({ length: 100 }, () => issue({ name: 'Центр', isCa: true }));
    const leaf = leafOf(middle());
    expect(judge(leaf, alike).codes).toContain('CHAIN_SIGNATURE');
  });
});
