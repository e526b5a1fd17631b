import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { derOfBer } from './ber.ts';
import { DerFault } from './fault.ts';
import { parseDer } from './reader.ts';
import { integer, octetString, sequence, utf8String } from './writer.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/ /g, ''), 'hex');

test('lengths get known, pieces of an OCTET STRING become whole, at any depth', () => {
  const ber = hex('30 80 02 01 05 a0 80 24 80 04 02 01 02 24 06 04 01 03 04 01 04 00 00 00 00 00 00');
  expect(Buffer.from(derOfBer(ber)).toString('hex')).toBe('300b020105a006040401020304');
});

test('what is DER already stays as it is', () => {
  const der = sequence(integer(5), octetString(Buffer.alloc(300)), sequence(utf8String('Тест')));
  expect(Buffer.compare(derOfBer(der), der)).toBe(0);
});

test.each([
  ['an end that never comes', '30 80 02 01 05'],
  ['half of an end', '30 80 00'],
  ['a primitive without a length', '04 80 00 00'],
  ['pieces of another kind', '24 80 02 01 05 00 00'],
  ['octets that follow', '30 80 00 00 00'],
  ['nesting without end', '30 80 '.repeat(100)],
])('refuses %s', (_, octets) => {
  expect(() => derOfBer(hex(octets))).toThrow(DerFault);
});

test('whatever the octets, what comes out is DER or the fault class', () => {
  const ber = hex('30 80 02 01 05 a0 80 24 80 04 02 01 02 24 06 04 01 03 04 01 04 00 00 00 00 00 00');
  fc.assert(
    fc.property(fc.nat(ber.length - 1), fc.nat(255), fc.uint8Array({ maxLength: 60 }), (at, value, noise) => {
      const damaged = Uint8Array.from(ber);
      damaged[at] = value;
      for (const octets of [damaged, noise])
        try {
          parseDer(derOfBer(octets));
        } catch (error) {
          if (!(error instanceof DerFault)) throw error;
        }
    }),
    { numRuns: 3000 },
  );
});
