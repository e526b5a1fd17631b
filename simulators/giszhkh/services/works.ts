import { space, stamp } from '../answers.ts';
import { type Call, commonResults, Refusal, type Service } from '../service.ts';
import { gisGuid, type House } from '../world.ts';
import { all, child, type Element, escaped, tag, text } from '../xml.ts';
import { referToFiles } from './attachments.ts';
import { checkReference, elementGuid } from './directories.ts';

/** Works of a house in a month; the plan has one item a month, the cleaning of the entrances. */
const MONTHS = 12;

const workListOf = (house: House): string => gisGuid('other', house.index, 7);
const periodOf = (house: House, year: number, month: number): string =>
  gisGuid('other', house.index * MONTHS + month, year);
const itemOf = (house: House, year: number, month: number): string =>
  gisGuid('other', house.index * MONTHS + month, 5000 + year);

/** Перечни работ of houses, for tests that need one. */
export function workLists({ houses }: { houses: ReadonlyMap<string, House> }): { house: string; workList: string }[] {
  return [...houses.values()].map((house) => ({ house: house.fias, workList: workListOf(house) }));
}

/** Text of what was done in a period, by its identifier. */
const done = new WeakMap<object, Map<string, string>>();

function doneIn(call: Call): Map<string, string> {
  let found = done.get(call.world);
  if (!found) {
    found = new Map();
    done.set(call.world, found);
  }
  return found;
}

