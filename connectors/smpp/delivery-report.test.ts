import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { SmppConfig } from './config.ts';
import { canonicalId, eventOf } from './delivery-report.ts';
import { reportStates, stateNames } from './errors.ts';
import { type Delivered, MalformedPdu, PduStream, readDeliver, tag } from './pdu.ts';

const config = (more: object = {}) =>
  SmppConfig.parse({ url: 'smpp://127.0.0.1', auth: { systemId: 'a', password: 'b' }, sender: 'X', ...more });
const report = (text: string, optional: [number, Buffer][] = [], esmClass = 4): Delivered => ({
  source: '79160000001',
  destination: 'X',
  esmClass,
  dataCoding: 0,
  message: Buffer.from(text, 'latin1'),
  optional: new Map(optional),
});

test.each([
  ['0A1F', 'hex', '2591'],
  ['2591', 'decimal', '2591'],
  ['0000002591', 'text', '2591'],
  ['AbC-1', 'text', 'abc-1'],
  ['not-hex', 'hex', 'not-hex'],
  ['0', 'text', '0'],
  ['18446744073709551615', 'decimal', '18446744073709551615'],
] as const)('the id %s as %s is %s', (id, form, canonical) => expect(canonicalId(id, form)).toBe(canonical));

test('what stands in the text of the message is not taken for a field', () => {
  const event = eventOf(
    config(),
    report('id:77 sub:001 stat:UNDELIV err:011 done date:2601151003 text:id:5 stat:DELIVRD'),
  );
  expect(event).toMatchObject({
    ref: '77',
    final: true,
    patch: { status: 'undelivered', statusReason: 'cannot be delivered (error 011)' },
  });
});

test('fields win over the text, and a number is believed only where the contract says so', () => {
  const optional: [number, Buffer][] = [
    [tag.receiptedMessageId, Buffer.from('88\0')],
    [tag.messageState, Buffer.from([2])],
    [tag.userMessageReference, Buffer.from([1, 2])],
  ];
  const plain = eventOf(config(), report('id:77 stat:UNDELIV', optional));
  expect(plain).toMatchObject({ ref: '88', patch: { status: 'delivered' } });
  expect(plain.ownId).toBeUndefined();
  expect(eventOf(config({ referenceEcho: true }), report('id:77', optional))).toMatchObject({
    ownId: 0x102,
    recipient: '+79160000001',
  });
});

test('a state that no table knows ends nothing', () => {
  expect(eventOf(config(), report('id:77 stat:STRANGE'))).toMatchObject({ final: false, patch: { status: 'sent' } });
});

test('a text that somebody writes is kept as such', () => {
  const incoming = { ...report('', [], 0), dataCoding: 8, message: Buffer.from('04140430', 'hex') };
  expect(eventOf(config(), incoming)).toMatchObject({ kind: 'messages.incoming', patch: { text: 'Да' } });
});

describe('the README', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  test.each(Object.entries(reportStates))('tells of %s', (stat, { status, final }) => {
    const number = Object.entries(stateNames).find(([, name]) => name === stat)?.[0];
    expect(readme).toMatch(new RegExp(`\\| ${stat} +\\| ${number} +\\| ${status} +\\| ${final ? 'yes' : 'no'} +\\|`));
  });
});

test('PDUs come whole out of any pieces, and nonsense is refused', () => {
  const pdu = Buffer.from('00000010000000150000000000000007', 'hex');
  const stream = new PduStream();
  const all = Buffer.concat([pdu, pdu, pdu]);
  const got = [...all].flatMap((octet) => stream.take(Buffer.from([octet])));
  expect(got.map((p) => p.sequence)).toEqual([7, 7, 7]);
  expect(() => new PduStream().take(Buffer.from('474554202f20485454502f312e310d0a', 'hex'))).toThrow(MalformedPdu);
  expect(() => readDeliver(Buffer.from('000101', 'hex'))).toThrow(MalformedPdu);
});
