import { expect, test } from '@jest/globals';
import * as tag from '../asn1/tags.ts';
import { oid, sequence, setOf, tlv, utf8String } from '../asn1/writer.ts';
import { DistinguishedName, nameOid } from './name.ts';
import { identityOfName } from './subject.ts';

type Part = [type: string, text: string, stringTag?: number];
const nameOf = (...parts: Part[]) =>
  DistinguishedName.parse(
    sequence(
      ...parts.map(([type, text, kind]) =>
        setOf(sequence(oid(type), kind === undefined ? utf8String(text) : tlv(kind, Buffer.from(text)))),
      ),
    ),
  );

test('RFC 2253: last part first, no blanks, special characters escaped, rare types as dotted identifiers', () => {
  const name = nameOf(
    [nameOid.country, 'RU', tag.PRINTABLE_STRING],
    [nameOid.street, 'ул. Тестовая, дом 1'],
    [nameOid.organization, 'ООО "УК" <ТЕСТ>; A+B\\C'],
    [nameOid.ogrn, '1000000000001', tag.NUMERIC_STRING],
    [nameOid.email, 'ca@test.invalid', tag.IA5_STRING],
    [nameOid.commonName, ' #Имя '],
  );
  expect(name.toText()).toBe(
    'CN=\\ #Имя\\ ,1.2.840.113549.1.9.1=ca@test.invalid,1.2.643.100.1=1000000000001,' +
      'O=ООО \\"УК\\" \\<ТЕСТ\\>\\; A\\+B\\\\C,STREET=ул. Тестовая\\, дом 1,C=RU',
  );
  expect(name.toText({ order: 'certificate', keywords: 'lower' })).toMatch(/^c=RU,street=ул\. .*,cn=\\ #Имя\\ $/);
});

test('a value that is no text stands as # and hex', () => {
  const name = DistinguishedName.parse(sequence(setOf(sequence(oid('1.2.3'), Uint8Array.of(2, 1, 5)))));
  expect(name.toText()).toBe('1.2.3=#020105');
});

test('names are the same whatever the kind of string, the case and the blanks', () => {
  const a = nameOf([nameOid.commonName, 'Test  CA'], [nameOid.country, 'RU']);
  expect(a.equals(nameOf([nameOid.commonName, 'test ca ', tag.PRINTABLE_STRING], [nameOid.country, 'ru']))).toBe(true);
  expect(a.equals(nameOf([nameOid.commonName, 'Test CB'], [nameOid.country, 'RU']))).toBe(false);
  expect(a.equals(nameOf([nameOid.country, 'RU'], [nameOid.commonName, 'Test CA']))).toBe(false);
  // Parts that were glued together must not look like one.
  expect(nameOf([nameOid.commonName, 'a'], [nameOid.commonName, 'b']).equals(nameOf([nameOid.commonName, 'a b']))).toBe(
    false,
  );
});

test('an older certificate of an organisation has its ten digits after two zeros', () => {
  const [old, own] = [[nameOid.inn, '003500000001'] as Part, [nameOid.inn, '350000000001'] as Part];
  expect(identityOfName(nameOf(old))).toEqual({ innLegal: '3500000001' });
  expect(identityOfName(nameOf(own, [nameOid.innLegal, '3500000002']))).toEqual({
    inn: '350000000001',
    innLegal: '3500000002',
  });
});
