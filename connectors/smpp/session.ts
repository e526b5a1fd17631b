import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { NetworkFault } from '../kit/http.ts';
import type { Logger } from '../port.ts';
import type { SmppConfig } from './config.ts';
import { smppError, statusText } from './errors.ts';
import { bindBody, commandId, encodePdu, firstString, MalformedPdu, type Pdu, PduStream, RESPONSE_BIT } from './pdu.ts';

export type Role = 'transceiver' | 'transmitter';

export interface SessionOptions {
  config: SmppConfig;
  role: Role;
  log: Logger;
  /** Told of each deliver_sm; its result is the command_status of the answer. */
  deliver(body: Buffer): Promise<number>;
}

interface Waiting {
  settle(answer: Pdu | NetworkFault): void;
  /** Takes an answer that comes after the time for it. */
  late?: ((answer: Pdu) => void) | undefined;
}

/** Requests whose answers are still hoped for after their time. */
const MAX_LATE = 1_000;
const UNBIND_MS = 1_000;
const LAST_SEQUENCE = 0x7fffffff;
const EMPTY = Buffer.alloc(0);

/** One bound connection to the message centre. */
export class Session {
  readonly role: Role;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  /** system_id of the centre, as its bind answer told. */
  peer = '';
  readonly #socket: Socket;
  readonly #log: Logger;
  readonly #options: SessionOptions;
  readonly #stream = new PduStream();
  readonly #waiting = new Map<number, Waiting>();
  readonly #late = new Map<number, (answer: Pdu) => void>();
  #enquiry: NodeJS.Timeout | undefined;
  #sequence = 0;

