import { toPem } from '../asn1/pem.ts';

/** Forms in which courts, ФССП and portals take a signature file. */
export const cmsEncodings = ['der', 'base64', 'pem'] as const;
export type CmsEncoding = (typeof cmsEncodings)[number];

/** The octets of the file; base64 stands on one line without an end of line, PEM has the label CMS. */
export function encodeCms(der: Uint8Array, encoding: CmsEncoding): Uint8Array {
  switch (encoding) {
    case 'der':
      return der;
    case 'base64':
      return Buffer.from(Buffer.from(der).toString('base64'), 'latin1');
    case 'pem':
      return Buffer.from(toPem('CMS', der), 'latin1');
  }
}
