import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DerFault, isDerFault } from './fault.ts';
import { type Element, Fields, parseDer } from './reader.ts';
import * as tag from './tags.ts';
import { readTime } from './time.ts';
import { readBits, readBoolean, readInteger, readOid, readText } from './values.ts';
import * as der from './writer.ts';

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/ /g, ''), 'hex');
const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (isDerFault(error)) return error.code;
    throw error;
  }
  return 'none';
};

describe('the DER reader', () => {
  test.each([
    ['30 80 00 00', 'DER_INDEFINITE'],
    ['30 05 02 01', 'DER_TRUNCATED'],
    ['30', 'DER_TRUNCATED'],
    ['', 'DER_TRUNCATED'],
    ['30 00 00', 'DER_TRAILING'],
    ['30 81 01 00', 'DER_NOT_CANONICAL'],
    ['30 82 00 80', 'DER_NOT_CANONICAL'],
    ['30 85 01 00 00 00 00', 'DER_LIMIT'],
    ['30 84 ff ff ff ff', 'DER_TRUNCATED'],
    ['3f 81 00', 'DER_UNEXPECTED'],
    ['30 03 02 02 01', 'DER_TRUNCATED'],
  ])('refuses %s as %s', (octets, code) => {
    expect(codeOf(() => parseDer(hex(octets)))).toBe(code);
  });

  test('refuses what is too deep, too long or has too many parts, before it makes anything of it', () => {
    let deep = der.sequence();
    for (let i = 0; i < 50; i++) deep = der.sequence(deep);
    expect(codeOf(() => parseDer(deep))).toBe('DER_LIMIT');
    const many = der.sequence(...Array.from({ length: 1000 }, () => der.nullValue()));
    expect(codeOf(() => parseDer(many, { maxBytes: 1e6, maxDepth: 4, maxElements: 1000 }))).toBe('DER_LIMIT');
    expect(codeOf(() => parseDer(many, { maxBytes: 1000, maxDepth: 4, maxElements: 1e6 }))).toBe('DER_LIMIT');
  });

  test('a million levels of nesting cost no stack', () => {
    const octets = new Uint8Array(2_000_000);
    for (let i = 0; i < octets.length; i += 2) octets.set([0x30, 0x80], i);
    expect(codeOf(() => parseDer(octets))).toBe('DER_INDEFINITE');
  });

  test('names the structure and the field that is missing', () => {
    const fields = new Fields(parseDer(der.sequence(der.integer(1))), 'TBSCertificate');
    fields.take('version', tag.INTEGER);
    expect(() => fields.take('issuer', tag.SEQUENCE)).toThrow(
      'TBSCertificate: nothing stands where issuer (SEQUENCE) must.',
    );
  });
});

