import type { Service } from '../service.ts';
import { billsService } from './bills.ts';
import { debtRequests } from './debt-requests.ts';
import { deviceMetering } from './device-metering.ts';
import { nsi, nsiCommon } from './directories.ts';
import { houseManagement } from './house-management.ts';
import { payment } from './payment.ts';

/** Services that the stand-in has. */
export const services: readonly Service[] = [
  nsiCommon,
  nsi,
  houseManagement,
  deviceMetering,
  billsService,
  payment,
  debtRequests,
];
