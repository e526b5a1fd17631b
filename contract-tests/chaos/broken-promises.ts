import type { Findings } from './report.ts';
import type { Verdict } from './verdict.ts';

/** What is wrong, one sentence each; empty when all promises were kept. */
export function brokenPromises({ verdict: v, cuts, settled }: Findings, hasBackup: boolean): string[] {
  const after = settled ? brokenIn(settled).map((fault) => `after a person has settled what was left: ${fault}`) : [];
  return [
    ...brokenIn(v),
    ...(v.asked > cuts.allowed
      ? [`${v.asked} operations are left to a person, where at most ${cuts.allowed} may be`]
      : []),
    ...(hasBackup && v.moved === 0 ? ['no operation was moved, though the main gateway was down for a while'] : []),
    ...after,
    ...(settled?.asked ? [`a person has settled everything, and ${settled.asked} are asked again`] : []),
  ];
}

function brokenIn(v: Verdict): string[] {
  const unhappy = (v.byStatus.failed ?? 0) + (v.byStatus.cancelled ?? 0) + (v.byStatus.dead ?? 0);
  const { gaps, doubles, outOfOrder, endsWithoutEvent } = v.feed;
  return [
    ...(v.forgotten ? [`${v.forgotten} accepted operations are gone`] : []),
    ...(v.lost ? [`${v.lost} operations that ended well have no effect upstream`] : []),
    ...(v.doubled ? [`${v.doubled} effects are doubled`] : []),
    ...(v.splits ? [`${v.splits} keys were answered with two operations`] : []),
    ...(v.open ? [`${v.open} operations are neither final nor left to a person`] : []),
    ...(unhappy ? [`${unhappy} operations ended without success`] : []),
    ...(gaps || doubles || outOfOrder || endsWithoutEvent
      ? [`the change feed is wrong: ${JSON.stringify(v.feed)}`]
      : []),
  ];
}
