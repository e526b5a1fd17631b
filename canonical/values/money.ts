import { z } from 'zod';

/** Decimal text with exactly two places, e.g. `-12.50`. Outside amounts are text, inside they are whole kopecks. */
export const AmountText = z
  .string()
  .regex(/^-?(0|[1-9]\d{0,14})\.\d{2}$/, 'must be decimal text with two places, such as "1234.50"');

export const Money = z
  .strictObject({ amount: AmountText, currency: z.literal('RUB') })
  .describe('Amount of money (сумма)')
  .meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

/** Whole kopecks of an amount; exact. */
export function kopecks(money: Money): bigint {
  return BigInt(money.amount.replace('.', ''));
}

export function rubles(amountKop: bigint): Money {
  const sign = amountKop < 0n ? '-' : '';
  const digits = (amountKop < 0n ? -amountKop : amountKop).toString().padStart(3, '0');
  return { amount: `${sign}${digits.slice(0, -2)}.${digits.slice(-2)}`, currency: 'RUB' };
}
