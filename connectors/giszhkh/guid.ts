import { createHash } from 'node:crypto';

/** A random UUID (version 4) from a source of randomness that tests control. */
export function randomGuid(random: () => number): string {
  const octets = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  return formed(octets);
}

/**
 * The TransportGUID of an operation: the same in every attempt, so that ГИС ЖКХ, where it does recognise a repeated one, has the chance
 * to. Looks like a random UUID and is made of the operation's id alone.
 */
export function transportGuid(operation: string, part = ''): string {
  return formed(createHash('sha256').update(`giszhkh:${operation}:${part}`).digest().subarray(0, 16));
}

function formed(octets: Uint8Array): string {
  const o = Uint8Array.from(octets);
  o[6] = ((o[6] as number) & 0x0f) | 0x40;
  o[8] = ((o[8] as number) & 0x3f) | 0x80;
  const hex = Buffer.from(o).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** How a GUID is written, in either case. */
export const guidPattern = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

export function isGuid(text: string): boolean {
  return guidPattern.test(text);
}

/** GUIDs are the same in either case; ГИС ЖКХ mixes them. */
export function sameGuid(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && a.toLowerCase() === b.toLowerCase();
}
