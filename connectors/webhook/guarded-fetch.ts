import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { HubError } from '../../canonical/errors.ts';
import { type AllowedNetworks, addressRefusal, literalAddress } from './address.ts';
import { guardedLookup, type Resolve } from './guarded-post.ts';

export interface FetchRequest {
  method: 'GET' | 'POST';
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** For the whole exchange, milliseconds. */
  timeoutMs: number;
  maxResponseBytes: number;
}

export interface FetchAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/**
 * Gets what an address that stands in somebody's document leads to, http or https (what is got is signed by itself). The
 * same guard as for webhooks: the name is resolved once, every address of it is checked, no redirect is followed, no
 * connection is used twice, no proxy of the environment.
 */
export function guardedFetch(options: {
  allowed: AllowedNetworks;
  resolve?: Resolve;
}): (request: FetchRequest) => Promise<FetchAnswer> {
  const resolve = options.resolve ?? ((host: string) => systemLookup(host, { all: true }));
  return async (request) => {
    const url = checked(request.url, options.allowed);
    return exchange(request, url, guardedLookup(resolve, options.allowed, 'any'));
  };
}

function checked(text: string, allowed: AllowedNetworks): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw refused('is no http or https address');
  if (url.username !== '' || url.password !== '') throw refused('holds a user name or password');
  const literal = literalAddress(url);
  const refusal = literal === undefined ? undefined : addressRefusal(literal, allowed);
  if (refusal) throw refused(refusal);
  const port = Number(url.port || (url.protocol === 'http:' ? 80 : 443));
  if (literal === undefined && port !== 80 && port !== 443 && port < 1024)
    throw refused('has a port of another service');
  return url;
}

function exchange(
  { method, headers, body, timeoutMs, maxResponseBytes }: FetchRequest,
  url: URL,
  lookup: ReturnType<typeof guardedLookup>,
): Promise<FetchAnswer> {
  return new Promise((resolve, reject) => {
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(url, {
      method,
      agent: false,
      lookup,
      headers: {
        ...headers,
        connection: 'close',
        ...(body ? { 'content-length': String(body.length) } : {}),
      },
    });
    const timer = setTimeout(() => request.destroy(failure('FETCH_TIMEOUT', 'The address took too long.')), timeoutMs);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(
        error instanceof HubError ? error : failure('FETCH_UNREACHABLE', 'The address could not be reached.', error),
      );
    };
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxResponseBytes) {
          // First: what has come already may end the answer in the same moment.
          fail(failure('FETCH_TOO_LARGE', `The answer is larger than ${maxResponseBytes} octets.`));
          request.destroy();
        } else chunks.push(chunk);
      });
      response.on('error', fail);
      response.on('end', () => {
        clearTimeout(timer);
        const plain = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
        );
        resolve({ status: response.statusCode ?? 0, headers: plain, body: new Uint8Array(Buffer.concat(chunks)) });
      });
    });
    request.on('error', fail);
    request.on('close', () => fail(new Error('closed')));
    request.end(body);
  });
}

function refused(why: string): HubError {
  return new HubError('rejected', 'FETCH_ADDRESS_REFUSED', `The address ${why}; nothing was asked.`);
}

function failure(code: string, message: string, cause?: unknown): HubError {
  return new HubError('transient', code, message, {}, { cause });
}
