import { expired, key, type Me, me, purpose } from './session.ts';

/** An answer that is not what was asked for; `status` 0 = the hub could not be reached. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: readonly { pointer: string; message: string }[];
  /** Further members that the code explains. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: string,
    message: string,
    errors: Problem['errors'] = [],
    details: Problem['details'] = {},
  ) {
    super(message);
    this.details = details;
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

const TIMEOUT_MS = 60_000;

interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  signal?: AbortSignal;
  headers?: Readonly<Record<string, string>>;
}

/** Calls the API with the key of whoever has signed in. @throws Problem */
export async function api<T>(path: string, call: Call = {}): Promise<T> {
  return (await send(path, key.value ?? '', call)) as T;
}

async function send(path: string, token: string, { method, body, signal, headers }: Call): Promise<unknown> {
  let response: Response;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  try {
    response = await fetch(path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        authorization: `Bearer ${token}`,
        ...purposeHeader(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, 'UNREACHABLE', 'The hub does not answer.');
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  throw await problemOf(response, token);
}

/** Headers hold Latin signs only, so it travels percent-encoded. */
export function purposeHeader(): Record<string, string> {
  return purpose.value === null ? {} : { 'x-purpose': encodeURIComponent(purpose.value) };
}

export async function problemOf(response: Response, token: string): Promise<Problem> {
  if (response.status === 401 && token === key.value && me.value) expired.value = true;
  const text = await response.text();
  try {
    const p = JSON.parse(text) as Record<string, unknown> & {
      code: string;
      detail: string;
      errors?: Problem['errors'];
    };
    return new Problem(response.status, p.code, p.detail, p.errors, p);
  } catch {
    return new Problem(response.status, `HTTP_${response.status}`, text.slice(0, 200));
  }
}

/** Tries a key and keeps it when it is good. @throws Problem */
export async function signIn(token: string): Promise<void> {
  const found = (await send('/v1/me', token, {})) as Me;
  key.value = token;
  me.value = found;
  expired.value = false;
}

/** What a call failed with, as the screens show it. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(0, 'UNFORESEEN', String(error));
}
