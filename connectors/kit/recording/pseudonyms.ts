import { createHmac } from 'node:crypto';

const GUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2})?$/;
const PHONE = /^(\+?[78])[\s(-]*\d[\d\s()-]{8,}$/;
const LONGEST = 80;
const alphabets = [
  'абвгдежзиклмнопрстуфхцчшэюя',
  'АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ',
  'abcdefghijklmnopqrstuvwxyz',
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
];

/**
 * Puts invented values in the place of real ones: the same for the same, so that references still fit, and of the same
 * shape (length, case, script, leading spaces, punctuation). Without the key nobody can tell what a value was; short
 * values (a flat number) can still be guessed from what stands around them.
 */
export class Pseudonyms {
  readonly #key: Uint8Array;

  /** @param key at least 16 random bytes that are thrown away afterwards */
  constructor(key: Uint8Array) {
    if (key.byteLength < 16) throw new Error('The key of pseudonyms has at least 16 bytes.');
    this.#key = key;
  }

  /** Every GUID in a text; the empty one stays. */
  guids(text: string): string {
    return text.replace(GUID, (guid) => {
      if (/^[0-]+$/.test(guid)) return guid;
      const hex = this.#bytes('guid', guid.toLowerCase()).toString('hex');
      return guid.replace(/-/g, '').length === 32
        ? `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
        : guid;
    });
  }

  /** Any text. Long ones are free text and come out as letters of no meaning. */
  text(value: string): string {
    if (value.trim() === '') return value;
    if (isGuid(value)) return this.guids(value);
    if (MOMENT.test(value)) return this.#moment(value);
    if (value.length > LONGEST || value.includes('\n')) return 'х'.repeat(Math.min(value.length, LONGEST));
    const phone = PHONE.exec(value)?.[1]?.length ?? 0;
    const mobile = phone > 0 ? value.slice(phone).search(/\d/) + phone : -1;
    const stream = this.#bytes('text', value);
    return [...value]
      .map((sign, i) => {
        if (i < phone) return sign;
        const byte = stream[i % stream.length] ?? 0;
        // A phone becomes a mobile one, so that it is still read as a phone.
        if (/\d/.test(sign)) return i === mobile ? '9' : String((byte + i) % 10);
        const alphabet = alphabetOf(sign);
        return alphabet === undefined ? sign : (alphabet[(byte + i) % alphabet.length] ?? sign);
      })
      .join('');
  }

  /** A number up to a tenth larger or smaller, with as many decimals; zero and small whole ones stay. */
  amount(value: number): number {
    if (value === 0 || (Number.isInteger(value) && Math.abs(value) <= 31)) return value;
    const decimals = /\.(\d+)$/.exec(String(value))?.[1]?.length ?? 0;
    const share = 0.9 + (this.#bytes('amount', String(value)).readUInt16BE(0) / 0xffff) * 0.2;
    return Number((value * share).toFixed(decimals));
  }

  /** Another day within about two years; the empty date of 1C stays. */
  #moment(value: string): string {
    if (value.startsWith('0001-01-01')) return value;
    const days = (this.#bytes('moment', value).readUInt16BE(0) % 1461) - 730;
    const at = Date.parse(`${value.slice(0, 10)}T00:00:00Z`);
    if (Number.isNaN(at)) return 'х'.repeat(value.length);
    return new Date(at + days * 86_400_000).toISOString().slice(0, 10) + value.slice(10);
  }

  #bytes(kind: string, value: string): Buffer {
    return createHmac('sha512', this.#key).update(`${kind}\0${value}`).digest();
  }
}

export function isGuid(value: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
}

function alphabetOf(sign: string): string | undefined {
  if (!/\p{L}/u.test(sign)) return undefined;
  const upper = sign !== sign.toLowerCase();
  return alphabets[(/[a-z]/i.test(sign) ? 2 : 0) + (upper ? 1 : 0)];
}
