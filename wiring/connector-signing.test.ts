import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { HubError } from '../canonical/errors.ts';
import type { Trust } from '../certs/cms/trust-check.ts';
import { Keyring } from '../certs/keyring.ts';
import { SigningThreads } from '../certs/signers/threads.ts';
import { CertificateRepository } from '../certs/store/certificates.ts';
import { PowerRepository } from '../certs/store/powers.ts';
import { type Holder, issue, issueList } from '../certs/testing/authority.ts';
import { Crl } from '../certs/x509/crl.ts';
import type { SigningPort } from '../connectors/port.ts';
import { AuditLog } from '../storage/audit/log.ts';
import { listAudit } from '../storage/audit/read.ts';
import { onEachDatabase, testCipher } from '../storage/testing/databases.ts';
import { type ConnectorSigningParts, connectorSigning } from './connector-signing.ts';

const DAY = 86_400_000;
const now = Date.now();
const root = issue({ name: 'Корень', isCa: true });
const ours = { innLegal: '1650000001', ogrn: '1021600000001' };
const holders: Record<string, Holder> = {
  fit: issue({ name: 'УК', by: root, subject: ours }),
  personal: issue({ name: 'Иванов', by: root, subject: { inn: '165000000012', snils: '00000000001' } }),
  'other-inn': issue({ name: 'ТСЖ', by: root, subject: { ...ours, innLegal: '1650000002' } }),
  'other-ogrn': issue({ name: 'ТСЖ', by: root, subject: { ...ours, ogrn: '1021600000002' } }),
  'other-old': issue({ name: 'ТСЖ', by: root, subject: { inn: '001650000002' } }),
  over: issue({ name: 'УК', by: root, subject: ours, from: now - 9 * DAY, to: now - DAY }),
  revoked: issue({ name: 'УК', by: root, subject: ours }),
};
const revoked = { serialDer: (holders.revoked as Holder).certificate.serialDer, at: now - 3_600_000 };
const trust: Trust = {
  roots: [root.certificate],
  intermediates: [],
  evidence: { crls: [Crl.parse(issueList({ by: root, revoked: [revoked] }))], ocsp: [] },
  revocation: 'prefer',
};
const organisation = { id: 'uk', inn: '1650000001', ogrn: '1021600000001' };
const xml = '<a:request xmlns:a="urn:a"><a:body Id="signed-data-container">Показание 12</a:body></a:request>';

onEachDatabase('keys in the hands of a connector', [], (store) => {
  const threads = new SigningThreads(1);
  let audit: AuditLog;
  const port = (parts: Partial<ConnectorSigningParts> = {}): SigningPort =>
    connectorSigning(
      {
        keyring: new Keyring({
          certificates: new CertificateRepository(store.db, testCipher, () => now),
          outside: {},
          threads,
          http: { request: () => Promise.reject(new Error('Nobody is asked.')) },
          now: () => now,
        }),
        trust: { trust: () => trust },
        powers: new PowerRepository(store.db, testCipher, () => now),
        audit,
        clock: { now: () => now },
        organisation,
        ...parts,
      },
      { organisation: 'uk', instance: 'gis-main', operations: ['op-1', 'op-2'] },
    );
  const sign = (certificate: string, text = xml, of: SigningPort = port()) =>
    of.xades({ xml: text, id: 'signed-data-container', certificate });
  const entries = async () => {
    await audit.link();
    return listAudit(store.db, testCipher, 'uk', { action: 'signatures.make' }, 100);
  };

  beforeAll(async () => {
    let at = now;
    audit = new AuditLog({
      db: store.db,
      cipher: testCipher,
      now: () => at++,
      warn: (message) => {
        throw new Error(message);
      },
    });
    const certificates = new CertificateRepository(store.db, testCipher, () => now);
    for (const [name, { certificate, key }] of Object.entries(holders))
      await certificates.add('uk', {
        name,
        by: 'test',
        material: { certificate, chain: [], pkcs8: new Uint8Array(key.export({ type: 'pkcs8', format: 'der' })) },
      });
  });

  afterEach(() => audit.drain());
  afterAll(() => threads.close());

  test('sign, and the audit log tells who asked, for which operations, the digest of what, and by which key', async () => {
    const signed = await sign('fit');
    const expected = { names: [{ namespace: 'urn:a', local: 'body' }], place: 'anywhere' } as const;
    expect((await port().verifyXades(signed, expected)).valid).toBe(true);
    expect((await port().verifyXades(signed.replace('12', '13'), expected)).valid).toBe(false);
    const [entry] = await entries();
    expect(entry).toMatchObject({
      actor: 'instance:gis-main',
      subject: 'Certificate:fit',
      details: {
        format: 'xades-bes',
        thumbprint: holders.fit?.certificate.thumbprint,
        sha256: createHash('sha256').update(xml).digest('hex'),
        element: 'signed-data-container',
        operations: ['op-1', 'op-2'],
      },
    });
    expect(JSON.stringify(entry?.details)).not.toContain('Показание');
  });

  test('refuse what may not sign, and enter nothing for it', async () => {
    const before = (await entries()).length;
    const refused = async (name: string): Promise<string> =>
      sign(name).then(
        () => 'signed',
        (error: HubError) => `${error.kind}/${error.code}`,
      );
    expect(
      await Promise.all(['nobody', 'other-inn', 'other-ogrn', 'other-old', 'over', 'revoked'].map(refused)),
    ).toEqual([
      'misconfigured/SIGNING_CERTIFICATE_UNKNOWN',
      'needs-operator/CERTIFICATE_OF_ANOTHER',
      'needs-operator/CERTIFICATE_OF_ANOTHER',
      'needs-operator/CERTIFICATE_OF_ANOTHER',
      'needs-operator/CERTIFICATE_EXPIRED',
      'needs-operator/CERTIFICATE_REVOKED',
    ]);
    expect((await entries()).length).toBe(before);
    // A person's certificate names no organisation: it is a matter of powers of attorney.
    expect(await refused('personal')).toBe('signed');
  });

  test('sign nothing that can not be written down first', async () => {
    const broken = port({ audit: { append: () => Promise.reject(new Error('The store is away.')) } });
    await expect(sign('fit', xml, broken)).rejects.toMatchObject({ kind: 'transient', code: 'SIGNING_NOT_AUDITED' });
  });

  test('say what is wrong with a document that can not be signed', async () => {
    await expect(sign('fit', '<!DOCTYPE a><a Id="signed-data-container"/>')).rejects.toMatchObject({
      code: 'XML_REFUSED',
    });
    await expect(sign('fit', '<a Id="other"/>')).rejects.toMatchObject({ code: 'XADES_NOT_SIGNABLE' });
  });

  test('believe no signature of a stranger', async () => {
    const signed = await sign('fit');
    const distrusting = port({ trust: { trust: () => ({ ...trust, roots: [] }) } });
    const report = await distrusting.verifyXades(signed, {
      names: [{ namespace: 'urn:a', local: 'body' }],
      place: 'anywhere',
    });
    expect(report).toMatchObject({ valid: false, faults: [{ code: 'untrusted' }] });
  });
});
