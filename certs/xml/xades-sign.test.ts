import { expect, test } from '@jest/globals';
import { readXml } from './read.ts';
import { gostSigner, NOT_AFTER, NOT_BEFORE, nodeSigner, SERIAL } from './testing/signers.ts';
import { signXades, type XadesRequest } from './xades-sign.ts';
import { verifyXades } from './xades-verify.ts';

const AT = Date.parse('2026-11-24T07:00:00.900Z');
const UUID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
const signer = gostSigner();
const request: XadesRequest = { element: { id: 'x' }, signer, at: AT, uuid: UUID };
const sign = async (document: Uint8Array | string, change: Partial<XadesRequest> = {}): Promise<string> =>
  Buffer.from(await signXades(document, { ...request, ...change })).toString();
const soap = (body: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\r\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:b="urn:b" xml:lang="ru"><s:Header/><s:Body>${body}</s:Body></s:Envelope>\n`;
const verified = async (document: string, place: 'root' | 'soap-body' = 'soap-body') => {
  const expected = { names: [{ namespace: 'urn:b', local: 'r' }], place };
  const report = await verifyXades(document, { expected, trust: 'not-asked' });
  return report.valid ? report : report.faults;
};

test('inserts the signature as the first child and changes nothing else', async () => {
  const document = soap("<b:r  b:v='1'\r\n Id = 'x' >\r\n<!-- > --><c><![CDATA[<]]></c>&#13;</b:r >");
  const signed = await sign(document);
  const [, before, after] = /^(.*?)<ds:Signature .*<\/ds:Signature>(.*)$/s.exec(signed) as RegExpExecArray;
  expect(`${before}${after}`).toBe(document);
  expect(before?.endsWith("Id = 'x' >")).toBe(true);
  expect(await verified(signed)).toMatchObject({ valid: true });
});

test('opens an empty-element tag for the signature', async () => {
  const signed = await sign(soap('<b:r Id="x" />'));
  expect(signed).toMatch(/<s:Body><b:r Id="x" ><ds:Signature .*<\/ds:Signature><\/b:r><\/s:Body>/);
  expect(await verified(signed)).toMatchObject({ valid: true });
});

test('drops a byte order mark, which ГИС ЖКХ does not take', async () => {
  const signed = await sign(Buffer.from('\ufeff<b:r xmlns:b="urn:b" Id="x"/>'));
  expect(signed.startsWith('<b:r xmlns:b="urn:b" Id="x">')).toBe(true);
  expect(await verified(signed, 'root')).toMatchObject({ valid: true });
});

test('letters of several octets before the element and a byte order mark do not shift the place of the signature', async () => {
  const document = '<Письмо xmlns:b="urn:b" тема="𝄞 и другое"><b:r Id="x">да</b:r></Письмо>';
  for (const form of [document, `\ufeff${document}`, Buffer.from(document), Buffer.from(`\ufeff${document}`)]) {
    const signed = await sign(form);
    expect(signed.replace(/<ds:Signature .*<\/ds:Signature>/, '')).toBe(document);
    expect(signed).toContain('<b:r Id="x"><ds:Signature ');
  }
});

test('everything but SignatureValue follows from the document, the certificate, the time and the UUID', async () => {
  const document = soap('<b:r Id="x"/>');
  const [one, other] = await Promise.all([sign(document), sign(document)]);
  const bare = (text: string): string => text.replace(/sigvalue">[^<]*/, 'sigvalue">');
  expect(bare(one)).toBe(bare(other));
  expect(one).not.toBe(other);
});

test('writes the parts of the exclusive family', async () => {
  const signed = await sign(soap('<b:r Id="x"/>'));
  const found = (pattern: RegExp): (string | undefined)[] => [...signed.matchAll(pattern)].map(([, value]) => value);
  const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
  expect(found(/<ds:CanonicalizationMethod Algorithm="([^"]*)"/g)).toEqual([exclusive]);
  expect(found(/<ds:Transform Algorithm="([^"]*)"/g)).toEqual([
    'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
    exclusive,
    exclusive,
  ]);
  expect(found(/ Id="([^"]*)"/g)).toEqual([
    'x',
    `xmldsig-${UUID}`,
    `xmldsig-${UUID}-ref0`,
    `xmldsig-${UUID}-sigvalue`,
    `xmldsig-${UUID}-signedprops`,
  ]);
  expect(found(/ (?:URI|Target)="([^"]*)"/g)).toEqual(['#x', `#xmldsig-${UUID}-signedprops`, `#xmldsig-${UUID}`]);
  expect(found(/<xades:SigningTime>([^<]*)</g)).toEqual(['2026-11-24T10:00:00+03:00']);
  expect(found(/<ds:X509SerialNumber>([^<]*)</g)).toEqual([SERIAL.toString(10)]);
  expect(found(/<ds:X509IssuerName>([^<]*)</g)).toEqual([
    String.raw`CN=Issuer \+ Sons,1.2.840.113549.1.9.1=ca@example.invalid,1.2.643.100.1=1000000000001,O=ООО \"Пример\"\, для \&lt;проверки\&gt; &amp; опытов,C=RU`,
  ]);
});

