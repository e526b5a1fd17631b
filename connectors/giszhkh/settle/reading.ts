import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { Question } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { lookFor, sameScalar, verdictOf } from './found.ts';

/**
 * A reading is there when the history of its meter has the same value at the same date. Asked for a hundred meters at once, or for all the
 * meters of a house where the request names the house.
 */
export async function settleReading(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content, common } = lost.item;
  const root = String(content.MeteringDeviceRootGUID ?? '');
  const house = typeof common.FIASHouseGuid === 'string' ? common.FIASHouseGuid : undefined;
  const base = { service: 'device-metering', operation: 'exportMeteringDeviceHistory' } as const;
  // A mapping of somebody's own may name versions of devices, and the history shows roots only.
  if (root === '') return { status: 'ambiguous' };
  if (!house)
    return verdictOf(await tools.histories.step(ctx, root, lost.notBefore), (result) => readingIn(result, content));
  const types = await tools.directories.all(ctx, '27');
  const MeteringDeviceType = [...types.values()].filter((t) => t.actual).map((t) => ({ Code: t.code, GUID: t.guid }));
  let next: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const question: Question = {
      ...base,
      content: { FIASHouseGuid: [house], ...(next ? { ExportMeteringDeviceRootGUID: next } : {}), MeteringDeviceType },
    };
    let following: string | undefined;
    const verdict = await lookFor(ctx, tools, lost, question, (result) => {
      following = nextPage(result);
      return readingIn(result, content);
    });
    if (verdict.status !== 'absent' || !following || following === next) return verdict;
    next = following;
  }
  return { status: 'ambiguous' };
}

/** A house has no more than some thousands of meters, and a page a thousand. */
const MOST_PAGES = 50;

function nextPage(result: NativeObject): string | undefined {
  const paged = list(result.PagedOutput)[0];
  const guid = paged && Object.values(paged).find((v) => typeof v === 'string' && /^[0-9a-fA-F-]{36}$/.test(v));
  return typeof guid === 'string' ? guid : undefined;
}

function readingIn(result: NativeObject, written: NativeObject): Readonly<Record<string, unknown>> | undefined {
  const root = String(written.MeteringDeviceRootGUID ?? '');
  for (const device of list(result.exportMeteringDeviceHistoryResult)) {
    if (!sameGuid(String(device.MeteringDeviceRootGUID), root)) continue;
    for (const form of ['OneRateDeviceValue', 'ElectricDeviceValue', 'VolumeDeviceValue']) {
      const [wanted] = list(list(written[form])[0]?.CurrentValue);
      if (!wanted) continue;
      const there = list(device[form])
        .flatMap((d) => [...list(d.Values), ...list(d.CurrentValue)])
        .flatMap((v) => ('CurrentValue' in v ? list(v.CurrentValue) : [v]));
      const found = there.find((value) => sameReading(wanted, value));
      if (found) return { enteredAt: found.EnterIntoSystem ?? null, found: 'history' };
    }
  }
  return undefined;
}

const VALUES = ['MeteringValue', 'MeteringValueT1', 'MeteringValueT2', 'MeteringValueT3'];

function sameReading(wanted: NativeObject, there: NativeObject): boolean {
  const sameDay = sameScalar(String(wanted.DateValue), there.DateValue);
  const resource = list(wanted.MunicipalResource)[0]?.Code;
  const code = list(there.MunicipalResource)[0]?.Code;
  if (!sameDay || (resource !== undefined && code !== undefined && resource !== code)) return false;
  return VALUES.every((name) => wanted[name] === undefined || sameScalar(String(wanted[name]), there[name]));
}
