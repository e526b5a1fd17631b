import { expect, test } from '@jest/globals';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { compileMapping } from './compile.ts';
import { MappingError } from './faults.ts';

const file = (more: string): string => `mapping: test/account
canonical: PersonalAccount
source: {}
${more}
fields:
  number: Number | trim
  premises: { firstOf: [A | xref(Premises), B | xref(Premises)] }
examples:
  - native: { Number: '1' }
`;
const compile = (more: string) => compileMapping(file(more), 'account.yaml', { entities, commands });
const faultOf = (more: string): string => {
  try {
    compile(more);
  } catch (error) {
    if (error instanceof MappingError) return error.message;
    throw error;
  }
  return '';
};
const scope = { timezone: 'Europe/Moscow', asOf: new Date(0) };

test('a link gives only what its mapping names, and an unknown reference stays empty', () => {
  const mapping = compile('role: link\nmatch: [[premises, number]]');
  expect(mapping.read({ Number: ' 7 ', A: 'k' }, { ...scope, resolve: () => undefined })).toEqual({
    number: '7',
    premises: null,
  });
  const id = '0192f0c4-7a1b-7c3d-8e4f-791612345670';
  const known = { ...scope, resolve: (_: string, key: string) => (key === 'b' ? id : undefined) };
  expect(mapping.read({ Number: '7', A: 'a', B: 'b' }, known)).toEqual({ number: '7', premises: id });
  expect(mapping.write).toBeUndefined();
});

test('archived is told by a value, or by the value that is named', () => {
  const { linking } = compile('role: link\nmatch: [number]\narchived: [Closed.Date, Status=Archival]');
  expect(linking?.isArchived({ Status: 'Active', Closed: {} })).toBe(false);
  expect(linking?.isArchived({ Status: 'Archival' })).toBe(true);
  expect(linking?.isArchived({ Closed: { Date: '2020-01-31' } })).toBe(true);
});

test('what can find nothing is refused', () => {
  expect(faultOf('role: link')).toMatch(/must say how our record is found/);
  expect(faultOf('role: link\nmatch: [unifiedNumber]')).toMatch(/not one of the fields/);
  expect(faultOf('role: link\nmatch: [area]')).toMatch(/begin with number/);
  expect(faultOf('archived: [Closed]')).toMatch(/role: link/);
  expect(faultOf('role: links')).toMatch(/role/);
});
