import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { lookFor, sameScalar } from './found.ts';

/**
 * A debt is in the register when the object has one by the same court act of the same debtor. Changes of a debt are not looked for: the
 * export takes no identifier of a debt, and nothing in its answer tells one edit from another.
 */
export function settleDebt(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const [placing] = list(lost.item.content.PlacingDebt);
  if (!placing) return Promise.resolve({ status: 'ambiguous' });
  const [act = {}] = list(placing.JudicalAct);
  const [debtor = {}] = list(placing.DebtorData);
  const question = {
    service: 'debts',
    operation: 'exportDebt',
    content: {
      ExportCriteria: {
        DebtStatuses: { Status: ['PUBLISHED'] },
        DebtObject: placing.DebtObject,
        JudicalActNumber: act.JudicalActNumber,
      },
    },
  } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const [found, second] = list(result.ExportDebtResult)
      .flatMap((r) => list(r.Debt))
      .filter((debt) => {
        const [by = {}] = list(debt.JudicalAct);
        const [of = {}] = list(debt.Debtor);
        return (
          sameScalar(String(act.JudicalActNumber), by.JudicalActNumber) &&
          sameScalar(String(act.JudicalActDate), by.JudicalActDate) &&
          ['SurName', 'FirstName'].every((name) => sameScalar(String(debtor[name]), of[name]))
        );
      });
    if (second) return 'ambiguous';
    return found && { guid: String(found.DebtGUID).toLowerCase(), found: 'export' };
  });
}
