import { stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal } from '../service.ts';
import { all, child, type Element, tag, text, word } from '../xml.ts';
import { billById } from './bill-register.ts';
import { type Notification, notificationsOf } from './notifications.ts';

/** Квитирование and its cancellation. */
export function acknowledge(request: Element, call: Call): string {
  const results = [
    ...eachElement(call, all(request, 'AcknowledgmentRequestInfo'), (e) => settleBy(e, call)),
    ...eachElement(call, all(request, 'AckCancellation'), (e) => takeBack(e, call)),
  ];
  return commonResults(results, stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

/** The payment that an element is about. @throws Refusal for one that nobody has told of */
function paymentOf(element: Element, call: Call): Notification {
  const guid = text(element, 'NotificationsOfOrderExecutionGUID')?.toLowerCase();
  const order = text(element, 'OrderID');
  const found = notificationsOf(call.world).find((n) => n.guid === guid || n.orderId === order);
  if (!found) throw new Refusal('INT002000', 'Извещение не найдено');
  return found;
}

const nameOf = (element: Element): string =>
  text(element, 'NotificationsOfOrderExecutionGUID') ?? text(element, 'OrderID') ?? '';

function settleBy(element: Element, call: Call): { guid: string } {
  const document = child(element, 'PaymentDocumentAck');
  const id = text(document, 'PaymentDocumentID');
  if (document && (!id || !billById(call, id))) throw new Refusal('INT002000', 'Платежный документ не найден');
  const payment = paymentOf(element, call);
  if (payment.cancelled) throw new Refusal('INT004127', 'Извещение аннулировано');
  payment.acknowledgements.push({
    paymentDocument: id ?? text(child(element, 'AckImpossible'), 'PaymentDocumentID'),
    xml: acknowledgementOf(element),
    kopecks: document && Math.round(Number(text(document, 'Amount'))),
  });
  call.effects.add('giszhkh.acknowledgments', `${nameOf(element)} ${id ?? ''}`);
  return { guid: call.guid() };
}

/** As the export shows it: the service by its own identifier, a directory element by code and identifier. */
function acknowledgementOf(element: Element): string {
  const document = child(element, 'PaymentDocumentAck');
  if (!document) {
    const impossible = child(element, 'AckImpossible');
    return `<y:AckImpossible>${tag('l:PaymentDocumentID', text(impossible, 'PaymentDocumentID'))}${word('y:Reason', text(impossible, 'Reason'))}</y:AckImpossible>`;
  }
  const service = ['HSType', 'MSType', 'ASType'].map((name) => tag(`y:${name}`, text(document, name))).join('');
  const directory = ['PServiceType', 'TMSType']
    .map((name) => {
      const found = child(document, name);
      return found
        ? `<y:${name}>${tag('n:Code', text(found, 'Code'))}${tag('n:GUID', text(found, 'GUID'))}</y:${name}>`
        : '';
    })
    .join('');
  return `<y:PaymentDocumentAck>${tag('l:PaymentDocumentID', text(document, 'PaymentDocumentID'))}${service}${directory}${tag('y:Amount', text(document, 'Amount'))}</y:PaymentDocumentAck>`;
}

function takeBack(element: Element, call: Call): { guid: string } {
  const id = text(element, 'PaymentDocumentID');
  const payment = paymentOf(element, call);
  const left = payment.acknowledgements.filter((a) => a.paymentDocument !== id);
  if (left.length === payment.acknowledgements.length) throw new Refusal('INT002000', 'Квитирование не найдено');
  payment.acknowledgements = left;
  call.effects.add('giszhkh.cancelled-acknowledgments', `${nameOf(element)} ${id ?? ''}`);
  return { guid: payment.guid };
}
