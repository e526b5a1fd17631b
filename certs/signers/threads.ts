import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { HubError } from '../../canonical/errors.ts';
import { startThread } from '../../storage/thread.ts';
import type { DocumentOctets } from '../cms/document.ts';
import type { SignerCertificate } from '../signer.ts';
import type { XmlToSign } from '../xml/xades-request.ts';
import type { ThreadAnswer, ThreadRequest } from './thread-protocol.ts';

/** Octets that go to a thread at once. */
const PIECE_OCTETS = 1024 * 1024;
/** Signatures that may wait; beyond it callers are told to come again. */
const MAX_WAITING = 10_000;

type Question = {
  [K in ThreadRequest['what']]: Omit<Extract<ThreadRequest, { what: K }>, 'id'>;
}[ThreadRequest['what']];

interface Waiting {
  resolve(value: Uint8Array | boolean): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker;
  waiting: Map<number, Waiting>;
  /** Keys that this thread was told. */
  keys: Set<number>;
}

/**
 * Threads that compute signatures by GOST, so that two hundred of them in a row hold up no request of the API. A thread
 * starts when it is needed first and ends with `close`; one that dies fails what it had and is replaced.
 */
export class SigningThreads {
  readonly #count: number;
  readonly #threads: Thread[] = [];
  readonly #keys = new Map<number, Uint8Array>();
  #nextKey = 0;
  #nextId = 0;
  #nextDigest = 0;
  #isClosed = false;

  constructor(count = Math.max(1, Math.min(4, availableParallelism() - 1))) {
    this.#count = count;
  }

  /** Keeps a key for signatures; returns its number. @throws HubError misconfigured/KEY_UNREADABLE */
  async load(pkcs8: Uint8Array): Promise<number> {
    const key = this.#nextKey++;
    this.#keys.set(key, pkcs8);
    try {
      await this.#tell(this.#leastBusy(), key);
    } catch (cause) {
      this.#keys.delete(key);
      throw new HubError('misconfigured', 'KEY_UNREADABLE', (cause as Error).message, {}, { cause });
    }
    return key;
  }

