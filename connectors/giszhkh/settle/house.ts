import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { byCode } from './by-code.ts';
import { agrees, lookFor } from './found.ts';

/** A change of a house is there when the house has everything that was written. */
export function settleHouse(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { ApartmentHouseToUpdate, ...others } = lost.item.content;
  const [update] = list(ApartmentHouseToUpdate);
  const house = list(update?.BasicCharacteristicts)[0]?.FIASHouseGuid;
  // A mapping of somebody's own may write premises or entrances as well; which of them are new can't be told.
  if (!update || typeof house !== 'string' || Object.keys(others).length > 0)
    return Promise.resolve({ status: 'ambiguous' });
  // No export has the floors of the lowest part.
  const { TransportGUID: _guid, MinFloorCount: unseen, ...written } = update;
  const question = {
    service: 'house-management',
    operation: 'exportHouseData',
    content: { FIASHouseGuid: house },
  } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const [there] = list(result.exportHouseResult).flatMap((r) => list(r.ApartmentHouse));
    if (!there) return 'ambiguous';
    if (!agrees(byCode(written), there)) return undefined;
    return unseen === undefined ? { guid: house.toLowerCase(), found: 'export' } : 'ambiguous';
  });
}
