import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Certificate } from '../../certs/x509/certificate.ts';
import { buildChain } from '../../certs/x509/chain.ts';
import { canonicalize } from '../../certs/xml/canonicalize.ts';
import { elementsById, elementsOf } from '../../certs/xml/find.ts';
import type { XmlElement } from '../../certs/xml/nodes.ts';
import { readXml } from '../../certs/xml/read.ts';
import type { XadesSettings } from '../../certs/xml/xades-request.ts';
import { signXades } from '../../certs/xml/xades-sign.ts';
import { type ExpectedElement, verifyXades, type XadesReport } from '../../certs/xml/xades-verify.ts';
import { testWithFacts } from '../facts.ts';
import { vectorSigner } from './vectors.ts';
import { hasXadesOracle, xadesByOracle } from './xades-oracle.ts';

const UUID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301';
const AT = Date.parse('2026-11-24T10:00:00+03:00');
const ID = 'signed-data-container';
const signers = [
  'dir256',
  'dir256tcb',
  'dir256cpa',
  'dir256cpb',
  'dir256cpc',
  'dir256xcha',
  'dir512a',
  'dir512b',
  'dir512c',
  'employee256',
];
const settings: readonly XadesSettings[] = [
  {},
  { family: 'inclusive', issuerOrder: 'certificate', issuerKeywords: 'lower', offsetMinutes: -210 },
];

/** What the caller of each of the published requests would expect. */
function expectedOf(document: Uint8Array | string): ExpectedElement {
  const xml = readXml(document);
  const [signed] = elementsById(xml).get(ID) as XmlElement[];
  const { namespace, local, parent } = signed as XmlElement;
  return {
    names: [{ namespace, local }],
    id: ID,
    place: !parent ? 'root' : parent.local === 'Body' ? 'soap-body' : 'anywhere',
  };
}

const verify = (document: Uint8Array | string, expected: ExpectedElement): Promise<XadesReport> =>
  verifyXades(document, { expected, trust: 'not-asked' });
const codesOf = (report: XadesReport): string[] => (report.valid ? [] : report.faults.map(({ code }) => code));

testWithFacts('both canonical forms of every vector are made', 'signing/vectors/c14n', (folder) => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.xml'));
  expect(files.length).toBe(18);
  for (const file of files) {
    const [element] = elementsById(readXml(readFileSync(join(folder, file)))).get('t') as XmlElement[];
    const expected = (form: string) =>
      readFileSync(join(folder, file.replace('.xml', `.subtree.${form}.c14n`)), 'utf8');
    expect(canonicalize(element as XmlElement, { mode: 'exclusive' })).toBe(expected('exc'));
    expect(canonicalize(element as XmlElement, { mode: 'inclusive' })).toBe(expected('inc'));
  }
});

if (!hasXadesOracle)
  test.skip('signatures of ours against the oracle (needs xmllint, openssl and its gost engine)', () => {});
else
  for (const name of signers)
    testWithFacts(
      `what key ${name} signs is valid to libxml2 and OpenSSL, and to us`,
      'signing/vectors',
      async (vectors) => {
        const ca = join(vectors, name.startsWith('dir512') ? 'certs/ca512.pem' : 'certs/ca256.pem');
        const signer = vectorSigner(name);
        // The oracle takes a second each; one key of each length signs the harder document too.
        for (const request of /dir(256|512a)$/.test(name) ? ['gis-export-nsi', 'tricky'] : ['gis-export-nsi'])
          for (const choice of settings) {
            const unsigned = readFileSync(join(vectors, `xml/${request}.request.xml`));
            const signed = await signXades(unsigned, {
              element: { id: ID },
              signer,
              at: AT,
              uuid: UUID,
              settings: choice,
            });
            const told = await xadesByOracle(vectors, signed, '--ca', ca, '--attime', String(AT / 1000));
            expect([told.exit, told.said]).toEqual([0, expect.stringContaining('VALID (1 signature(s))')]);
            const report = await verify(signed, expectedOf(unsigned));
            expect(codesOf(report)).toEqual([]);
            if (report.valid)
              expect([report.signer.signedAt, report.signer.signatureId]).toEqual([AT, `xmldsig-${UUID}`]);
          }
      },
    );

testWithFacts('signatures that OpenSSL and libxml2 made are valid', 'signing/vectors/xades', async (folder) => {
  const files = readdirSync(folder);
  expect(files.length).toBe(7);
  for (const file of files) {
    const document = readFileSync(join(folder, file));
    const expected = expectedOf(document);
    const report = await verify(document, expected);
    expect([file, ...codesOf(report)]).toEqual([file]);
    // The octets that were signed are those of the unsigned request, as libxml2 canonicalizes it.
    const request = readFileSync(join(folder, `../xml/${file.split('.')[0]}.request.xml`));
    const [element] = elementsById(readXml(request)).get(ID) as XmlElement[];
    if (report.valid)
      expect(Buffer.from(report.octets).toString()).toBe(canonicalize(element as XmlElement, { mode: 'exclusive' }));
  }
});

testWithFacts('samples of signed messages of ГИС ЖКХ are valid', 'giszhkh/samples/signed', async (folder) => {
  const files = readdirSync(folder);
  expect(files.length).toBeGreaterThan(4);
  for (const file of files) {
    const document = readFileSync(join(folder, file));
    expect([file, ...codesOf(await verify(document, expectedOf(document)))]).toEqual([file]);
  }
});

