import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, expect, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { pemBlocks } from '../asn1/pem.ts';
import { demoKey } from '../demo-key.ts';
import { Certificate } from '../x509/certificate.ts';
import { signXades } from '../xml/xades-sign.ts';
import { verifyXades } from '../xml/xades-verify.ts';
import { XML_REFUSED } from '../xml/xml-error.ts';
import { softwareSigner } from './software.ts';
import { SigningThreads } from './threads.ts';

const AT = Date.parse('2026-11-24T07:00:00Z');
const DOCUMENT = '<b:r xmlns:b="urn:b" Id="x">дом</b:r>';
const threads = new SigningThreads(1);
afterAll(() => threads.close());

const made = demoKey('Директор', '7707083893', AT);
const certificate = Certificate.parse(Buffer.from(made.certificate));
const signer = await softwareSigner({
  certificate: { der: certificate.der, chain: [] },
  spki: certificate.spki,
  pkcs8: pemBlocks(made.key)[0]?.der as Uint8Array,
  threads,
});
const sign = (document: string, at = AT): Promise<Uint8Array> =>
  signXades(document, { element: { id: 'x' }, signer, at, uuid: '1' });

test('XML is read, hashed and signed in the thread, and the event loop only hands it over', async () => {
  // The key itself is never asked: what would need it is done where it is.
  const raw = signer.signRaw;
  signer.signRaw = () => Promise.reject(new Error('The event loop has hashed.'));
  const signed = await sign(DOCUMENT).finally(() => {
    signer.signRaw = raw;
  });
  const expected = { names: [{ namespace: 'urn:b', local: 'r' }], place: 'root' } as const;
  expect(await verifyXades(signed, { expected, trust: 'not-asked' })).toMatchObject({ valid: true });
});

(process.platform === 'linux' ? test : test.skip)('whoever asks the hub goes before the signing threads', async () => {
  await sign(DOCUMENT);
  const nice = readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')')).split(' ')[17]);
  });
  const own = getPriority();
  expect(nice).toEqual(expect.arrayContaining([own, Math.min(19, own + 5)]));
});

test('what the thread refuses is told as if it had been refused here', async () => {
  const faultOf = (work: Promise<unknown>): Promise<HubError> =>
    work.then(
      () => {
        throw new Error('It was signed.');
      },
      (error) => error,
    );
  expect(await faultOf(sign('<a>'))).toMatchObject({
    kind: 'unexpected',
    code: XML_REFUSED,
    facts: { details: { fault: 'structure', line: 1, column: 4 } },
  });
  expect(await faultOf(sign('<a/>'))).toMatchObject({ kind: 'unexpected', code: 'XADES_NOT_SIGNABLE' });
  expect(await faultOf(sign(DOCUMENT, AT + 400 * 86_400_000))).toMatchObject({
    kind: 'needs-operator',
    code: 'CERTIFICATE_EXPIRED',
  });
});
