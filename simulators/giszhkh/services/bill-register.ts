import type { Call } from '../service.ts';

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
export function billsOf(call: Call): Map<string, Bill> {
  let found = bills.get(call.world);
  if (!found) {
    found = new Map();
    bills.set(call.world, found);
  }
  return found;
}

/** The payment document with this number, for payments. */
export function billById(call: Call, id: string): { withdrawn: boolean } | undefined {
  return billsOf(call).get(id);
}
