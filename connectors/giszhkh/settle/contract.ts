import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { byCode, only } from './by-code.ts';
import { judgeAnnulledPayments, judgePayments } from './contract-payments.ts';
import { type ContractNow, contracts, contractsIn, lastOfHouse, lookForVersions } from './contract-versions.ts';
import { agrees, type Judgement, lookFor, sameScalar } from './found.ts';

/** Terms that an export writes as an import does. Files are not among them: whether one was replaced by another can't be told. */
const TERMS = ['DocNum', 'SigningDate', 'EffectiveDate', 'PlanDateComptetion', 'ContractBase'];
const ORGANISATIONS = ['Cooperative', 'MunicipalHousing', 'BuildingOwner', 'CompetentAuthority'];
const DAY_MS = 86_400_000;
/** A term of some years has a leap day more or less than the next one. */
const LEAP_DAYS = 3;

type Judge = (action: NativeObject, now: ContractNow) => Judgement;

/** How the contract shows that an action on one of its versions was done. */
const JUDGES: Readonly<Record<string, Judge>> = {
  EditContract: judgeEdit,
  ApprovalContract: judgeApproval,
  RollOverContract: judgeProlongation,
  TerminateContract: judgeTermination,
  AnnulmentContract: judgeAnnulment,
  PlaceContractPaymentsInfo: judgePayments,
};

/** An action on a contract is there when an export of the contract shows what it makes of it. */
export async function settleContract(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content } = lost.item;
  const [placed] = list(content.PlacingContract);
  if (placed) return settlePlaced(ctx, tools, lost, placed);
  const [annulled] = list(content.AnnulmentContractPaymentsInfo);
  if (annulled) {
    // The request names the payments alone; the contract that shows them stands in the operation.
    const { version } = (lost.op.payload.action ?? {}) as { version?: unknown };
    if (typeof version !== 'string') return { status: 'ambiguous' };
    return lookForVersions(ctx, tools, lost, version, (now) => judgeAnnulledPayments(annulled, now));
  }
  for (const [name, judge] of Object.entries(JUDGES)) {
    const [action] = list(content[name]);
    if (typeof action?.ContractVersionGUID === 'string')
      return lookForVersions(ctx, tools, lost, action.ContractVersionGUID, (now) => judge(action, now));
  }
  return { status: 'ambiguous' };
}

/** A new contract is there when its houses are under one of the same number and day that is not annulled. */
async function settlePlaced(ctx: Ctx, tools: GisTools, lost: Lost, placed: NativeObject): Promise<Verdict> {
  const houses = list(placed.ContractObject).map((o) => String(o.FIASHouseGuid));
  const [house] = houses;
  if (!house) return { status: 'ambiguous' };
  const judge = (result: NativeObject): Judgement => {
    const [found, second] = contractsIn(result).filter(
      (c) =>
        statusOf(c) !== 'Annul' &&
        sameScalar(String(placed.DocNum), c.DocNum) &&
        sameScalar(String(placed.SigningDate), c.SigningDate),
    );
    if (!found) return undefined;
    const there = list(found.ContractObject).map((o) => String(o.FIASHouseGuid));
    const isWhole = houses.every((wanted) => there.some((t) => sameGuid(t, wanted)));
    return second || !isWhole ? 'ambiguous' : told(found);
  };
  const ofHouse = await lookFor(ctx, tools, lost, lastOfHouse(ctx, house), judge);
  if (ofHouse.status !== 'absent') return ofHouse;
  // A second contract would be worse than a second question: it must be missing among all of ours too.
  const ofAll = await lookFor(ctx, tools, lost, contracts(), (result) => (judge(result) ? 'ambiguous' : undefined));
  if (ofAll.status !== 'absent') return ofAll;
  return { ...ofAll, askedAt: Math.min(ofAll.askedAt, ofHouse.askedAt) };
}

/** Terms that were there before look like those that were written: only a new version shows that it was done. */
function judgeEdit(action: NativeObject, { last, isCurrent }: ContractNow): Judgement {
  const isThere =
    agrees(byCode(only(action, [...TERMS, ...ORGANISATIONS])), last) &&
    (action.Owners === undefined) === (last.Owners === undefined);
  if (isThere) return isCurrent ? 'ambiguous' : told(last);
  return isCurrent ? undefined : 'ambiguous';
}

function judgeApproval(_action: NativeObject, { last, isCurrent }: ContractNow): Judgement {
  const status = statusOf(last);
  if (!isCurrent || ['ApprovalProcess', 'Terminated', 'Annul'].includes(status)) return 'ambiguous';
  return status === 'Approved' ? told(last) : undefined;
}

/** Each prolongation makes a new version. Source: hcs-house-management-types.xsd 16.3, PreviousContractVersionGUID. */
function judgeProlongation(action: NativeObject, { named, last, isCurrent }: ContractNow): Judgement {
  if (action.RollToDate !== undefined && sameScalar(String(action.RollToDate), last.PlanDateComptetion))
    return told(last);
  if (isCurrent) return undefined;
  return action.RollToDate === undefined && named && isOneTermLater(named, last) ? told(last) : 'ambiguous';
}

/** Without a date a contract is prolonged by its own term. Source: hcs-house-management-types.xsd 16.3. */
function isOneTermLater(before: NativeObject, last: NativeObject): boolean {
  const end = dayOf(before.PlanDateComptetion);
  const term = end - dayOf(before.EffectiveDate);
  return Math.abs(dayOf(last.PlanDateComptetion) - end - term) <= LEAP_DAYS;
}

/** Days since 1970 of a date with or without zone; NaN for none. */
function dayOf(value: unknown): number {
  return Date.parse(String(value).slice(0, 10)) / DAY_MS;
}

function judgeTermination(action: NativeObject, { last, isCurrent }: ContractNow): Judgement {
  const [terminated] = list(last.Terminate);
  if (terminated && sameScalar(String(action.Terminate), terminated.Terminate)) return told(last);
  if (terminated || !isCurrent || ['ApprovalProcess', 'Terminated', 'Annul'].includes(statusOf(last)))
    return 'ambiguous';
  return undefined;
}

function judgeAnnulment(_action: NativeObject, { last, isCurrent }: ContractNow): Judgement {
  const status = statusOf(last);
  if (status === 'Annul') return told(last);
  return isCurrent && status !== 'ApprovalProcess' ? undefined : 'ambiguous';
}

const statusOf = (contract: NativeObject): string => String(contract.ContractStatus ?? '');

function told(contract: NativeObject): Readonly<Record<string, unknown>> {
  return {
    guid: String(contract.ContractGUID).toLowerCase(),
    version: String(contract.ContractVersionGUID).toLowerCase(),
    status: statusOf(contract),
    found: 'export',
  };
}
