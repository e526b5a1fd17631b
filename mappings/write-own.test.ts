import { describe, expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { compileMapping } from './compile.ts';
import { type CommandMapping, compileFile, isCommandMapping } from './compile-command.ts';
import { MappingError, RecordFault } from './faults.ts';
import { testMapping } from './test-mapping.ts';

const vocabulary = { entities, commands };
const ID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
const roubles = (amount: string) => ({ amount, currency: 'RUB' });

function fileOf(write: string, canonical = 'payment-documents.publish'): string {
  return `mapping: giszhkh/some
canonical: ${canonical}
source: { service: bills }
write:
${write.replace(/^(?=.)/gm, '  ')}
examples: [{ canonicalFrom: {}, writes: {} }]
`;
}

function compiled(write: string): CommandMapping {
  const mapping = compileFile(fileOf(write), 'm.yaml', vocabulary);
  if (!isCommandMapping(mapping)) throw new Error('This is a mapping of an entity.');
  return mapping;
}

function faultsOf(yaml: string): string[] {
  try {
    compileFile(yaml, 'm.yaml', vocabulary);
  } catch (error) {
    if (error instanceof MappingError) return error.faults.map((f) => `${f.line} ${f.field}: ${f.message}`);
    throw error;
  }
  return [];
}

const scope = {
  timezone: 'Europe/Moscow',
  nativeKey: (_entity: string, id: string) => (id === ID ? 'key' : undefined),
};
const payload = {
  account: ID,
  period: '2026-11',
  expose: false,
  lines: [
    { kind: 'housing', service: { code: '1', registry: '50' }, payable: roubles('10.00') },
    { kind: 'penalty', cause: 'просрочка', payable: roubles('0.50') },
  ],
};

describe('what a mapping writes by itself', () => {
  test('rows, of their kind, with paths of the item and of the whole', () => {
    const write = compiled(`lineNumbers: false
fields:
  ChargeInfo:
    rows: lines
    where: { kind: [housing, municipal] }
    fields: { Sum: payable | roubles, Service: { of: service, fields: { $registry: registry, Code: code } }, Of: $root.period }
  Causes: { rows: lines, value: item.cause }
  Insurance: { rows: lines, where: { kind: capital-repair }, fields: { Sum: payable | roubles } }
`).write;
    expect(write(payload, scope)).toEqual({
      ChargeInfo: [{ Sum: '10.00', Service: { $registry: '50', Code: '1' }, Of: '2026-11' }],
      Causes: [undefined, 'просрочка'],
    });
  });

  test('rows have numbers unless they are told not to', () => {
    const write = (numbers: string) =>
      compiled(`${numbers}fields: { Rows: { rows: lines, fields: { Kind: kind } }, "A[1].B": period }`).write;
    expect(write('')(payload, scope)).toMatchObject({
      Rows: [{ LineNumber: 1, Kind: 'housing' }, { LineNumber: 2 }],
      A: [undefined, { LineNumber: 2, B: '2026-11' }],
    });
    expect(JSON.stringify(write('lineNumbers: false\n')(payload, scope))).not.toContain('LineNumber');
  });

  test('the first case that fits; none is told with its values and its line', () => {
    const { write } = compiled(`fields: { Always: period }
cases:
  - when: { number: { there: true } }
    fields: { By: { const: number } }
  - when: { expose: true }
    fields: { By: { const: expose } }
`);
    expect(write({ ...payload, number: '7' }, scope)).toEqual({ Always: '2026-11', By: 'number' });
    expect(write({ ...payload, expose: true }, scope)).toEqual({ Always: '2026-11', By: 'expose' });
    expect(() => write(payload, scope)).toThrow(RecordFault);
    expect(() => write(payload, scope)).toThrow(
      /m\.yaml:6: write\.cases: none of the cases fits number: absent, expose: false/,
    );
  });

  test('a part of the request, an element of a directory, a group, a value in a case', () => {
    const { write } = compiled(`given: [transportGuid]
fields:
  $request.Month: period | month
  $request.House: account | xref(PersonalAccount)
  Reason: { registry: "22", code: number }
  Payee: { of: payee, fields: { Bik: bik } }
  Draft: { const: true, when: { expose: false } }
  Number: { from: number, when: { expose: true } }
  Group: { when: { expose: false }, fields: { Guid: transportGuid } }
`);
    expect(write({ ...payload, number: '3', transportGuid: 'g' }, scope)).toEqual({
      $request: { Month: 11, House: 'key' },
      Reason: { $registry: '22', Code: '3' },
      Draft: true,
      Group: { Guid: 'g' },
    });
    // A reference without a code is none.
    expect(write({ ...payload, payee: { bik: '1' } }, scope)).not.toHaveProperty('Reason');
  });

  test('a value that a converter can’t take names file, line and target; a personal one is not shown', () => {
    const account = compileFile(
      fileOf('fields:\n  AccountNumber: number | maxLength(3)', 'accounts.publish'),
      'm.yaml',
      vocabulary,
    ) as CommandMapping;
    const write = () => account.write({ number: 'Иванов' }, scope);
    expect(write).toThrow(/m\.yaml:6: AccountNumber: .*hidden/);
    expect(write).not.toThrow(/Иванов/);
    expect(() => compiled('fields: { A: account | xref(PersonalAccount) }').write({ account: 'x' }, scope)).toThrow(
      'refers to a PersonalAccount that this system does not know',
    );
  });
});

describe('a fault in the mapping of a command', () => {
  test('names that the body has not are told with the nearest, in rows too', () => {
    expect(
      faultsOf(
        fileOf(
          'fields:\n  A: perod\n  B: { rows: lines, fields: { C: payble } }\n  D: { of: payee, fields: { E: $root.acount } }',
        ),
      ),
    ).toEqual([
      expect.stringMatching(/^6 fields\.A: there is no canonical 'perod' here; did you mean 'period'/),
      expect.stringMatching(/^7 .*did you mean 'payable'/),
      expect.stringMatching(/^8 .*did you mean 'account'/),
    ]);
    expect(faultsOf(fileOf('given: [transportGuid]\nfields: { A: transportGud }'))[0]).toContain("'transportGuid'");
  });

  test('nothing that reads, something that writes, no converter of one way, an entity that there is', () => {
    const yaml = fileOf('fields: { A: period }');
    expect(faultsOf(`${yaml}fields: { account: A }\n`)[0]).toContain('has no place in the mapping of a command');
    expect(faultsOf(`${yaml}each: Rows\n`)[0]).toContain('nothing is read by it');
    expect(faultsOf(fileOf('set: x'))[0]).toContain('needs write.fields or write.cases');
    expect(faultsOf(fileOf('fields: { A: number | phone }'))[0]).toContain('one direction only');
    expect(faultsOf(fileOf('fields: { A: account | xref(Acount) }'))[0]).toContain('no such canonical entity');
    expect(faultsOf(fileOf('fields: { "A[x]": period }'))[0]).toContain('is not a native path');
    expect(faultsOf(fileOf('fields: { A: period }', 'payment-documents.publsh'))[0]).toContain(
      "'payment-documents.publish'",
    );
  });

  test('it can’t be taken for the mapping of an entity', () => {
    expect(() => compileMapping(fileOf('fields: { A: period }'), 'm.yaml', vocabulary)).toThrow(
      'its mapping only writes',
    );
  });

  test('examples are bodies that the API takes, and are compared whole', async () => {
    const examples = (text: string) =>
      fileOf(
        'given: [transportGuid]\nlineNumbers: false\nfields: { Id: paymentDocument, Guid: transportGuid }',
        'payment-documents.withdraw',
      ).replace(/examples:.*/, `examples: ${text}`);
    const differences = async (text: string) =>
      (await testMapping(compileFile(examples(text), 'm.yaml', vocabulary))).flatMap((o) => o.differences);
    const body = 'paymentDocument: 40АА123456-01-2110, transportGuid: g';
    expect(await differences(`[{ canonicalFrom: { ${body} }, writes: { Id: 40АА123456-01-2110, Guid: g } }]`)).toEqual(
      [],
    );
    expect(await differences(`[{ canonicalFrom: { ${body} }, writes: { Id: 40АА123456-01-2110 } }]`)).toEqual([
      'writes.Guid: is written and the example lacks it',
    ]);
    expect((await differences(`[{ canonicalFrom: { paymentDocument: short }, writes: { Id: short } }]`))[0]).toContain(
      'canonicalFrom.paymentDocument',
    );
    expect((await differences(`[{ canonicalFrom: { ${body} }, refused: anything }]`))[0]).toContain(
      'refused: was written',
    );
  });
});
