/** The escape to the second table; no sign of its own. */
const ESCAPE = 0x1b;

/** Signs of the default alphabet by their code (3GPP TS 23.038, 6.2.1). */
const basic = [
  ...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
];
/** Signs of the extension table, each behind an escape (6.2.1.1). */
const extension: readonly (readonly [string, number])[] = [
  ['\f', 0x0a],
  ['^', 0x14],
  ['{', 0x28],
  ['}', 0x29],
  ['\\', 0x2f],
  ['[', 0x3c],
  ['~', 0x3d],
  [']', 0x3e],
  ['|', 0x40],
  ['€', 0x65],
];

const septets: ReadonlyMap<string, readonly number[]> = new Map<string, readonly number[]>([
  ...basic.flatMap((sign, code) => (code === ESCAPE ? [] : [[sign, [code]] as const])),
  ...extension.map(([sign, code]) => [sign, [ESCAPE, code]] as const),
]);

/** Septets that a sign takes: 1 or 2; undefined when the alphabet does not have it. */
export function gsm7Width(sign: string): number | undefined {
  return septets.get(sign)?.length;
}

/**
 * A text in the default alphabet, one septet an octet (unpacked).
 *
 * @throws RangeError for a sign that the alphabet does not have; look with {@link gsm7Width} first
 */
export function encodeGsm7(text: string): Buffer {
  return Buffer.from(
    [...text].flatMap((sign) => {
      const codes = septets.get(sign);
      if (!codes) throw new RangeError('The GSM alphabet does not have this sign.');
      return codes;
    }),
  );
}

const second: ReadonlyMap<number, string> = new Map(extension.map(([sign, code]) => [code, sign]));

/** The text of unpacked septets; an unknown code becomes a space, as phones show it. */
export function decodeGsm7(octets: Uint8Array): string {
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const code = octets[i] ?? 0;
    text += code === ESCAPE ? (second.get(octets[++i] ?? 0) ?? ' ') : (basic[code] ?? ' ');
  }
  return text;
}
