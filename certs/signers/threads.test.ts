import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { afterAll, expect, jest, test } from '@jest/globals';
import type { HubError } from '../../canonical/errors.ts';
import { pemBlocks } from '../asn1/pem.ts';
import { signCms } from '../cms/sign.ts';
import type { Trust } from '../cms/trust-check.ts';
import { verifyCms } from '../cms/verify.ts';
import { demoKey } from '../demo-key.ts';
import { Certificate } from '../x509/certificate.ts';
import { digest } from '../x509/digest.ts';
import { algorithm } from '../x509/oids.ts';
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

test('a document goes to the thread in pieces, and its digest is the one of the whole', async () => {
  const pieces = [new Uint8Array(3_000_000).fill(1), new Uint8Array(0), Buffer.from('конец')];
  async function* stream(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const whole = Buffer.concat(pieces);
  const right = digest(algorithm.streebog256, whole);
  expect(await signer.digestDocument?.(stream())).toEqual(right);
  expect(await signer.digestDocument?.(whole)).toEqual(right);
  // Whoever gave a piece still has it.
  expect(pieces.map(({ length }) => length)).toEqual([3_000_000, 0, 10]);
});

test('CAdES hashes its document in the thread', async () => {
  const asked = jest.spyOn(threads, 'digest');
  const signature = await signCms({
    document: Buffer.from(DOCUMENT),
    signers: [signer],
    content: 'detached',
    clock: { now: () => AT },
  });
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
  const trust: Trust = {
    roots: [certificate],
    intermediates: [],
    evidence: { crls: [], ocsp: [] },
    revocation: 'off',
  };
  const report = await verifyCms({ signature, document: Buffer.from(DOCUMENT), trust, now: AT });
  expect(report.verdict).toBe('valid');
});

test('a stream that breaks off leaves nothing in the thread, which goes on', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('начало');
    throw new Error('The file ended.');
  }
  await expect(signer.digestDocument?.(broken())).rejects.toThrow('The file ended.');
  expect(await signer.digestDocument?.(Buffer.from('x'))).toEqual(digest(algorithm.streebog256, Buffer.from('x')));
});

test('a thread that ends while a document comes in is told as what may be tried again', async () => {
  const own = new SigningThreads(1);
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('начало');
    await own.close();
    // Whoever waits for nothing must not be struck by it.
    await new Promise((resolve) => setTimeout(resolve, 50));
    yield Buffer.from('конец');
  }
  await expect(own.digest(algorithm.streebog256, slow())).rejects.toMatchObject({ code: 'SIGNING_STOPPED' });
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
