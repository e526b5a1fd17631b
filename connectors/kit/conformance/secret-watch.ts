import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

/** Shorter ones would be found by chance in ports, digests and ids. */
const SHORTEST = 8;

function assertLong(text: string): void {
  if (text.length < SHORTEST)
    throw new Error(`What the suite is to look for needs ${SHORTEST} signs or more, else it is found by chance.`);
}

/** Forms in which a secret could leave: as it is, percent-encoded, inside Base64 at any offset, or as a digest. */
export function formsOf(secret: string): string[] {
  assertLong(secret);
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64');
    // The first and last signs also depend on what stands beside the secret.
    return text.slice(offset === 0 ? 0 : offset + 1).replace(/.?=*$/, '');
  });
  const digests = ['md5', 'sha1', 'sha256'].map((name) => createHash(name).update(secret).digest('hex'));
  return [...new Set([secret, encodeURIComponent(secret), ...inBase64, ...digests])];
}

/** Collects whatever a person or a log could come to see, and finds what must not be there. */
export class SecretWatch {
  readonly #secrets: readonly string[];
  readonly #personal: readonly string[];
  readonly #seen: { where: string; text: string }[] = [];

  constructor(secrets: readonly string[], personal: readonly string[]) {
    this.#secrets = secrets.flatMap(formsOf);
    personal.forEach(assertLong);
    this.#personal = personal;
  }

  logLine(line: unknown): void {
    this.#seen.push({ where: 'a log line', text: inspect(line, { depth: 10, maxStringLength: null }) });
  }

  /** With its stack, its own fields and its causes. */
  error(error: unknown): void {
    this.#seen.push({ where: 'an error', text: inspect(error, { depth: 10, maxStringLength: null }) });
  }

  /** Addresses are logged by every proxy on the way. */
  address(url: string): void {
    this.#seen.push({ where: 'an address', text: url });
  }

  /** @throws AssertionError that says where, and does not repeat the secret */
  assertClean(): void {
    for (const { where, text } of this.#seen) {
      assert.ok(!this.#secrets.some((form) => text.includes(form)), `A secret stands in ${where}.`);
      if (where !== 'an address')
        assert.ok(!this.#personal.some((piece) => text.includes(piece)), `Personal data stands in ${where}.`);
    }
  }
}
