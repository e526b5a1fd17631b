import { type EventOptions, readEvents } from './events.ts';
import { type Change, type Operation, type Operations, operations } from './operations.ts';
import { HubProblem, HubUnreachable, problemOf } from './problem.ts';
import { pause, type Repeat, type RetryOptions, standardRetry, withRetry } from './retry.ts';

export type { EventOptions } from './events.ts';
export type * from './operations.ts';
export { HubProblem, HubUnreachable } from './problem.ts';
export type { RetryOptions } from './retry.ts';
export { verifyWebhook, WebhookRefused } from './webhook.ts';

export interface ClientOptions {
  /** Address of the hub, e.g. `https://hub.example`. */
  url: string;
  /** API key (`hub_…`) or a token of the identity provider; a function is asked before every call. */
  key: string | (() => string | Promise<string>);
  /** For each attempt, milliseconds; 30,000 by default. A `wait` is added to it. */
  timeoutMs?: number;
  retry?: Partial<RetryOptions>;
  /** Why personal data are looked at, where a call does not say it. */
  purpose?: string;
  /** In place of the platform's. */
  fetch?: typeof fetch;
}

type Name = keyof Operations;
/** Fields of the path are needed, those of the query are not. */
export type CallOptions<N extends Name> = (Record<never, never> extends Operations[N]['path']
  ? { path?: never }
  : { path: Operations[N]['path'] }) & {
  query?: Operations[N]['query'];
  body?: Operations[N]['body'] | string | Uint8Array;
  /** Seconds that the hub shall wait for the end of the operation (`Prefer: wait`), up to 60. */
  wait?: number;
  /** Made for each call by default, and kept over its repetitions. */
  idempotencyKey?: string;
  purpose?: string;
  headers?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
  timeoutMs?: number;
};

export interface Answer<N extends Name> {
  status: number;
  headers: Headers;
  body: Operations[N]['answer'];
  /** The hub had carried this call out before, under the same key. */
  isReplayed: boolean;
}

type Arguments<N extends Name> =
  Record<never, never> extends Operations[N]['path'] ? [options?: CallOptions<N>] : [options: CallOptions<N>];
/** One method for each operation of the API, under its operationId. */
export type Methods = { readonly [N in Name]: (...args: Arguments<N>) => Promise<Operations[N]['answer']> };

/** Lists that go on with a cursor. */
export type Listed = {
  [N in Name]: Operations[N]['answer'] extends { items: unknown[]; nextCursor: string | null } ? N : never;
}[Name];
type ItemOf<N extends Listed> = Operations[N]['answer'] extends { items: (infer I)[] } ? I : never;

export interface HubClient extends Methods {
  /** The call with its status and headers. @throws HubProblem, HubUnreachable */
  request<N extends Name>(name: N, ...args: Arguments<N>): Promise<Answer<N>>;
  /** Every item of a list, page after page as they are wanted. */
  items<N extends Listed>(name: N, ...args: Arguments<N>): AsyncGenerator<ItemOf<N>, void, undefined>;
  pages<N extends Listed>(name: N, ...args: Arguments<N>): AsyncGenerator<Operations[N]['answer'], void, undefined>;
  /** The change feed as it happens; goes on after cuts without a gap. */
  events(options?: EventOptions): AsyncGenerator<Change, void, undefined>;
  /** The operation when it has ended, however. @throws HubUnreachable when the time is over */
  finished(
    operation: string | { id: string },
    options?: { timeoutMs?: number; signal?: AbortSignal },
  ): Promise<Operation>;
}

const TIMEOUT_MS = 30_000;
const FINAL: readonly string[] = ['succeeded', 'failed', 'dead', 'cancelled'];

