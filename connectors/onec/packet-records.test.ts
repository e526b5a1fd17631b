import { describe, expect, test } from '@jest/globals';
import type { Change } from './change-packet.ts';
import { changesOf, unfitForPackets } from './packet-records.ts';
import { plainFilter } from './plain-filter.ts';
import { OnecSource } from './source.ts';

const source = (given: object): OnecSource => OnecSource.parse(given);
const change = (set: string, data: Change['data'], more: Partial<Change> = {}): Change => ({
  set,
  key: { Ref_Key: 'k' },
  deleted: false,
  at: undefined,
  data,
  ...more,
});

describe('what a packet says of a source', () => {
  const documents = source({ set: 'Document_X', filter: 'Posted eq true', window: { by: 'Date', months: 2 } });

  test('nothing when it names no object of its set', () => {
    expect(changesOf(documents, [change('Document_Y', {})], undefined)).toBeUndefined();
  });

  test('an object that the filter does not want any more is gone', () => {
    const changes = [
      change('Document_X', { Ref_Key: 'a', Posted: true }),
      change('Document_X', { Ref_Key: 'b', Posted: false }),
    ];
    expect(changesOf(documents, changes, undefined)?.records.map((r) => [r.key, r.deleted === true])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });

  test('an object dated before the window is left alone, a tombstone is not', () => {
    const from = '2026-09-01T00:00:00';
    const changes = [
      change('Document_X', { Ref_Key: 'old', Posted: true, Date: '2026-08-31T23:59:59' }),
      change('Document_X', { Ref_Key: 'new', Posted: true, Date: from }),
      change('Document_X', {}, { key: { Ref_Key: 'dead' }, deleted: true }),
    ];
    expect(changesOf(documents, changes, from)?.records.map((r) => r.key)).toEqual(['new', 'dead']);
  });

  test('a record set read whole keeps its key, whatever the address calls it', () => {
    const register = source({ set: 'InformationRegister_R', key: ['Recorder_Key'], each: 'RecordSet' });
    const whole = change('InformationRegister_R', { RecordSet: [{ LineNumber: '1' }] }, { key: { Recorder: 'doc' } });
    expect(changesOf(register, [whole], undefined)).toMatchObject({
      records: [{ key: 'doc', data: { RecordSet: [{ LineNumber: '1' }] } }],
      whole: [],
    });
  });

  test('single records of a register replace all of their recorder', () => {
    const rows = source({ set: 'InformationRegister_R_RecordType', key: ['Recorder_Key', 'LineNumber'] });
    const set = (records: object[]): Change =>
      change('InformationRegister_R', { Recorder_Key: 'doc', RecordSet: records }, { key: { Recorder: 'doc' } });
    expect(changesOf(rows, [set([{ LineNumber: '1' }, { LineNumber: '2' }])], undefined)).toMatchObject({
      records: [{ key: 'doc|1' }, { key: 'doc|2' }],
      whole: ['doc|'],
    });
    expect(changesOf(rows, [set([])], undefined)).toEqual({ records: [], whole: ['doc|'] });
  });
});

describe('a source that packets can not serve', () => {
  test.each([
    [{ set: 'AccumulationRegister_X', virtual: { function: 'Balance' } }, 'virtual table'],
    [{ set: 'Catalog_X', expand: ['Владелец'] }, 'expands'],
    [{ set: 'Catalog_X', filter: 'Code gt 5 or IsFolder eq true' }, 'filter'],
    [{ set: 'InformationRegister_X_RecordType', key: ['Period', 'LineNumber'] }, 'recorder'],
  ])('is told with the reason: %j', (given, reason) => {
    expect(unfitForPackets(source(given))).toContain(reason);
  });

  test('is none with an ordinary source', () => {
    expect(
      unfitForPackets(source({ set: 'Catalog_X', filter: "IsFolder eq false and Вид eq 'А''Б'" })),
    ).toBeUndefined();
  });
});

test('a plain filter compares texts, numbers, flags and references', () => {
  const passes = plainFilter("Имя eq 'О''Нил' and Сумма eq 1.50 and Ok eq true and Ref eq guid'ab'");
  expect(passes?.({ Имя: "О'Нил", Сумма: 1.5, Ok: true, Ref: 'ab' })).toBe(true);
  expect(passes?.({ Имя: "О'Нил", Сумма: 2, Ok: true, Ref: 'ab' })).toBe(false);
  expect(plainFilter("substringof('x',Имя)")).toBeUndefined();
});
