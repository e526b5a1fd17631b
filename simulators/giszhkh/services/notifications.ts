import { gisGuid, type World } from '../world.ts';

/** Извещение о принятии к исполнению распоряжения: a payment that somebody has told ГИС ЖКХ of. */
export interface Notification {
  guid: string;
  orderId: string;
  /** Day of the payment, ISO. */
  on: string;
  kopecks: number;
  paymentDocument: string | undefined;
  serviceId: string | undefined;
  /** Epoch milliseconds. */
  at: number;
  cancelled: boolean;
  /** What was said of it (квитирование), oldest first. */
  acknowledgements: Acknowledgement[];
}

/** A payment document and a service that a payment settles, or that it can't settle one. */
export interface Acknowledgement {
  paymentDocument: string | undefined;
  /** Content of the element, as the export shows it. */
  xml: string;
  /** Undefined: it is impossible. */
  kopecks: number | undefined;
}

/**
 * 0 new, 1 annulled, 2 settled, 3 settled in part, 5 can't be settled; 4, in advance, does not happen here. Source: hcs-bills-types.xsd,
 * AckStatus.
 */
export function ackStatus({ cancelled, acknowledgements, kopecks }: Notification): '0' | '1' | '2' | '3' | '5' {
  if (cancelled) return '1';
  if (acknowledgements.length === 0) return '0';
  if (acknowledgements.some((a) => a.kopecks === undefined)) return '5';
  return settled(acknowledgements) >= kopecks ? '2' : '3';
}

/** Kopecks that are matched with documents. */
export function settled(acknowledgements: readonly Acknowledgement[]): number {
  return acknowledgements.reduce((sum, a) => sum + (a.kopecks ?? 0), 0);
}

const told = new WeakMap<World, Notification[]>();

/** A payment that a bank has told of: POST /__sim/payments { "payments": [{ "guid", "on", "kopecks", "paymentDocument"? }] }. */
export interface BankPayment {
  guid: string;
  /** Day, ISO. */
  on: string;
  kopecks: number;
  paymentDocument?: string;
  serviceId?: string;
  /** It settles its payment document wholly. */
  acknowledged?: boolean;
}

/** Numbers of the orders, in the order of the payments. */
export function addPayments(world: World, now: number, input: readonly BankPayment[]): { orders: string[] } {
  const orders = input.map(({ guid, on, kopecks, paymentDocument, serviceId, acknowledged }) => {
    const orderId = guid.replaceAll('-', '').toUpperCase();
    const service = `<y:HSType>${gisGuid('other', 1, 9)}</y:HSType>`;
    const xml = `<y:PaymentDocumentAck><l:PaymentDocumentID>${paymentDocument}</l:PaymentDocumentID>${service}<y:Amount>${kopecks}</y:Amount></y:PaymentDocumentAck>`;
    const acknowledgements = acknowledged ? [{ paymentDocument, xml, kopecks }] : [];
    const payment = { guid: guid.toLowerCase(), orderId, on, kopecks, paymentDocument, serviceId, at: now };
    notificationsOf(world).push({ ...payment, cancelled: false, acknowledgements });
    return orderId;
  });
  return { orders };
}

/** Notifications of a world, oldest first. */
export function notificationsOf(world: World): Notification[] {
  let found = told.get(world);
  if (!found) {
    found = [];
    told.set(world, found);
  }
  return found;
}
