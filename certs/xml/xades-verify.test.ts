import { expect, test } from '@jest/globals';
import { streebog } from '../gost/streebog.ts';
import { canonicalize } from './canonicalize.ts';
import { allElements, textOf } from './find.ts';
import type { XmlElement } from './nodes.ts';
import { readXml } from './read.ts';
import { gostSigner } from './testing/signers.ts';
import { DS, EXCLUSIVE_C14N } from './uris.ts';
import { signXades } from './xades-sign.ts';
import { type ExpectedElement, type TrustCheck, verifyXades } from './xades-verify.ts';

const AT = Date.parse('2026-11-24T10:00:00+03:00');
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const expected: ExpectedElement = { names: [{ namespace: 'urn:b', local: 'pay' }], id: 'x', place: 'soap-body' };
const CONTENT = '<b:amount>10<!-- 0 -->00</b:amount><b:code>b:pay</b:code>';
const unsigned = `<s:Envelope xmlns:s="${SOAP}" xmlns:b="urn:b"><s:Header></s:Header><s:Body><b:pay Id="x">${CONTENT}</b:pay></s:Body></s:Envelope>`;
const signed = Buffer.from(
  await signXades(unsigned, { element: { id: 'x' }, signer: gostSigner(), at: AT, uuid: '1' }),
).toString();
const [element] = /<b:pay .*<\/b:pay>/.exec(signed) as unknown as [string];
const [signature] = /<ds:Signature .*<\/ds:Signature>/.exec(signed) as unknown as [string];
/** What an attacker wants the receiver to read. */
const FORGED = '<b:pay Id="x"><b:amount>9999</b:amount></b:pay>';

const verify = (
  document: Uint8Array | string,
  change: Partial<ExpectedElement> = {},
  trust: TrustCheck | 'not-asked' = 'not-asked',
) => verifyXades(document, { expected: { ...expected, ...change }, trust });
async function codes(document: Uint8Array | string, change: Partial<ExpectedElement> = {}): Promise<string[]> {
  const report = await verify(document, change);
  return report.valid ? ['valid'] : report.faults.map(({ code }) => code);
}
/** Replaces something that must be there. */
function changed(from: string, to: string, text = signed): string {
  if (!text.includes(from)) throw new Error(`The document does not hold ${from}`);
  return text.replace(from, to);
}

test('reports who signed, when, and what', async () => {
  const report = await verify(signed);
  if (!report.valid) throw new Error(JSON.stringify(report.faults));
  expect(report.signer).toMatchObject({ signedAt: AT, signatureId: 'xmldsig-1', others: [] });
  expect(report.signer.algorithm).toMatch(/gostr34102012-gostr34112012-256$/);
  expect(report.signer.certificate.subject.first('2.5.4.3')).toBe('Signer');
});

test('what was signed comes back as it was digested: without comments, the signature or anything around it', async () => {
  const report = await verify(signed);
  if (!report.valid) throw new Error(JSON.stringify(report.faults));
  const { signed: document, octets } = report;
  expect(Buffer.from(octets).toString()).toBe(
    '<b:pay xmlns:b="urn:b" Id="x"><b:amount>1000</b:amount><b:code>b:pay</b:code></b:pay>',
  );
  expect(document.source).toBe(Buffer.from(octets).toString());
  const [amount] = document.root.children;
  expect(amount?.kind === 'element' && amount.children.length === 1 && textOf(amount)).toBe('1000');
});

test('signature wrapping: a second element with the signed Id is refused, wherever it stands', async () => {
  expect(await codes(changed('<s:Header>', `<s:Header>${FORGED}`))).toEqual(['duplicate-id']);
  expect(await codes(changed('</s:Body>', `${FORGED}</s:Body>`))).toEqual(['duplicate-id']);
  expect(await codes(changed('<b:code>', '<b:code b:ID="x">'))).toEqual(['duplicate-id']);
  expect(await codes(changed('<s:Header>', '<s:Header xml:id="x">'))).toEqual(['duplicate-id']);
  expect(await codes(changed('<s:Header>', '<s:Header Id="xmldsig-1">'))).toEqual(['duplicate-id']);
});

