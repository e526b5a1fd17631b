import type { Context, Logger } from '../../port.ts';
import { HttpTransport, type Traffic } from '../http.ts';

export interface LogLine {
  level: string;
  message: string;
  fields: Readonly<Record<string, unknown>>;
}

export interface TestContext<Config> {
  ctx: Context<Config>;
  lines: LogLine[];
  traffic: Traffic[];
  close(): void;
}

/** A context for a connector's tests: real loopback network, a log that is kept, a clock that can be replaced. */
export function testContext<Config>(config: Config, overrides: Partial<Context<Config>> = {}): TestContext<Config> {
  const lines: LogLine[] = [];
  const traffic: Traffic[] = [];
  const transport = new HttpTransport();
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, fields });
    };
  const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const clock = overrides.clock ?? { now: () => Date.now() };
  const ctx: Context<Config> = {
    instance: 'test-instance',
    organisation: 'test',
    config,
    http: transport.client({
      clock,
      log,
      onTraffic: (t) => traffic.push(t),
      ...(overrides.signal ? { signal: overrides.signal } : {}),
      ...(overrides.deadline === undefined ? {} : { deadline: overrides.deadline }),
    }),
    clock,
    random: () => 0.5,
    log,
    signal: new AbortController().signal,
    ...overrides,
  };
  return { ctx, lines, traffic, close: () => transport.close() };
}
