import { gsm7Width } from './gsm7.ts';

/** How a text is cut into parts and which alphabet they use (GSM 03.38, 3GPP TS 23.038 and 23.040). */
export interface Segmentation {
  encoding: 'gsm7' | 'ucs2';
  /** Septets or UTF-16 units of the whole text. */
  units: number;
  segments: number;
  /** Units of each part; the sum is `units`. */
  segmentUnits: readonly number[];
}

/**
 * Parts of a text. One sign outside the GSM alphabet makes the whole message UCS-2; an escape pair or a surrogate pair
 * is never cut across parts.
 */
export function segment(text: string): Segmentation {
  const { encoding, parts } = cut(text);
  const segmentUnits = parts.map((part) => part.units);
  return { encoding, units: segmentUnits.reduce((a, b) => a + b, 0), segments: parts.length, segmentUnits };
}

/** The texts of the parts, in order; joined they are the text. */
export function segmentTexts(text: string): string[] {
  return cut(text).parts.map((part) => part.text);
}

interface Part {
  text: string;
  units: number;
}

function cut(text: string): { encoding: 'gsm7' | 'ucs2'; parts: Part[] } {
  const signs = [...text];
  const gsm = signs.every((sign) => gsm7Width(sign) !== undefined);
  const encoding = gsm ? 'gsm7' : 'ucs2';
  const single = gsm ? 160 : 70;
  const each = gsm ? 153 : 67;
  const width = (sign: string): number => (gsm ? (gsm7Width(sign) ?? 0) : sign.length);
  const units = signs.reduce((sum, sign) => sum + width(sign), 0);
  if (units <= single) return { encoding, parts: [{ text, units }] };
  const parts: Part[] = [];
  let part: Part = { text: '', units: 0 };
  for (const sign of signs) {
    if (part.units + width(sign) > each) {
      parts.push(part);
      part = { text: '', units: 0 };
    }
    part.text += sign;
    part.units += width(sign);
  }
  return { encoding, parts: [...parts, part] };
}