test('signature wrapping: the signed element moved aside, another in its place', async () => {
  const forged = FORGED.replace('"x"', '"y"');
  // The signature itself still holds: only the place gives it away.
  expect(
    await codes(changed('<s:Header></s:Header>', `<s:Header>${element}</s:Header>`, changed(element, forged))),
  ).toEqual(['wrong-place']);
  expect(await codes(changed(element, `${forged}${element}`))).toEqual(['wrong-place']);
  expect(await codes(changed(element, `<b:pay>${element}</b:pay>`))).toEqual(['wrong-place']);
  expect(await codes(changed('<s:Body>', `<s:Body>${forged}</s:Body><s:Body>`))).toEqual(['wrong-place']);
  expect(await codes(`<s:Envelope xmlns:s="${SOAP}">${signed}</s:Envelope>`)).toEqual(['wrong-place']);
  expect(await codes(`<b:pay xmlns:b="urn:b">${element}</b:pay>`)).toEqual(['wrong-place']);
  expect(
    await codes(changed('Envelope xmlns:s="', 'Envelope xmlns:s="urn:').replace('</s:Envelope', '</s:Envelope')),
  ).toEqual(['wrong-place']);
});

test('an element that is not expected is refused, however well it is signed', async () => {
  expect(await codes(signed, { names: [{ namespace: 'urn:c', local: 'pay' }] })).toEqual(['wrong-element']);
  expect(await codes(signed, { names: [{ namespace: 'urn:b', local: 'refund' }] })).toEqual(['wrong-element']);
  expect(await codes(signed, { names: [] })).toEqual(['wrong-element']);
  expect(await codes(signed, { id: 'z' })).toEqual(['wrong-element']);
  expect(await codes(signed, { place: 'root' })).toEqual(['wrong-place']);
  expect(await codes(signed, { place: 'anywhere' })).toEqual(['valid']);
});

test('a signature that stands elsewhere than in the element it signs is refused', async () => {
  const bare = changed(signature, '');
  expect(await codes(changed('</s:Header>', `${signature}</s:Header>`, bare))).toEqual(['not-enveloped']);
  expect(await codes(changed('<b:code>', `<b:code>${signature}`, bare))).toEqual(['not-enveloped']);
});

test('exactly one signature is read', async () => {
  expect(await codes(unsigned)).toEqual(['no-signature']);
  expect(await codes(changed(signature, signature + signature))).toEqual(['several-signatures']);
  expect(await codes(changed('<s:Header>', `<s:Header><ds:Signature xmlns:ds="${DS}"/>`))).toEqual([
    'several-signatures',
  ]);
});

