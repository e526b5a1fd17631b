import type { Cipher } from './cipher.ts';

/** Stand-in of a phone (E.164) by which contacts and opt-outs are found; tells nothing without the key. */
export function recipientIndex(cipher: Cipher, phone: string): string {
  return cipher.blind('recipient', phone);
}
