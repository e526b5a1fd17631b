import { DerFault } from './fault.ts';

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----\s*\r?\n([A-Za-z0-9+/=\s]*?)-----END \1-----/g;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Binary structure from whatever form it came in: DER, PEM (the first block) or bare base64, white space ignored. */
export function toDer(octets: Uint8Array): Uint8Array {
  // Every structure here is a SEQUENCE, and 0x30 is '0' in base64 text: what tells them apart is that text is all text.
  if (octets[0] === 0x30 && !looksLikeText(octets)) return octets;
  const text = Buffer.from(octets).toString('latin1');
  const block = pemBlocks(text)[0];
  return block ? block.der : base64ToDer(text.replace(/^\u00ef\u00bb\u00bf/, ''));
}

/** All blocks of a PEM text, in order. */
export function pemBlocks(text: string): { label: string; der: Uint8Array }[] {
  return [...text.matchAll(BLOCK)].map(([, label = '', body = '']) => ({ label, der: base64ToDer(body) }));
}

export function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n').trimEnd();
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

function base64ToDer(text: string): Uint8Array {
  const bare = text.replace(/[ \t\r\n]+/g, '');
  if (bare.length === 0 || !BASE64.test(bare))
    throw new DerFault('DER_VALUE', 'The file is neither DER nor PEM nor base64.');
  return Buffer.from(bare, 'base64');
}

function looksLikeText(octets: Uint8Array): boolean {
  return octets.subarray(0, 64).every((o) => (o >= 0x20 && o < 0x7f) || o === 0x0a || o === 0x0d || o === 0x09);
}