test.each([
  ['external-reference', 'URI="#x"', 'URI="http://example.invalid/x.xml"'],
  ['external-reference', 'URI="#x"', 'URI="file:///etc/passwd"'],
  ['external-reference', 'URI="#x"', 'URI="#xpointer(id(\'x\'))"'],
  ['external-reference', ' URI="#x"', ''],
  ['missing-element', 'URI="#x"', 'URI="#z"'],
  ['not-enveloped', 'URI="#x"', 'URI=""'],
  ['transform', `Algorithm="${DS}enveloped-signature"`, 'Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"'],
  ['transform', `Algorithm="${DS}enveloped-signature"`, 'Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"'],
  ['transform', `Algorithm="${DS}enveloped-signature"`, 'Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"'],
  ['transform', `Algorithm="${DS}enveloped-signature"`, `Algorithm="${DS}base64"`],
  ['transform', `Algorithm="${DS}enveloped-signature"/>`, `Algorithm="${EXCLUSIVE_C14N}"/>`],
  ['transform', '<ds:Transform ', `<ds:Transform Algorithm="${EXCLUSIVE_C14N}"/><ds:Transform `],
  ['transform', `enveloped-signature"/>`, `enveloped-signature"><ds:XPath>1</ds:XPath></ds:Transform>`],
  [
    'canonicalization',
    `CanonicalizationMethod Algorithm="${EXCLUSIVE_C14N}"`,
    'CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"',
  ],
  ['algorithm', 'gostr34102012-gostr34112012-256"', 'gostr34102001-gostr3411"'],
  ['algorithm', 'gostr34102012-gostr34112012-256"', 'gostr34102012-gostr34112012-512"'],
  ['algorithm', 'urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256', `${DS}rsa-sha1`],
  ['algorithm', 'urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256', `${DS}hmac-sha1`],
  [
    'algorithm',
    'urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34102012-gostr34112012-256',
    'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  ],
  [
    'algorithm',
    'urn:ietf:params:xml:ns:cpxmlsec:algorithms:gostr34112012-256"/><ds:DigestValue>',
    `${DS}sha1"/><ds:DigestValue>`,
  ],
  ['references', 'Type="http://uri.etsi.org/01903#SignedProperties"', ''],
  ['references', '<ds:Reference Id=', '<ds:Reference Type="http://uri.etsi.org/01903#SignedProperties" Id='],
  ['structure', 'URI="#xmldsig-1-signedprops"', 'URI="#x"'],
  ['missing-element', 'Id="xmldsig-1-signedprops"', ''],
  ['structure', '</ds:Object>', '</ds:Object><ds:Object/>'],
  ['structure', '<ds:KeyInfo>', '<ds:KeyInfo></ds:KeyInfo><ds:KeyInfo>'],
  ['structure', '</xades:SignedProperties>', '</xades:SignedProperties><xades:SignedProperties/>'],
  [
    'structure',
    '<xades:SigningTime>',
    '<xades:SigningTime>2026-01-01T00:00:00Z</xades:SigningTime><xades:SigningTime>',
  ],
  [
    'structure',
    '<xades:SigningCertificate>',
    '<xades:SigningCertificate></xades:SigningCertificate><xades:SigningCertificate>',
  ],
  ['structure', '<ds:DigestValue>', '<ds:DigestValue>!'],
  ['structure', '<ds:DigestValue>', '<ds:DigestValue><x/>'],
  ['structure', 'sigvalue">', 'sigvalue">=='],
  ['structure', '<ds:SignatureMethod ', '<ds:Other '],
  ['certificate', /<ds:X509Certificate>.*<\/ds:X509Certificate>/.exec(signed)?.[0] as string, ''],
  ['certificate', '<ds:X509Certificate>', '<ds:X509Certificate>MAAw</ds:X509Certificate><ds:X509Certificate>'],
  ['certificate', '<ds:X509Certificate>', '<ds:X509Certificate>MAA=</ds:X509Certificate><ds:X509Certificate>'],
])('refuses as %s: %s → %s', async (code, from, to) => {
  expect(await codes(changed(from, to))).toEqual([code]);
});

test.each([
  [['digest'], '<b:amount>10', '<b:amount>90'],
  [['digest'], 'Id="x">', 'Id="x" more="1">'],
  [['digest'], '</b:code>', '</b:code>\n'],
  [['properties-digest', 'certificate-period'], '>2026-11-24T10', '>2028-11-24T10'],
  [['properties-digest', 'signing-time'], '10:00:00+03:00', '10:00:00'],
  [['properties-digest', 'serial-number'], '<ds:X509SerialNumber>', '<ds:X509SerialNumber>1'],
  [['properties-digest', 'issuer-name'], '<ds:X509IssuerName>CN=', '<ds:X509IssuerName>CN=The '],
  [['properties-target'], 'Target="#xmldsig-1"', 'Target="#xmldsig-2"'],
  [['signature-value'], ' Id="xmldsig-1-ref0"', ' Id="xmldsig-1-ref1"'],
  [['signature-value'], '<ds:SignedInfo>', '<ds:SignedInfo Id="i">'],
])('tells what was changed: %p', async (wanted, from, to) => {
  expect(await codes(changed(from, to))).toEqual(wanted);
});

test('changes that canonical form takes away are no changes', async () => {
  expect(await codes(changed('<b:pay Id="x">', "<b:pay\n  Id = 'x' >"))).toEqual(['valid']);
  expect(await codes(changed('<!-- 0 -->', ''))).toEqual(['valid']);
  expect(await codes(changed('<s:Header>', '<s:Header><b:anything/>'))).toEqual(['valid']);
});

test('a comment that a canonicalization "with comments" would keep is not signed: references drop comments', async () => {
  expect(await codes(signed.replaceAll(`${EXCLUSIVE_C14N}"`, `${EXCLUSIVE_C14N}WithComments"`))).toEqual([
    'signature-value',
  ]);
});

/** Signs again what a test has changed in SignedInfo: what other programs write and this one does not. */
async function signedAgain(text: string): Promise<string> {
  const [info] = allElements(readXml(text).root).filter(({ local }) => local === 'SignedInfo') as [XmlElement];
  const raw = await gostSigner().signRaw(Buffer.from(canonicalize(info, { mode: 'exclusive' })));
  return text.replace(/(sigvalue">)[^<]*/, `$1${Buffer.from(raw).toString('base64')}`);
}

test('an empty URI signs the whole document, instructions around the root too', async () => {
  const bare = '<b:pay xmlns:b="urn:b" Id="x">1</b:pay>';
  const one = await signXades(bare, { element: { id: 'x' }, signer: gostSigner(), at: AT, uuid: '1' });
  const empty = await signedAgain(changed('URI="#x"', 'URI=""', Buffer.from(one).toString()));
  expect(await codes(empty, { place: 'root' })).toEqual(['valid']);
  expect(await codes(`<!-- 1 -->${empty}`, { place: 'root' })).toEqual(['valid']);
  expect(await codes(`<?go?>${empty}`, { place: 'root' })).toEqual(['digest']);
});

test('prefixes of InclusiveNamespaces count in the digest', async () => {
  const list = `<ec:InclusiveNamespaces xmlns:ec="${EXCLUSIVE_C14N}" PrefixList="s #default"/>`;
  const transform = `<ds:Transform Algorithm="${EXCLUSIVE_C14N}"`;
  const digest = (text: string): string => Buffer.from(streebog(256, Buffer.from(text))).toString('base64');
  const mine = digest('<b:pay xmlns:b="urn:b" Id="x"><b:amount>1000</b:amount><b:code>b:pay</b:code></b:pay>');
  const theirs = digest(
    `<b:pay xmlns:b="urn:b" xmlns:s="${SOAP}" Id="x"><b:amount>1000</b:amount><b:code>b:pay</b:code></b:pay>`,
  );
  const listed = changed(`${transform}/>`, `${transform}>${list}</ds:Transform>`);
  expect(await codes(await signedAgain(listed))).toEqual(['digest']);
  const right = await signedAgain(changed(mine, theirs, listed));
  expect(await codes(right)).toEqual(['valid']);
  expect(await codes(await signedAgain(changed('PrefixList="s #default"', 'PrefixList="b"', right)))).toEqual([
    'digest',
  ]);
});

test("another signer's certificate is refused, put in alone or before the right one", async () => {
  const other = (await gostSigner(77n).certificate()).der;
  const mine = (await gostSigner().certificate()).der;
  const base64 = (der: Uint8Array): string => Buffer.from(der).toString('base64');
  expect(await codes(changed(base64(mine), base64(other)))).toEqual(['certificate-digest', 'signature-value']);
  const both = await verify(
    changed('<ds:X509Certificate>', `<ds:X509Certificate>${base64(other)}</ds:X509Certificate><ds:X509Certificate>`),
  );
  expect(both).toMatchObject({ valid: true, signer: { others: [{ der: Buffer.from(other) }] } });
});

test('names a wrong order of the octets of a signature', async () => {
  const [, value] = /sigvalue">([^<]*)/.exec(signed) as unknown as [string, string];
  const octets = Buffer.from(value, 'base64');
  const swapped = Buffer.concat([octets.subarray(32), octets.subarray(0, 32)]);
  const reversed = Buffer.from(octets).reverse();
  expect(await codes(changed(value, swapped.toString('base64')))).toEqual(['signature-halves-swapped']);
  expect(await codes(changed(value, reversed.toString('base64')))).toEqual(['signature-reversed']);
});

test('the check of trust is asked about a signature that holds, and has the last word', async () => {
  const asked: number[] = [];
  const trust = async (...[, others, at]: Parameters<TrustCheck>) => {
    asked.push(at);
    return others.length === 0 ? ['The root is not known.'] : [];
  };
  expect(await verify(signed, {}, trust)).toMatchObject({
    valid: false,
    faults: [{ code: 'untrusted', message: 'The root is not known.' }],
    signer: { signedAt: AT },
  });
  expect(await verify(changed('<b:amount>10', '<b:amount>90'), {}, trust)).toMatchObject({
    faults: [{ code: 'digest' }],
  });
  expect(asked).toEqual([AT]);
  expect(await verify(signed, {}, async () => [])).toMatchObject({ valid: true });
});

test('what is no XML is reported, not thrown, and nothing of it repeated', async () => {
  expect(await verify(`${signed}Иванов`)).toMatchObject({
    valid: false,
    faults: [{ code: 'not-xml', message: expect.not.stringContaining('Иванов') }],
    signer: undefined,
  });
  expect(await codes(Buffer.from([0xff, 0xfe]))).toEqual(['not-xml']);
  expect(await codes(`<!DOCTYPE a>${signed}`)).toEqual(['not-xml']);
  const report = await verifyXades(signed, { expected, trust: 'not-asked', limits: { maxLength: 100 } });
  expect(report).toMatchObject({ valid: false, faults: [{ code: 'not-xml' }] });
});
