import { randomBytes } from 'node:crypto';
import { toPem } from './asn1/pem.ts';
import * as der from './asn1/writer.ts';
import { readPrivateKey, signData } from './gost/private-key.ts';
import { writePublicKey } from './gost/public-key.ts';
import { nameOid } from './x509/name.ts';

/** GOST R 34.10-2012 with 256 bits, parameter set A of TC 26. */
const KEY = '1.2.643.7.1.1.1.1';
const CURVE = '1.2.643.7.1.2.1.1.1';
const SIGNATURE = '1.2.643.7.1.1.3.2';
const DAY_MS = 86_400_000;

/**
 * A key with a certificate that it signs itself, for the sandbox and for tests: worth nothing to anybody else.
 *
 * @param now epoch milliseconds; the certificate is valid from the day before for a year
 * @returns both as PEM
 */
export function demoKey(name: string, inn: string, now: number): { certificate: string; key: string } {
  const secret = randomBytes(32);
  // Below every order of the curve, and never nought.
  secret[31] = 0x10 | ((secret[31] as number) & 0x0f);
  const pkcs8 = der.sequence(
    der.integer(0),
    der.algorithmIdentifier(KEY, der.sequence(der.oid(CURVE))),
    der.octetString(der.octetString(secret)),
  );
  const key = readPrivateKey(pkcs8);
  const subject = der.sequence(
    der.setOf(der.sequence(der.oid(nameOid.commonName), der.utf8String(name))),
    // ИНН юридического лица
    der.setOf(der.sequence(der.oid('1.2.643.100.4'), der.tlv(0x12, Buffer.from(inn, 'latin1')))),
  );
  const algorithm = der.algorithmIdentifier(SIGNATURE);
  const tbs = der.sequence(
    der.context(0, der.integer(2)),
    der.integer(BigInt(`0x7f${randomBytes(8).toString('hex')}`)),
    algorithm,
    subject,
    der.sequence(der.time(now - DAY_MS), der.time(now + 365 * DAY_MS)),
    subject,
    writePublicKey(key.publicKey, CURVE),
    der.context(
      3,
      der.sequence(
        // digitalSignature and nonRepudiation
        der.sequence(der.oid('2.5.29.15'), der.boolean(true), der.octetString(der.tlv(0x03, Uint8Array.of(6, 0xc0)))),
      ),
    ),
  );
  const certificate = der.sequence(tbs, algorithm, der.bitString(signData(key, tbs)));
  return { certificate: toPem('CERTIFICATE', certificate), key: toPem('PRIVATE KEY', pkcs8) };
}
