import { Agent } from 'undici';
import { HubError } from '../../canonical/errors.ts';
import { type SpanAttributes, traced } from '../../logging/tracing.ts';
import type { HttpClient, HttpRequest, HttpResponse } from '../http-port.ts';
import type { Clock, Logger } from '../port.ts';
import { exchange } from './http-exchange.ts';
import type { Limiter } from './limiter.ts';
import { NetworkFault } from './network-fault.ts';

export { NetworkFault, TOO_BIG } from './network-fault.ts';

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
  /** The upstream is told of the trace, by the header traceparent. */
  sendsTrace?: boolean;
  /** Told of each call, bodies cut at 64 KiB, for the journal's encrypted record. */
  onTraffic?(traffic: Traffic): void;
}

const DEFAULT_MAX = 64 * 1024 * 1024;
const RECORDED = 64 * 1024;
/** Connections to one origin; each instance's own limit is far below. */
const CONNECTIONS = 64;
const CONNECT_MS = 30_000;
/**
 * How long a connection is kept for the next call: less than the web servers in front of upstreams keep it, since a call
 * over one that was just closed is lost halfway. A shorter time that a server announces is honoured.
 */
const KEEP_ALIVE_MS = 4_000;

/** Connections that the clients of one hub share. */
export class HttpTransport {
  readonly #agent = new Agent({
    connections: CONNECTIONS,
    pipelining: 1,
    connect: { timeout: CONNECT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    // The exchange keeps the time itself.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  client(options: HttpClientOptions): HttpClient {
    return { request: (request) => this.#request(request, options) };
  }

  close(): void {
    void this.#agent.destroy();
  }

  async #request(request: HttpRequest, options: HttpClientOptions): Promise<HttpResponse> {
    const { clock, log, limiter, signal, deadline } = options;
    const release = limiter ? await limiter.acquire(signal) : undefined;
    const started = clock.now();
    const url = new URL(request.url);
    const mayStart = (): void => {
      if (deadline !== undefined && clock.now() >= deadline)
        throw new HubError(
          'transient',
          'ATTEMPT_LATE',
          'The attempt waited longer than its lease allows; nothing was sent.',
        );
    };
    try {
      mayStart();
      const response = await traced(`HTTP ${request.method}`, 'client', spanOf(request, url), async (span) => {
        const answer = await exchange(this.#agent, {
          method: request.method,
          url,
          headers: {
            ...request.headers,
            ...(span && options.sendsTrace ? { traceparent: span.traceparent } : {}),
          },
          body: request.body,
          timeoutMs: request.timeoutMs,
          maxBytes: request.maxResponseBytes ?? DEFAULT_MAX,
          signal,
          mayStart,
        });
        span?.set({ 'http.response.status_code': answer.status });
        return answer;
      });
      const { status } = response;
      log.debug('upstream call', { method: request.method, place: place(url), status, ms: clock.now() - started });
      this.#record(request, options, status, response.body);
      return response;
    } catch (error) {
      if (!(error instanceof NetworkFault)) throw error;
      const { code } = error;
      log.debug('upstream call failed', { method: request.method, place: place(url), code, ms: clock.now() - started });
      this.#record(request, options, undefined, undefined);
      throw error;
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

/** Host and port only: paths and queries of upstreams may hold personal data. */
function spanOf({ method }: HttpRequest, { hostname, port }: URL): SpanAttributes {
  return {
    'http.request.method': method,
    'server.address': hostname,
    ...(port === '' ? {} : { 'server.port': Number(port) }),
  };
}

/** Host and path for a log, without query (it may hold personal data). */
function place({ host, pathname }: URL): string {
  return `${host}${pathname}`;
}
