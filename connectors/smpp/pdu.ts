/** Command ids (SMPP 3.4 issue 1.2, 5.1.2.1). A response has the highest bit set. */
export const commandId = {
  bindTransmitter: 0x02,
  querySm: 0x03,
  submitSm: 0x04,
  deliverSm: 0x05,
  unbind: 0x06,
  bindTransceiver: 0x09,
  enquireLink: 0x15,
  genericNack: 0x80000000,
} as const;

export const RESPONSE_BIT = 0x80000000;

/** Optional parameters (5.3.2). */
export const tag = {
  receiptedMessageId: 0x001e,
  userMessageReference: 0x0204,
  sarMsgRefNum: 0x020c,
  sarTotalSegments: 0x020e,
  sarSegmentSeqnum: 0x020f,
  messagePayload: 0x0424,
  messageState: 0x0427,
} as const;

export interface Pdu {
  command: number;
  status: number;
  sequence: number;
  body: Buffer;
}

/** Bytes that are no PDU; the stream can't be followed any more and the connection has to be given up. */
export class MalformedPdu extends Error {}

const HEADER_OCTETS = 16;
/** A message_payload of 65,535 octets and the fields around it. */
const LONGEST_PDU = 66_000;

export function encodePdu({ command, status, sequence, body }: Pdu): Buffer {
  const bytes = Buffer.alloc(HEADER_OCTETS + body.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(command, 4);
  bytes.writeUInt32BE(status, 8);
  bytes.writeUInt32BE(sequence, 12);
  body.copy(bytes, HEADER_OCTETS);
  return bytes;
}

/** Whole PDUs out of the pieces that a socket gives. */
export class PduStream {
  #pieces: Buffer[] = [];
  #have = 0;

  /** @throws MalformedPdu when a length is impossible */
  take(piece: Buffer): Pdu[] {
    this.#pieces.push(piece);
    this.#have += piece.length;
    const pdus: Pdu[] = [];
    let bytes: Buffer | undefined;
    for (;;) {
      if (this.#have < HEADER_OCTETS) break;
      bytes = this.#joined();
      const length = bytes.readUInt32BE(0);
      if (length < HEADER_OCTETS || length > LONGEST_PDU) throw new MalformedPdu(`A PDU of ${length} octets is none.`);
      if (this.#have < length) break;
      pdus.push({
        command: bytes.readUInt32BE(4),
        status: bytes.readUInt32BE(8),
        sequence: bytes.readUInt32BE(12),
        body: bytes.subarray(HEADER_OCTETS, length),
      });
      this.#pieces = [bytes.subarray(length)];
      this.#have -= length;
    }
    return pdus;
  }

  #joined(): Buffer {
    const [only] = this.#pieces;
    if (only && this.#pieces.length === 1) return only;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [joined];
    return joined;
  }
}

/** A C-octet string. @throws RangeError when it is longer than the field, or holds what a field can't */
function cString(text: string, maxOctets: number): Buffer {
  if (text.length > maxOctets || text.includes('\0') || [...text].some((sign) => sign > 'ÿ'))
    throw new RangeError(`A field of ${maxOctets} octets can't hold this value.`);
  return Buffer.from(`${text}\0`, 'latin1');
}

export interface BindFields {
  systemId: string;
  password: string;
  systemType: string;
}

/** Body of bind_transceiver and bind_transmitter, interface version 3.4. */
export function bindBody({ systemId, password, systemType }: BindFields): Buffer {
  return Buffer.concat([
    cString(systemId, 15),
    cString(password, 8),
    cString(systemType, 12),
    Buffer.from([0x34, 0, 0]),
    cString('', 40),
  ]);
}

export interface Address {
  ton: number;
  npi: number;
  address: string;
}

export interface SubmitFields {
  serviceType: string;
  source: Address;
  destination: Address;
  esmClass: number;
  /** `YYMMDDhhmmsstnnp`, 16 signs. */
  validityPeriod: string;
  dataCoding: number;
  /** At most 254 octets; empty when the payload is an optional parameter. */
  shortMessage: Buffer;
  optional: readonly (readonly [tag: number, value: Buffer])[];
}

export function submitBody(f: SubmitFields): Buffer {
  if (f.shortMessage.length > 254) throw new RangeError('short_message takes 254 octets.');
  return Buffer.concat([
    cString(f.serviceType, 5),
    Buffer.from([f.source.ton, f.source.npi]),
    cString(f.source.address, 20),
    Buffer.from([f.destination.ton, f.destination.npi]),
    cString(f.destination.address, 20),
    // protocol_id and priority_flag
    Buffer.from([f.esmClass, 0, 0]),
    // schedule_delivery_time: at once
    cString('', 16),
    cString(f.validityPeriod, 16),
    // registered_delivery: a report of success or failure is wanted; replace_if_present; …; sm_default_msg_id
    Buffer.from([1, 0, f.dataCoding, 0, f.shortMessage.length]),
    f.shortMessage,
    ...f.optional.map(([name, value]) => optionalParameter(name, value)),
  ]);
}

function optionalParameter(name: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(name, 0);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value]);
}

export interface Delivered {
  source: string;
  destination: string;
  esmClass: number;
  dataCoding: number;
  /** short_message, or the payload parameter where that is used. */
  message: Buffer;
  optional: ReadonlyMap<number, Buffer>;
}

/** @throws MalformedPdu */
export function readDeliver(body: Buffer): Delivered {
  const fields = new FieldReader(body);
  fields.cString();
  fields.skip(2);
  const source = fields.cString();
  fields.skip(2);
  const destination = fields.cString();
  const esmClass = fields.octet();
  fields.skip(2);
  fields.cString();
  fields.cString();
  fields.skip(2);
  const dataCoding = fields.octet();
  fields.skip(1);
  const short = fields.octets(fields.octet());
  const optional = fields.optional();
  return {
    source,
    destination,
    esmClass,
    dataCoding,
    message: short.length > 0 ? short : (optional.get(tag.messagePayload) ?? short),
    optional,
  };
}

/** The C-octet string at the beginning of a response body (message_id, system_id); empty when there is none. */
export function firstString(body: Buffer): string {
  return body.length === 0 ? '' : new FieldReader(body).cString();
}

class FieldReader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  octet(): number {
    return this.octets(1).readUInt8(0);
  }

  octets(count: number): Buffer {
    const end = this.#at + count;
    if (end > this.#body.length) throw new MalformedPdu('A PDU ends inside of a field.');
    const octets = this.#body.subarray(this.#at, end);
    this.#at = end;
    return octets;
  }

  skip(count: number): void {
    this.octets(count);
  }

  cString(): string {
    const end = this.#body.indexOf(0, this.#at);
    if (end < 0) throw new MalformedPdu('A text field of a PDU has no end.');
    const text = this.octets(end - this.#at).toString('latin1');
    this.skip(1);
    return text;
  }

  optional(): Map<number, Buffer> {
    const found = new Map<number, Buffer>();
    while (this.#at < this.#body.length) {
      const name = this.octets(2).readUInt16BE(0);
      found.set(name, this.octets(this.octets(2).readUInt16BE(0)));
    }
    return found;
  }
}
