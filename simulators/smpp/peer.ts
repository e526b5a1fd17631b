import type { Socket } from 'node:net';
import { BadPdu, COMMAND, Deframer, type Frame, frame, RESPONSE } from './codec.ts';

export type Role = 'receiver' | 'transmitter' | 'transceiver';

export interface PeerHooks {
  /** A request of the other side. */
  request(peer: Peer, pdu: Frame): Promise<void>;
  closed(peer: Peer): void;
}

/** One TCP connection of the message centre. */
export class Peer {
  readonly #socket: Socket;
  readonly #frames = new Deframer();
  readonly #waiting = new Map<number, (status: number) => void>();
  account: string | undefined;
  role: Role | undefined;
  /** It takes everything in and says nothing any more. */
  deaf = false;
  /** Requests that were taken and not answered yet, and the most there ever were. */
  open = 0;
  peak = 0;
  /** Moments of the last submit_sm, real epoch milliseconds. */
  recent: number[] = [];
  #sequence = 1;

  constructor(socket: Socket, hooks: PeerHooks) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      for (const answer of this.#waiting.values()) answer(-1);
      this.#waiting.clear();
      hooks.closed(this);
    });
    socket.on('data', (chunk) => {
      try {
        for (const pdu of this.#frames.push(chunk)) this.#take(pdu, hooks);
      } catch (error) {
        if (!(error instanceof BadPdu)) throw error;
        this.send(frame(COMMAND.generic_nack, error.status, 0));
        socket.end();
      }
    });
  }

  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  get bound(): boolean {
    return this.role !== undefined && this.alive;
  }

  #take(pdu: Frame, hooks: PeerHooks): void {
    if (this.deaf) return;
    if (pdu.id < RESPONSE) {
      void hooks.request(this, pdu);
      return;
    }
    this.#waiting.get(pdu.sequence)?.(pdu.id === COMMAND.generic_nack ? -2 : pdu.status);
    this.#waiting.delete(pdu.sequence);
  }

  send(bytes: Buffer): void {
    if (this.alive && !this.deaf) this.#socket.write(bytes);
  }

  answer(to: Frame, status: number, body?: Buffer): void {
    this.send(frame((to.id + RESPONSE) >>> 0, status, to.sequence, body));
  }

  /** Half of an answer, and then nothing. */
  answerHalf(to: Frame, status: number, body: Buffer): void {
    const bytes = frame((to.id + RESPONSE) >>> 0, status, to.sequence, body);
    this.#socket.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => this.#socket.destroy());
  }

  /** Sends a request; gives the status of its answer, −1 when the connection or the time ran out. */
  ask(id: number, body: Buffer, limitMs: number): Promise<number> {
    return new Promise((resolve) => {
      if (!this.alive) return resolve(-1);
      const sequence = this.#sequence++;
      const timer = setTimeout(() => {
        this.#waiting.delete(sequence);
        resolve(-1);
      }, limitMs);
      timer.unref();
      this.#waiting.set(sequence, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
      this.send(frame(id, 0, sequence, body));
    });
  }

  cut(): void {
    this.#socket.destroy();
  }

  toString(): string {
    return `${this.account ?? 'nobody'} as ${this.role ?? 'unbound'}`;
  }
}
