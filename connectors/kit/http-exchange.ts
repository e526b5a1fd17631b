import { promisify } from 'node:util';
import { brotliDecompress, unzip } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { HttpRequest, HttpResponse } from '../http-port.ts';
import { NetworkFault, TOO_BIG } from './network-fault.ts';

export interface Exchange {
  method: HttpRequest['method'];
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | undefined;
  /** Longest silence of the other side, from the call on. */
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal | undefined;
  /** Asked once more right before the first byte; what it throws ends the call, with nothing sent. */
  mayStart(): void;
}

/** An answer that keeps trickling is given up after so many times the longest silence. */
const LONGEST_SILENCES = 10;
const decoder = new TextDecoder();
const decompressors: Readonly<Record<string, (body: Buffer, o: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(unzip),
  'x-gzip': promisify(unzip),
  deflate: promisify(unzip),
  br: promisify(brotliDecompress),
};

/**
 * One request and its whole answer over a connection of the dispatcher.
 *
 * @throws NetworkFault when no whole answer came; its `sent` is false exactly when no connection was had for the request
 */
export async function exchange(dispatcher: Dispatcher, o: Exchange): Promise<HttpResponse> {
  const { status, headers, chunks } = await new Promise<RawAnswer>((resolve, reject) => {
    const call = new Call(o, resolve, reject);
    dispatcher.dispatch(
      {
        origin: o.url.origin,
        path: `${o.url.pathname}${o.url.search}`,
        method: o.method,
        headers: { 'user-agent': 'connector-hub', 'accept-encoding': 'gzip, deflate, br', ...o.headers },
        body: o.body ?? null,
      },
      call,
    );
  });
  const body = await decompressed(headers, whole(chunks), o.maxBytes);
  return { status, headers, body, text: () => decoder.decode(body) };
}

interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  chunks: readonly Buffer[];
}

class Call implements Dispatcher.DispatchHandler {
  readonly #o: Exchange;
  readonly #resolve: (answer: RawAnswer) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #giveUpAt: number;
  readonly #chunks: Buffer[] = [];
  readonly #onAbort = (): void => this.#end('ERR_CANCELED');
  #controller: Dispatcher.DispatchController | undefined;
  #bytes = 0;
  #status = 0;
  #headers: Record<string, string> = {};
  /** Why there will be no answer. */
  #fault: unknown;

  constructor(o: Exchange, resolve: (answer: RawAnswer) => void, reject: (error: unknown) => void) {
    this.#o = o;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#giveUpAt = performance.now() + o.timeoutMs * LONGEST_SILENCES;
    this.#timer = setTimeout(() => this.#end('TIMEOUT'), o.timeoutMs);
    if (o.signal?.aborted) this.#end('ERR_CANCELED');
    else o.signal?.addEventListener('abort', this.#onAbort);
  }

  /** A connection is had; the request goes out after this. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    try {
      if (this.#fault === undefined) this.#o.mayStart();
    } catch (error) {
      this.#settle(error);
    }
    if (this.#fault === undefined) this.#controller = controller;
    else controller.abort(asError(this.#fault));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Goes before the answer proper.
    if (status < 200) return;
    this.#timer.refresh();
    this.#status = status;
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) this.#headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
    if (Number(this.#headers['content-length'] ?? 0) > this.#o.maxBytes) this.#end(TOO_BIG);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#fault !== undefined) return;
    if (this.#bytes > this.#o.maxBytes) {
      this.#end(TOO_BIG);
      return;
    }
    this.#chunks.push(chunk);
    if (performance.now() < this.#giveUpAt) this.#timer.refresh();
  }

  onResponseEnd(): void {
    if (this.#fault !== undefined) return;
    this.#cleanUp();
    this.#resolve({ status: this.#status, headers: this.#headers, chunks: this.#chunks });
  }

  onResponseError(_controller: unknown, error: Error & { code?: string }): void {
    if (this.#fault !== undefined) return;
    // Not a fault of the network: the request can't be put on a wire as it is.
    if (error.code === 'UND_ERR_INVALID_ARG') this.#settle(error);
    else this.#end(codeOf(error), error);
  }

  #end(code: string, cause?: Error): void {
    if (this.#fault !== undefined) return;
    const sent = this.#controller !== undefined;
    this.#settle(new NetworkFault(code, sent, cause ? { cause: new Error(cause.message) } : {}));
    this.#controller?.abort(asError(this.#fault));
  }

  #settle(fault: unknown): void {
    this.#fault = fault;
    this.#cleanUp();
    this.#reject(fault);
  }

  #cleanUp(): void {
    clearTimeout(this.#timer);
    this.#o.signal?.removeEventListener('abort', this.#onAbort);
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function asError(fault: unknown): Error {
  return fault instanceof Error ? fault : new Error(String(fault));
}

function codeOf({ code, message }: Error & { code?: string }): string {
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'TIMEOUT';
  if (code === 'UND_ERR_SOCKET') return 'ECONNRESET';
  return code ?? (/terminated/i.test(message) ? 'ECONNRESET' : 'NETWORK');
}

function whole(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  return chunks.length === 1 && only ? only : Buffer.concat(chunks);
}

async function decompressed(headers: Record<string, string>, body: Buffer, maxBytes: number): Promise<Buffer> {
  const decompress = decompressors[headers['content-encoding']?.toLowerCase() ?? ''];
  if (!decompress || body.length === 0) return body;
  delete headers['content-encoding'];
  try {
    return await decompress(body, { maxOutputLength: maxBytes });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new NetworkFault(code === 'ERR_BUFFER_TOO_LARGE' ? TOO_BIG : (code ?? 'NETWORK'), true, {
      cause: new Error(message),
    });
  }
}
