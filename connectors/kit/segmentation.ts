/** How a text is cut into parts and which alphabet they use (GSM 03.38, 3GPP TS 23.038 and 23.040). */
export interface Segmentation {
  encoding: 'gsm7' | 'ucs2';
  /** Septets or UTF-16 units of the whole text. */
  units: number;
  segments: number;
  /** Units of each part; the sum is `units`. */
  segmentUnits: readonly number[];
}

const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const extension = new Set('^{}\\[~]|€\f');

/**
 * Parts of a text. One sign outside the GSM alphabet makes the whole message UCS-2; an escape pair or a surrogate pair
 * is never cut across parts.
 */
export function segment(text: string): Segmentation {
  const signs = [...text];
  const gsm = signs.every((sign) => basic.has(sign) || extension.has(sign));
  const encoding = gsm ? 'gsm7' : 'ucs2';
  const single = gsm ? 160 : 70;
  const each = gsm ? 153 : 67;
  const widths = signs.map((sign) => (gsm ? (extension.has(sign) ? 2 : 1) : sign.length));
  const units = widths.reduce((sum, width) => sum + width, 0);
  if (units <= single) return { encoding, units, segments: 1, segmentUnits: [units] };
  const segmentUnits: number[] = [];
  let used = 0;
  for (const width of widths) {
    if (used + width > each) {
      segmentUnits.push(used);
      used = 0;
    }
    used += width;
  }
  segmentUnits.push(used);
  return { encoding, units, segments: segmentUnits.length, segmentUnits };
}
