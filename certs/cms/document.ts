import { setImmediate } from 'node:timers/promises';

/** Octets that are digested at a stretch: about a millisecond of Streebog. */
const SLICE_OCTETS = 64 * 1024;

/** A document as it is at hand: whole, or as a stream that is read once and never held. */
export type DocumentOctets = Uint8Array | AsyncIterable<Uint8Array>;

/** Gives the octets to each of the takers in one pass; tells how many there were. */
export async function pump(
  document: DocumentOctets,
  takers: readonly { update(data: Uint8Array): unknown }[],
): Promise<number> {
  let size = 0;
  for await (const piece of document instanceof Uint8Array ? [document] : document) {
    size += piece.length;
    for (let from = 0; from < piece.length; from += SLICE_OCTETS) {
      for (const taker of takers) taker.update(piece.subarray(from, from + SLICE_OCTETS));
      // Others are served in between: a document of megabytes takes a good part of a second.
      if (from + SLICE_OCTETS < piece.length) await setImmediate();
    }
  }
  return size;
}

/** A document in memory. @param refuse makes the error for one of more octets than that */
export async function whole(document: DocumentOctets, most: number, refuse: () => Error): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  await pump(document, [
    {
      update(piece) {
        size += piece.length;
        if (size > most) throw refuse();
        pieces.push(piece);
      },
    },
  ]);
  return Buffer.concat(pieces);
}