describe('values', () => {
  test.each([
    ['0201 00', 0n],
    ['0201 7f', 127n],
    ['0202 0080', 128n],
    ['0201 80', -128n],
    ['0202 ff7f', -129n],
  ])('reads and writes the number %s', (octets, value) => {
    expect(readInteger(parseDer(hex(octets)), 'n')).toBe(value);
    expect(Buffer.from(der.integer(value))).toEqual(Buffer.from(hex(octets)));
  });

  test.each(['0202 007f', '0202 ff80', '0200'])('refuses the number %s', (octets) => {
    expect(['DER_NOT_CANONICAL', 'DER_VALUE']).toContain(codeOf(() => readInteger(parseDer(hex(octets)), 'n')));
  });

  test.each([
    ['1.2.643.7.1.1.3.2', '06082a85030701010302'],
    ['2.5.29.15', '0603551d0f'],
    ['2.999.1', '0603883701'],
    ['1.2.840.113549.1.9.16.2.47', '060b2a864886f70d010910022f'],
  ])('reads and writes %s', (dotted, octets) => {
    expect(Buffer.from(der.oid(dotted)).toString('hex')).toBe(octets);
    expect(readOid(parseDer(hex(octets)))).toBe(dotted);
  });

  test.each(['0600', '0602 2a80', '0603 2a8001'])('refuses the object identifier %s', (octets) => {
    expect(codeOf(() => readOid(parseDer(hex(octets))))).toMatch(/^DER_/);
  });

  test('a flag is 00 or FF', () => {
    expect(readBoolean(parseDer(hex('0101ff')), 'b')).toBe(true);
    expect(codeOf(() => readBoolean(parseDer(hex('010101')), 'b'))).toBe('DER_NOT_CANONICAL');
  });

  test('bits are counted from the left', () => {
    const bits = readBits(parseDer(hex('030206c0')), 'keyUsage');
    expect([0, 1, 2, 99].map(bits.has)).toEqual([true, true, false, false]);
    expect(codeOf(() => readBits(parseDer(hex('030206ff')), 'keyUsage'))).toBe('DER_NOT_CANONICAL');
  });

  test('texts of old certificates are read, broken ones refused', () => {
    expect(readText(parseDer(der.tlv(tag.BMP_STRING, hex('0418 0432 0430 043d'))), 't')).toBe('Иван');
    expect(codeOf(() => readText(parseDer(hex('0c01ff')), 't'))).toBe('DER_VALUE');
    expect(codeOf(() => readText(parseDer(hex('1e0104')), 't'))).toBe('DER_VALUE');
    expect(codeOf(() => readText(parseDer(hex('1c0400110000')), 't'))).toBe('DER_VALUE');
  });

  test('times: both forms, the turn of the century, and no dates that no calendar knows', () => {
    const of = (t: number, text: string) => readTime(parseDer(der.tlv(t, Buffer.from(text))), 't');
    expect(of(tag.UTC_TIME, '491231235959Z')).toBe(Date.UTC(2049, 11, 31, 23, 59, 59));
    expect(of(tag.UTC_TIME, '500101000000Z')).toBe(Date.UTC(1950, 0, 1));
    expect(of(tag.GENERALIZED_TIME, '20240229120000.25Z')).toBe(Date.UTC(2024, 1, 29, 12, 0, 0, 250));
    for (const bad of ['20230229120000Z', '20240101240000Z', '20240101000060Z', '20240101000000.50Z', '20240101000000'])
      expect(codeOf(() => of(tag.GENERALIZED_TIME, bad))).toBe('DER_VALUE');
    expect(readTime(parseDer(der.time(Date.UTC(2050, 0, 1))), 't')).toBe(Date.UTC(2050, 0, 1));
  });
});

describe('the DER writer', () => {
  test('what it writes is read back, whatever the value', () => {
    fc.assert(
      fc.property(fc.bigInt(-(1n << 600n), 1n << 600n), fc.uint8Array({ maxLength: 70_000 }), (n, octets) => {
        expect(readInteger(parseDer(der.integer(n)), 'n')).toBe(n);
        expect(Buffer.compare(parseDer(der.octetString(octets)).content, octets)).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('the elements of a SET OF stand in the order of their octets', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (items) => {
        const set = [...parseDer(der.setOf(...items.map((i) => der.octetString(i)))).children()].map((e) => e.der);
        expect(set).toHaveLength(items.length);
        for (let i = 1; i < set.length; i++)
          expect(Buffer.compare(set[i - 1] as Uint8Array, set[i] as Uint8Array)).toBeLessThanOrEqual(0);
      }),
    );
  });
});

describe('whatever the octets', () => {
  const walk = (element: Element): void => {
    for (const read of [readInteger, readBoolean, readBits, readText, readTime, readOid])
      try {
        read(element, 'x');
      } catch (error) {
        if (!(error instanceof DerFault)) throw error;
      }
    if (element.isConstructed) for (const child of element.children()) walk(child);
  };
  const feed = (octets: Uint8Array): void => {
    try {
      walk(parseDer(octets));
    } catch (error) {
      if (!(error instanceof DerFault)) throw error;
    }
  };

  test('random octets end in a value or in the fault class', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), feed), { numRuns: 3000 });
  });

  test('a damaged structure ends in a value or in the fault class', () => {
    const whole = der.sequence(
      der.oid('1.2.643.7.1.1.1.1'),
      der.setOf(der.integer(-5n), der.boolean(true), der.utf8String('Тест')),
      der.context(0, der.bitString(new Uint8Array(40)), der.time(0), der.generalizedTime(1e12)),
      der.octetString(new Uint8Array(300)),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        (flips, cut) => {
          const damaged = Uint8Array.from(whole);
          for (const [at, value] of flips) damaged[at] = value;
          feed(damaged);
          feed(damaged.subarray(0, cut));
        },
      ),
      { numRuns: 5000 },
    );
  });
});
