// GSM 03.38, one row of sixteen after another; 0x1B is the escape to the second table.
const ROWS = [
  '@£$¥èéùìòÇ\nØø\rÅå',
  'Δ_ΦΓΛΩΠΨΣΘΞ\u001bÆæßÉ',
  ' !"#¤%&\'()*+,-./',
  '0123456789:;<=>?',
  '¡ABCDEFGHIJKLMNO',
  'PQRSTUVWXYZÄÖÑÜ§',
  '¿abcdefghijklmno',
  'pqrstuvwxyzäöñüà',
];
const BASIC = [...ROWS.join('')];
const SECOND: Readonly<Record<number, string>> = {
  10: '\f',
  20: '^',
  40: '{',
  41: '}',
  47: '\\',
  60: '[',
  61: '~',
  62: ']',
  64: '|',
  101: '€',
};

/** What a phone shows for the octets of a message; undefined for a coding that this operator does not take. */
export function shown(octets: Buffer, dataCoding: number): string | undefined {
  if (dataCoding === 1) return octets.toString('ascii');
  if (dataCoding === 3) return octets.toString('latin1');
  if (dataCoding === 8) return new TextDecoder('utf-16be').decode(octets);
  if (dataCoding !== 0) return undefined;
  let text = '';
  for (let i = 0; i < octets.length; i++) {
    const octet = octets[i] ?? 0;
    if (octet === 0x1b) text += SECOND[octets[++i] ?? 0] ?? ' ';
    else text += BASIC[octet & 0x7f] ?? ' ';
  }
  return text;
}
