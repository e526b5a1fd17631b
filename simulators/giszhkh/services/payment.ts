import { space, stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal, type Service } from '../service.ts';
import { all, type Element, text } from '../xml.ts';
import { billById } from './bill-register.ts';
import { notificationsOf } from './notifications.ts';

function importNotifications(request: Element, call: Call): string {
  const results = eachElement(call, all(request, 'SupplierNotificationOfOrderExecution'), (element) => {
    const id = text(element, 'PaymentDocumentID');
    const service = text(element, 'ServiceID');
    if (id !== undefined) {
      const bill = billById(call, id);
      if (!bill) throw new Refusal('INT002000', 'Платежный документ не найден');
      if (bill.withdrawn) throw new Refusal('SRV008070', 'Платежный документ отозван');
    } else if (![...call.world.accounts.values()].some((a) => a.serviceId === service))
      throw new Refusal('INT002000', 'Идентификатор ЖКУ не найден');
    // Two like payments of a day are two payments: only the transport identifier tells them apart.
    call.effects.add(
      'giszhkh.notifications',
      `${id ?? service} ${text(element, 'OrderDate')} ${text(element, 'Amount')} ${text(element, 'TransportGUID')}`,
    );
    const guid = call.guid();
    notificationsOf(call.world).push({
      guid,
      orderId: guid.replaceAll('-', '').toUpperCase(),
      on: text(element, 'OrderDate')?.slice(0, 10) ?? '',
      kopecks: Math.round(Number(text(element, 'Amount')) * 100),
      paymentDocument: id,
      serviceId: service,
      at: call.clock.now(),
      cancelled: false,
      acknowledgements: [],
    });
    return { guid };
  });
  return commonResults(results, stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

/** Cancellation by the number of the order. */
function cancelNotifications(request: Element, call: Call): string {
  const results = eachElement(call, all(request, 'NotificationOfOrderExecutionCancellation'), (element) => {
    const id = text(element, 'OrderID');
    const notification = notificationsOf(call.world).find((n) => n.orderId === id);
    if (!notification) throw new Refusal('INT002000', 'Извещение не найдено');
    if (notification.cancelled) throw new Refusal('INT004127', 'Извещение уже аннулировано');
    notification.cancelled = true;
    call.effects.add('giszhkh.cancelled-notifications', notification.guid);
    return { guid: notification.guid };
  });
  return commonResults(results, stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

export const payment: Service = {
  path: '/ext-bus-payment-service/services/PaymentAsync',
  namespace: space('payment'),
  header: 'RequestHeader',
  resultVersion: '10.0.1.1',
  operations: {
    importSupplierNotificationsOfOrderExecution: {
      element: 'importSupplierNotificationsOfOrderExecutionRequest',
      kind: 'import',
      handler: importNotifications,
    },
    importNotificationsOfOrderExecutionCancellation: {
      element: 'importNotificationsOfOrderExecutionCancellationRequest',
      kind: 'import',
      handler: cancelNotifications,
    },
  },
};
