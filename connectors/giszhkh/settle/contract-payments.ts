import type { NativeObject } from '../../port.ts';
import { list } from '../element-results.ts';
import { sameGuid } from '../guid.ts';
import { byCode, only } from './by-code.ts';
import type { ContractNow } from './contract-versions.ts';
import { agrees, type Judgement } from './found.ts';

/** Members of payments that tell them from others. ГИС ЖКХ finds a protocol by itself where none is named, so it is not among them. */
const TERMS = ['BeginDate', 'EndDate', 'HouseManagementPaymentSize', 'Type', 'ContractObjectVersionGUID'];

/** Payments are there when the contract has some of the same period, sizes and house that are not annulled. */
export function judgePayments(action: NativeObject, { last, isCurrent }: ContractNow): Judgement {
  const [found, second] = list(last.ContractPaymentsInfo).filter((p) => p.Status === 'P' && isSame(action, p));
  if (second) return 'ambiguous';
  if (found) return { guid: String(found.ContractPaymentsInfoVersionGUID).toLowerCase(), found: 'export' };
  // A later version of the contract may show payments otherwise.
  return isCurrent ? undefined : 'ambiguous';
}

export function judgeAnnulledPayments(action: NativeObject, { last }: ContractNow): Judgement {
  const guid = String(action.ContractPaymentsInfoVersionGUID);
  const found = list(last.ContractPaymentsInfo).find((p) => sameGuid(String(p.ContractPaymentsInfoVersionGUID), guid));
  if (found?.Status === 'A') return { guid: guid.toLowerCase(), annulled: true, found: 'export' };
  return found?.Status === 'P' ? undefined : 'ambiguous';
}

function isSame(written: NativeObject, there: NativeObject): boolean {
  const services = list(written.ServicePayment);
  return (
    agrees(only(written, TERMS), there) &&
    (written.ContractObjectVersionGUID === undefined) === (there.ContractObjectVersionGUID === undefined) &&
    services.length === list(there.ServicePayment).length &&
    agrees(byCode(services), there.ServicePayment ?? [])
  );
}