/** What is wrong with each of the published signatures that must fail. */
const wrong: Readonly<Record<string, readonly string[]>> = {
  'content-changed.xml': ['digest'],
  'duplicate-id.xml': ['duplicate-id'],
  'expired-certificate.xml': ['certificate-period'],
  'other-certificate.xml': ['certificate-digest', 'signature-value'],
  'reformatted-properties.xml': ['properties-digest'],
  'serial-in-hex.xml': ['serial-number'],
  'signature-csp-order.xml': ['signature-reversed'],
  'signature-r-s-swapped.xml': ['signature-halves-swapped'],
  'signature-value-changed.xml': ['signature-value'],
  'signing-time-changed.xml': ['properties-digest'],
  'whitespace-changed.xml': ['digest'],
  'wrong-key.xml': ['signature-value'],
  // Only a list of revoked certificates tells; that is the business of the check of trust.
  'revoked-certificate.chain-only.xml': [],
};

testWithFacts('each published bad signature fails for its own reason', 'signing/vectors/xades-bad', async (folder) => {
  const files = readdirSync(folder).sort();
  expect(files).toEqual(Object.keys(wrong).sort());
  const expected = expectedOf(readFileSync(join(folder, 'content-changed.xml')));
  for (const file of files) {
    const report = await verify(readFileSync(join(folder, file)), expected);
    expect([file, ...codesOf(report)]).toEqual([file, ...(wrong[file] as string[])]);
  }
});

testWithFacts(
  'a chain to a configured root makes the signer trusted, another root does not',
  'signing/vectors',
  async (vectors) => {
    const document = readFileSync(join(vectors, 'xades/gis-export-nsi.dir256.exc.xml'));
    const trustedBy = (name: string) => {
      const roots = [new Certificate(readFileSync(join(vectors, `certs/${name}.cer`)))];
      return verifyXades(document, {
        expected: expectedOf(document),
        trust: async (leaf, intermediates, at) =>
          buildChain({ leaf, roots, intermediates, at }).problems.map(({ code }) => code),
      });
    };
    expect(codesOf(await trustedBy('ca256'))).toEqual([]);
    expect(codesOf(await trustedBy('ca512'))).toEqual(['untrusted']);
  },
);

/** Ranges of octets that a signature protects, of a document whose signed element stands in canonical form. */
function protectedRanges(source: string): Record<string, [number, number]> {
  const xml = readXml(source);
  const [signed] = elementsById(xml).get('x') as [XmlElement];
  const [signature] = elementsOf(signed) as [XmlElement];
  const [signedInfo, value, keyInfo, object] = elementsOf(signature) as [
    XmlElement,
    XmlElement,
    XmlElement,
    XmlElement,
  ];
  const [x509] = elementsOf(keyInfo) as [XmlElement];
  const [certificate] = elementsOf(x509) as [XmlElement];
  const [qualifying] = elementsOf(object) as [XmlElement];
  const [properties] = elementsOf(qualifying) as [XmlElement];
  const octets = (from: number, to: number): [number, number] => [
    Buffer.byteLength(source.slice(0, from)),
    Buffer.byteLength(source.slice(0, to)),
  ];
  return {
    'the start tag of the signed element': octets(signed.start, signed.contentStart),
    'signed content': octets(signature.end, signed.end),
    'references and digests': octets(signedInfo.start, signedInfo.end),
    'the signature value': octets(value.contentStart, value.contentEnd),
    'the certificate': octets(certificate.contentStart, certificate.contentEnd),
    'signed properties': octets(properties.start, properties.end),
  };
}

const SMALL = '<a:r xmlns:a="urn:a" Id="x" a:n="1"><a:имя k="&quot;v&quot;">Дом &lt; 5</a:имя></a:r>';

testWithFacts('no octet of what is signed can be changed unnoticed', 'signing/vectors', async (vectors) => {
  const signed = Buffer.from(
    await signXades(SMALL, { element: { id: 'x' }, signer: vectorSigner('dir256cpa'), at: AT, uuid: UUID }),
  );
  const expected: ExpectedElement = { names: [{ namespace: 'urn:a', local: 'r' }], id: 'x', place: 'root' };
  expect(codesOf(await verify(signed, expected))).toEqual([]);
  const ranges = protectedRanges(signed.toString());
  const tampered: Buffer[] = [];
  let tried = 0;
  for (const [what, [from, to]] of Object.entries(ranges)) {
    expect(to - from).toBeGreaterThan(20);
    for (let at = from; at < to; at++) {
      const copy = Buffer.from(signed);
      copy[at] = (copy[at] as number) ^ (at % 2 ? 1 : 2);
      const report = await verify(copy, expected);
      if (report.valid) throw new Error(`Octet ${at} of ${what} can be changed unnoticed.`);
      tried++;
      // Those that still are XML, one of many: the oracle takes a second each.
      if (report.faults.every(({ code }) => code !== 'not-xml') && tried % 211 === 0) tampered.push(copy);
    }
  }
  expect(tried).toBeGreaterThan(4_000);
  if (!hasXadesOracle) return;
  expect(tampered.length).toBeGreaterThan(5);
  expect((await xadesByOracle(vectors, signed)).exit).toBe(0);
  for (const copy of tampered) expect((await xadesByOracle(vectors, copy)).exit).not.toBe(0);
});
