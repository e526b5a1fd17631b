import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { Question } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { type Judgement, verdictOf } from './found.ts';

/** A contract as ГИС ЖКХ shows it after a lost action. */
export interface ContractNow {
  /** The version that the action was to work on; undefined where it is not shown any more. */
  readonly named: NativeObject | undefined;
  readonly last: NativeObject;
  /** Nothing has made a new version since. */
  readonly isCurrent: boolean;
}

/**
 * Looks at the version that a lost action names and then at the last one of its contract. What the export does not show says nothing: a
 * person decides then.
 */
export async function lookForVersions(
  ctx: Ctx,
  { exports }: GisTools,
  { notBefore }: Lost,
  version: string,
  judge: (now: ContractNow) => Judgement,
): Promise<Verdict> {
  const own = await exports.step(ctx, contracts({ ContractVersionGUID: version }), notBefore);
  if (!own.done) return { status: 'asked', askAfterMs: own.askAfterMs };
  const shown = contractsIn(own.result);
  const named = shown.find((c) => isVersion(c, version));
  const sample = named ?? shown[0];
  const house = list(sample?.ContractObject)[0]?.FIASHouseGuid;
  // What the version itself shows is beyond doubt; only that something is not there needs the last one.
  const early = named && judge({ named, last: named, isCurrent: true });
  if (early !== undefined && early !== 'ambiguous') return { status: 'happened', result: early };
  if (!sample || typeof house !== 'string') return { status: 'ambiguous' };
  const latest = await exports.step(ctx, lastOfHouse(ctx, house), notBefore);
  const verdict = verdictOf(latest, (result) => {
    const [last, second] = contractsIn(result).filter((c) =>
      sameGuid(String(c.ContractGUID), String(sample.ContractGUID)),
    );
    if (!last || second) return 'ambiguous';
    return judge({ named, last, isCurrent: isVersion(last, version) });
  });
  // An answer without any contract does not show this one either.
  if (latest.done && !latest.result) return { status: 'ambiguous' };
  return verdict.status === 'absent' ? { ...verdict, askedAt: Math.min(verdict.askedAt, own.askedAt) } : verdict;
}

/** Contracts by a criterion; without one, all of ours. */
export function contracts(criterion?: NativeObject): Question {
  return {
    service: 'house-management',
    operation: 'exportCAChData',
    content: criterion ? { Criteria: [criterion] } : {},
  };
}

/** The last versions of our contracts that have a house. */
export function lastOfHouse(ctx: Ctx, house: string): Question {
  return contracts({ UOGUID: ctx.config.orgPPAGUID, FIASHouseGuid: house.toLowerCase(), LastVersionOnly: true });
}

export function contractsIn(result: NativeObject | undefined): NativeObject[] {
  return list(result?.exportCAChResult).flatMap((entry) => list(entry.Contract));
}

function isVersion(contract: NativeObject, version: string): boolean {
  return sameGuid(String(contract.ContractVersionGUID), version);
}
