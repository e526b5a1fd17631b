import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { commands } from './commands/registry.ts';
import { inputFaults } from './input-faults.ts';
import { nearest } from './nearest.ts';
import { joinPersonal, personalFields, splitPersonal } from './personal.ts';
import { entities, entity } from './registry.ts';
import { normalisePhone } from './values/contact.ts';
import { kopecks, Money, rubles } from './values/money.ts';
import { uuidv7 } from './values/uuid.ts';

describe('canonical model', () => {
  test.each([...entities.values()].map((e) => [e.name, e] as const))(
    '%s: every field is described and JSON Schema comes out',
    (_name, e) => {
      for (const [field, schema] of Object.entries(e.schema.shape as Record<string, z.ZodType>)) {
        const described =
          schema.description ??
          ('unwrap' in schema ? ((schema as z.ZodOptional).unwrap() as z.ZodType) : schema).description;
        expect(`${field}: ${described}`).not.toMatch(/undefined$/);
      }
      expect(z.toJSONSchema(e.schema, { io: 'output' }).$defs?.[e.name]).toMatchObject({
        type: 'object',
        additionalProperties: false,
      });
      for (const filter of Object.values(e.filters))
        expect(e.schema.shape).toHaveProperty(filter.path.split('.')[0] ?? '');
    },
  );

  test.each([...commands.values()].map((c) => [c.kind, c] as const))('%s: JSON Schema comes out', (_kind, c) => {
    expect(z.toJSONSchema(c.schema, { io: 'input' }).$defs?.[String(c.schema.meta()?.id)]).toMatchObject({
      type: 'object',
    });
  });

  test('what is personal of an account, a customer and a message is known', () => {
    expect(personalFields(entity('PersonalAccount').schema)).toEqual(['number', 'name', 'unifiedNumber', 'serviceId']);
    expect(personalFields(entity('Customer').schema)).toEqual([
      'name',
      'lastName',
      'firstName',
      'middleName',
      'birthDate',
      'snils',
      'inn',
      'phones',
      'emails',
    ]);
    expect(personalFields(entity('Message').schema)).toEqual(['to', 'text', 'variables']);
    expect(personalFields(entity('Building').schema)).toEqual([]);
  });

  test('splitting and joining gives the object back, and the open part holds nothing personal', () => {
    const schema = entity('Message').schema;
    const value = { to: '+79160000000', text: 'x', variables: null, status: 'sent' };
    const { open, personal } = splitPersonal(schema, value);
    expect(JSON.stringify(open)).not.toContain('7916');
    expect(joinPersonal(open, personal)).toEqual(value);
  });
});

describe('values', () => {
  test.each([
    ['8 (916) 123-45-67', '+79161234567'],
    ['+7 916 123 45 67', '+79161234567'],
    ['9161234567', '+79161234567'],
    ['79161234567', '+79161234567'],
    ['916123456', undefined],
    ['+1 916 123 45 67', undefined],
    ['not a phone 89161234567', undefined],
  ])('phone %s', (text, phone) => expect(normalisePhone(text)).toBe(phone));

  test('money turns into kopecks and back without loss', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }), (kop) => {
        const money = rubles(kop);
        expect(Money.safeParse(money).success).toBe(true);
        expect(kopecks(money)).toBe(kop);
      }),
    );
  });

  test('ids are UUIDv7 and sort by their making, also within one millisecond and when the clock goes back', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => uuidv7(1_790_000_000_000 - (i % 3)));
    expect(new Set(ids).size).toBe(ids.length);
    expect([...ids].sort()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('the nearest name is found for a slip and for swapped letters, and nothing for nonsense', () => {
    expect(nearest('pasword', ['login', 'password'])).toBe('password');
    expect(nearest('smcs', ['onec', 'smsc'])).toBe('smsc');
    expect(nearest('Закрыто', ['Закрыт', 'Код'])).toBe('Закрыт');
    expect(nearest('zzz', ['login', 'password'])).toBeUndefined();
  });
});

describe('input faults', () => {
  const schema = commands.get('messages.send')?.schema as z.ZodObject;
  const faults = (body: unknown) => {
    const result = schema.safeParse(body);
    return result.success ? [] : inputFaults(result.error, Object.keys(schema.shape));
  };

  test('name the field, what is wrong, and the nearest valid name', () => {
    expect(faults({ channel: 'sms', to: '+79161234567', txt: 'a' })).toEqual([
      { pointer: '/txt', message: "unknown field; did you mean 'text'?" },
    ]);
    expect(faults({ channel: 'sms' })).toEqual([{ pointer: '/to', message: 'is required (string)' }]);
    expect(faults({ channel: 'sms', to: 5 })).toEqual([{ pointer: '/to', message: 'must be of type string' }]);
  });

  test('never repeat a value', () => {
    expect(JSON.stringify(faults({ channel: 'sms', to: '+74951234567', text: '' }))).not.toContain('495');
    expect(faults({ channel: 'sms', to: '+74951234567' })[0]?.message).toContain('landline');
  });
});
