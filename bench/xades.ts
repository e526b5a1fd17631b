import { type Peer, startPeer } from './peers/process.ts';
import type { XadesSlice, XadesWork } from './peers/xades.ts';
import { ratios, spread } from './rates.ts';
import type { Report } from './report.ts';
import { request } from './xades-request.ts';

const ROUNDS = 7;
const works = ['read', 'form', 'digest', 'sign', 'verify', 'theirs'] as const satisfies readonly XadesWork['what'][];

/**
 * Signing a request of 100 KB for ГИС ЖКХ and what it is made of, against xml-crypto on xmldom in the same run. Each has a process of
 * its own, as in production, and they take turns: beside others in one process, the code is compiled for what those do as well.
 */
export async function xadesBenchmark(report: Report): Promise<void> {
  const { length } = request();
  const peers: Peer[] = [];
  try {
    for (const what of works) peers.push(await startPeer('./xades.ts', { what } satisfies XadesWork));
    const ms = Object.fromEntries(works.map((what) => [what, []])) as unknown as Record<XadesWork['what'], number[]>;
    for (let round = 1; round <= ROUNDS; round++) {
      for (const [i, what] of works.entries()) ms[what].push((await (peers[i] as Peer).ask<XadesSlice>('slice')).ms);
      report.progress(`XAdES: round ${round} of ${ROUNDS}, signing ${ms.sign.at(-1)?.toFixed(2)} ms`);
    }
    const megabytes = (each: readonly number[]): number[] => each.map((one) => length / 1e3 / one);
    report.row('reading 100 KB, processor ms', spread(ms.read, 2));
    report.row('reading and exclusive C14N of 100 KB, processor ms (aim ≤ 2)', spread(ms.form, 2));
    report.row('the same, MB/s', spread(megabytes(ms.form), 1));
    report.row('xml-crypto on xmldom, MB/s', spread(megabytes(ms.theirs), 1));
    report.row('against xml-crypto on xmldom', spread(ratios(ms.theirs, ms.form), 1));
    report.row('Streebog-256 of the form, processor ms', spread(ms.digest, 2));
    report.row('XAdES-BES of 100 KB, GOST 256, processor ms (aim ≤ 5)', spread(ms.sign, 2));
    report.row('verifying it, processor ms', spread(ms.verify, 2));
  } finally {
    for (const peer of peers) await peer.stop();
  }
}
