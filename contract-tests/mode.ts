import type { HttpClient } from '../connectors/http-port.ts';
import { HttpTransport } from '../connectors/kit/http.ts';
import { readRecording } from '../connectors/kit/recording/recording.ts';
import { replaying } from '../connectors/kit/recording/replay.ts';

/** Address that replayed requests seem to go to; nothing listens there. */
const NOWHERE = 'http://recording.invalid';

export interface Upstream {
  url: string;
  login: string;
  password: string;
  timezone: string;
  clock: { now(): number };
  /** Instead of the network, or around it. */
  http?: HttpClient;
  /** Who answers. */
  origin: 'live' | 'simulator';
  close(): Promise<void>;
}

/** Against what the read suites run: a simulator (default), a recording, or a live system. */
export function contractMode(): 'sim' | 'replay' | 'live' {
  const mode = process.env.HUB_CONTRACT ?? 'sim';
  if (mode !== 'sim' && mode !== 'replay' && mode !== 'live')
    throw new Error(`HUB_CONTRACT is sim, replay or live, not '${mode}'.`);
  return mode;
}

/** @param folder of the recording; HUB_CONTRACT_RECORDING names another one */
export function replayed(folder: string): Upstream {
  const recording = readRecording(process.env.HUB_CONTRACT_RECORDING ?? folder);
  const at = Date.parse(recording.origin.recordedAt);
  return {
    url: NOWHERE,
    login: 'nobody',
    password: 'nothing',
    timezone: recording.origin.timezone ?? 'Europe/Moscow',
    clock: { now: () => at },
    http: replaying(recording, NOWHERE),
    origin: recording.origin.origin,
    close: async () => {},
  };
}

/**
 * A live system from the environment. Whatever would change something is refused before it is sent, unless
 * HUB_CONTRACT_WRITES=1 says that the base is a throw-away one.
 * @param reads whether a request only reads
 */
export function live(reads: (method: string, path: string) => boolean): Upstream {
  const given = (name: string): string => {
    const value = process.env[name];
    if (!value) throw new Error(`HUB_CONTRACT=live needs ${name}.`);
    return value;
  };
  const transport = new HttpTransport();
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const inner = transport.client({ clock: Date, log: silent });
  return {
    url: given('HUB_CONTRACT_URL'),
    login: given('HUB_CONTRACT_LOGIN'),
    password: given('HUB_CONTRACT_PASSWORD'),
    timezone: process.env.HUB_CONTRACT_TIMEZONE ?? 'Europe/Moscow',
    clock: Date,
    http: onlyReading(inner, reads),
    origin: 'live',
    close: async () => transport.close(),
  };
}

/** @throws Error for a request that would write, unless HUB_CONTRACT_WRITES=1 */
export function onlyReading(inner: HttpClient, reads: (method: string, path: string) => boolean): HttpClient {
  return {
    request: async (request) => {
      if (!reads(request.method, new URL(request.url).pathname) && process.env.HUB_CONTRACT_WRITES !== '1')
        throw new Error(
          `${request.method} would write to a live system; HUB_CONTRACT_WRITES=1 allows it on a throw-away base.`,
        );
      return inner.request(request);
    },
  };
}