  private constructor(socket: Socket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#log = options.log;
    this.role = options.role;
    socket.setNoDelay(true);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        clearTimeout(this.#enquiry);
        for (const { settle } of this.#waiting.values()) settle(new NetworkFault('LINK_LOST', true));
        this.#waiting.clear();
        this.#late.clear();
        resolve();
      });
    });
    // 'close' follows; the fault itself was told by the requests that wait.
    socket.on('error', (error: NodeJS.ErrnoException) => this.#log.debug('link fault', { code: error.code }));
    socket.on('end', () => socket.destroy());
    socket.on('data', (piece: Buffer) => this.#read(piece));
  }

  /**
   * Connects and binds.
   *
   * @throws NetworkFault with `sent` false: nothing of a message went out; HubError for a refused bind
   */
  static async open(options: SessionOptions): Promise<Session> {
    const { config, role } = options;
    const socket = await connected(config);
    const session = new Session(socket, options);
    try {
      const command = role === 'transceiver' ? commandId.bindTransceiver : commandId.bindTransmitter;
      const { systemId, password } = config.auth;
      const body = bindBody({ systemId, password, systemType: config.systemType });
      const answer = await session.request(command, body, { timeoutMs: config.timeoutMs });
      if (answer.status !== 0) throw smppError(statusText(answer.status));
      session.peer = firstString(answer.body).slice(0, 16);
      session.#enquireLater();
      return session;
    } catch (error) {
      session.destroy();
      throw error instanceof NetworkFault ? new NetworkFault(error.code, false, { cause: error }) : error;
    }
  }

  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /**
   * Sends a request and waits for its answer, whatever its status.
   *
   * @throws NetworkFault: `sent` is false when no byte was written
   */
  request(
    command: number,
    body: Buffer,
    o: { timeoutMs: number; signal?: AbortSignal; late?: (answer: Pdu) => void },
  ): Promise<Pdu> {
    if (!this.alive) return Promise.reject(new NetworkFault('LINK_LOST', false));
    if (o.signal?.aborted) return Promise.reject(new NetworkFault('ABORTED', false));
    this.#sequence = this.#sequence >= LAST_SEQUENCE ? 1 : this.#sequence + 1;
    const sequence = this.#sequence;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        o.signal?.removeEventListener('abort', abort);
        this.#waiting.delete(sequence);
      };
      const giveUp = (code: string): void => {
        end();
        if (o.late) this.#hopeFor(sequence, o.late);
        reject(new NetworkFault(code, true));
      };
      const abort = (): void => giveUp('ABORTED');
      const timer = setTimeout(() => giveUp('TIMEOUT'), o.timeoutMs);
      o.signal?.addEventListener('abort', abort);
      this.#waiting.set(sequence, {
        settle: (answer) => {
          end();
          if (answer instanceof NetworkFault) reject(answer);
          else resolve(answer);
        },
      });
      this.#socket.write(encodePdu({ command, status: 0, sequence, body }));
    });
  }

  /** Says goodbye and closes. */
  async close(): Promise<void> {
    if (this.alive)
      await this.request(commandId.unbind, EMPTY, { timeoutMs: UNBIND_MS }).catch((error: unknown) => {
        this.#log.debug('the centre did not answer to unbind', { error });
      });
    this.destroy();
    await this.closed;
  }

  /** Gives the connection up at once; whatever waits for an answer hears that it is lost. */
  destroy(): void {
    this.#socket.destroy();
  }

  #hopeFor(sequence: number, late: (answer: Pdu) => void): void {
    if (this.#late.size < MAX_LATE) this.#late.set(sequence, late);
  }

  #read(piece: Buffer): void {
    try {
      for (const pdu of this.#stream.take(piece)) this.#take(pdu);
    } catch (error) {
      if (!(error instanceof MalformedPdu)) throw error;
      this.#log.warn('the centre sent something that is no PDU; the link is given up', { fault: error.message });
      this.destroy();
    }
  }

  #take(pdu: Pdu): void {
    if (pdu.command >= RESPONSE_BIT) {
      const { sequence } = pdu;
      const late = this.#late.get(sequence);
      this.#late.delete(sequence);
      const waiting = this.#waiting.get(sequence);
      if (waiting) waiting.settle(pdu);
      else if (late) late(pdu);
      return;
    }
    switch (pdu.command) {
      case commandId.deliverSm:
        void this.#deliver(pdu);
        return;
      case commandId.enquireLink:
        this.#answer(pdu, 0);
        return;
      case commandId.unbind:
        this.#answer(pdu, 0);
        this.#socket.end();
        return;
      default:
        // 0x03: unknown command id.
        this.#write({ command: commandId.genericNack, status: 3, sequence: pdu.sequence, body: EMPTY });
    }
  }

  async #deliver(pdu: Pdu): Promise<void> {
    const status = await this.#options.deliver(pdu.body);
    // The body of deliver_sm_resp is an unused, empty message_id.
    this.#answer(pdu, status, Buffer.from([0]));
  }

  #answer(to: Pdu, status: number, body: Buffer = EMPTY): void {
    this.#write({ command: (to.command | RESPONSE_BIT) >>> 0, status, sequence: to.sequence, body });
  }

  #write(pdu: Pdu): void {
    if (this.alive) this.#socket.write(encodePdu(pdu));
  }

  #enquireLater(): void {
    const { enquireMs, enquireTimeoutMs } = this.#options.config;
    this.#enquiry = setTimeout(() => {
      this.request(commandId.enquireLink, EMPTY, { timeoutMs: enquireTimeoutMs }).then(
        () => this.#enquireLater(),
        (error: unknown) => {
          if (!this.alive) return;
          this.#log.warn('the centre does not answer to enquire_link; the link is given up', { error });
          this.destroy();
        },
      );
    }, enquireMs);
  }
}

function connected(config: SmppConfig): Promise<Socket> {
  const url = new URL(config.url);
  const tls = url.protocol === 'smpps:';
  const port = Number(url.port) || (tls ? 3550 : 2775);
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectTls({
          host: url.hostname,
          port,
          // RFC 6066 knows no addresses as names.
          ...(isIP(url.hostname) === 0 ? { servername: url.hostname } : {}),
          ...(config.tlsCa ? { ca: config.tlsCa } : {}),
        })
      : connectPlain({ host: url.hostname, port });
    const timer = setTimeout(() => fail({ code: 'TIMEOUT' }), config.timeoutMs);
    const fail = (error: { code?: string }): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new NetworkFault(error.code ?? 'NETWORK', false));
    };
    socket.once('error', fail);
    socket.once('close', () => fail({ code: 'LINK_LOST' }));
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.removeAllListeners('close');
      resolve(socket);
    });
  });
}
