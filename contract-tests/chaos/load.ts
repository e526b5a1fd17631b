import type { HubApi } from './api.ts';
import { sleep } from './child.ts';
import type { Plan } from './plan.ts';

/** What was accepted: operation ids by the caller's own keys. */
export interface Load {
  messages: Map<string, string>;
  readings: Map<string, string>;
  /** Phone and text of a message, as the gateways' counters write them, by the caller's key. */
  texts: Map<string, string>;
  /** Items that were submitted more than once on purpose. */
  duplicates: number;
  /** Times that one key was answered with two operations: must be none. */
  splits: number;
}

const CHUNK = 50;

type Item = Readonly<Record<string, unknown>> & { idempotencyKey: string };

/** Submits everything, spread over the plan's time, part of it twice at once through different processes. */
export async function submitAll(
  api: HubApi,
  plan: Plan,
  meters: readonly string[],
  random: () => number,
): Promise<Load> {
  const load: Load = { messages: new Map(), readings: new Map(), texts: new Map(), duplicates: 0, splits: 0 };
  const messages = Array.from({ length: plan.messages }, (_, i): Item => {
    const { phone, text } = messageOf(i);
    load.texts.set(`m-${i}`, `${phone}\0${text}`);
    return { channel: 'sms', to: `+${phone}`, text, idempotencyKey: `m-${i}` };
  });
  const readings = meters.slice(0, plan.readings).map(
    (meter, i): Item => ({
      meter,
      readAt: '2026-11-24T10:00:00+03:00',
      values: ['91000'],
      idempotencyKey: `r-${i}`,
    }),
  );
  const calls = [
    ...chunks(messages).map((items) => ({ path: '/v1/messages/bulk', items, into: load.messages })),
    ...chunks(readings).map((items) => ({ path: '/v1/meter-readings/bulk', items, into: load.readings })),
  ].map((call) => ({ ...call, at: random() * plan.seconds * 1000 * 0.85 }));
  const started = performance.now();
  await Promise.all(
    calls.map(async ({ path, items, into, at }) => {
      await sleep(Math.max(0, at - (performance.now() - started)));
      const twice = random() < 0.2;
      if (twice) load.duplicates += items.length;
      const answers = await Promise.all(Array.from({ length: twice ? 2 : 1 }, () => submitOne(api, path, items)));
      for (const answer of answers)
        for (const [key, operation] of answer) {
          const before = into.get(key);
          if (before !== undefined && before !== operation) load.splits++;
          into.set(key, operation);
        }
    }),
  );
  return load;
}

const LONG = ' Просим передать показания приборов учёта до двадцать пятого числа этого месяца.';

/**
 * The message of a number. A tenth have two or three parts; some ask for the same text to the same phone as the one
 * before: these are two orders, and both count.
 */
function messageOf(i: number): { phone: string; text: string } {
  const n = i % 50 === 49 ? i - 1 : i;
  const long = n % 10 === 0 ? LONG.repeat(1 + ((n / 10) % 2)) : '';
  return { phone: `7917${String(1_000_000 + n)}`, text: `Сообщение ${n}.${long}` };
}

function chunks(items: readonly Item[]): Item[][] {
  return Array.from({ length: Math.ceil(items.length / CHUNK) }, (_, i) => items.slice(i * CHUNK, (i + 1) * CHUNK));
}

async function submitOne(api: HubApi, path: string, items: readonly Item[]): Promise<Map<string, string>> {
  const answer = await api.sure('POST', path, items, [207]);
  const outcomes = answer.items as { operation?: string; problem?: unknown }[];
  return new Map(
    outcomes.map((o, i) => {
      if (!o.operation) throw new Error(`${path}: an item was refused: ${JSON.stringify(o.problem)}`);
      return [items[i]?.idempotencyKey ?? '', o.operation];
    }),
  );
}
