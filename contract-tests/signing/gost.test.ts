import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toDer } from '../../certs/asn1/pem.ts';
import { gost94 } from '../../certs/gost/gost94.ts';
import { readPrivateKey, signData } from '../../certs/gost/private-key.ts';
import { readPublicKey, verifyData, writePublicKey } from '../../certs/gost/public-key.ts';
import { streebog } from '../../certs/gost/streebog.ts';
import { testWithFacts } from '../facts.ts';
import { fileOf, openssl } from './engine.ts';
import { describeWithGost } from './openssl.ts';

let vectors = '';
const read = (...path: string[]): Buffer => readFileSync(join(vectors, ...path));
/** A test that knows where the vectors lie. */
const testWithVectors = (title: string, run: () => void): void =>
  testWithFacts(title, 'signing/vectors', (folder) => {
    vectors = folder;
    run();
  });
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

describe('what OpenSSL with gost-engine made', () => {
  testWithVectors('digests of every length around a block', () => {
    const lines = read('digests.txt').toString().trim().split('\n');
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines) {
      const [algorithm, digest, file = ''] = line.split(/\s+/);
      expect([file, hex(streebog(algorithm === 'md_gost12_256' ? 256 : 512, read(file)))]).toEqual([file, digest]);
    }
  });

  const keysOf = () =>
    readdirSync(join(vectors, 'raw'))
      .filter((name) => name.endsWith('.spki.der'))
      .map((name) => name.replace('.spki.der', ''));

  testWithVectors('signatures of every parameter set verify, and none after a change', () => {
    const claim = read('docs', 'claim.txt');
    const names = keysOf();
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) {
      const key = readPublicKey(read('raw', `${name}.spki.der`));
      const signature = read('raw', `claim.${name}.sig`);
      expect([name, verifyData(key, claim, signature)]).toEqual([name, true]);
      expect(verifyData(key, Buffer.concat([claim, Buffer.from(' ')]), signature)).toBe(false);
      signature[5] = (signature[5] ?? 0) ^ 4;
      expect(verifyData(key, claim, signature)).toBe(false);
    }
  });

  testWithVectors('private keys belong to their public keys and sign what those verify', () => {
    for (const name of keysOf()) {
      const key = readPrivateKey(toDer(read('keys', `${name}.key.pem`)));
      const spki = readPublicKey(read('raw', `${name}.spki.der`));
      expect([name, key.publicKey.point.equals(spki.point)]).toEqual([name, true]);
      const data = Buffer.from('Показания до 25-го');
      expect(verifyData(spki, data, signData(key, data))).toBe(true);
      expect(readPublicKey(writePublicKey(key.publicKey, key.curveOid)).point.equals(spki.point)).toBe(true);
    }
  });

  testWithVectors('a private key is the same in every spelling of PKCS#8', () => {
    const files = readdirSync(join(vectors, 'p8')).filter((name) => name.endsWith('.der'));
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const [name = ''] = file.split('.');
      const key = readPrivateKey(read('p8', file));
      expect([file, key.publicKey.point.equals(readPublicKey(read('raw', `${name}.spki.der`)).point)]).toEqual([
        file,
        true,
      ]);
    }
  });
});

describeWithGost('gost-engine beside us', () => {
  const bytes = (length: number): Buffer =>
    Buffer.from(fc.sample(fc.uint8Array({ minLength: length, maxLength: length }), 1)[0] ?? []);

  test.each([
    ['md_gost12_256', (data: Uint8Array) => streebog(256, data)],
    ['md_gost12_512', (data: Uint8Array) => streebog(512, data)],
    ['md_gost94', gost94],
  ])('%s agrees on random octets', (algorithm, ours) => {
    // An empty file is left out for the old digest: the engine takes a block of nought for it, RFC 5831 none.
    for (const length of [1, 31, 32, 33, 63, 64, 65, 4_097, 200_003]) {
      const data = bytes(length);
      const [theirs = ''] = openssl('dgst', `-${algorithm}`, '-r', fileOf('data', data)).toString().split(' ');
      expect([length, hex(ours(data))]).toEqual([length, theirs]);
    }
  });

  test.each([
    ['gost2012_256', 'TCA'],
    ['gost2012_256', 'TCB'],
    ['gost2012_256', 'TCC'],
    ['gost2012_256', 'TCD'],
    ['gost2012_256', 'A'],
    ['gost2012_256', 'B'],
    ['gost2012_256', 'C'],
    ['gost2012_256', 'XA'],
    ['gost2012_256', 'XB'],
    ['gost2012_512', 'A'],
    ['gost2012_512', 'B'],
    ['gost2012_512', 'C'],
  ])('a fresh key of %s %s: each verifies what the other signed, and refuses it altered', (algorithm, set) => {
    const file = fileOf('key.pem', openssl('genpkey', '-algorithm', algorithm, '-pkeyopt', `paramset:${set}`));
    const key = readPrivateKey(toDer(readFileSync(file)));
    const spki = readPublicKey(openssl('pkey', '-in', file, '-pubout', '-outform', 'DER'));
    expect(spki.point.equals(key.publicKey.point)).toBe(true);
    const publicFile = fileOf('key.pub', openssl('pkey', '-in', file, '-pubout'));
    const digest = `-md_gost12_${key.bits}`;
    const data = bytes(1_000);
    const dataFile = fileOf('data', data);
    expect(verifyData(spki, data, openssl('dgst', digest, '-sign', file, dataFile))).toBe(true);
    const signature = signData(key, data);
    const verify = (octets: Uint8Array) =>
      openssl('dgst', digest, '-verify', publicFile, '-signature', fileOf('signature', octets), dataFile).toString();
    expect(verify(signature)).toContain('Verified OK');
    signature[7] = (signature[7] ?? 0) ^ 1;
    expect(() => verify(signature)).toThrow('signature mismatch');
  });
});
