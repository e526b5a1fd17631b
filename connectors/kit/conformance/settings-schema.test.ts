import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { allWrong, fieldsOf, keysNamed, valueAt } from './settings-schema.ts';

const Settings = z.strictObject({
  url: z.url().describe('Address'),
  auth: z.strictObject({ password: z.string().describe('Password').meta({ secret: true }) }).describe('Account'),
  retries: z.int().default(2).describe('Tries'),
});

test('fields of sections are found with description and secrecy', () => {
  expect(fieldsOf(Settings)).toEqual([
    { path: ['url'], description: 'Address', secret: false },
    { path: ['auth', 'password'], description: 'Password', secret: true },
    { path: ['retries'], description: 'Tries', secret: false },
  ]);
});

test('settings that are all wrong make the schema name every key', () => {
  const wrong = allWrong(fieldsOf(Settings));
  expect(valueAt(wrong, ['auth', 'password'])).toEqual([{ wrong: true }]);
  const parsed = Settings.safeParse({ ...wrong, more: 1 });
  expect(parsed.success ? [] : keysNamed(parsed.error)).toEqual(['url', 'auth.password', 'retries', 'more']);
});

test('a value below something that is no section is not there', () => {
  expect(valueAt({ auth: 'text' }, ['auth', 'password'])).toBeUndefined();
  expect(valueAt(undefined, ['auth'])).toBeUndefined();
});
