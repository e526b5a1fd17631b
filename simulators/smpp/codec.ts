/** Command ids of SMPP 3.4 (issue 1.2, section 5.1.2.1) that the stand-in knows. */
export const COMMAND = {
  bind_receiver: 0x01,
  bind_transmitter: 0x02,
  query_sm: 0x03,
  submit_sm: 0x04,
  deliver_sm: 0x05,
  unbind: 0x06,
  bind_transceiver: 0x09,
  enquire_link: 0x15,
  generic_nack: 0x80000000,
} as const;
export const RESPONSE = 0x80000000;

/** Names for faults, counters and logs. */
export const commandName = (id: number): string =>
  Object.entries(COMMAND).find(([, value]) => value === id)?.[0] ?? `0x${id.toString(16)}`;

/** Values of command_status that the stand-in answers with. */
export const STATUS = {
  ok: 0x00,
  messageLength: 0x01,
  commandLength: 0x02,
  commandId: 0x03,
  bindState: 0x04,
  alreadyBound: 0x05,
  systemError: 0x08,
  sourceAddress: 0x0a,
  destinationAddress: 0x0b,
  messageId: 0x0c,
  bindFailed: 0x0d,
  password: 0x0e,
  systemId: 0x0f,
  queueFull: 0x14,
  esmClass: 0x43,
  throttled: 0x58,
  validity: 0x62,
} as const;

export const TAG = {
  receiptedMessageId: 0x001e,
  userMessageReference: 0x0204,
  sarReference: 0x020c,
  sarTotal: 0x020e,
  sarNumber: 0x020f,
  payload: 0x0424,
  messageState: 0x0427,
} as const;

export interface Frame {
  id: number;
  status: number;
  sequence: number;
  body: Buffer;
}

/** A PDU that can't be read; `status` is what the peer is told. */
export class BadPdu extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const HEADER = 16;
const LONGEST = 70_000;

/** Cuts a byte stream into PDUs. */
export class Deframer {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws BadPdu when a length is impossible; the stream can't be followed any further */
  push(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    while (this.#rest.length >= 4) {
      const length = this.#rest.readUInt32BE(0);
      if (length < HEADER || length > LONGEST)
        throw new BadPdu(STATUS.commandLength, `A PDU can't be ${length} octets long.`);
      if (this.#rest.length < length) break;
      frames.push({
        id: this.#rest.readUInt32BE(4),
        status: this.#rest.readUInt32BE(8),
        sequence: this.#rest.readUInt32BE(12),
        body: this.#rest.subarray(HEADER, length),
      });
      this.#rest = this.#rest.subarray(length);
    }
    return frames;
  }
}

export function frame(id: number, status: number, sequence: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEADER);
  head.writeUInt32BE(HEADER + body.length, 0);
  head.writeUInt32BE(id >>> 0, 4);
  head.writeUInt32BE(status, 8);
  head.writeUInt32BE(sequence, 12);
  return Buffer.concat([head, body]);
}

export const cString = (text: string): Buffer => Buffer.from(`${text}\0`, 'latin1');

export function tlv(tag: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(tag, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

class Reader {
  readonly #body: Buffer;
  #at = 0;
  constructor(body: Buffer) {
    this.#body = body;
  }
  octet(): number {
    if (this.#at >= this.#body.length) throw new BadPdu(STATUS.commandLength, 'The PDU ends too early.');
    return this.#body.readUInt8(this.#at++);
  }
  bytes(length: number): Buffer {
    if (this.#at + length > this.#body.length) throw new BadPdu(STATUS.commandLength, 'The PDU ends too early.');
    this.#at += length;
    return this.#body.subarray(this.#at - length, this.#at);
  }
  /** A C-octet string of at most `max` octets, the final zero counted. */
  text(max: number, status: number): string {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0 || end - this.#at >= max) throw new BadPdu(status, `A field is longer than ${max - 1} octets.`);
    const text = this.#body.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }
  tlvs(): Map<number, Buffer> {
    const found = new Map<number, Buffer>();
    while (this.#at < this.#body.length) {
      const tag = this.bytes(2).readUInt16BE(0);
      found.set(tag, this.bytes(this.bytes(2).readUInt16BE(0)));
    }
    return found;
  }
}

export interface Bind {
  systemId: string;
  password: string;
  version: number;
}

export function readBind(body: Buffer): Bind {
  const r = new Reader(body);
  const systemId = r.text(16, STATUS.systemId);
  const password = r.text(9, STATUS.password);
  r.text(13, STATUS.bindFailed);
  return { systemId, password, version: r.octet() };
}

export interface Submit {
  sourceTon: number;
  source: string;
  destination: string;
  esmClass: number;
  validity: string;
  registered: number;
  dataCoding: number;
  message: Buffer;
  tlvs: Map<number, Buffer>;
}

export function readSubmit(body: Buffer): Submit {
  const r = new Reader(body);
  r.text(6, STATUS.commandLength);
  const sourceTon = r.octet();
  r.octet();
  const source = r.text(21, STATUS.sourceAddress);
  r.octet();
  r.octet();
  const destination = r.text(21, STATUS.destinationAddress);
  const esmClass = r.octet();
  r.octet();
  r.octet();
  r.text(17, STATUS.validity);
  const validity = r.text(17, STATUS.validity);
  const registered = r.octet();
  r.octet();
  const dataCoding = r.octet();
  r.octet();
  const length = r.octet();
  if (length > 254) throw new BadPdu(STATUS.messageLength, 'short_message takes 254 octets.');
  const message = r.bytes(length);
  return { sourceTon, source, destination, esmClass, validity, registered, dataCoding, message, tlvs: r.tlvs() };
}

export function readQuery(body: Buffer): { messageId: string } {
  return { messageId: new Reader(body).text(65, STATUS.messageId) };
}

/** Body of a deliver_sm from `source` (the phone) to `destination` (the sender name). */
export function deliverBody(
  message: { source: string; destination: string; esmClass: number; dataCoding: number; text: Buffer },
  tlvs: readonly Buffer[] = [],
): Buffer {
  return Buffer.concat([
    cString(''),
    Buffer.from([1, 1]),
    cString(message.source),
    Buffer.from([5, 0]),
    cString(message.destination),
    Buffer.from([message.esmClass, 0, 0]),
    cString(''),
    cString(''),
    Buffer.from([0, 0, message.dataCoding, 0, message.text.length]),
    message.text,
    ...tlvs,
  ]);
}