function exportPlan(request: Element, call: Call): string {
  const plans = all(request, 'work').flatMap((wish) => {
    const house = [...call.world.houses.values()].find(
      (h) => workListOf(h) === text(wish, 'WorkListGUID')?.toLowerCase(),
    );
    const year = Number(text(wish, 'Year'));
    return house ? [plan(house, year, call)] : [];
  });
  if (plans.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return plans.join('');
}

function plan(house: House, year: number, call: Call): string {
  const at = stamp(call.clock.now());
  const months = Array.from({ length: MONTHS }, (_, i) => {
    const item = `<s:WorkPlanItem><s:WorkPlanItemGUID>${itemOf(house, year, i + 1)}</s:WorkPlanItemGUID><b:ModificationDate>${at}</b:ModificationDate><s:WorkGUID><n:Code>1</n:Code><n:GUID>${elementGuid(call.contour, '59', '1') ?? ''}</n:GUID></s:WorkGUID><s:WorkCount>4</s:WorkCount></s:WorkPlanItem>`;
    return `<s:ReportingPeriod><s:reportingPeriodGuid>${periodOf(house, year, i + 1)}</s:reportingPeriodGuid><s:MonthYear><b:Month>${i + 1}</b:Month><b:Year>${year}</b:Year></s:MonthYear>${item}</s:ReportingPeriod>`;
  });
  return `<s:exportWorkingPlanResult><s:WorkingPlan><s:WorkListGUID>${workListOf(house)}</s:WorkListGUID><b:Year>${year}</b:Year><s:FIASHouseGuid>${house.fias}</s:FIASHouseGuid>${months.join('')}</s:WorkingPlan></s:exportWorkingPlanResult>`;
}

/** Year and month of a period of a house that is ours. */
function houseOf(call: Call, period: string): House {
  const year = Number.parseInt(period.slice(9, 13), 16);
  const n = Number.parseInt(period.slice(24), 16);
  const house = [...call.world.houses.values()].find(
    (h) => n > h.index * MONTHS && n <= (h.index + 1) * MONTHS && periodOf(h, year, n - h.index * MONTHS) === period,
  );
  if (!house) throw new Refusal('INT002000', 'Отчетный период не найден');
  if (!house.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
  return house;
}

/** Photographs, as they were named. */
const photos = (work: Element): string =>
  all(work, 'photos')
    .map(
      (e) =>
        `<s:photos><b:Name>${escaped(text(e, 'Name') ?? '')}</b:Name><b:Description>${escaped(text(e, 'Description') ?? '')}</b:Description><b:Attachment><b:AttachmentGUID>${text(e, 'Attachment', 'AttachmentGUID')}</b:AttachmentGUID></b:Attachment>${tag('b:AttachmentHASH', text(e, 'AttachmentHASH'))}</s:photos>`,
    )
    .join('');

const common = (work: Element): string => {
  const monthly = child(work, 'MonthlyWork');
  const dates = all(monthly, 'WorkDate').map((e) => `<s:WorkDate>${e.textContent ?? ''}</s:WorkDate>`);
  return `${photos(work)}${monthly ? `<s:MonthlyWork><s:count>${text(monthly, 'count')}</s:count>${dates.join('')}</s:MonthlyWork>` : ''}${tag('s:ActGUID', text(work, 'ActGUID'))}${['Price', 'Amount', 'TotalCost'].map((name) => tag(`s:${name}`, text(work, name))).join('')}`;
};

/** The whole period is one object: the request names no transport identifier for it. */
function importDone(request: Element, call: Call): string {
  const works = child(request, 'CompletedWorksByPeriod');
  const period = (text(works, 'reportingPeriodGuid') ?? '').toLowerCase();
  const house = houseOf(call, period);
  if (works) referToFiles(call, 'disclosure', works);
  const planned = all(works, 'PlannedWork').map((work) => {
    const item = (text(work, 'WorkPlanItemGUID') ?? '').toLowerCase();
    const n = Number.parseInt(period.slice(24), 16) - house.index * MONTHS;
    if (item !== itemOf(house, Number.parseInt(period.slice(9, 13), 16), n))
      throw new Refusal('INT002000', 'Работа плана не найдена в отчетном периоде');
    return `<s:PlannedWork>${common(work)}<s:WorkPlanItemGUID>${item}</s:WorkPlanItemGUID><s:plannedCount>${text(work, 'plannedCount')}</s:plannedCount></s:PlannedWork>`;
  });
  const unplanned = all(works, 'UnplannedWork').map((work) => {
    const comment = text(work, 'Comment');
    const reference = (name: string, registry: string): string => {
      const code = checkReference(call.contour, registry, child(work, name));
      return `<s:${name}><n:Code>${code}</n:Code><n:GUID>${elementGuid(call.contour, registry, code) ?? ''}</n:GUID></s:${name}>`;
    };
    return `<s:UnplannedWork>${common(work)}${tag('s:Comment', comment && escaped(comment))}${reference('Work', '59')}${reference('workType', '56')}</s:UnplannedWork>`;
  });
  doneIn(call).set(period, `${planned.join('')}${unplanned.join('')}`);
  call.effects.add('giszhkh.works', period);
  const result = { transportGuid: call.guid(), guid: period };
  return commonResults([result], stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

function exportDone(request: Element, call: Call): string {
  const results = all(request, 'reportingPeriodGuid').flatMap((e) => {
    const period = (e.textContent ?? '').toLowerCase();
    const works = doneIn(call).get(period);
    return works === undefined
      ? []
      : [
          `<s:exportCompletedWorksResult><s:reportingPeriodGuid>${period}</s:reportingPeriodGuid>${works}</s:exportCompletedWorksResult>`,
        ];
  });
  if (results.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return results.join('');
}

export const works: Service = {
  path: '/ext-bus-organization-service/services/OrganizationAsync',
  namespace: space('services'),
  header: 'RequestHeader',
  resultVersion: '10.0.1.1',
  operations: {
    exportWorkingPlan: { element: 'exportWorkingPlanRequest', kind: 'export', handler: exportPlan },
    importCompletedWorks: { element: 'importCompletedWorksRequest', kind: 'import', handler: importDone },
    exportCompletedWorks: { element: 'exportCompletedWorksRequest', kind: 'export', handler: exportDone },
  },
};
