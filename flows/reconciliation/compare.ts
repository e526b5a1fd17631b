import type { EntityDefinition } from '../../canonical/entity.ts';
import { personalFields } from '../../canonical/personal.ts';
import { numberForm } from '../../canonical/values/words.ts';

/** One field in which ours and theirs are not the same; personal values masked. */
export interface Difference {
  field: string;
  ours: unknown;
  theirs: unknown;
}

type Canonical = Readonly<Record<string, unknown>>;

/**
 * Fields that both systems have and that are not the same. What ours says nothing about is not compared; what theirs leaves empty is a
 * difference. Numbers are compared by value, numbers of accounts and devices without spaces, dashes and leading zeros.
 */
export function differences(definition: EntityDefinition, ours: Canonical, theirs: Canonical): Difference[] {
  return Object.keys(theirs).flatMap((field) => {
    const [a, b] = [ours[field], theirs[field]];
    if (a === undefined || a === null || isSame(a, b)) return [];
    return [{ field, ours: shownValue(definition, field, a), theirs: shownValue(definition, field, b) }];
  });
}

/** A value of a field as a reader may see it. */
export function shownValue(definition: EntityDefinition, field: string, value: unknown, isClear = false): unknown {
  const isHidden = !isClear && personalFields(definition.schema).includes(field);
  return isHidden ? masked(value) : (value ?? null);
}

/** Whether two values of a field mean the same. */
export function isSame(a: unknown, b: unknown): boolean {
  if (b === null || b === undefined) return false;
  if (typeof a === 'object' || typeof b === 'object') return isSameObject(a, b);
  const [left, right] = [String(a), String(b)];
  const decimals = [decimalForm(left), decimalForm(right)];
  if (decimals[0] !== undefined && decimals[1] !== undefined && decimals[0] === decimals[1]) return true;
  return numberForm(left) === numberForm(right);
}

/** Of two objects what both have: an address, an amount of money. */
function isSameObject(a: unknown, b: unknown): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  const [left, right] = [a as Canonical, b as Canonical];
  return Object.keys(right).every((key) => left[key] === undefined || isSame(left[key], right[key]));
}

/** `054.30` and `54.3` are one number; exact at any length. */
function decimalForm(text: string): string | undefined {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)0*(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === '') return undefined;
  const rest = fraction.replace(/0+$/, '');
  return `${whole === '0' && rest === '' ? '' : sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}

/** The last two signs: enough to see which of two it is, too few to know it. */
export function masked(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 4 ? '•••' : `•••${text.slice(-2)}`;
}
