import type { Connector, Context, Logger } from '../../port.ts';
import type { HttpTransport } from '../http.ts';
import { Mask } from './mask.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { type ReadMapping, readScenario } from './read-scenario.ts';
import { recording } from './recorder.ts';
import type { RecordedCall, Recording } from './recording.ts';

export interface CaptureOptions {
  connector: Connector<never>;
  /** Parsed settings of the instance. */
  settings: Readonly<Record<string, unknown>>;
  mappings: readonly ReadMapping[];
  /** Text of the mapping files: the constants in them are not personal. */
  mappingTexts: readonly string[];
  transport: HttpTransport;
  log: Logger;
  /** Random bytes for the pseudonyms; nobody keeps them. */
  key: Uint8Array;
  hubVersion: string;
  by: string;
  keepAmounts: boolean;
}

export interface Captured {
  recording: Recording;
  /** Texts that must not stand in the files. */
  secrets: readonly string[];
}

/** Fields of the protocols that say nothing of a person. */
const HARMLESS = new Set([
  ...['LineNumber', 'DataVersion', 'RecordType', 'odata.count', 'code'],
  ...['currency', 'status', 'error_code', 'cnt'],
]);
const SHORTEST_SECRET = 6;

/**
 * Runs the reading scenario against the instance's upstream and keeps it anonymised. Nothing is changed upstream.
 * @throws HubError of a call that failed; a half recording is no recording
 */
export async function capture(o: CaptureOptions): Promise<Captured> {
  const base = String(o.settings.url);
  const mask = new Mask(new Pseudonyms(o.key), {
    constants: constantsOf(o.mappingTexts),
    harmless: HARMLESS,
    keepAmounts: o.keepAmounts,
  });
  const calls: RecordedCall[] = [];
  const startedAt = new Date();
  const signal = AbortSignal.timeout(30 * 60_000);
  const clock = { now: () => startedAt.getTime() };
  const { exchangePlan: _plan, ...settings } = o.settings;
  const ctx: Context<never> = {
    instance: 'recording',
    organisation: 'recording',
    config: { ...settings, ...('sessions' in settings ? { sessions: 'none' } : {}) } as never,
    clock,
    http: recording(o.transport.client({ clock: Date, log: o.log, signal }), base, mask, calls),
    random: () => 0,
    log: o.log,
    signal,
  };
  const { health } = await readScenario(o.connector, ctx, o.mappings);
  const passed = Object.fromEntries([...mask.passed].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    recording: {
      calls,
      origin: {
        origin: (await isSimulator(base)) ? 'simulator' : 'live',
        system: o.connector.system,
        systemVersion: health.version ?? null,
        recordedAt: startedAt.toISOString(),
        hubVersion: o.hubVersion,
        by: o.by,
        timezone: typeof settings.timezone === 'string' ? settings.timezone : null,
        settings: {},
        amounts: o.keepAmounts ? 'kept' : 'jittered',
        passed,
      },
    },
    secrets: [new URL(base).host, ...textsIn(settings.auth)],
  };
}

/** Whether a text holds one of the secrets; very short ones would be found in anything. */
export function forbidden(text: string, secrets: readonly string[]): boolean {
  return secrets.some((secret) => secret.length >= SHORTEST_SECRET && text.includes(secret));
}

/** Words of the mapping files, without comments and examples (which may be taken from life). */
export function constantsOf(texts: readonly string[]): ReadonlySet<string> {
  const words = texts.flatMap((text) =>
    (text.split(/^examples:/m)[0] ?? '').replace(/(^|\s)#.*$/gm, '').split(/[\s{}[\](),:|"'=.]+/),
  );
  return new Set(words.filter((word) => /\p{L}/u.test(word)));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

/** Stand-ins answer on loopback and have a control page; no real system is asked for one. */
async function isSimulator(base: string): Promise<boolean> {
  const { hostname, origin } = new URL(base);
  if (!['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return false;
  const response = await fetch(`${origin}/__sim/state`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok === true;
}
