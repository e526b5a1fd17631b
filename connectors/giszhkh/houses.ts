import type { Ctx } from './ctx.ts';
import { list } from './element-results.ts';
import type { Exports } from './exports.ts';

/** Statuses of a contract, or of a house in it, that has ended. Source: hcs-house-management-types.xsd 16.3. */
const ENDED = new Set(['Terminated', 'Annul', 'Rejected']);

/**
 * ФИАС GUIDs of the houses that an organisation runs, in a fixed order: those of hub.yaml, or those of its contracts and charters at
 * ГИС ЖКХ that have not ended.
 */
export async function housesOf(ctx: Ctx, exports: Exports): Promise<readonly string[]> {
  const { houses } = ctx.config;
  if (houses.length > 0) return [...new Set(houses.map((h) => h.toLowerCase()))].sort();
  const result = await exports.whole(ctx, { service: 'house-management', operation: 'exportCAChData', content: {} });
  const found = new Set<string>();
  for (const entry of list(result?.exportCAChResult)) {
    for (const base of [...list(entry.Contract), ...list(entry.Charter)]) {
      if (ENDED.has(String(base.ContractStatus ?? base.CharterStatus ?? ''))) continue;
      for (const object of list(base.ContractObject))
        if (typeof object.FIASHouseGuid === 'string' && !ENDED.has(String(object.StatusObject ?? '')))
          found.add(object.FIASHouseGuid.toLowerCase());
    }
  }
  return [...found].sort();
}
