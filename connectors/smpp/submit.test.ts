import { expect, test } from '@jest/globals';
import type { OperationView } from '../port.ts';
import { SmppConfig } from './config.ts';
import { commandId, encodePdu } from './pdu.ts';
import { submitParts } from './submit.ts';

const config = (more: object = {}) =>
  SmppConfig.parse({ url: 'smpp://127.0.0.1', auth: { systemId: 'a', password: 'b' }, sender: 'UK-PRIMER', ...more });
const op = (text: string, more: Partial<OperationView> = {}, payload: object = {}): OperationView => ({
  id: 'op',
  kind: 'messages.send',
  organisation: 'uk',
  subject: null,
  attempt: 1,
  acceptedAt: 0,
  ownId: 0x0102,
  payload: { channel: 'sms', to: '+79160000001', text, ...payload },
  ...more,
});
const now = Date.UTC(2026, 0, 15, 10, 0, 0);
const hex = (text: string, more: object = {}, view: Partial<OperationView> = {}, payload: object = {}): string[] =>
  submitParts(config(more), op(text, view, payload), now).map((p) => p.body.toString('hex'));

// Written by hand from the field tables of SMPP 3.4 issue 1.2, 4.4.1: service_type, source, destination, esm_class,
// protocol_id, priority, schedule, validity, registered, replace, coding, default message, length, text.
const source = '05 00 55 4b 2d 50 52 49 4d 45 52 00';
const destination = '01 01 37 39 31 36 30 30 30 30 30 30 31 00';
const aDay = '30 30 30 30 30 31 30 30 30 30 30 30 30 30 30 52 00';
const bytes = (...parts: string[]): string => parts.join('').replaceAll(' ', '');

test('a text in the GSM alphabet goes out septet by octet with coding 0', () => {
  expect(hex('Hi @ [5€]')).toEqual([
    bytes('00', source, destination, '00 00 00 00', aDay, '01 00 00 00 0c', '48 69 20 00 20 1b 3c 35 1b 65 1b 3e'),
  ]);
});

test('one letter outside of the alphabet makes it UCS-2, high octet first', () => {
  expect(hex('Да')).toEqual([bytes('00', source, destination, '00 00 00 00', aDay, '01 00 08 00 04', '04 14 04 30')]);
});

test('a longer text carries number, count and place in a header', () => {
  const parts = hex(`${'я'.repeat(70)}Ж`);
  expect(parts).toEqual([
    bytes('00', source, destination, '40 00 00 00', aDay, '01 00 08 00 8c', '05 00 03 02 02 01', '044f'.repeat(67)),
    bytes(
      '00',
      source,
      destination,
      '40 00 00 00',
      aDay,
      '01 00 08 00 0e',
      '05 00 03 02 02 02',
      '044f'.repeat(3),
      '0416',
    ),
  ]);
});

test('or in sar fields', () => {
  expect(hex('я'.repeat(71), { concatenation: 'sar' })[1]).toBe(
    bytes(
      '00',
      source,
      destination,
      '00 00 00 00',
      aDay,
      '01 00 08 00 08',
      '044f'.repeat(4),
      '020c 0002 0102',
      '020e 0001 02',
      '020f 0001 02',
    ),
  );
});

test('or whole as message_payload, with our number where it comes back', () => {
  expect(hex('я'.repeat(71), { concatenation: 'payload', referenceEcho: true })).toEqual([
    bytes(
      '00',
      source,
      destination,
      '00 00 00 00',
      aDay,
      '01 00 08 00 00',
      '0204 0002 0102',
      '0424 008e',
      '044f'.repeat(71),
    ),
  ]);
});

test.each([
  ['79160000000', '01 01'],
  ['4417', '00 01'],
  ['Kvartira', '05 00'],
])('the sender %s has ton and npi %s', (name, octets) => {
  expect(hex('x', {}, {}, { sender: name })[0]).toContain(bytes(octets, Buffer.from(`${name}\0`).toString('hex')));
});

test('expiresAt becomes the validity, relative or absolute, and never less than a minute', () => {
  const validity = (more: object, view: Partial<OperationView>): string =>
    /([0-9]{15}[R+])\0/.exec(Buffer.from(hex('x', more, view)[0] ?? '', 'hex').toString('latin1'))?.[1] ?? '';
  expect(validity({}, { expiresAt: now + 26 * 3_600_000 + 61_000 })).toBe('000001020101000R');
  expect(validity({ validityFormat: 'absolute' }, { expiresAt: now + 3_600_000 })).toBe('260115110000000+');
  expect(validity({}, { expiresAt: now + 5_000 })).toBe('000000000100000R');
});

test('a whole PDU begins with its length', () => {
  const pdu = encodePdu({ command: commandId.enquireLink, status: 0, sequence: 7, body: Buffer.alloc(0) });
  expect(pdu.toString('hex')).toBe('00000010000000150000000000000007');
});
