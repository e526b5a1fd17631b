import { expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { builtInFolder, loadMappings } from '../mappings/load.ts';
import { mapperOf } from './mapper.ts';

const HOUSE = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
const FLAT = '0192f0c4-7a1b-7c3d-8e4f-791612345671';
const ACCOUNT = '0192f0c4-7a1b-7c3d-8e4f-791612345672';
const KEYS = new Map([
  [`Building\0${HOUSE}`, 'house'],
  [`Premises\0${FLAT}`, 'flat'],
  [`PersonalAccount\0${ACCOUNT}`, 'account'],
]);
const set = await loadMappings(builtInFolder('giszhkh'), { entities, commands });
const asked: string[][] = [];
const xrefs = {
  nativeKeys: async (_org: string, _instance: string, ids: readonly string[]) => {
    asked.push([...ids]);
    return new Map([...KEYS].filter(([key]) => ids.some((id) => key.endsWith(id))));
  },
};
const mapper = mapperOf(set, xrefs, 'uk', 'giszhkh-main', 'Europe/Moscow');

test('a command is written by its kind, with references that lie deep in lists', async () => {
  const payload = {
    account: ACCOUNT,
    building: HOUSE,
    known: true,
    type: 'UO',
    number: '1',
    premises: [{ premises: FLAT }, { building: HOUSE }],
    payer: { kind: 'unknown' },
    transportGuid: 'guid',
  };
  const { native, source } = (await mapper?.write('accounts.publish', payload)) ?? {};
  expect(native).toMatchObject({
    AccountGUID: 'account',
    Accommodation: [{ PremisesGUID: 'flat' }, { FIASHouseGuid: 'house' }],
  });
  expect(source).toMatchObject({ service: 'house-management', item: 'Account' });
  // Each once, however often it is named.
  expect(asked.at(-1)?.sort()).toEqual([HOUSE, FLAT, ACCOUNT]);
  expect(mapper?.source('accounts.publish')).toMatchObject({ source: { operation: 'importAccountData' } });
});

test('what can’t be written is refused with the place in the mapping, and an unmapped kind says so', async () => {
  await expect(
    mapper?.write('payment-documents.publish', { account: HOUSE, lines: [], period: '2026-11' }),
  ).rejects.toMatchObject({ kind: 'rejected', code: 'MAPPING_VALUE', message: expect.stringContaining('AccountGuid') });
  await expect(mapper?.write('messages.send', {})).rejects.toMatchObject({ code: 'MAPPING_ABSENT' });
});
