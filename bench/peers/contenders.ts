import { spread } from '../rates.ts';
import type { Report } from '../report.ts';
import { generate, type Load } from './load.ts';
import type { Peer } from './process.ts';

/** Somebody who answers requests, and how he did in each round. */
export interface Contender {
  peer: Peer;
  request: Load['request'];
  perSecond: number[];
  p50: number[];
  p99: number[];
  /** Microseconds of its processor time for an answer. */
  cpu: number[];
}

export function contender(peer: Peer, request: Load['request']): Contender {
  return { peer, request, perSecond: [], p50: [], p99: [], cpu: [] };
}

export interface Rounds {
  name: string;
  connections: number;
  rounds: number;
  /** Seconds of a contender's turn in a round. */
  slice: number;
  warmUp: number;
  status: number;
}

/** Lets contenders answer by turns, so that whatever else the machine does falls on all of them. */
export async function runRounds(
  report: Report,
  contenders: Readonly<Record<string, Contender>>,
  o: Rounds,
): Promise<void> {
  const load = ({ peer, request }: Contender, seconds: number) =>
    generate({ url: peer.url, connections: o.connections, seconds, request, status: o.status });
  for (const c of Object.values(contenders)) await load(c, o.warmUp);
  for (let round = 1; round <= o.rounds; round++) {
    for (const [name, c] of Object.entries(contenders)) {
      const before = c.peer.cpuSeconds();
      const { perSecond, answers, p50, p99 } = await load(c, o.slice);
      c.cpu.push(((c.peer.cpuSeconds() - before) * 1e6) / answers);
      c.perSecond.push(perSecond);
      c.p50.push(p50);
      c.p99.push(p99);
      report.progress(`${o.name}: round ${round} of ${o.rounds}, ${name}: ${perSecond.toFixed(0)}/s`);
    }
  }
  for (const [name, c] of Object.entries(contenders)) {
    report.row(`${o.name} at ${o.connections} connections, ${name}: answers/s`, spread(c.perSecond, 0));
    report.row('— p50 / p99, ms', `${spread(c.p50, 1)} / ${spread(c.p99, 1)}`);
    report.row('— its processor time for an answer, µs', spread(c.cpu, 0));
  }
}
