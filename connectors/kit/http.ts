import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { type AxiosError, type AxiosInstance } from 'axios';
import { HubError } from '../../canonical/errors.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../http-port.ts';
import type { Clock, Logger } from '../port.ts';
import type { Limiter } from './limiter.ts';

/**
 * No whole answer came. `sent` is false only when it is certain that no byte of the request reached the other side: a
 * refused connection or an unknown host. Everything else may have taken effect.
 */
export class NetworkFault extends Error {
  readonly sent: boolean;
  readonly code: string;
  constructor(code: string, sent: boolean, options?: { cause?: unknown }) {
    super(`No whole answer (${code}).`, options);
    this.name = 'NetworkFault';
    this.code = code;
    this.sent = sent;
  }

  /** Meaning for a call that may be repeated freely. */
  asTransient(system: string): HubError {
    return new HubError('transient', 'NETWORK', `${system} did not answer (${this.code}).`, {}, { cause: this });
  }

  /** Meaning for a call that must not be repeated blindly. */
  asUncertain(system: string): HubError {
    if (!this.sent) return this.asTransient(system);
    return new HubError(
      'uncertain',
      'ANSWER_LOST',
      `The answer of ${system} was lost (${this.code}); the call may have taken effect.`,
      {},
      { cause: this },
    );
  }
}

export interface Traffic {
  method: string;
  url: string;
  request: string;
  status?: number;
  response?: string;
}

export interface HttpClientOptions {
  clock: Clock;
  log: Logger;
  limiter?: Limiter;
  signal?: AbortSignal;
  /** Epoch milliseconds after which no first byte may go out. */
  deadline?: number;
  /** Told of each call, bodies cut at 64 KiB, for the journal's encrypted record. */
  onTraffic?(traffic: Traffic): void;
}

/** Code of a fault whose answer was longer than the request allowed. */
export const TOO_BIG = 'TOO_BIG';
const DEFAULT_MAX = 64 * 1024 * 1024;
const RECORDED = 64 * 1024;
/** Codes of failures before a connection exists. */
const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

function codeOf(error: AxiosError): string {
  if (error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT') return 'TIMEOUT';
  return error.message.startsWith('maxContentLength') ? TOO_BIG : (error.code ?? 'NETWORK');
}

/** Connections that the clients of one hub share. */
export class HttpTransport {
  readonly #http = new HttpAgent({ keepAlive: true, maxSockets: 32, keepAliveMsecs: 5_000, timeout: 300_000 });
  readonly #https = new HttpsAgent({ keepAlive: true, maxSockets: 32, keepAliveMsecs: 5_000, timeout: 300_000 });
  readonly #axios: AxiosInstance = axios.create({
    httpAgent: this.#http,
    httpsAgent: this.#https,
    proxy: false,
    maxRedirects: 0,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
  });

  client(options: HttpClientOptions): HttpClient {
    return { request: (request) => this.#request(request, options) };
  }

  close(): void {
    this.#http.destroy();
    this.#https.destroy();
  }

  async #request(request: HttpRequest, options: HttpClientOptions): Promise<HttpResponse> {
    const { clock, log, limiter, signal, deadline } = options;
    const release = limiter ? await limiter.acquire(signal) : undefined;
    const started = clock.now();
    const place = safePlace(request.url);
    try {
      if (deadline !== undefined && started >= deadline)
        throw new HubError(
          'transient',
          'ATTEMPT_LATE',
          'The attempt waited longer than its lease allows; nothing was sent.',
        );
      const response = await this.#axios.request<ArrayBuffer>({
        method: request.method,
        url: request.url,
        headers: { 'user-agent': 'connector-hub', ...request.headers },
        data: request.body,
        timeout: request.timeoutMs,
        maxContentLength: request.maxResponseBytes ?? DEFAULT_MAX,
        ...(signal ? { signal } : {}),
      });
      const body = new Uint8Array(response.data);
      const headers = Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [
          name.toLowerCase(),
          Array.isArray(value) ? value.join(', ') : String(value),
        ]),
      );
      log.debug('upstream call', { method: request.method, place, status: response.status, ms: clock.now() - started });
      this.#record(request, options, response.status, body);
      return { status: response.status, headers, body, text: () => new TextDecoder().decode(body) };
    } catch (error) {
      if (!axios.isAxiosError(error)) throw error;
      const code = codeOf(error);
      log.debug('upstream call failed', { method: request.method, place, code, ms: clock.now() - started });
      this.#record(request, options, undefined, undefined);
      throw new NetworkFault(code, !BEFORE_SENDING.has(code), { cause: new Error(error.message) });
    } finally {
      release?.();
    }
  }

  #record(
    request: HttpRequest,
    options: HttpClientOptions,
    status: number | undefined,
    body: Uint8Array | undefined,
  ): void {
    options.onTraffic?.({
      method: request.method,
      url: request.url,
      request:
        typeof request.body === 'string'
          ? request.body.slice(0, RECORDED)
          : request.body
            ? `<${request.body.byteLength} bytes>`
            : '',
      ...(status === undefined ? {} : { status }),
      ...(body === undefined ? {} : { response: new TextDecoder().decode(body.subarray(0, RECORDED)) }),
    });
  }
}

/** Host and path for a log, without query (it may hold personal data). */
function safePlace(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
