import { z } from 'zod';
import { HubError } from '../../canonical/errors.ts';
import { segment } from '../kit/segmentation.ts';
import type { Context, OperationView } from '../port.ts';
import { ask } from './client.ts';
import type { SmsAeroConfig } from './config.ts';
import { earliest } from './look-back.ts';

/** A text as the gateway tells it; the cost is a number in one answer and a string in another. */
export const Text = z.looseObject({
  id: z.union([z.int(), z.string().regex(/^\d+$/)]).transform(String),
  number: z.union([z.int(), z.string()]).transform(String),
  text: z.string(),
  status: z.union([z.int(), z.string()]).transform(String),
  cost: z.union([z.number(), z.string()]).nullish(),
  /** Unix seconds. */
  dateCreate: z.coerce.number(),
  dateAnswer: z.coerce.number().nullish(),
});
export type Text = z.infer<typeof Text>;

/** Pages of the list that are looked through; more texts to one number since an acceptance are nobody's habit. */
const MAX_PAGES = 5;

/** Digits as the gateway wants them: 7XXXXXXXXXX. */
export function digits(op: { payload: Readonly<Record<string, unknown>> }): string {
  return String(op.payload.to).slice(1);
}

/** Texts that differ only in what a form may change on its way: line ends, composed letters, space at the ends. */
export function sameText(text: string): string {
  return text.replace(/\r\n?/g, '\n').normalize('NFC').trim();
}

export function resultOf(op: OperationView, text: Text): Record<string, unknown> {
  const cost = Number(text.cost);
  return {
    upstreamId: text.id,
    segments: segment(String(op.payload.text)).segments,
    ...(text.cost !== null && text.cost !== undefined && Number.isFinite(cost) && cost >= 0
      ? { cost: { amount: cost.toFixed(2), currency: 'RUB' } }
      : {}),
  };
}

/**
 * Texts like this operation's that the gateway can have taken for it, oldest first. The list is asked for by number and
 * compared here letter by letter: how the gateway searches by text is not known.
 *
 * @returns undefined when the list is too long to be looked through
 */
export async function findTexts(ctx: Context<SmsAeroConfig>, op: OperationView): Promise<readonly Text[] | undefined> {
  const wanted = sameText(String(op.payload.text));
  const number = digits(op);
  const found = new Map<string, Text>();
  let since = Number.NEGATIVE_INFINITY;
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { data, at } = await ask(ctx, page === 1 ? 'sms/list' : `sms/list?page=${page}`, { number }, 'read');
    if (page === 1) since = earliest(op, { now: ctx.clock.now(), gatewayNow: at, skewMs: ctx.config.clockSkewMs });
    const { texts, more } = pageOf(data);
    for (const text of texts)
      if (text.number === number && sameText(text.text) === wanted && createdAt(text) >= since)
        found.set(text.id, text);
    // Newest first: whatever follows is older.
    if (!more || texts.some((text) => createdAt(text) < since))
      return [...found.values()].sort((a, b) => a.dateCreate - b.dateCreate || Number(a.id) - Number(b.id));
  }
  return undefined;
}

/** Epoch milliseconds at the end of the second that the gateway names. */
function createdAt(text: Text): number {
  return text.dateCreate * 1000 + 999;
}

/** A page has its texts in the keys "0", "1", … beside `links` and `totalCount`. An empty one may be an array. */
function pageOf(data: unknown): { texts: readonly Text[]; more: boolean } {
  const entries = Object.entries((data ?? {}) as Record<string, unknown>);
  const texts = entries.filter(([key]) => /^\d+$/.test(key)).map(([, value]) => Text.safeParse(value));
  const { links, totalCount } = (data ?? {}) as { links?: { next?: unknown }; totalCount?: unknown };
  const broken = texts.some((text) => !text.success) || (texts.length === 0 && Number(totalCount ?? 0) > 0);
  // A list that can't be read is no proof that a text is not in it.
  if (broken || data === null || typeof data !== 'object')
    throw new HubError(
      'transient',
      'SMSAERO_LIST_UNREADABLE',
      'The list of the gateway has another shape than known.',
      {
        upstream: { system: 'smsaero' },
      },
    );
  return { texts: texts.flatMap((text) => (text.success ? [text.data] : [])), more: links?.next !== undefined };
}
