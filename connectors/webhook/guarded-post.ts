import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { HubError } from '../../canonical/errors.ts';
import { type AllowedNetworks, addressRefusal, checkUrl, isLoopback } from './address.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}
/** Addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly ResolvedAddress[]>;

export interface PostRequest {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
  /** For the whole exchange, milliseconds. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface PostAnswer {
  status: number;
  /** Header as it came. */
  retryAfter?: string;
}
export type Post = (request: PostRequest) => Promise<PostAnswer>;

/** Of an answer only the status matters; more than this is not read. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * POSTs to an address that a stranger chose. The name is resolved once, inside of the connection itself: every address
 * that it has is checked and the connection goes to those and no others, so that a name which answers differently the
 * next time gains nothing. Redirects are not followed; no connection is used twice; no proxy of the environment.
 */
export function guardedPost(options: { allowed: AllowedNetworks; resolve?: Resolve }): Post {
  const resolve = options.resolve ?? ((host: string) => systemLookup(host, { all: true }));
  return async (request) => {
    const url = checkUrl(request.url, options.allowed);
    return send(request, url, guardedLookup(resolve, options.allowed, url.protocol === 'http:' ? 'loopback' : 'any'));
  };
}

/** Resolves a name for one connection, and refuses when any of its addresses may not be connected to. */
export function guardedLookup(resolve: Resolve, allowed: AllowedNetworks, reach: 'any' | 'loopback'): LookupFunction {
  return (host, options, callback) => {
    resolve(host)
      .then((addresses) => {
        for (const { address } of addresses) {
          const refusal =
            addressRefusal(address, allowed) ??
            (reach === 'loopback' && !isLoopback(address)
              ? 'takes https only; it is not a loopback address'
              : undefined);
          if (refusal) throw refused(refusal);
        }
        const first = addresses[0];
        if (!first) throw Object.assign(new Error('The name has no address.'), { code: 'ENOTFOUND' });
        if (options.all) callback(null, [...addresses]);
        else callback(null, first.address, first.family);
      })
      .catch((error: NodeJS.ErrnoException) => callback(error, ''));
  };
}

function refused(why: string): HubError {
  return new HubError(
    'transient',
    'WEBHOOK_ADDRESS_REFUSED',
    `The receiver's name leads to an address that ${why}; nothing was sent.`,
  );
}

function send(
  { headers, body, timeoutMs, signal }: PostRequest,
  url: URL,
  lookup: LookupFunction,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(url, {
      method: 'POST',
      agent: false,
      lookup,
      signal,
      maxHeaderSize: MAX_ANSWER_BYTES,
      headers: { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' },
    });
    const timer = setTimeout(
      () => request.destroy(failure('WEBHOOK_TIMEOUT', 'The receiver took too long.')),
      timeoutMs,
    );
    const answered = (response: IncomingMessage): void => {
      clearTimeout(timer);
      const { 'retry-after': retryAfter } = response.headers;
      resolve({ status: response.statusCode ?? 0, ...(retryAfter === undefined ? {} : { retryAfter }) });
      request.destroy();
    };
    request.on('response', (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER_BYTES) answered(response);
      });
      response.on('end', () => answered(response));
      // The status has come, but whether the receiver was done with it is not known.
      response.on('error', fail);
    });
    function fail(error: Error): void {
      clearTimeout(timer);
      reject(error instanceof HubError ? error : unreachable(error));
    }
    request.on('error', fail);
    request.on('close', () => fail(new Error('closed')));
    request.end(body);
  });
}

function unreachable(error: NodeJS.ErrnoException): HubError {
  return failure('WEBHOOK_UNREACHABLE', `The receiver could not be reached (${error.code ?? 'cut'}).`, error);
}

function failure(code: string, message: string, cause?: unknown): HubError {
  return new HubError('transient', code, message, {}, { cause });
}
