import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { Question } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { agrees, lookFor, sameScalar } from './found.ts';

/** Value of AckStatus. Source: hcs-bills-types.xsd. */
const ANNULLED = '1';

function question(content: NativeObject): Question {
  return { service: 'bills', operation: 'exportNotificationsOfOrderExecution', content };
}

/**
 * A payment bears no mark of ours. When ГИС ЖКХ has none of that day and amount, it did not arrive; when it has one, that may be the payment
 * of somebody else, such as a bank, and two like payments of a day are two payments: a person decides.
 */
export function settlePayment(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { PaymentDocumentID, ServiceID, OrderDate, Amount } = lost.item.content;
  const by = PaymentDocumentID === undefined ? { ServiceID } : { PaymentDocumentID };
  const kopecks = String(Math.round(Number(Amount) * 100));
  return lookFor(ctx, tools, lost, question({ SupplierIDs: by }), (result) => {
    const like = notificationsIn(result).filter((n) => {
      const [order] = list(n.OrderInfo);
      return (
        n.AckStatus !== ANNULLED &&
        sameScalar(String(OrderDate), order?.OrderDate) &&
        sameScalar(kopecks, order?.Amount)
      );
    });
    return like.length > 0 ? 'ambiguous' : undefined;
  });
}

/** A cancellation happened when the payment counts as annulled. */
export function settlePaymentCancellation(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { notification } = lost.op.payload;
  return lookFor(ctx, tools, lost, oneBy(notification), (result) =>
    told(result, notification)?.AckStatus === ANNULLED ? { cancelled: true } : undefined,
  );
}

/** An acknowledgement is there when the payment lists one of the same document, service and amount, or the same impossibility. */
export function settleAcknowledgement(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { NotificationsOfOrderExecutionGUID: notification, PaymentDocumentAck, AckImpossible } = lost.item.content;
  const wanted = PaymentDocumentAck ? { PaymentDocumentAck } : { AckImpossible };
  return lookFor(ctx, tools, lost, oneBy(notification), (result) =>
    acknowledgementsIn(told(result, notification)).some((a) => agrees(wanted, a)) ? { found: 'export' } : undefined,
  );
}

/** An acknowledgement is taken back when the payment lists none of the document any more. */
export function settleUnacknowledgement(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { NotificationsOfOrderExecutionGUID: notification, PaymentDocumentID: id } = lost.item.content;
  return lookFor(ctx, tools, lost, oneBy(notification), (result) => {
    const payment = told(result, notification);
    // A payment that is not there shows nothing of what became of its acknowledgements.
    if (!payment) return 'ambiguous';
    const documents = acknowledgementsIn(payment).flatMap((a) => [
      ...list(a.PaymentDocumentAck),
      ...list(a.AckImpossible),
    ]);
    return documents.some((d) => sameScalar(String(id), d.PaymentDocumentID)) ? undefined : { cancelled: true };
  });
}

function oneBy(notification: unknown): Question {
  return question({ Notifications: { NotificationsOfOrderExecutionGUID: notification } });
}

function told(result: NativeObject, notification: unknown): NativeObject | undefined {
  return notificationsIn(result).find((n) =>
    sameGuid(String(n.NotificationsOfOrderExecutionGUID), String(notification)),
  );
}

function notificationsIn(result: NativeObject): NativeObject[] {
  return list(result.exportNotificationsOfOrderExecutionResult).flatMap((r) =>
    list(r.NotificationOfOrderExecutionWithStatus),
  );
}

function acknowledgementsIn(payment: NativeObject | undefined): NativeObject[] {
  return list(payment?.AcknowledgmentRequestsList).flatMap((l) => list(l.AcknowledgmentRequest));
}
