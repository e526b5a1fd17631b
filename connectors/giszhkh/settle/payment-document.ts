import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { lookFor, sameScalar } from './found.ts';

const EXPORT = { service: 'bills', operation: 'exportPaymentDocumentData' } as const;

/** A payment document is there when its account has one for the month with the same number and total that is not withdrawn. */
export function settlePaymentDocument(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content, common } = lost.item;
  const question = {
    ...EXPORT,
    content: { Year: common.Year, Month: common.Month, AccountGUID: [content.AccountGuid] },
  };
  return lookFor(ctx, tools, lost, question, (result) => {
    const documents = documentsIn(result).filter((d) => !isWithdrawn(d));
    const same = documents.filter(
      (d) =>
        (content.PaymentDocumentNumber === undefined ||
          sameScalar(String(content.PaymentDocumentNumber), d.PaymentDocumentNumber)) &&
        (content.TotalPayableByPD === undefined ||
          d.TotalPayableByPD === undefined ||
          sameScalar(String(content.TotalPayableByPD), d.TotalPayableByPD)),
    );
    const [found, second] = same;
    if (second) return 'ambiguous';
    if (!found) return undefined;
    return { uniqueNumber: found.PaymentDocumentID ?? null, found: 'export' };
  });
}

/** A withdrawal happened when the document is not among those that count. */
export function settleWithdrawal(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const id = String(lost.item.content.PaymentDocumentID);
  const question = { ...EXPORT, content: { PaymentDocumentID: [id] } };
  return lookFor(ctx, tools, lost, question, (result) => {
    const document = documentsIn(result).find((d) => sameScalar(id, d.PaymentDocumentID));
    return document && isWithdrawn(document) ? { withdrawn: true } : undefined;
  });
}

function documentsIn(result: NativeObject): NativeObject[] {
  return list(result.exportPaymentDocResult).flatMap((entry) => list(entry.PaymentDocument));
}

function isWithdrawn(document: NativeObject): boolean {
  return document.Withdraw === 'true' || document.Withdraw === true || document.Withdraw === '1';
}
