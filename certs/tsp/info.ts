import { type Element, Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import * as tag from '../asn1/tags.ts';
import { readTime } from '../asn1/time.ts';
import { readInteger, readOid, readSmallInteger } from '../asn1/values.ts';
import { readAlgorithm } from '../x509/algorithm-identifier.ts';

/** What a time-stamping authority has signed (RFC 3161 §2.4.2). */
export interface TimeStampInfo {
  readonly policy: string;
  readonly imprint: { readonly digest: string; readonly hash: Uint8Array };
  readonly serial: bigint;
  /** Epoch milliseconds. */
  readonly time: number;
  /** By how much the time may be wrong, milliseconds; undefined when the authority doesn't say. */
  readonly accuracyMs: number | undefined;
  readonly nonce: bigint | undefined;
}

/** @throws DerFault */
export function readTimeStampInfo(der: Uint8Array): TimeStampInfo {
  const fields = fieldsOf(parseDer(der), tag.SEQUENCE, 'TSTInfo');
  readSmallInteger(fields.take('version', tag.INTEGER), 'version', 1);
  const policy = readOid(fields.any('policy'), 'policy');
  const imprint = new Fields(fields.take('messageImprint', tag.SEQUENCE), 'MessageImprint');
  const digest = readAlgorithm(imprint.take('hashAlgorithm', tag.SEQUENCE)).oid;
  const hash = imprint.take('hashedMessage', tag.OCTET_STRING).content;
  imprint.end();
  const serial = readInteger(fields.take('serialNumber', tag.INTEGER), 'serialNumber');
  const time = readTime(fields.take('genTime', tag.GENERALIZED_TIME), 'genTime');
  const accuracy = fields.optional(tag.SEQUENCE);
  fields.optional(tag.BOOLEAN);
  const nonce = fields.optional(tag.INTEGER);
  fields.optional(tag.constructed(0));
  fields.optional(tag.constructed(1));
  fields.end();
  return {
    policy,
    imprint: { digest, hash },
    serial,
    time,
    accuracyMs: accuracy && readAccuracy(accuracy),
    nonce: nonce && readInteger(nonce, 'nonce'),
  };
}

function readAccuracy(element: Element): number {
  const fields = new Fields(element, 'Accuracy');
  const seconds = fields.optional(tag.INTEGER);
  const millis = fields.optional(tag.primitive(0));
  const micros = fields.optional(tag.primitive(1));
  fields.end();
  return (
    (seconds ? readSmallInteger(seconds, 'seconds') * 1000 : 0) +
    (millis ? readSmallInteger(millis, 'millis', 999) : 0) +
    (micros ? readSmallInteger(micros, 'micros', 999) / 1000 : 0)
  );
}
