import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { agrees, lookFor, sameScalar } from './found.ts';

/** Members that an export writes otherwise than an import: they are not compared. */
const OTHERWISE = ['TransportGUID', 'AccountGUID', 'PayerInfo', 'AccountReasons', 'CreationDate'];

/** An account is there when its house has one of its number, or its GUID, with what was written. */
export function settleAccount(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content, common } = lost.item;
  const guid = typeof content.AccountGUID === 'string' ? content.AccountGUID : undefined;
  const house = [common.FIASHouseGuid, common.$house, lost.op.payload.house].find(
    (v): v is string => typeof v === 'string',
  );
  const question = {
    service: 'house-management',
    operation: 'exportAccountData',
    content: guid ? { AccountGUID: [guid] } : { FIASHouseGuid: house },
  } as const;
  // A new account can't be looked for without its house.
  if (!guid && !house) return Promise.resolve({ status: 'ambiguous' });
  const compared = Object.fromEntries(Object.entries(content).filter(([name]) => !OTHERWISE.includes(name)));
  return lookFor(ctx, tools, lost, question, (result) => {
    const same = list(result.exportAccountResult).filter((a) =>
      guid
        ? sameGuid(String(a.AccountGUID), guid)
        : sameScalar(String(content.AccountNumber), a.AccountNumber) && !a.Closed,
    );
    const [found, second] = same;
    if (second) return 'ambiguous';
    if (!found || (guid && !agrees(compared, found))) return undefined;
    return {
      guid: String(found.AccountGUID).toLowerCase(),
      ...(typeof found.UnifiedAccountNumber === 'string' ? { uniqueNumber: found.UnifiedAccountNumber } : {}),
      ...(typeof found.ServiceID === 'string' ? { serviceId: found.ServiceID } : {}),
    };
  });
}
