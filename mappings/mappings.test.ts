import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { compileMapping } from './compile.ts';
import { parseExpression } from './expression.ts';
import { MappingError, RecordFault } from './faults.ts';
import { builtInFolder, loadMappings } from './load.ts';
import { testMapping } from './test-mapping.ts';
import type { ReadScope, WriteScope } from './types.ts';

const vocabulary = { entities, commands };
const folder = builtInFolder('onec');
const accountYaml = readFileSync(`${folder}/personal-account.yaml`, 'utf8');
const scope: ReadScope = { timezone: 'Europe/Samara', asOf: new Date(0), resolve: (_e, key) => key };
const writeScope: WriteScope = { timezone: 'Europe/Samara', nativeKey: (_e, id) => id };

function faultsOf(yaml: string): MappingError['faults'] {
  try {
    compileMapping(yaml, 'm.yaml', vocabulary);
  } catch (error) {
    if (error instanceof MappingError) return error.faults;
    throw error;
  }
  return [];
}

describe('shipped mappings of 1C', () => {
  test.each(readdirSync(folder))('%s keeps its examples and the law', async (name) => {
    const mapping = compileMapping(readFileSync(`${folder}/${name}`, 'utf8'), name, vocabulary);
    const outcomes = await testMapping(mapping);
    expect(outcomes.flatMap((o) => o.differences)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(0);
  });

  test('all of them load together, one per entity', async () => {
    const set = await loadMappings(folder, vocabulary);
    expect(set.get('PersonalAccount')?.source.select).toContain('Помещение_Key');
    expect(set.get('Charge')?.source.select).toEqual(expect.arrayContaining(['Начисления', 'МесяцНачисления']));
  });
});

describe('a fault in a mapping file', () => {
  test('an unknown converter names line and nearest converter', () => {
    const [fault] = faultsOf(accountYaml.replace('ДатаОткрытия | date ', 'ДатаОткрытия | dat '));
    expect(fault).toMatchObject({ file: 'm.yaml', field: 'openedOn', line: 13 });
    expect(fault?.message).toContain("did you mean 'date'");
  });

  test('an unknown canonical field names the nearest one', () => {
    expect(faultsOf(accountYaml.replace('openedOn:', 'openedOnn:'))[0]?.message).toContain("'openedOn'");
  });

  test('a file without an example does not load', () => {
    expect(faultsOf(accountYaml.replace(/examples:[\s\S]*/, 'examples: []\n'))[0]?.message).toContain('example');
  });

  test('a misspelt key, an unknown entity and broken YAML are named', () => {
    expect(
      faultsOf(accountYaml.replace('source:', 'sorce:'))
        .map((f) => f.message)
        .join(),
    ).toContain("'source'");
    expect(
      faultsOf(accountYaml.replace('canonical: PersonalAccount', 'canonical: PersonalAcount'))[0]?.message,
    ).toContain("'PersonalAccount'");
    expect(faultsOf(accountYaml.replace('xref(Premises)', 'xref(Premisses)'))[0]?.message).toContain(
      'no such canonical entity',
    );
    expect(faultsOf('a: [')[0]?.field).toBe('YAML');
  });

  test('an example that does not come true is reported', async () => {
    const mapping = compileMapping(
      accountYaml.replace(/number: ["']000012345["']/, "number: '12345'"),
      'm.yaml',
      vocabulary,
    );
    expect((await testMapping(mapping))[0]?.differences[0]).toContain('number');
  });
});

describe('a record that cannot be translated', () => {
  const mapping = compileMapping(accountYaml, 'account.yaml', vocabulary);
  const native = { ...mapping.examples[0]?.native };

  test('names file, line, field and value', () => {
    const read = () => mapping.read({ ...native, Закрыт: 'возможно' }, scope);
    expect(read).toThrow(RecordFault);
    expect(read).toThrow(/account\.yaml:10: state: .*value: возможно/);
  });

  test('does not repeat a personal value', () => {
    expect(() => mapping.read({ ...native, Code: '1'.repeat(30) }, scope)).toThrow(/number: .*hidden/);
  });

  test('is never cut silently when written', () => {
    const canonical = mapping.read(native, scope);
    expect(() => mapping.write?.({ ...canonical, unifiedNumber: 'x'.repeat(11) }, writeScope)).toThrow(
      /unifiedNumber|takes 10/,
    );
  });
});

describe('several records of one native object', () => {
  test('each row of a section becomes a part with a key of its own and only the columns used', () => {
    const mapping = compileMapping(readFileSync(`${folder}/payment.yaml`, 'utf8'), 'p.yaml', vocabulary);
    const rows = [
      { LineNumber: '1', ЛицевойСчет_Key: 'a', Лишнее: 1 },
      { LineNumber: '2', ЛицевойСчет_Key: 'b' },
    ];
    const parts = mapping.parts('doc', { Posted: true, Платежи: rows, Комментарий: 'x' });
    expect(parts.map((p) => p.key)).toEqual(['doc:1', 'doc:2']);
    expect(JSON.stringify(parts)).not.toContain('Лишнее');
    expect(JSON.stringify(parts)).not.toContain('Комментарий');
    expect(mapping.references(parts[1]?.native ?? {})).toEqual([{ entity: 'PersonalAccount', key: 'b' }]);
    expect(mapping.parts('doc', { Posted: false, Платежи: rows })).toEqual([]);
  });
});

describe('JSONata is the way out', () => {
  test('an expression is evaluated ahead of reading', async () => {
    const yaml = accountYaml.replace('name: Description | trim', 'name: { jsonata: "Code & \'/\' & Description" }');
    const mapping = compileMapping(yaml, 'j.yaml', vocabulary);
    const native = { ...mapping.examples[0]?.native };
    await mapping.prepare(native);
    expect(mapping.read(native, scope).name).toBe('   000012345/000012345');
  });
});

/** The law for every two-way converter: read(write(read(n))) = read(n). */
describe('converters', () => {
  const naiveDate = fc
    .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2049-12-31T00:00:00Z'), noInvalidDate: true })
    .map((d) => d.toISOString().slice(0, 19));
  const natives: Record<string, fc.Arbitrary<unknown>> = {
    text: fc.string(),
    trim: fc.string(),
    date: fc.oneof(naiveDate, fc.constant('0001-01-01T00:00:00')),
    datetime: fc.oneof(naiveDate, fc.constant('0001-01-01T00:00:00')),
    period: naiveDate,
    'decimal(2)': fc.integer({ min: -1e12, max: 1e12 }).map((n) => n / 100),
    'decimal(3)': fc.integer({ min: -1e12, max: 1e12 }).map((n) => n / 1000),
    money: fc.integer({ min: -1e13, max: 1e13 }).map((n) => n / 100),
    integer: fc.integer(),
    'integer | zeroIsNull': fc.integer(),
    share: fc.integer({ min: 0, max: 10_000 }).map((n) => n / 10_000),
    guid: fc.uuid(),
    'xref(Premises)': fc.uuid(),
    boolean: fc.boolean(),
    'enum({ А: a, Б: b })': fc.constantFrom('А', 'Б', ''),
    'trim | maxLength(10)': fc.string({ maxLength: 10 }),
    roubles: fc.integer({ min: -1e12, max: 1e12 }).map((n) => (n / 100).toFixed(2)),
    kopecks: fc.oneof(fc.integer().map(String), fc.integer()),
    'digits(7)': fc.oneof(
      fc.integer({ min: 0, max: 1e12 }).map((n) => (n / 1000).toFixed(3)),
      fc.constantFrom('123456789012345.1234567', '0', ''),
    ),
    day: fc.oneof(
      naiveDate.map((v) => `${v.slice(0, 10)}+03:00`),
      naiveDate,
      fc.constantFrom('1900-01-01', ''),
    ),
    mark: fc.constantFrom(true, false, 'true', undefined),
    'padLeft(9)': fc.string({ maxLength: 12 }),
  };
  test.each(Object.keys(natives))('%s keeps the law', (text) => {
    const { steps } = parseExpression(`X | ${text}`);
    const read = (v: unknown) => steps.reduce<unknown>((value, s) => s.read(value, scope), v);
    const write = (v: unknown) => [...steps].reverse().reduce<unknown>((value, s) => s.write?.(value, writeScope), v);
    fc.assert(
      fc.property(natives[text] as fc.Arbitrary<unknown>, (native) => {
        const once = read(native);
        expect(read(write(once))).toEqual(once);
      }),
    );
  });

  test('a local time turns into an instant with the offset of its zone, summers of old included', () => {
    const at = (zone: string, v: string) =>
      parseExpression('X | datetime').steps[0]?.read(v, { ...scope, timezone: zone });
    expect(at('Europe/Samara', '2026-11-24T10:00:00')).toBe('2026-11-24T10:00:00+04:00');
    expect(at('Asia/Yekaterinburg', '2026-07-01T00:00:00')).toBe('2026-07-01T00:00:00+05:00');
    expect(at('Europe/Moscow', '2009-07-01T12:00:00')).toBe('2009-07-01T12:00:00+04:00');
  });

  test('decimals lose no digit and round nothing away', () => {
    const read = (v: unknown) => parseExpression('X | decimal(2)').steps[0]?.read(v, scope);
    expect(read(5312.07)).toBe('5312.07');
    expect(read(0.1)).toBe('0.10');
    expect(read('-0')).toBe('0.00');
    expect(() => read(0.005)).toThrow('more than 2 digits');
    expect(() => read(1e16)).toThrow('15 digits');
  });

  test('a decimal reads the same as number and as text', () => {
    const read = (v: unknown) => {
      try {
        return parseExpression('X | decimal(2)').steps[0]?.read(v, scope);
      } catch (error) {
        return (error as Error).message;
      }
    };
    const number = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer().map((n) => n / 1000),
      fc.constantFrom(0, -0, 1e-7, 12, 99.9),
    );
    fc.assert(
      fc.property(number, (n) => {
        fc.pre(!String(n).includes('e') && Math.abs(n) < 1e15);
        expect(read(n)).toBe(read(String(n)));
      }),
    );
    expect(read(1e-7)).toBe('has more than 2 digits after the point');
  });

  test('a date has digits and signs where they belong, and nothing else', () => {
    const { steps } = parseExpression('X | date');
    const date = '2026-11-24T10:00:00';
    expect(steps[0]?.read(date, scope)).toBe('2026-11-24');
    for (let i = 0; i < date.length; i++)
      for (const wrong of ['', '/', ':x', ';', 'т', '-0'])
        expect(() => steps[0]?.read(`${date.slice(0, i)}${wrong}${date.slice(i + 1)}`, scope)).toThrow('without zone');
    for (const wrong of [`${date}Z`, `${date}+03:00`, ` ${date}`, '2026-11-24', 20261124])
      expect(() => steps[0]?.read(wrong, scope)).toThrow('without zone');
  });
});

test.each([...entities.values()])('the compiled check of $name agrees with its schema', ({ schema }) => {
  const value = fc.oneof(
    fc.constantFrom(null, undefined, '', 'open', '+79161234567', '2026-11-24', '2026-11', '12.50', '0.5', 2, 0, true),
    fc.constant({ amount: '12.50', currency: 'RUB' }),
    fc.uuid(),
    fc.array(fc.constantFrom('1.000', '+79161234567'), { maxLength: 3 }),
    fc.anything({ maxDepth: 1 }),
  );
  const agree = (checked: z.ZodObject, candidate: fc.Arbitrary<unknown>): void => {
    const compiled = z.compile(checked);
    fc.assert(
      fc.property(candidate, (v) => {
        const [fast, plain] = [compiled.safeParse(v), checked.safeParse(v)];
        expect([fast.success, fast.data, fast.error?.issues]).toEqual([plain.success, plain.data, plain.error?.issues]);
      }),
    );
  };
  const names = [...Object.keys(schema.shape), 'unknown'];
  agree(schema, fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }));
  // One field at a time, so that good values are met as well as bad ones.
  for (const [name, field] of Object.entries(schema.shape))
    agree(z.strictObject({ [name]: field as z.ZodType }), fc.record({ [name]: value }, { requiredKeys: [] }));
});
