import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { readKeyMaterial } from '../../certs/import/key-material.ts';
import { testWithFacts } from '../facts.ts';
import { fileOf, opensslConfig } from './engine.ts';
import { describeWithGost } from './openssl.ts';

const problem = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'read',
    (error: HubError) => `${error.kind}/${error.code}${error.facts.errors ? ` ${error.facts.errors[0]?.pointer}` : ''}`,
  );

describeWithGost('certificates and keys as people have them', () => {
  let folder = '';
  const read = (...path: string[]): Buffer => readFileSync(join(folder, ...path));
  const withVectors = (title: string, run: () => Promise<void>): void =>
    testWithFacts(title, 'signing/vectors', async (file) => {
      folder = file;
      await run();
    });

  withVectors('a certificate with its key, in files of their own and in one', async () => {
    for (const name of ['dir256', 'dir256cpa', 'dir512a', 'dir512c']) {
      const [key, certificate] = [read('keys', `${name}.key.pem`), read('certs', `${name}.pem`)];
      for (const files of [
        [key, certificate],
        [certificate, key],
        [Buffer.concat([certificate, key])],
        [read('certs', `${name}.cer`), key],
      ]) {
        const { certificate: own, pkcs8 } = await readKeyMaterial(files);
        expect(own.subject.equals(own.issuer)).toBe(false);
        expect(pkcs8).toBeDefined();
      }
    }
  });

  withVectors('a certificate with its issuer but without a key', async () => {
    const { certificate, chain, pkcs8 } = await readKeyMaterial([
      read('certs', 'ca256.pem'),
      read('certs', 'dir256.pem'),
    ]);
    expect(chain).toHaveLength(1);
    expect(chain[0]?.subject.equals(certificate.issuer)).toBe(true);
    expect(pkcs8).toBeUndefined();
  });

  withVectors('encrypted keys and PFX files, by AES and by GOST', async () => {
    const certificate = read('certs', 'dir256.pem');
    expect(
      await problem(readKeyMaterial([certificate, read('p8', 'dir256.encrypted-aes.pem')], { password: 'test' })),
    ).toBe('read');
    expect(
      await problem(readKeyMaterial([certificate, read('p8', 'dir256.encrypted-aes.pem')], { password: 'guess' })),
    ).toBe('rejected/KEY_PASSWORD_WRONG /password');
    expect(
      await problem(readKeyMaterial([certificate, read('p8', 'dir256.encrypted-gost.pem')], { password: 'test' })),
    ).toBe('rejected/KEY_ENCRYPTION_UNKNOWN');
    const files = readdirSync(join(folder, 'p12')).filter((name) => name.endsWith('.p12'));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const material = await readKeyMaterial([read('p12', file)], { password: 'test', opensslConfig });
      expect([file, material.pkcs8 !== undefined, material.certificate.isSelfIssued]).toEqual([file, true, false]);
      expect([file, await problem(readKeyMaterial([read('p12', file)], { password: 'guess', opensslConfig }))]).toEqual(
        [file, 'rejected/KEY_PASSWORD_WRONG /password'],
      );
      const cut = read('p12', file).subarray(0, 300);
      expect([file, await problem(readKeyMaterial([cut], { password: 'test', opensslConfig }))]).toEqual([
        file,
        'rejected/PFX_DAMAGED',
      ]);
    }
  });

  withVectors('a key of another certificate is refused, and so is what is neither', async () => {
    expect(await problem(readKeyMaterial([read('certs', 'dir256.pem'), read('keys', 'dir256cpa.key.pem')]))).toBe(
      'rejected/KEY_MISMATCH',
    );
    expect(await problem(readKeyMaterial([read('keys', 'dir256.key.pem')]))).toBe('rejected/CERTIFICATE_UNREADABLE');
    expect(await problem(readKeyMaterial([Buffer.from('not a certificate')]))).toBe(
      'rejected/CERTIFICATE_UNREADABLE /files/0',
    );
    expect(await problem(readKeyMaterial([read('certs', 'dir256.pem'), read('raw', 'claim.dir256.sig')]))).toBe(
      'rejected/CERTIFICATE_UNREADABLE /files/1',
    );
    expect(await problem(readKeyMaterial([Buffer.alloc(2 * 1024 * 1024)]))).toBe(
      'rejected/CERTIFICATE_UNREADABLE /files/0',
    );
  });
});

describe('RSA and ECDSA, made by openssl', () => {
  const make = (...algorithm: string[]): { key: Buffer; certificate: Buffer; pfx: Buffer } => {
    const key = fileOf(
      'rsa.key',
      execFileSync('openssl', ['genpkey', ...algorithm], { stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    const certificate = fileOf(
      'rsa.pem',
      execFileSync('openssl', ['req', '-x509', '-key', key, '-subj', '/CN=Test', '-days', '2'], {
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const pfx = execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-inkey',
      key,
      '-in',
      certificate,
      '-passout',
      'pass:sesame',
    ]);
    return { key: readFileSync(key), certificate: readFileSync(certificate), pfx };
  };

  test.each([
    ['RSA', ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048']],
    ['ECDSA', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ])('%s', async (_name, algorithm) => {
    const { key, certificate, pfx } = make(...algorithm);
    const plain = await readKeyMaterial([certificate, key]);
    const packed = await readKeyMaterial([pfx], { password: 'sesame' });
    expect(packed.certificate.equals(plain.certificate)).toBe(true);
    expect(packed.pkcs8).toBeDefined();
    expect(await problem(readKeyMaterial([pfx], { password: 'guess' }))).toBe('rejected/KEY_PASSWORD_WRONG /password');
  });
});
