// GSM 03.38 basic alphabet; the escape (0x1B) is left out.
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
const EXTENDED = new Set('^{}\\[~]|€\f');

/** Parts that the operator bills for a text. */
export function partsOf(text: string): number {
  const gsm = [...text].every((sign) => BASIC.has(sign) || EXTENDED.has(sign));
  // A sign that takes two units stays whole at the border of a part.
  const units = gsm ? [...text].map((sign) => (EXTENDED.has(sign) ? 2 : 1)) : [...text].map((sign) => sign.length);
  const total = units.reduce((a, b) => a + b, 0);
  const [single, each] = gsm ? [160, 153] : [70, 67];
  if (total <= single) return 1;
  let parts = 1;
  let used = 0;
  for (const unit of units) {
    if (used + unit > each) {
      parts++;
      used = 0;
    }
    used += unit;
  }
  return parts;
}
