import { strictEqual } from 'node:assert';
import { createRequire } from 'node:module';
import { streebog } from '../certs/gost/streebog.ts';
import { canonicalize } from '../certs/xml/canonicalize.ts';
import { elementsById } from '../certs/xml/find.ts';
import type { XmlElement } from '../certs/xml/nodes.ts';
import { readXml } from '../certs/xml/read.ts';
import { gostSigner } from '../certs/xml/testing/signers.ts';
import { signXades } from '../certs/xml/xades-sign.ts';
import { verifyXades } from '../certs/xml/xades-verify.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';
import { BILLS, request, SIGNED_ID } from './xades-request.ts';

/** Without their types, which would make every browser global known to the whole program. */
const require = createRequire(import.meta.url);
const { DOMParser } = require('@xmldom/xmldom') as {
  DOMParser: new () => { parseFromString(text: string, type: string): PeerDocument };
};
const { ExclusiveCanonicalization } = require('xml-crypto') as {
  ExclusiveCanonicalization: new () => { process(node: object, options: object): { toString(): string } };
};
interface PeerDocument {
  getElementsByTagNameNS(namespace: string, local: string): Iterable<object> & ArrayLike<object>;
}

const ROUNDS = 7;
const WARM_UP_CALLS = 100;
/** Before each slice, so that it does not pay for the garbage of the contender before it. */
const SETTLING_CALLS = 20;
const CALLS = 100;
const AT = Date.parse('2026-11-24T10:00:00+03:00');
function ours(octets: Buffer): string {
  const [element] = elementsById(readXml(octets)).get(SIGNED_ID) as [XmlElement];
  return canonicalize(element, { mode: 'exclusive' });
}

function theirs(octets: Buffer): string {
  const parsed = new DOMParser().parseFromString(octets.toString(), 'text/xml');
  const [element] = Array.from(parsed.getElementsByTagNameNS(BILLS, 'importPaymentDocumentRequest'));
  return new ExclusiveCanonicalization().process(element as object, {}).toString();
}

/**
 * Processor milliseconds a call, by contender and round, threads that collect garbage included. Contenders take turns; time that other
 * programs take does not count.
 */
async function processorMs<Name extends string>(
  contenders: Readonly<Record<Name, () => unknown>>,
): Promise<Readonly<Record<Name, number[]>>> {
  const entries = Object.entries(contenders) as [Name, () => unknown][];
  const taken = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<Name, number[]>;
  for (const [, work] of entries) for (let i = 0; i < WARM_UP_CALLS; i++) await work();
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, work] of entries) {
      for (let i = 0; i < SETTLING_CALLS; i++) await work();
      const before = process.cpuUsage();
      for (let i = 0; i < CALLS; i++) await work();
      const { user, system } = process.cpuUsage(before);
      taken[name].push((user + system) / 1000 / CALLS);
    }
  return taken;
}

/** Signing a request of 100 KB for ГИС ЖКХ and what it is made of, against xml-crypto on xmldom in the same run. */
export async function xadesBenchmark(report: Report): Promise<void> {
  const octets = request();
  const signer = gostSigner();
  const sign = (): Promise<Uint8Array> => signXades(octets, { element: { id: SIGNED_ID }, signer, at: AT, uuid: '1' });
  const signed = await sign();
  const expected = {
    names: [{ namespace: BILLS, local: 'importPaymentDocumentRequest' }],
    place: 'soap-body',
  } as const;
  const verify = async (): Promise<void> =>
    strictEqual((await verifyXades(signed, { expected, trust: 'not-asked' })).valid, true);
  const form = Buffer.from(ours(octets));
  await verify();

  report.progress(
    `XAdES: a request of ${octets.length} octets with ${form.toString().split('</').length - 1} elements`,
  );
  const contenders = {
    read: () => readXml(octets),
    ours: () => ours(octets),
    digest: () => streebog(256, form),
    sign,
    verify,
  };
  const ms = await processorMs(contenders);
  // The peer comes in afterwards, so that its garbage is not ours.
  strictEqual(theirs(octets), form.toString());
  const race = await processorMs({ ours: contenders.ours, theirs: () => theirs(octets) });
  const megabytes = (each: readonly number[]): number[] => each.map((one) => octets.length / 1e3 / one);
  report.row('reading 100 KB, processor ms', spread(ms.read, 2));
  report.row('reading and exclusive C14N of 100 KB, processor ms (aim ≤ 2)', spread(ms.ours, 2));
  report.row('the same, MB/s', spread(megabytes(ms.ours), 1));
  report.row('the same beside xml-crypto, MB/s', spread(megabytes(race.ours), 1));
  report.row('xml-crypto on xmldom, MB/s', spread(megabytes(race.theirs), 1));
  report.row('against xml-crypto on xmldom', spread(ratios(race.theirs, race.ours), 1));
  report.row('Streebog-256 of the form, processor ms', spread(ms.digest, 2));
  report.row('XAdES-BES of 100 KB, GOST 256, processor ms (aim ≤ 5)', spread(ms.sign, 2));
  report.row('verifying it, processor ms', spread(ms.verify, 2));
}
