import type { World } from '../world.ts';

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
  acknowledged: boolean;
}

const told = new WeakMap<World, Notification[]>();

/** Notifications of a world, oldest first. */
export function notificationsOf(world: World): Notification[] {
  let found = told.get(world);
  if (!found) {
    found = [];
    told.set(world, found);
  }
  return found;
}
