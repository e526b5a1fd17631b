import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { secretsOf } from './bench.ts';
import { SecretWatch } from './secret-watch.ts';
import { allWrong, fieldsOf, keysNamed, valueAt } from './settings-schema.ts';
import type { ConformanceSpec } from './spec.ts';

const UNKNOWN = 'thereIsNoSuchSetting';

/** Bad settings are told all at once, each by its key, so that a person mends hub.yaml in one go. */
export function everyFaultIsNamed<Config>(spec: ConformanceSpec<Config>): void {
  const fields = fieldsOf(spec.connector.config);
  const parsed = spec.connector.config.safeParse({ ...allWrong(fields), [UNKNOWN]: 1 });
  assert.ok(!parsed.success, 'Settings of wrong types were accepted.');
  const named = keysNamed(parsed.error);
  // A wrong element of a list names the list and its place in it.
  const isNamed = (key: string): boolean => named.some((name) => name === key || name.startsWith(`${key}.`));
  const missing = [...fields.map((field) => field.path.join('.')), UNKNOWN].filter((key) => !isNamed(key));
  assert.deepEqual(missing, [], 'Faults of these settings are not named');
}

/** Each setting says what it is for; docs and `hub doctor` have nothing else to show. */
export function everySettingIsDescribed<Config>(spec: ConformanceSpec<Config>): void {
  const silent = fieldsOf(spec.connector.config)
    .filter((field) => !field.description)
    .map((field) => field.path.join('.'));
  assert.deepEqual(silent, [], 'These settings have no description');
}

/** The suite looks for the secrets that it was given, so it must be given every one. */
export function everySecretIsTried<Config>(spec: ConformanceSpec<Config>): void {
  const settings = spec.settings('http://127.0.0.1');
  const empty = fieldsOf(spec.connector.config)
    .filter((field) => field.secret && typeof valueAt(settings, field.path) !== 'string')
    .map((field) => field.path.join('.'));
  assert.deepEqual(empty, [], 'The settings of the suite leave these secrets out');
}

/** What a person reads about bad settings does not repeat the secrets that stand beside them. */
export function faultsHideSecrets<Config>(spec: ConformanceSpec<Config>): void {
  const parsed = spec.connector.config.safeParse({ ...spec.settings('this is no address'), [UNKNOWN]: 1 });
  assert.ok(!parsed.success, 'An unknown setting was accepted.');
  const watch = new SecretWatch(secretsOf(spec), spec.personal ?? []);
  watch.error(inspect(parsed.error.issues, { depth: 10 }));
  watch.assertClean();
}
