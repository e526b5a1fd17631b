import { describe, expect, test } from '@jest/globals';
import { Fields, fieldsOf, parseDer } from '../asn1/reader.ts';
import { INTEGER, SEQUENCE } from '../asn1/tags.ts';
import { readInteger } from '../asn1/values.ts';
import { bitString, integer, sequence, tlv, utf8String } from '../asn1/writer.ts';
import { issue, STAMP_PURPOSE } from '../testing/authority.ts';
import { makeToken } from '../testing/stamps.ts';
import { algorithm } from '../x509/oids.ts';
import { TimeStampAuthority, type TimeStampHttp } from './client.ts';
import { timeStampRequest } from './request.ts';

const root = issue({ name: 'Корень', isCa: true });
const stamper = issue({ name: 'Служба', by: root, extendedKeyUsage: STAMP_PURPOSE });
const octets = Buffer.from('signature');
const granted = (token: Uint8Array) => sequence(sequence(integer(0)), token);

function nonceOf(request: Uint8Array): bigint {
  const fields = fieldsOf(parseDer(request), SEQUENCE, 'TimeStampReq');
  fields.take('version', INTEGER);
  new Fields(fields.take('messageImprint', SEQUENCE), 'MessageImprint');
  return readInteger(fields.take('nonce', INTEGER), 'nonce');
}

type Answer = { status?: number; type?: string; body: Uint8Array };
const authority = (answer: (nonce: bigint) => Answer, settings: { policy?: string } = {}) => {
  const http: TimeStampHttp = {
    request: async ({ body, headers }) => {
      expect(headers['content-type']).toBe('application/timestamp-query');
      const {
        status = 200,
        type = 'application/timestamp-reply',
        body: reply,
      } = answer(settings.policy ? 0n : nonceOf(body));
      return { status, headers: { 'content-type': type }, body: reply };
    },
  };
  return new TimeStampAuthority({
    http,
    url: 'http://tsa.invalid/',
    digest: algorithm.sha256,
    trust: { roots: [root.certificate], intermediates: [], evidence: { crls: [], ocsp: [] }, revocation: 'off' },
    clock: { now: () => Date.now() },
    random: (n) => Buffer.alloc(n, 0x81),
    ...settings,
  });
};
const fault = (answer: (nonce: bigint) => Answer, settings = {}) =>
  authority(answer, settings)
    .stamp(octets)
    .then(
      () => 'none',
      (error: Error & { code: string; kind: string }) => `${error.kind} ${error.code}: ${error.message}`,
    );

describe('a time-stamping authority', () => {
  test('gives a token over what was asked', async () => {
    const time = Date.now();
    const token = await authority((nonce) => ({
      body: granted(makeToken(stamper, { octets, time, nonce })),
    })).stamp(octets);
    expect(parseDer(token).tag).toBe(SEQUENCE);
  });

  test.each<[string, (nonce: bigint) => Answer, RegExp]>([
    ['an old answer', () => ({ body: granted(makeToken(stamper, { octets, time: 0, nonce: 5n })) }), /another nonce/],
    ['no nonce', () => ({ body: granted(makeToken(stamper, { octets, time: 0 })) }), /no nonce/],
    [
      'a token over something else',
      (nonce) => ({ body: granted(makeToken(stamper, { octets: Buffer.from('x'), time: Date.now(), nonce })) }),
      /TOKEN_IMPRINT/,
    ],
    [
      'a time before its certificate began',
      (nonce) => ({ body: granted(makeToken(stamper, { octets, time: 0, nonce })) }),
      /TOKEN_TRUST/,
    ],
    ['a web page', () => ({ type: 'text/html', body: Buffer.from('<html>') }), /text\/html/],
    ['nonsense', () => ({ body: Buffer.from('nonsense') }), /TSA_ANSWER/],
    ['overload', () => ({ status: 503, body: Buffer.from('') }), /^transient TSA_BUSY/],
    [
      'a refusal',
      () => ({
        body: sequence(sequence(integer(2), sequence(utf8String('no such policy')), bitString(Buffer.from([0, 1, 0])))),
      }),
      /^rejected TSA_REFUSED: .*unacceptedPolicy: no such policy/,
    ],
    [
      'that its clock is off',
      () => ({ body: sequence(sequence(integer(2), tlv(0x03, Uint8Array.of(1, 0, 2)))) }),
      /^transient TSA_BUSY: .*timeNotAvailable/,
    ],
  ])('that answers with %s is not believed', async (_, answer, message) => {
    expect(await fault(answer)).toMatch(message);
  });

  test('that follows another policy is not believed', async () => {
    const answer = () => ({
      body: granted(makeToken(stamper, { octets, time: Date.now(), nonce: BigInt(`0x${'81'.repeat(8)}`) })),
    });
    expect(await fault(answer, { policy: '1.2.3.5' })).toMatch(/policy is 1\.2\.3\.4 and not 1\.2\.3\.5/);
  });

  test('learns the digest only', () => {
    const secret = Buffer.from('личные данные');
    const request = timeStampRequest({ octets: secret, digest: algorithm.sha256, nonce: 1n });
    expect(Buffer.from(request).includes(secret)).toBe(false);
  });
});
