/** The octets, or undefined when the text is anything but base64 in its only form; blanks don't count. */
export function octetsOfBase64(text: string): Uint8Array | undefined {
  const bare = text.replace(/[ \t\r\n]+/g, '');
  const octets = Buffer.from(bare, 'base64');
  return octets.toString('base64') === bare ? octets : undefined;
}