/** A client of one hub. Nothing is opened or kept but by the platform's fetch. */
export function createHubClient(options: ClientOptions): HubClient {
  const retry: RetryOptions = { ...standardRetry, ...options.retry };
  const send = options.fetch ?? globalThis.fetch;
  const keyOf = async (): Promise<string> => (typeof options.key === 'string' ? options.key : options.key());

  const open = async <N extends Name>(name: N, o: Partial<CallOptions<N>>, signal: AbortSignal): Promise<Response> => {
    const [method] = operations[name];
    const { body, headers } = sent(name, o);
    try {
      return await send(addressOf(options.url, name, o), {
        method,
        headers: {
          ...headers,
          ...purposeHeader(o.purpose ?? options.purpose),
          ...o.headers,
          authorization: `Bearer ${await keyOf()}`,
        },
        signal,
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      throw unreachable(cause, options.url);
    }
  };

  const request = async <N extends Name>(name: N, ...args: Arguments<N>): Promise<Answer<N>> => {
    const given = (args[0] ?? {}) as CallOptions<N>;
    const [method, , kind] = operations[name];
    // Made once, so that every repetition is known as the same call.
    const o = method === 'POST' ? withKeys(name, given) : given;
    const waitMs = (o.wait ?? 0) * 1000;
    const timeoutMs = (o.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS) + waitMs;
    const attempt = async (): Promise<Answer<N>> => {
      const limit = AbortSignal.timeout(timeoutMs);
      const response = await open(name, o, o.signal ? AbortSignal.any([o.signal, limit]) : limit);
      if (!response.ok)
        throw await problemOf(response).catch((cause) => Promise.reject(unreachable(cause, options.url)));
      try {
        const body = kind === 'json' ? await response.json() : kind === 'text' ? await response.text() : response;
        return {
          status: response.status,
          headers: response.headers,
          body: body as Operations[N]['answer'],
          isReplayed: response.headers.get('idempotent-replayed') === 'true',
        };
      } catch (cause) {
        throw unreachable(cause, options.url);
      }
    };
    return withRetry(attempt, repeatOf(name), retry, o.signal);
  };

  async function* pages<N extends Listed>(
    name: N,
    ...args: Arguments<N>
  ): AsyncGenerator<Operations[N]['answer'], void, undefined> {
    const o = (args[0] ?? {}) as CallOptions<N>;
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const query = { ...o.query, ...(cursor === undefined ? {} : { cursor }) };
      const page = (await request(name, ...([{ ...o, query }] as unknown as Arguments<N>))).body;
      yield page;
      cursor = (page as { nextCursor: string | null }).nextCursor;
    }
  }

  const methods = Object.fromEntries(
    (Object.keys(operations) as Name[]).map((name) => [
      name,
      async (...args: Arguments<Name>) => (await request(name, ...args)).body,
    ]),
  ) as unknown as Methods;

  return {
    ...methods,
    request,
    pages,
    items: async function* (name, ...args) {
      for await (const page of pages(name, ...args)) yield* (page as unknown as { items: never[] }).items;
    },
    events: ({ after, type, entity, ...rest } = {}) => {
      const query = {
        ...(type === undefined ? {} : { type }),
        ...(entity === undefined ? {} : { entity }),
      };
      return readEvents(
        (last, signal) =>
          open('getEvents', { query: { ...query, ...(last === undefined ? {} : { after: last }) } }, signal),
        retry,
        { ...rest, ...(after === undefined ? {} : { after }) },
      );
    },
    finished: async (operation, { timeoutMs = 60_000, signal } = {}) => {
      const id = typeof operation === 'string' ? operation : operation.id;
      const until = Date.now() + timeoutMs;
      for (let n = 0; ; n++) {
        const found = (await methods.getOperationsById({
          path: { id },
          ...(signal ? { signal } : {}),
        })) as unknown as Operation;
        if (FINAL.includes(found.status)) return found;
        if (Date.now() >= until) throw new HubUnreachable(`Operation ${id} has not ended within ${timeoutMs} ms.`);
        await pause(Math.min(5_000, 200 * 1.5 ** n), signal);
      }
    },
  };
}

function addressOf<N extends Name>(url: string, name: N, { path, query }: Partial<CallOptions<N>>): string {
  const filled = operations[name][1].replace(/\{(\w+)\}/g, (_whole, field: string) => {
    const value = (path as Record<string, string> | undefined)?.[field];
    if (value === undefined || value === '') throw new TypeError(`${name} needs path.${field}.`);
    return encodeURIComponent(value);
  });
  const address = new URL(filled, url);
  for (const [field, value] of Object.entries(query ?? {}))
    if (value !== undefined) address.searchParams.set(field, String(value));
  return String(address);
}

function sent<N extends Name>(
  name: N,
  o: Partial<CallOptions<N>>,
): { body: string | Uint8Array<ArrayBuffer> | undefined; headers: Record<string, string> } {
  const { body, wait, idempotencyKey } = o;
  const headers: Record<string, string> = {
    ...(wait === undefined ? {} : { prefer: `wait=${wait}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  if (operations[name][0] !== 'POST') return { body: undefined, headers };
  if (typeof body === 'string' || body instanceof Uint8Array)
    return {
      body: body as string | Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/octet-stream', ...headers },
    };
  return { body: JSON.stringify(body ?? {}), headers: { 'content-type': 'application/json', ...headers } };
}

function repeatOf(name: Name): Repeat {
  return operations[name][3];
}

/** Keys of the call, or of each of its items where these bear their own. */
function withKeys<N extends Name>(name: N, o: CallOptions<N>): CallOptions<N> {
  if (operations[name][3] !== 'keyed') return o;
  if (!Array.isArray(o.body)) return { ...o, idempotencyKey: o.idempotencyKey ?? newKey() };
  const items = o.body.map((item: object) => ({ idempotencyKey: newKey(), ...item }));
  return { ...o, body: items as Operations[N]['body'] };
}

/** `crypto.randomUUID` is there in secure contexts only; the bytes are everywhere. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');
}

function purposeHeader(purpose: string | undefined): Record<string, string> {
  return purpose === undefined ? {} : { 'x-purpose': encodeURIComponent(purpose) };
}

/** What the platform throws, told apart: the caller's own abort stays what it is. */
function unreachable(cause: unknown, url: string): unknown {
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'TimeoutError') return new HubUnreachable(`${new URL(url).origin} did not answer in time.`, { cause });
  if (
    name === 'AbortError' ||
    cause instanceof HubProblem ||
    (cause instanceof TypeError && /needs path/.test(cause.message))
  )
    return cause;
  return new HubUnreachable(`${new URL(url).origin} can not be reached, or the connection broke.`, { cause });
}
