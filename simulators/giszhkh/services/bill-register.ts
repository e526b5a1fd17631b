import type { Call } from '../service.ts';
import { gisGuid, type World } from '../world.ts';

/** Платежный документ. */
export interface Bill {
  id: string;
  guid: string;
  account: string;
  year: string;
  month: string;
  number: string | undefined;
  total: string | undefined;
  /** Requisites, as the export writes them. */
  payee: string;
  exposed: boolean;
  withdrawn: boolean;
}

const bills = new WeakMap<object, Map<string, Bill>>();

/** Payment documents of a world, by identifier. */
export function billsOf({ world }: Pick<Call, 'world'>): Map<string, Bill> {
  let found = bills.get(world);
  if (!found) {
    found = new Map();
    bills.set(world, found);
  }
  return found;
}

let made = 0;

/** Number of the next document of all stand-ins. */
export function nextBill(): number {
  return ++made;
}

/** A payment document that was exposed earlier: POST /__sim/documents { "documents": [{ "id", "account", "month" }] }. */
export interface EarlierDocument {
  /** 18 characters. */
  id: string;
  /** Its account's GUID. */
  account: string;
  /** YYYY-MM. */
  month: string;
}

/** @throws Error for an account that is not there */
export function addDocuments(world: World, input: readonly EarlierDocument[]): { guids: string[] } {
  const guids = input.map(({ id, account, month }) => {
    const guid = account.toLowerCase();
    if (!world.accounts.has(guid)) throw new Error(`There is no account ${account}.`);
    const bill: Bill = {
      id,
      guid: gisGuid('bill', nextBill()),
      account: guid,
      year: month.slice(0, 4),
      month: String(Number(month.slice(5))),
      number: undefined,
      total: undefined,
      payee: '<s:PaymentInformation/>',
      exposed: true,
      withdrawn: false,
    };
    billsOf({ world }).set(id, bill);
    return bill.guid;
  });
  return { guids };
}

/** The payment document with this number, for payments. */
export function billById(call: Call, id: string): { withdrawn: boolean } | undefined {
  return billsOf(call).get(id);
}
