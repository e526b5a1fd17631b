import { accounts, customers, residences } from './entities/account.ts';
import { appeals } from './entities/appeal.ts';
import { charges, debts, paymentDocuments, payments } from './entities/billing.ts';
import { courtCases } from './entities/court.ts';
import { courtDebts } from './entities/court-debt.ts';
import { debtInquiries } from './entities/debt-inquiry.ts';
import { managementContracts } from './entities/management-contract.ts';
import { messages } from './entities/message.ts';
import { meterReadings, meters } from './entities/metering.ts';
import { paymentNotifications } from './entities/payment-notification.ts';
import { buildings, premises, residentialComplexes } from './entities/property.ts';
import type { EntityDefinition } from './entity.ts';

/** Every noun, in the order in which a first load fills them: what is referred to comes before what refers. */
export const entities: ReadonlyMap<string, EntityDefinition> = new Map(
  [
    residentialComplexes,
    buildings,
    premises,
    accounts,
    customers,
    residences,
    meters,
    meterReadings,
    charges,
    paymentDocuments,
    payments,
    debts,
    courtCases,
    debtInquiries,
    courtDebts,
    managementContracts,
    paymentNotifications,
    appeals,
    messages,
  ].map((e) => [e.name, e]),
);

/** @throws Error for a name that no file defines: a slip in our own code */
export function entity(name: string): EntityDefinition {
  const found = entities.get(name);
  if (!found) throw new Error(`There is no canonical entity '${name}'.`);
  return found;
}
