import { expect, test } from '@jest/globals';
import { oid, sequence, setOf, utf8String } from '../asn1/writer.ts';
import { DistinguishedName } from '../x509/name.ts';
import { namesIssuer } from './issuer-name.ts';

const attribute = (type: string, value: string): Uint8Array => sequence(oid(type), utf8String(value));
const name = DistinguishedName.parse(
  sequence(
    setOf(attribute('2.5.4.6', 'RU')),
    setOf(attribute('2.5.4.10', 'ООО «Пример, и  сын» "1"; <+>')),
    setOf(attribute('1.2.643.100.4', '7700000001')),
    setOf(attribute('1.2.840.113549.1.9.1', 'ca@example.invalid')),
    setOf(attribute('2.5.4.3', 'УЦ'), attribute('2.5.4.11', 'Отдел')),
  ),
);

test('the name as this hub writes it is the name, in all four spellings', () => {
  for (const order of ['rfc2253', 'certificate'] as const)
    for (const keywords of ['upper', 'lower'] as const)
      expect(namesIssuer(name.toText({ order, keywords }), name)).toBe(true);
});

test.each([
  String.raw`CN=УЦ+OU=Отдел, E=ca@example.invalid, ИННЮЛ=7700000001, O="ООО «Пример, и сын» \"1\"; <+>", C=RU`,
  String.raw`cn=УЦ+ou=Отдел,OID.1.2.840.113549.1.9.1=ca@example.invalid,INNLE=#0C0A37373030303030303031,o=ООО «Пример\, и сын» \"1\"\; \<\+\>,c=RU`,
  String.raw`C=RU,O=ООО «Пример\, и сын» \"1\"\; \<\+\>,1.2.643.100.4=#120A37373030303030303031,emailAddress=ca@example.invalid,CN=\D0\A3\D0\A6+OU=Отдел`,
])('reads what other programs write: %s', (text) => {
  expect(namesIssuer(text, name)).toBe(true);
});

test.each([
  '',
  'C=RU',
  String.raw`CN=УЦ+OU=Отдел,1.2.840.113549.1.9.1=ca@example.invalid,INNLE=7700000002,o=ООО «Пример\, и сын» \"1\"\; \<\+\>,c=RU`,
  String.raw`CN=уц+OU=Отдел,1.2.840.113549.1.9.1=ca@example.invalid,INNLE=7700000001,o=ООО «Пример\, и сын» \"1\"\; \<\+\>,c=RU`,
  String.raw`CN=УЦ+OU=Отдел,1.2.840.113549.1.9.1=ca@example.invalid,INNLE=#0C0A3737303030303030,o=ООО «Пример\, и сын» \"1\"\; \<\+\>,c=RU`,
  String.raw`CN=УЦ+OU=Отдел,C=RU,1.2.840.113549.1.9.1=ca@example.invalid,INNLE=7700000001,o=ООО «Пример\, и сын» \"1\"\; \<\+\>`,
])('is not taken in by another name: %s', (text) => {
  expect(namesIssuer(text, name)).toBe(false);
});
