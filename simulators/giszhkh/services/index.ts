import type { Service } from '../service.ts';
import { appeals } from './appeals.ts';
import { billsService } from './bills.ts';
import { debtRequests } from './debt-requests.ts';
import { debts } from './debts.ts';
import { deviceMetering } from './device-metering.ts';
import { nsi, nsiCommon } from './directories.ts';
import { houseManagement } from './house-management.ts';
import { organizations } from './organizations.ts';
import { payment } from './payment.ts';
import { works } from './works.ts';

/** Services that the stand-in has. */
export const services: readonly Service[] = [
  nsiCommon,
  nsi,
  houseManagement,
  deviceMetering,
  billsService,
  payment,
  debtRequests,
  debts,
  appeals,
  works,
  organizations,
];
