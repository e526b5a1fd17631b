/** A document as it is at hand: whole, or as a stream that is read once and never held. */
export type DocumentOctets = Uint8Array | AsyncIterable<Uint8Array>;

/** Gives the octets to each of the takers in one pass; tells how many there were. */
export async function pump(
  document: DocumentOctets,
  takers: readonly { update(data: Uint8Array): unknown }[],
): Promise<number> {
  if (document instanceof Uint8Array) {
    for (const taker of takers) taker.update(document);
    return document.length;
  }
  let size = 0;
  for await (const piece of document) {
    size += piece.length;
    for (const taker of takers) taker.update(piece);
  }
  return size;
}
