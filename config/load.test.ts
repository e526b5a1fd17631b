import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, parseConfig } from './load.ts';
import { sandboxConfig } from './sandbox.ts';

const schemas = new Map<string, z.ZodType>([
  ['smsc', z.strictObject({ url: z.url(), auth: z.strictObject({ login: z.string(), password: z.string().min(3) }) })],
  [
    'onec',
    z.strictObject({
      url: z.url(),
      timezone: z.string(),
      auth: z.strictObject({ login: z.string(), password: z.string() }),
    }),
  ],
]);

const good = `organisations:
  - id: uk
    name: УК
connectors:
  sms-main:
    system: smsc
    organisation: uk
    url: http://127.0.0.1:1
    auth: { login: hub, password: \${SMS_PASSWORD} }
`;

function faultsOf(text: string, env: NodeJS.ProcessEnv = { SMS_PASSWORD: 'secret' }): ConfigError['faults'] {
  try {
    parseConfig(text, 'hub.yaml', schemas, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

describe('hub.yaml', () => {
  test('is read with defaults and secrets from the environment', () => {
    const config = parseConfig(good, 'hub.yaml', schemas, { SMS_PASSWORD: 'secret' });
    expect(config.organisations[0]?.timezone).toBe('Europe/Moscow');
    expect(config.connectors[0]).toMatchObject({ instance: 'sms-main', settings: { auth: { password: 'secret' } } });
    expect(config.limits.quietHours).toMatchObject({ workdays: '22:00-08:00', purposes: ['debt', 'service'] });
  });

  test('a misspelt key names file, line, key and the nearest valid name', () => {
    expect(faultsOf(good.replace('organisation: uk', 'organisaton: uk'))).toEqual([
      {
        file: 'hub.yaml',
        line: 7,
        key: 'connectors.sms-main.organisation',
        message: "is missing; is 'organisaton' a slip for it?",
      },
    ]);
    const [fault] = faultsOf(`${good}limit:\n  filesMaxBytes: 5000\n`);
    expect(fault).toMatchObject({ line: 10, key: 'limit' });
    expect(fault?.message).toContain("'limits'");
  });

  test("a misspelt key of a connector's own settings suggests from the connector's schema and the common keys", () => {
    const [fault] = faultsOf(good.replace('url:', 'ulr:'));
    expect(fault).toMatchObject({
      line: 8,
      key: 'connectors.sms-main.url',
      message: "is missing; is 'ulr' a slip for it?",
    });
    const faults = faultsOf(good.replace('password:', 'pasword:'));
    expect(faults.map((f) => f.message).join()).toContain("'password'");
    expect(faults.every((f) => f.line === 9)).toBe(true);
  });

  test('an unknown system suggests the nearest one', () => {
    expect(faultsOf(good.replace('system: smsc', 'system: smcs'))[0]).toMatchObject({
      line: 6,
      message: expect.stringContaining("'smsc'"),
    });
  });

  test('all faults are listed at once, in the order of the file', () => {
    const faults = faultsOf(
      good.replace('name: УК', "name: ''\n    inn: '12'").replace('system: smsc', 'system: nope'),
    );
    expect(faults.map((f) => f.key)).toEqual(['organisations.0.name', 'organisations.0.inn']);
  });

  test('a secret that is not set names the variable, and no fault repeats a secret value', () => {
    expect(faultsOf(good, {})[0]).toMatchObject({ line: 9, message: expect.stringContaining('SMS_PASSWORD') });
    expect(JSON.stringify(faultsOf(good, { SMS_PASSWORD: 'qq' }))).not.toContain('qq');
  });

  test('a secret may come from a file, without its last line break', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'hub-config-')), 'secret');
    writeFileSync(file, 'from-file\n');
    const config = parseConfig(good.replace('${SMS_PASSWORD}', `\${file:${file}}`), 'hub.yaml', schemas, {});
    expect(config.connectors[0]?.settings).toMatchObject({ auth: { password: 'from-file' } });
    expect(faultsOf(good.replace('${SMS_PASSWORD}', '${file:/nowhere/x}'), {})[0]?.message).toContain('ENOENT');
  });

  test('a route to an instance that does not exist, or of another organisation, is refused', () => {
    const text = good.replace('name: УК', 'name: УК\n    routes: { messages.send: [sms-man] }');
    expect(faultsOf(text)[0]?.message).toContain("'sms-main'");
  });

  test('broken YAML names its line', () => {
    expect(faultsOf('organisations:\n  - id: [\n')[0]?.line).toBeGreaterThan(1);
  });

  test('the built-in sandbox configuration is valid', () => {
    const end = { url: 'http://127.0.0.1:8090/uk', login: 'hub', password: 'hub-sandbox' };
    expect(faultsOf(sandboxConfig({ onec: end, sms: end }))).toEqual([]);
  });

  test('a route names each instance once, and only instances whose system serves the kind', () => {
    const kinds = new Map([
      ['smsc', ['messages.send']],
      ['onec', ['meter-readings.submit']],
    ]);
    const faults = (routes: string, more = ''): string[] => {
      try {
        const text = good.replace('name: УК', `name: УК\n    routes: ${routes}`);
        parseConfig(text + more, 'hub.yaml', schemas, { SMS_PASSWORD: 'secret' }, kinds);
        return [];
      } catch (error) {
        return (error as ConfigError).faults.map((f) => `${f.line} ${f.key}: ${f.message}`);
      }
    };
    expect(faults('{ messages.send: [sms-main] }')).toEqual([]);
    expect(faults('{ messages.send: [sms-main, sms-main] }')).toEqual([
      "4 organisations.0.routes.messages.send.1: connector 'sms-main' stands twice in the route",
    ]);
    expect(faults('{ meter-readings.submit: [sms-main] }')).toEqual([
      "4 organisations.0.routes.meter-readings.submit.0: connector 'sms-main' (smsc) does not serve meter-readings.submit",
    ]);
    expect(faults('{ message.send: [sms-main] }')[0]).toContain("did you mean 'messages.send'?");
    expect(faults('{}', 'failover: { messages.sent: {} }\n')[0]).toContain("did you mean 'messages.send'?");
    expect(faults('{}', 'failover: { messages.send: { whenUnanswerable: perhaps } }\n')[0]).toContain(
      'failover.messages.send.whenUnanswerable',
    );
  });
});