test('writes the inclusive family, the order of the certificate, small letters and another zone when they are set', async () => {
  const signed = await sign(soap('<b:r Id="x"/>'), {
    settings: { family: 'inclusive', issuerOrder: 'certificate', issuerKeywords: 'lower', offsetMinutes: -150 },
  });
  expect(signed).toContain('<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>');
  expect(signed.match(/<ds:Transform /g)).toHaveLength(2);
  expect(signed).toContain('<ds:X509IssuerName>c=RU,o=ООО');
  expect(signed).toContain('<xades:SigningTime>2026-11-24T04:30:00-02:30</xades:SigningTime>');
  expect(await verified(signed)).toMatchObject({ valid: true });
});

test('a declaration that a proxy adds to the envelope breaks the inclusive family only', async () => {
  const added = (signed: string): string => signed.replace('<s:Envelope ', '<s:Envelope xmlns:proxy="urn:proxy" ');
  expect(await verified(added(await sign(soap('<b:r Id="x"/>'))))).toMatchObject({ valid: true });
  const inclusive = await sign(soap('<b:r Id="x"/>'), { settings: { family: 'inclusive' } });
  expect(await verified(added(inclusive))).toMatchObject([{ code: 'properties-digest' }, { code: 'signature-value' }]);
});

test('signs by a path where the Id is not known', async () => {
  const namespace = 'http://schemas.xmlsoap.org/soap/envelope/';
  const path = [
    { namespace, local: 'Envelope' },
    { namespace, local: 'Body' },
    { namespace: 'urn:b', local: 'r' },
  ];
  expect(await verified(await sign(soap('<b:r Id="other"/>'), { element: { path } }))).toMatchObject({ valid: true });
  await expect(sign(soap('<b:r Id="y"/><b:r Id="z"/>'), { element: { path } })).rejects.toThrow(
    'More than one element',
  );
  await expect(sign(soap('<b:q Id="y"/>'), { element: { path } })).rejects.toThrow('is not in the document');
});

test.each([
  ['no such element', '<b:r Id="y"/>', 'The element to be signed is not in the document; check the Id or the path.'],
  ['two such elements', '<b:r Id="x"/><b:r Id="x"/>', 'More than one element is meant to be signed'],
  [
    'an Id that another kind of attribute repeats',
    '<b:r Id="x"><c b:ID="x"/></b:r>',
    'Another element has the same Id',
  ],
  ['xml:id counts too', '<b:r Id="x"><c xml:id="x"/></b:r>', 'Another element has the same Id'],
  ['a signature', '<b:r Id="x"><d:Signature xmlns:d="http://www.w3.org/2000/09/xmldsig#"/></b:r>', 'is signed already'],
  ['an Id of the signature to come', `<b:r Id="x"><c Id="xmldsig-${UUID}-ref0"/></b:r>`, 'take a new UUID'],
])('refuses %s', async (_, body, message) => {
  await expect(sign(soap(body))).rejects.toMatchObject({
    code: 'XADES_NOT_SIGNABLE',
    message: expect.stringContaining(message),
  });
});

test('refuses an Id that is no name and an element without one', async () => {
  const path = [{ namespace: '', local: 'a' }];
  await expect(sign('<a Id="1"/>', { element: { path } })).rejects.toThrow('begin it with a letter');
  await expect(sign('<a id="x"/>', { element: { path } })).rejects.toThrow('has no attribute Id');
  await expect(sign('<a Id="x"/>', { uuid: 'no uuid"' })).rejects.toThrow(RangeError);
  await expect(sign('<a Id="x"/>', { settings: { offsetMinutes: 5.5 } })).rejects.toThrow(RangeError);
  await expect(sign('<!DOCTYPE a><a Id="x"/>')).rejects.toMatchObject({ code: 'XML_REFUSED' });
});

test('refuses to sign outside of the validity of the certificate', async () => {
  for (const [at, code] of [
    [NOT_BEFORE - 1, 'CERTIFICATE_NOT_YET'],
    [NOT_AFTER + 1000, 'CERTIFICATE_EXPIRED'],
  ] as const)
    await expect(sign('<a Id="x"/>', { at })).rejects.toMatchObject({
      kind: 'needs-operator',
      code,
    });
});

test.each(['rsa', 'ec'] as const)('signs with a key of %s', async (kind) => {
  const signed = await sign('<b:r xmlns:b="urn:b" Id="x">1</b:r>', { signer: nodeSigner(kind) });
  expect(await verified(signed, 'root')).toMatchObject({ valid: true });
  expect(await verified(signed.replace('>1<', '>2<'), 'root')).toMatchObject([{ code: 'digest' }]);
  const { root } = readXml(signed);
  expect(root.children[0]).toMatchObject({ local: 'Signature' });
});
