/** The number that octets spell, least significant first. */
export function fromLittleEndian(octets: Uint8Array): bigint {
  return fromBigEndian(Uint8Array.from(octets).reverse());
}

/** The number that octets spell, most significant first. */
export function fromBigEndian(octets: Uint8Array): bigint {
  return octets.length === 0
    ? 0n
    : BigInt(`0x${Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')}`);
}

/** A number in so many octets, most significant first. @throws RangeError when it needs more */
export function toBigEndian(number: bigint, octets: number): Uint8Array {
  const hex = number.toString(16).padStart(2 * octets, '0');
  if (number < 0n || hex.length > 2 * octets) throw new RangeError(`The number needs more than ${octets} octets.`);
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** A number in so many octets, least significant first. @throws RangeError when it needs more */
export function toLittleEndian(number: bigint, octets: number): Uint8Array {
  return toBigEndian(number, octets).reverse();
}
