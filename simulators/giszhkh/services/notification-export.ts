import { stamp } from '../answers.ts';
import { type Call, Refusal } from '../service.ts';
import { all, child, type Element, tag, text } from '../xml.ts';
import { ackStatus, type Notification, notificationsOf, settled } from './notifications.ts';

const DAY = 86_400_000;

/** Payments by document, by ЖКУ identifier, by their own identifier, or of up to seven days. */
export function exportNotifications(request: Element, call: Call): string {
  const suppliers = child(request, 'SupplierIDs');
  const wanted = child(request, 'Notifications');
  const guid = text(wanted, 'NotificationsOfOrderExecutionGUID')?.toLowerCase();
  const states = all(wanted, 'AckStatus').map((e) => e.textContent ?? '');
  const from = text(wanted, 'DateFrom')?.slice(0, 10);
  const days = Number(text(wanted, 'DaysInterval') ?? 0);
  const to = from && new Date(Date.parse(`${from}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
  const [document, service] = [text(suppliers, 'PaymentDocumentID'), text(suppliers, 'ServiceID')];
  const unified = text(suppliers, 'UnifiedAccountNumber');
  const hits = notificationsOf(call.world).filter((n) => {
    if (document !== undefined) return n.paymentDocument === document;
    if (service !== undefined) return n.serviceId === service;
    if (unified !== undefined) return [n.serviceId, n.paymentDocument].some((id) => id?.startsWith(unified));
    if (guid !== undefined) return n.guid === guid;
    return from !== undefined && to !== undefined && n.on >= from && n.on < to && states.includes(ackStatus(n));
  });
  if (hits.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return `<s:exportNotificationsOfOrderExecutionResult>${hits.map((n) => notification(n, call)).join('')}</s:exportNotificationsOfOrderExecutionResult>`;
}

function notification(n: Notification, call: Call): string {
  const order = `<y:OrderID>${n.orderId}</y:OrderID><y:OrderDate>${n.on}+03:00</y:OrderDate><y:Amount>${n.kopecks}</y:Amount>${tag('l:PaymentDocumentID', n.paymentDocument)}${n.serviceId ? `<y:Service><y:ServiceID>${n.serviceId}</y:ServiceID></y:Service>` : ''}`;
  const said = n.acknowledgements
    .map(
      (a) =>
        `<s:AcknowledgmentRequest><y:NotificationsOfOrderExecutionGUID>${n.guid}</y:NotificationsOfOrderExecutionGUID>${a.xml}<s:OrderID>${n.orderId}</s:OrderID></s:AcknowledgmentRequest>`,
    )
    .join('');
  return `<s:NotificationOfOrderExecutionWithStatus><y:OrderInfo>${order}</y:OrderInfo><s:AckStatus>${ackStatus(n)}</s:AckStatus><s:CreationDate>${stamp(n.at)}</s:CreationDate><s:AcknowledgmentRequestsList>${said}</s:AcknowledgmentRequestsList><s:AcknowledgmentAmount>${settled(n.acknowledgements)}</s:AcknowledgmentAmount><y:NotificationsOfOrderExecutionGUID>${n.guid}</y:NotificationsOfOrderExecutionGUID><s:orgPPAGUID>${call.org}</s:orgPPAGUID></s:NotificationOfOrderExecutionWithStatus>`;
}