  async forget(key: number): Promise<void> {
    this.#keys.delete(key);
    for (const thread of this.#threads) if (thread.keys.delete(key)) await this.#ask(thread, { what: 'forget', key });
  }

  /** s ‖ r over data, which is hashed in the thread. */
  async sign(key: number, data: Uint8Array): Promise<Uint8Array> {
    const thread = this.#leastBusy();
    await this.#tell(thread, key);
    return (await this.#ask(thread, { what: 'sign', key, data })) as Uint8Array;
  }

  /** s ‖ r over a digest that was made elsewhere. */
  async signDigest(key: number, digest: Uint8Array): Promise<Uint8Array> {
    const thread = this.#leastBusy();
    await this.#tell(thread, key);
    return (await this.#ask(thread, { what: 'sign-digest', key, digest })) as Uint8Array;
  }

  /** XAdES of a document, which is read, canonicalized and hashed in the thread as well. @throws HubError as `signXades` */
  async signXml(
    key: number,
    certificate: SignerCertificate,
    document: Uint8Array,
    request: XmlToSign,
  ): Promise<Uint8Array> {
    const thread = this.#leastBusy();
    await this.#tell(thread, key);
    return (await this.#ask(thread, {
      what: 'sign-xml',
      key,
      certificate,
      document,
      request,
    })) as Uint8Array;
  }

  /** Digest of a document, which is handed over piece by piece and read no faster than the thread takes it. */
  async digest(algorithm: string, document: DocumentOctets): Promise<Uint8Array> {
    const thread = this.#leastBusy();
    const digest = this.#nextDigest++;
    let before: Promise<unknown> = Promise.resolve();
    try {
      for await (const piece of document instanceof Uint8Array ? [document] : document)
        for (let from = 0; from < piece.length; from += PIECE_OCTETS) {
          await before;
          const data = piece.subarray(from, from + PIECE_OCTETS);
          before = this.#ask(thread, { what: 'digest-update', digest, algorithm, data });
          // It is looked at before the next piece, which a slow stream may give only later.
          before.catch(() => {});
        }
      await before;
      return (await this.#ask(thread, { what: 'digest-end', digest, algorithm })) as Uint8Array;
    } catch (error) {
      await Promise.allSettled([before, this.#ask(thread, { what: 'digest-drop', digest })]);
      throw error;
    }
  }

  async verify(spki: Uint8Array, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
    return (await this.#ask(this.#leastBusy(), { what: 'verify', spki, data, signature })) as boolean;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#threads.splice(0).map(({ worker }) => worker.terminate()));
  }

  async #tell(thread: Thread, key: number): Promise<void> {
    if (thread.keys.has(key)) return;
    const pkcs8 = this.#keys.get(key);
    if (!pkcs8) throw new Error('There is no such key.');
    await this.#ask(thread, { what: 'load', key, pkcs8 });
    thread.keys.add(key);
  }

  #ask(thread: Thread, question: Question): Promise<Uint8Array | boolean> {
    // Nobody would ever answer.
    if (!this.#threads.includes(thread)) return Promise.reject(ended());
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      thread.waiting.set(id, { resolve, reject });
      const { message, moved } = withCopies({ ...question, id });
      thread.worker.postMessage(message, moved);
      // A thread with nothing to do keeps no process alive.
      thread.worker.ref();
    });
  }

  #leastBusy(): Thread {
    if (this.#isClosed)
      throw new HubError('transient', 'SIGNING_STOPPED', 'The hub is stopping; sign again in a moment.');
    const idle = this.#threads.find((t) => t.waiting.size === 0);
    if (idle) return idle;
    if (this.#threads.length < this.#count) return this.#start();
    const [first, ...rest] = this.#threads;
    const thread = rest.reduce((best, t) => (t.waiting.size < best.waiting.size ? t : best), first as Thread);
    if (thread.waiting.size >= MAX_WAITING / this.#count)
      throw new HubError('transient', 'SIGNING_BUSY', 'Too many signatures wait already; sign again in a moment.', {
        retryAfterMs: 1_000,
      });
    return thread;
  }

  #start(): Thread {
    const thread: Thread = { worker: startThread('./thread', import.meta.url), waiting: new Map(), keys: new Set() };
    thread.worker.on('message', (answer: ThreadAnswer) => {
      const waiting = thread.waiting.get(answer.id);
      thread.waiting.delete(answer.id);
      if (thread.waiting.size === 0) thread.worker.unref();
      if ('fault' in answer) waiting?.reject(errorOf(answer));
      else waiting?.resolve(answer.value);
    });
    const gone = (cause?: unknown): void => {
      const at = this.#threads.indexOf(thread);
      if (at >= 0) this.#threads.splice(at, 1);
      for (const { reject } of thread.waiting.values()) reject(ended(cause));
      thread.waiting.clear();
    };
    thread.worker.on('error', gone);
    thread.worker.on('exit', () => gone());
    this.#threads.push(thread);
    return thread;
  }
}

function errorOf({ fault, error }: Extract<ThreadAnswer, { fault: string }>): Error {
  return error ? new HubError(error.kind, error.code, fault, error.facts) : new Error(fault);
}

function ended(cause?: unknown): HubError {
  return new HubError('transient', 'SIGNING_STOPPED', 'A signing thread ended; sign again.', {}, { cause });
}

/**
 * Octets are copied once, and the copies given away: a message would copy them as well, with all of the memory that
 * they are a view of.
 */
function withCopies(question: ThreadRequest): { message: ThreadRequest; moved: ArrayBuffer[] } {
  const copy = { ...question } as Record<string, unknown>;
  const moved: ArrayBuffer[] = [];
  for (const [name, value] of Object.entries(copy))
    if (value instanceof Uint8Array) {
      const own = new Uint8Array(value);
      copy[name] = own;
      moved.push(own.buffer);
    }
  return { message: copy as unknown as ThreadRequest, moved };
}
