import { HubError } from '../../canonical/errors.ts';
import type { HttpRequest, HttpResponse } from '../http-port.ts';
import { NetworkFault } from '../kit/http.ts';
import type { Context } from '../port.ts';
import type { OnecConfig } from './config.ts';
import { odataError, pageError } from './errors.ts';
import { type SessionHeaders, Sessions } from './sessions.ts';
import { type Options, resourceUrl } from './url.ts';

export type Ctx = Context<OnecConfig>;
export type Json = Readonly<Record<string, unknown>>;

export interface Call {
  method?: HttpRequest['method'];
  path: string;
  options?: Options;
  body?: Json;
  timeoutMs?: number;
  maxResponseBytes?: number;
}

/** Sessions by instance: the parsed settings of one live as long as it does. */
const kept = new WeakMap<OnecConfig, Sessions>();

function sessionsOf(ctx: Ctx): Sessions {
  const found = kept.get(ctx.config);
  if (found) return found;
  const sessions = new Sessions(ctx.config.concurrency, () => ctx.clock.now());
  kept.set(ctx.config, sessions);
  return sessions;
}

/** One request; the answer may be anything. @throws NetworkFault */
export function request(ctx: Ctx, call: Call, accept = 'application/json'): Promise<HttpResponse> {
  const send = (session: SessionHeaders): Promise<HttpResponse> => requestWith(ctx, call, accept, session);
  return ctx.config.sessions === 'none' ? send({}) : sessionsOf(ctx).send(send);
}

const authorizations = new WeakMap<OnecConfig, string>();

/** UTF-8, so that a Cyrillic login works. */
function authorizationOf(config: OnecConfig): string {
  let known = authorizations.get(config);
  if (known === undefined) {
    known = `Basic ${Buffer.from(`${config.auth.login}:${config.auth.password}`, 'utf8').toString('base64')}`;
    authorizations.set(config, known);
  }
  return known;
}

function requestWith(ctx: Ctx, call: Call, accept: string, session: SessionHeaders): Promise<HttpResponse> {
  const { url, timeoutMs } = ctx.config;
  return ctx.http.request({
    method: call.method ?? 'GET',
    url: resourceUrl(url, call.path, call.options),
    headers: {
      authorization: authorizationOf(ctx.config),
      accept,
      ...(call.body ? { 'content-type': 'application/json; charset=utf-8' } : {}),
      ...session,
    },
    ...(call.body ? { body: JSON.stringify(call.body) } : {}),
    timeoutMs: call.timeoutMs ?? timeoutMs,
    ...(call.maxResponseBytes === undefined ? {} : { maxResponseBytes: call.maxResponseBytes }),
  });
}

/** Ends the sessions that the instance keeps, so that their licences are free at once and not only after their idle time. */
export async function finishSessions(ctx: Ctx): Promise<void> {
  for (const cookie of kept.get(ctx.config)?.drain() ?? []) {
    const headers = { cookie: `ibsession=${cookie}`, ibsession: 'finish' };
    try {
      await requestWith(ctx, { path: '', options: { $format: 'json' } }, 'application/json', headers);
    } catch (error) {
      ctx.log.debug('a session of 1C was not finished; it ends with its idle time', { error: String(error) });
    }
  }
}

/**
 * A request for JSON.
 * @throws NetworkFault; HubError by the error tables; transient/ONEC_NOT_JSON for a body that isn't whole
 */
export async function json(ctx: Ctx, call: Call): Promise<{ status: number; body: Json; bytes: number }> {
  const response = await request(ctx, { ...call, options: { $format: 'json', ...call.options } });
  const text = response.text().replace(/^\ufeff/, '');
  const type = response.headers['content-type'] ?? '';
  if (response.status >= 200 && response.status < 300) {
    if (text.trim() === '') return { status: response.status, body: {}, bytes: 0 };
    // A login page may come with 200.
    if (!type.includes('json')) throw pageError(response.status, text);
    return { status: response.status, body: parse(text), bytes: response.body.byteLength };
  }
  throw await errorOf(ctx, response.status, type, text);
}

/**
 * A request that must succeed, whatever its answer holds.
 * @throws NetworkFault; HubError by the error tables
 */
export async function succeeded(ctx: Ctx, call: Call, accept: string): Promise<HttpResponse> {
  const response = await request(ctx, call, accept);
  if (response.status >= 200 && response.status < 300) return response;
  throw await errorOf(ctx, response.status, response.headers['content-type'] ?? '', response.text());
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new HubError(
      'transient',
      'ONEC_NOT_JSON',
      'The answer of 1C is cut or not JSON.',
      { upstream: { system: 'onec' } },
      { cause },
    );
  }
}

async function errorOf(ctx: Ctx, status: number, type: string, text: string): Promise<HubError> {
  const found = type.includes('json') ? jsonError(text) : xmlError(text);
  if (!found) return pageError(status, text);
  const error = odataError(status, found.code, found.message);
  // Code 20 may mean one object or the whole login; the root of the service tells.
  if (found.code === '20' && !(await rootAnswers(ctx)))
    return new HubError(
      'unauthorized',
      'ONEC_CREDENTIALS',
      '1C does not accept the login of the hub any more.',
      error.facts,
    );
  return error;
}

function jsonError(text: string): { code: string; message: string } | undefined {
  try {
    const body = JSON.parse(text) as { 'odata.error'?: { code?: unknown; message?: { value?: unknown } } };
    const error = body['odata.error'];
    return error ? { code: String(error.code), message: String(error.message?.value ?? '') } : undefined;
  } catch {
    return undefined;
  }
}

function xmlError(text: string): { code: string; message: string } | undefined {
  const [, code] = /<m:code>([^<]*)<\/m:code>/.exec(text) ?? [];
  if (code === undefined) return undefined;
  return { code, message: /<m:message[^>]*>([^<]*)<\/m:message>/.exec(text)?.[1] ?? '' };
}

async function rootAnswers(ctx: Ctx): Promise<boolean> {
  const response = await request(ctx, { path: '', options: { $format: 'json' } });
  return response.status === 200;
}

/** Runs a call that may be repeated freely: a lost answer is transient. */
export async function reading<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof NetworkFault ? error.asTransient('1C') : error;
  }
}
