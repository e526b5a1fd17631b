import { expect, test } from '@jest/globals';
import { DerFault } from './fault.ts';
import { pemBlocks, toDer, toPem } from './pem.ts';
import { octetString, sequence } from './writer.ts';

const der = sequence(octetString(Buffer.from('x'.repeat(200))));
const same = (a: Uint8Array, b: Uint8Array) => expect(Buffer.compare(a, b)).toBe(0);

test('reads DER, PEM, base64 on one line and on many', () => {
  same(toDer(der), der);
  same(toDer(Buffer.from(toPem('CMS', der))), der);
  same(toDer(Buffer.from(toPem('CMS', der).replace(/\n/g, '\r\n'))), der);
  const base64 = Buffer.from(der).toString('base64');
  same(toDer(Buffer.from(base64)), der);
  same(toDer(Buffer.from(`${base64.replace(/.{76}/g, '$&\r\n')}\n`)), der);
});

test('gives every block of a file with its label', () => {
  const text = `comment\n${toPem('CERTIFICATE', der)}\n${toPem('X509 CRL', der)}`;
  expect(pemBlocks(text).map((b) => b.label)).toEqual(['CERTIFICATE', 'X509 CRL']);
});

test.each(['', 'not base64!', 'abc', '-----BEGIN CMS-----\n%%%\n-----END CMS-----'])('refuses %j', (text) => {
  expect(() => toDer(Buffer.from(text))).toThrow(DerFault);
});
