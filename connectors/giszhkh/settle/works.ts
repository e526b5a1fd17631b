import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import { list } from '../element-results.ts';
import type { GisTools } from '../gis-tools.ts';
import { sameGuid } from '../guid.ts';
import type { Lost, Verdict } from '../import-kind.ts';
import { byCode, only } from './by-code.ts';
import { agrees, lookFor } from './found.ts';

interface Pair {
  readonly written: NativeObject;
  readonly there: NativeObject | undefined;
}

/** Completed works are there when their period has each of them with what was written. */
export function settleWorks(ctx: Ctx, tools: GisTools, lost: Lost): Promise<Verdict> {
  const { content } = lost.item;
  const period = String(content.reportingPeriodGuid);
  const question = {
    service: 'services',
    operation: 'exportCompletedWorks',
    content: { reportingPeriodGuid: [period] },
  } as const;
  return lookFor(ctx, tools, lost, question, (result) => {
    const there = list(result.exportCompletedWorksResult).find((p) => sameGuid(String(p.reportingPeriodGuid), period));
    const planned = list(content.PlannedWork).map((written) => ({
      written,
      there: list(there?.PlannedWork).find((t) => isThere(written, t)),
    }));
    const unplanned = paired(list(content.UnplannedWork), list(there?.UnplannedWork));
    const all = [...planned, ...unplanned];
    if (all.length === 0) return 'ambiguous';
    if (all.every((pair) => pair.there)) return all.every(hasPhotos) ? { guid: period, found: 'export' } : 'ambiguous';
    // A work of the plan is written again over itself; one outside of it would be there twice.
    return unplanned.some((pair) => pair.there) ? 'ambiguous' : undefined;
  });
}

/** Works outside of the plan have no identifiers: each that was written needs one there for itself. */
function paired(written: readonly NativeObject[], there: readonly NativeObject[]): Pair[] {
  const free = [...there];
  return written.map((work) => {
    const at = free.findIndex((t) => isThere(work, t));
    return { written: work, there: at < 0 ? undefined : free.splice(at, 1)[0] };
  });
}

function isThere(written: NativeObject, there: NativeObject): boolean {
  const { photos: _photos, ...rest } = written;
  return agrees(byCode(rest), there);
}

/** Photographs are told by what they are called: the file store gives each upload another GUID. */
function hasPhotos({ written, there }: Pair): boolean {
  return list(written.photos).every((photo) => agrees([only(photo, ['Name', 'Description'])], list(there?.photos)));
}
