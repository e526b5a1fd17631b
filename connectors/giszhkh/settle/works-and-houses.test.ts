import { expect, test } from '@jest/globals';
import type { NativeObject } from '../../port.ts';
import type { Ctx } from '../ctx.ts';
import type { Exports } from '../exports.ts';
import type { GisTools } from '../gis-tools.ts';
import type { ImportKind, Lost } from '../import-kind.ts';
import { settleHouse } from './house.ts';
import { settleWorks } from './works.ts';

const PERIOD = '000000d0-0000-4000-8000-000000000000';
const ITEM = '000000d1-0000-4000-8000-000000000000';
const HOUSE = '000000d2-0000-4000-8000-000000000000';
const [A, B] = ['000000d3-0000-4000-8000-000000000000', '000000d4-0000-4000-8000-000000000000'];

async function settled(
  settle: NonNullable<ImportKind['settle']>,
  content: NativeObject,
  result: NativeObject | undefined,
): Promise<string> {
  const exports = { step: async () => ({ done: true, result, askedAt: 1 }) } as unknown as Exports;
  const lost = { item: { content }, op: { payload: {} }, notBefore: 0 } as unknown as Lost;
  return (await settle({} as Ctx, { exports } as unknown as GisTools, lost)).status;
}

const planned = { WorkPlanItemGUID: ITEM, plannedCount: 4, MonthlyWork: { count: 2, WorkDate: ['2026-11-03'] } };
const plannedThere = {
  WorkPlanItemGUID: ITEM.toUpperCase(),
  plannedCount: '4',
  MonthlyWork: { count: '2', WorkDate: ['2026-11-03+03:00'] },
};
const unplanned = { MonthlyWork: { count: 1 }, Work: { Code: '17', GUID: A }, workType: { Code: '5', GUID: A } };
const unplannedThere = {
  MonthlyWork: { count: '1' },
  Work: { Code: '17', GUID: B },
  workType: { Code: '5', GUID: B },
};
const photo = (Name: string) => ({ Name, Description: 'После', Attachment: { AttachmentGUID: A } });

test.each<[string, NativeObject, NativeObject, string]>([
  [
    'all are there',
    { PlannedWork: [planned], UnplannedWork: [unplanned] },
    { PlannedWork: [plannedThere], UnplannedWork: [unplannedThere] },
    'happened',
  ],
  [
    'the plan has another number',
    { PlannedWork: [{ ...planned, plannedCount: 5 }] },
    { PlannedWork: [plannedThere] },
    'absent',
  ],
  [
    'the period has others',
    { UnplannedWork: [{ ...unplanned, Comment: 'Стояк' }] },
    { UnplannedWork: [unplannedThere] },
    'absent',
  ],
  [
    'one of two like ones is there',
    { UnplannedWork: [unplanned, unplanned] },
    { UnplannedWork: [unplannedThere] },
    'ambiguous',
  ],
  [
    'both of two like ones are there',
    { UnplannedWork: [unplanned, unplanned] },
    { UnplannedWork: [unplannedThere, unplannedThere] },
    'happened',
  ],
  [
    'only the one outside of the plan is there',
    { PlannedWork: [planned], UnplannedWork: [unplanned] },
    { UnplannedWork: [unplannedThere] },
    'ambiguous',
  ],
  [
    'the photograph is there',
    { PlannedWork: [{ ...planned, photos: [photo('1.jpg')] }] },
    { PlannedWork: [{ ...plannedThere, photos: [photo('1.jpg')] }] },
    'happened',
  ],
  [
    'the photograph is another',
    { PlannedWork: [{ ...planned, photos: [photo('1.jpg')] }] },
    { PlannedWork: [{ ...plannedThere, photos: [photo('2.jpg')] }] },
    'ambiguous',
  ],
  ['nothing was told', {}, {}, 'ambiguous'],
])('works of a period: %s', async (_name, written, there, verdict) => {
  const result = { exportCompletedWorksResult: [{ reportingPeriodGuid: PERIOD.toUpperCase(), ...there }] };
  expect(await settled(settleWorks, { reportingPeriodGuid: PERIOD, ...written }, result)).toBe(verdict);
});

test('a period of which ГИС ЖКХ shows nothing has no works', async () => {
  expect(await settled(settleWorks, { reportingPeriodGuid: PERIOD, PlannedWork: [planned] }, undefined)).toBe('absent');
});

const basics = {
  FIASHouseGuid: HOUSE,
  TotalSquare: '5312.0700',
  State: { Code: '2', GUID: A },
  CulturalHeritage: false,
};
const update = (more: NativeObject = {}) => ({
  ApartmentHouseToUpdate: { BasicCharacteristicts: basics, UndergroundFloorCount: 1, TransportGUID: A, ...more },
});
const house = (more: NativeObject = {}) => ({
  exportHouseResult: {
    ApartmentHouse: {
      BasicCharacteristicts: {
        FIASHouseGuid: HOUSE,
        TotalSquare: '5312.07',
        State: { Code: '2', GUID: B },
        CulturalHeritage: 'false',
        ...more,
      },
      UndergroundFloorCount: '1',
    },
  },
});

test.each<[string, NativeObject, NativeObject | undefined, string]>([
  ['it has what was written', update(), house({ FloorCount: '9' }), 'happened'],
  ['it has another state', update(), house({ State: { Code: '1', GUID: B } }), 'absent'],
  ['floors of the lowest part show nowhere', update({ MinFloorCount: 9 }), house(), 'ambiguous'],
  ['what differs elsewhere did not arrive', update({ MinFloorCount: 9 }), house({ TotalSquare: '1' }), 'absent'],
  ['it is a dwelling house there', update(), { exportHouseResult: { LivingHouse: {} } }, 'ambiguous'],
  ['premises were written as well', { ...update(), NonResidentialPremiseToCreate: [{}] }, house(), 'ambiguous'],
])('a change of a house: %s', async (_name, content, there, verdict) => {
  expect(await settled(settleHouse, content, there)).toBe(verdict);
});
