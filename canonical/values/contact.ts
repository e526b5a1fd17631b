import { z } from 'zod';

/** Russian number in E.164; landlines included. */
export const Phone = z
  .string()
  .regex(/^\+7\d{10}$/, 'must be a Russian phone number such as +79161234567')
  .describe('Phone, E.164')
  .meta({ id: 'Phone' });

export const Email = z
  .string()
  .max(254)
  .regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'must be an e-mail address')
  .describe('E-mail address')
  .meta({ id: 'Email' });

/**
 * A phone as people write it, in E.164: `8 (916) 123-45-67` → `+79161234567`. Undefined when it isn't eleven digits
 * beginning with 7 or 8 (ten with the leading 7 left out are accepted when they begin with 9).
 */
export function normalisePhone(text: string): string | undefined {
  if (/[^\d\s()+\-.,–—]/.test(text.replace(/^\s*(тел\.?|т\.)\s*/i, ''))) return undefined;
  const digits = text.replace(/\D/g, '');
  if (digits.length === 11 && (digits[0] === '7' || digits[0] === '8')) return `+7${digits.slice(1)}`;
  if (digits.length === 10 && digits[0] === '9') return `+7${digits}`;
  return undefined;
}

/** Only numbers beginning with 79 are mobile; a landline can take a call but no text. */
export function isMobile(phone: string): boolean {
  return phone.startsWith('+79');
}
