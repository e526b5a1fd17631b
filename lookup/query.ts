import { normalisePhone } from '../canonical/values/contact.ts';
import { numberForm, plainForm } from '../canonical/values/words.ts';
import { type ParsedAddress, parseAddress } from './address.ts';

/** What a text that somebody typed may be; several at once, since an account number may look like a phone. */
export interface ParsedQuery {
  phone?: string;
  email?: string;
  /** Number of an account, in the form of {@link numberForm}. */
  account?: string;
  address: ParsedAddress;
}

/** `л/с`, `лицевой счёт`, `№`, `тел.` in front of a number. */
const LABEL =
  /^(?:(?:л\/с|лс|лиц(?:евой|\.)?\s*(?:сч[её]т|сч\.?)|сч[её]т|елс|жку|№|n|#|тел(?:ефон)?|т|моб(?:ильный)?)[.:\s№#]*)+/iu;

/** Reads what was typed; says nothing of whether there is such a thing. */
export function parseQuery(text: string): ParsedQuery {
  const plain = text.normalize('NFC').trim();
  const bare = plain.replace(LABEL, '').trim();
  const phone = phoneOf(bare);
  const account = accountOf(bare);
  const email = /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(plain) ? plainForm(plain) : undefined;
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(email === undefined ? {} : { email }),
    ...(account === undefined ? {} : { account }),
    address: email === undefined ? parseAddress(plain) : { words: [] },
  };
}

/** Digits in whatever notation; those of a city without its code say too little. */
function phoneOf(text: string): string | undefined {
  if (/[\p{L}]/u.test(text)) return undefined;
  const digits = text.replace(/\D/g, '');
  if (digits.length === 10) return `+7${digits}`;
  return normalisePhone(digits);
}

/** One number without spaces in the middle of letters: `000012345`, `10АА000001`, `12-345`. */
function accountOf(text: string): string | undefined {
  if (!/^[\p{L}\d][\p{L}\d /.-]{0,29}$/u.test(text) || !/\d/.test(text)) return undefined;
  if (/\p{L}{3,}|\s\p{L}|\p{L}\s/u.test(text)) return undefined;
  const form = numberForm(text);
  return form.length > 0 && form.length <= 20 ? form : undefined;
}
