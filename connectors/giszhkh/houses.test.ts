import { expect, test } from '@jest/globals';
import type { Ctx } from './ctx.ts';
import type { Exports } from './exports.ts';
import { housesOf } from './houses.ts';

const GUIDS = ['1', '2', '3', '4', '5'].map((n) => `5b1c0c1e-8a0e-11ee-9f03-00000000000${n}`);
const object = (n: number, StatusObject?: string) => ({ FIASHouseGuid: GUIDS[n]?.toUpperCase(), StatusObject });

function read(result: object, houses: string[] = []): Promise<readonly string[]> {
  const exports = { whole: async () => result } as unknown as Exports;
  return housesOf({ config: { houses } } as unknown as Ctx, exports);
}

test('houses are those of contracts and charters that are in force or on their way to it', async () => {
  const exportCAChResult = [
    { Contract: { ContractStatus: 'Approved', ContractObject: [object(0, 'Approved'), object(1, 'Annul')] } },
    { Contract: { ContractStatus: 'Terminated', ContractObject: [object(2, 'Approved')] } },
    { Contract: { ContractStatus: 'Annul', ContractObject: [object(3)] } },
    { Charter: { CharterStatus: 'Reviewed', ContractObject: [object(4)] } },
  ];
  expect(await read({ exportCAChResult })).toEqual([GUIDS[0], GUIDS[4]]);
});

test('houses of hub.yaml are taken as they are, and nothing is asked', async () => {
  expect(await read({}, [GUIDS[1]?.toUpperCase() ?? '', GUIDS[1] ?? '', GUIDS[0] ?? ''])).toEqual([GUIDS[0], GUIDS[1]]);
});
