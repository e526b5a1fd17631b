import type { Cuts } from './cuts.ts';
import type { Plan } from './plan.ts';
import type { Verdict } from './verdict.ts';

export interface Findings {
  verdict: Verdict;
  cuts: Cuts;
  /** What was done how often. */
  mischief: Readonly<Record<string, number>>;
  versions: string;
  recoverySeconds: number;
  /** After a person has settled what was left to them; undefined where nothing was. */
  settled: Verdict | undefined;
}

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, n]) => `${n} × ${name}`)
    .join(', ');

/** The rows of the report: what, figure. */
export function rowsOf({ verdict: v, cuts, settled, ...rest }: Findings, plan: Plan): [string, string][] {
  const million = (n: number): string => ((n / v.operations) * 1e6).toFixed(0);
  const missing = v.lost + v.forgotten;
  return [
    ['operations accepted', `${v.operations} (${plan.messages} messages, ${plan.readings} readings)`],
    ['on', rest.versions],
    ['mischief', list(rest.mischief)],
    ...Object.entries(cuts.struck).map(([system, counts]): [string, string] => [`faults at ${system}`, list(counts)]),
    [
      'ended as',
      Object.entries(v.byStatus)
        .map(([name, n]) => `${n} ${name}`)
        .join(', '),
    ],
    ['lost, per million', `${missing}, ${million(missing)}`],
    ['doubled, per million', `${v.doubled}, ${million(v.doubled)}`],
    ['moved to the other gateway', String(v.moved)],
    ['known to be delivered so far', String(v.delivered)],
    [
      'left to a person, and at most',
      `${v.asked}, ${cuts.allowed}${cuts.unanswered ? ` (${cuts.unanswered} unanswered sends, ${cuts.interruptions} processes killed or stopped)` : ''}`,
    ],
    ...(settled
      ? [
          [
            'after the person has settled them',
            `${settled.lost} lost, ${settled.doubled} doubled, ${settled.open + settled.asked} open`,
          ] as [string, string],
        ]
      : []),
    [
      'change feed',
      `${v.feed.events} events, ${v.feed.gaps} gaps, ${v.feed.doubles} doubles, ${v.feed.outOfOrder} out of order`,
    ],
    ['time to recover after the last mischief', `${Math.round(rest.recoverySeconds)} s`],
  ];
}
