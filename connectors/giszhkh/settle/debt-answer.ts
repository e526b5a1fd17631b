import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { lookFor, sameScalar } from './found.ts';

/** An answer is there when the subrequest counts as answered with the same words; a revocation, when it does not. */
export function settleDebtAnswer(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content } = lost.item;
  const guid = String(content.subrequestGUID);
  const question = {
    service: 'debt-requests',
    operation: 'exportDebtSubrequests',
    content: { subrequestGUID: [guid], includeResponses: true },
  } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const found = list(result.exportDSRsResult)
      .flatMap((r) => list(r.subrequestData))
      .find((s) => sameGuid(String(s.subrequestGUID), guid));
    if (!found) return undefined;
    if (content.actionType === 'Revoke') return found.responseStatus === 'NotSent' ? { revoked: true } : undefined;
    const [wanted] = list(content.responseData);
    const [there] = list(found.responseData);
    if (found.responseStatus !== 'Sent' || !wanted || !there) return undefined;
    const same =
      sameScalar(String(wanted.hasDebt), there.hasDebt) &&
      (wanted.description === undefined || sameScalar(String(wanted.description), there.description)) &&
      list(wanted.debtInfo).length === list(there.debtInfo).length;
    return same ? { responseStatus: 'Sent', found: 'export' } : undefined;
  });
}
