import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import forge from 'node-forge';
import { addSignatures, signCms } from '../../certs/cms/sign.ts';
import { readSignedData } from '../../certs/cms/signed-data.ts';
import type { Trust } from '../../certs/cms/trust-check.ts';
import { type VerifyRequest, verifyCms } from '../../certs/cms/verify.ts';
import { Certificate } from '../../certs/x509/certificate.ts';
import { describeWithGost, type Folder, openssl, run, temporaryFolder } from './openssl.ts';
import { nodeSigner } from './vectors.ts';

const clock = { now: () => Date.now() };
const document = Buffer.from('Платёжное поручение\r\n');
const believing = (root: Certificate): Trust => ({
  roots: [root],
  intermediates: [],
  evidence: { crls: [], ocsp: [] },
  revocation: 'off',
});

// OpenSSL is there without gost-engine as well; one requirement for all of these suites is simpler to fulfil.
describeWithGost('RSA and ECDSA', () => {
  let folder: Folder;
  const kinds = {
    rsa: ['rsa:2048'],
    ec: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
    ec384: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  };
  type Kind = keyof typeof kinds;

  beforeAll(() => {
    folder = temporaryFolder();
    const file = (name: string) => join(folder.path, name);
    for (const [kind, newKey] of Object.entries(kinds)) {
      openssl([
        ...['req', '-x509', '-newkey', ...newKey, '-nodes', '-days', '30', '-subj', `/CN=TEST ONLY CA ${kind}`],
        ...[
          '-addext',
          'keyUsage=critical,keyCertSign,cRLSign',
          '-keyout',
          file(`ca.${kind}.key`),
          '-out',
          file(`ca.${kind}.pem`),
        ],
      ]);
      openssl([
        ...['req', '-newkey', ...newKey, '-nodes', '-subj', `/CN=TEST ONLY ${kind}`],
        ...['-keyout', file(`${kind}.key`), '-out', file(`${kind}.csr`)],
      ]);
      folder.file(
        'leaf.cnf',
        'basicConstraints=CA:false\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n',
      );
      openssl([
        ...[
          'x509',
          '-req',
          '-in',
          file(`${kind}.csr`),
          '-CA',
          file(`ca.${kind}.pem`),
          '-CAkey',
          file(`ca.${kind}.key`),
        ],
        ...['-days', '10', '-extfile', file('leaf.cnf'), '-out', file(`${kind}.pem`)],
      ]);
    }
    folder.file('document', document);
  });
  afterAll(() => folder.remove());

  const text = (name: string) => readFileSync(join(folder.path, name), 'latin1');
  const certificate = (name: string) => Certificate.parse(Buffer.from(text(`${name}.pem`)));
  const verify = (signature: Uint8Array, kind: Kind, settings: Partial<VerifyRequest> = {}) =>
    verifyCms({
      signature,
      document,
      trust: believing(certificate(`ca.${kind}`)),
      now: Date.now(),
      ...settings,
    });
  const sign = (kind: 'rsa' | 'ec', content: 'attached' | 'detached' = 'detached') =>
    signCms({
      document,
      signers: [nodeSigner(kind === 'rsa' ? 'rsa-sha256' : 'ecdsa-sha256', text(`${kind}.key`), certificate(kind).der)],
      content,
      clock,
    });
  const theirs = (kind: Kind, ...options: string[]) =>
    openssl([
      ...['cms', '-sign', '-binary', '-in', join(folder.path, 'document'), '-outform', 'DER'],
      ...['-signer', join(folder.path, `${kind}.pem`), '-inkey', join(folder.path, `${kind}.key`), ...options],
    ]);

  describe.each(['rsa', 'ec'] as const)('%s', (kind) => {
    const plain = (signature: Uint8Array, name = 'document') =>
      run('openssl', [
        ...['cms', '-verify', '-cades', '-binary', '-inform', 'DER', '-in', folder.file('signature', signature)],
        ...['-content', join(folder.path, name), '-CAfile', join(folder.path, `ca.${kind}.pem`), '-purpose', 'any'],
        ...['-out', join(folder.path, 'out')],
      ]);

    test('our signature holds before plain openssl cms, and before us', async () => {
      const signature = await sign(kind);
      expect(plain(signature)).toMatchObject({ status: 0, output: expect.stringContaining('successful') });
      folder.file('changed', 'x');
      expect(plain(signature, 'changed').status).not.toBe(0);
      expect((await verify(signature, kind)).verdict).toBe('valid');
    });

    test('the document inside of an attached one comes out whole', async () => {
      const file = folder.file('attached', await sign(kind, 'attached'));
      const out = openssl(['cms', '-verify', '-binary', '-noverify', '-inform', 'DER', '-in', file]);
      expect(out.equals(document)).toBe(true);
    });
  });

  test.each<[string, Kind, string[]]>([
    ['RSA', 'rsa', ['-cades', '-md', 'sha256']],
    ['RSA with SHA-512', 'rsa', ['-cades', '-md', 'sha512']],
    ['RSA-PSS', 'rsa', ['-cades', '-md', 'sha256', '-keyopt', 'rsa_padding_mode:pss']],
    [
      'RSA-PSS with a salt of its own',
      'rsa',
      ['-cades', '-md', 'sha384', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:20'],
    ],
    ['ECDSA', 'ec', ['-cades', '-md', 'sha256']],
    ['ECDSA on P-384', 'ec384', ['-cades', '-md', 'sha384']],
    ['an attached one', 'ec', ['-cades', '-nodetach', '-md', 'sha256']],
    ['one by key identifier', 'rsa', ['-cades', '-keyid', '-md', 'sha256']],
  ])('%s made by OpenSSL holds before us, and not over another document', async (_, kind, options) => {
    const signature = theirs(kind, ...options);
    expect((await verify(signature, kind)).verdict).toBe('valid');
    expect((await verify(signature, kind, { document: Buffer.from('other') })).verdict).toBe('invalid');
  });

  test('without attributes the signature is over the document itself', async () => {
    for (const kind of ['rsa', 'ec'] as const) {
      const signature = theirs(kind, '-noattr', '-md', 'sha256');
      expect((await verify(signature, kind, { level: 'cms' })).verdict).toBe('valid');
      expect((await verify(signature, kind, { level: 'cms', document: Buffer.from('other') })).verdict).toBe('invalid');
    }
  });

  test('SHA-1 proves nothing any more', async () => {
    const report = await verify(theirs('rsa', '-cades', '-md', 'sha1'), 'rsa');
    expect(report.verdict).not.toBe('valid');
    expect(report.signers[0]?.findings.map((f) => f.code)).toContain('ALGORITHM_UNSUPPORTED');
  });

  test('a stream in BER holds as well, and what we add to it is written in DER', async () => {
    const ber = theirs('rsa', '-cades', '-nodetach', '-stream', '-indef', '-md', 'sha256');
    expect(Buffer.from(ber).subarray(0, 2).toString('hex')).toBe('3080');
    expect(await verify(ber, 'rsa')).toMatchObject({ verdict: 'valid', form: 'attached' });
    expect((await verify(ber, 'rsa', { document: Buffer.from('other') })).verdict).toBe('invalid');
    const signer = nodeSigner('rsa-sha256', text('rsa.key'), certificate('rsa').der);
    const both = await addSignatures(ber, { signers: [signer], clock });
    expect((await verify(both, 'rsa')).signers).toHaveLength(2);
    const again = openssl(['cms', '-cmsout', '-inform', 'DER', '-outform', 'DER', '-in', folder.file('both', both)]);
    expect(again.equals(both)).toBe(true);
  });

  describe('node-forge', () => {
    test('reads ours, and its RSA confirms the signature over the attributes', async () => {
      const signature = await sign('rsa');
      const asn1 = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(signature).toString('binary')));
      const message = forge.pkcs7.messageFromAsn1(asn1) as forge.pkcs7.PkcsSignedData & {
        rawCapture: { signature: string; authenticatedAttributes: forge.asn1.Asn1[] };
      };
      const [theirCertificate] = message.certificates;
      if (!theirCertificate) throw new Error('node-forge finds no certificate.');
      const { authenticatedAttributes, signature: octets } = message.rawCapture;
      const set = forge.asn1.create(forge.asn1.Class.UNIVERSAL, forge.asn1.Type.SET, true, authenticatedAttributes);
      const digest = forge.md.sha256.create();
      digest.update(forge.asn1.toDer(set).getBytes());
      const key = theirCertificate.publicKey as forge.pki.rsa.PublicKey;
      expect(key.verify(digest.digest().getBytes(), octets)).toBe(true);
      expect(theirCertificate.subject.getField('CN').value).toBe('TEST ONLY rsa');
    });

    test('makes one that holds before us as plain CMS', async () => {
      const message = forge.pkcs7.createSignedData();
      message.content = forge.util.createBuffer(document.toString('binary'));
      message.addCertificate(text('rsa.pem'));
      message.addSigner({
        key: text('rsa.key'),
        certificate: text('rsa.pem'),
        digestAlgorithm: forge.pki.oids.sha256 as string,
        authenticatedAttributes: [
          { type: forge.pki.oids.contentType as string, value: forge.pki.oids.data as string },
          { type: forge.pki.oids.messageDigest as string },
          { type: forge.pki.oids.signingTime as string },
        ],
      });
      message.sign({ detached: true });
      const der = Buffer.from(forge.asn1.toDer(message.toAsn1()).getBytes(), 'binary');
      expect(readSignedData(der).signers).toHaveLength(1);
      expect((await verify(der, 'rsa', { level: 'cms' })).verdict).toBe('valid');
    });
  });
});
