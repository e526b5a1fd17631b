import { z } from 'zod';
import { nearest } from '../canonical/nearest.ts';

/** What a variable of a template may hold. */
export const Variable = z
  .union([
    z.string().min(1),
    z.strictObject({
      description: z.string().min(1).describe('What it holds, for people'),
      type: z.enum(['text', 'money', 'date', 'number']).default('text'),
      maxLength: z.int().min(1).max(500).default(100).describe('Longest value, signs'),
    }),
  ])
  .transform(
    (value): VariableRule => (typeof value === 'string' ? { description: value, type: 'text', maxLength: 100 } : value),
  );
export interface VariableRule {
  description: string;
  type: 'text' | 'money' | 'date' | 'number';
  maxLength: number;
}

/** Control signs, line breaks, and signs without width or that turn the direction: a value must not reshape the text around it. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

/** What is wrong with a value; undefined when it fits. */
function faultOf(value: string, rule: VariableRule): string | undefined {
  if (unprintable.test(value)) return 'holds a control sign or a line break; a value is one line of plain text';
  if ([...value].length > rule.maxLength) return `is longer than ${rule.maxLength} signs`;
  if (rule.type === 'money' && !/^\d{1,12}[.,]\d{2}$/.test(value))
    return 'must be an amount in roubles, such as 1234.50';
  if (rule.type === 'number' && !/^-?\d{1,15}([.,]\d{1,6})?$/.test(value))
    return 'must be a number, such as 12 or 12,5';
  if (rule.type === 'date' && dateOf(value) === undefined) return 'must be a date, 2026-12-10 or 10.12.2026';
  return undefined;
}

/** dd.mm.yyyy of a date in either form; undefined for what is no day of the calendar. */
function dateOf(value: string): string | undefined {
  const [, y, m, d] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value) ?? [];
  const [, d2, m2, y2] = /^(\d{2})\.(\d{2})\.(\d{4})$/.exec(value) ?? [];
  const [year, month, day] = [y ?? y2, m ?? m2, d ?? d2];
  if (!year || !month || !day) return undefined;
  const iso = `${year}-${month}-${day}`;
  const at = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(iso) ? `${day}.${month}.${year}` : undefined;
}

/** The value as it stands in the text: dates dd.mm.yyyy, money and numbers with a comma. */
export function shown(value: string, rule: VariableRule): string {
  if (rule.type === 'date') return dateOf(value) ?? value;
  return rule.type === 'text' ? value : value.replace('.', ',');
}

/** Missing, unknown and unfit values, one fault each, with pointers into a message's body. */
export function variableFaults(
  rules: Readonly<Record<string, VariableRule>>,
  values: Readonly<Record<string, string>>,
): { pointer: string; message: string }[] {
  const wanted = Object.keys(rules);
  return [
    ...Object.entries(rules).flatMap(([name, rule]) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined || value === '')
        return [{ pointer: `/variables/${name}`, message: `is required (${rule.description})` }];
      const fault = faultOf(value, rule);
      return fault ? [{ pointer: `/variables/${name}`, message: fault }] : [];
    }),
    ...Object.keys(values)
      .filter((name) => !wanted.includes(name))
      .map((name) => ({
        pointer: `/variables/${name.slice(0, 60).replace(/~/g, '~0').replace(/\//g, '~1')}`,
        message: `unknown variable${nearest(name, wanted) ? `; did you mean '${nearest(name, wanted)}'?` : ''}`,
      })),
  ];
}
