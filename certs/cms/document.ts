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
