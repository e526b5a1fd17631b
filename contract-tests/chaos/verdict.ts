import type { HubApi } from './api.ts';
import type { Load } from './load.ts';
import type { Texts } from './texts.ts';
import type { Upstreams } from './upstreams.ts';

export interface Verdict {
  operations: number;
  byStatus: Record<string, number>;
  /** Accepted operations that the hub does not know any more. */
  forgotten: number;
  /** Operations that ended well, and whose effect is missing upstream. */
  lost: number;
  /** Effects more than accepted operations. */
  doubled: number;
  /** Keys that were answered with two operations. */
  splits: number;
  /** Uncertain operations that wait for a person; the others are not finished and should be. */
  asked: number;
  open: number;
  /** Operations that the fail-over has moved. */
  moved: number;
  /** Messages that were told to be delivered. */
  delivered: number;
  feed: { events: number; gaps: number; doubles: number; outOfOrder: number; endsWithoutEvent: number };
}

const FINAL = ['succeeded', 'failed', 'dead', 'cancelled'];

/** Compares what was promised with what the upstreams have counted. */
export async function judge(api: HubApi, load: Load, upstreams: Upstreams, texts: Texts): Promise<Verdict> {
  const operations = await api.all('/v1/operations');
  const known = new Map(operations.map((o) => [String(o.id), o]));
  const byStatus: Record<string, number> = {};
  for (const o of operations) byStatus[String(o.status)] = (byStatus[String(o.status)] ?? 0) + 1;
  const accepted = [...load.messages.values(), ...load.readings.values()];
  const posted = Object.values(await upstreams.effects('onec', 'readings.posted'));
  const sent = await texts.compare(load, known);
  const feed = await readFeed(api);
  const ended = new Set(feed.ended);
  const asked = operations.filter((o) => o.status === 'uncertain' && o.waitingFor === 'operator').length;
  return {
    operations: accepted.length,
    byStatus,
    forgotten: accepted.filter((id) => !known.has(id)).length,
    lost: sent.lost + Math.max(0, load.readings.size - posted.length),
    doubled: sent.doubled + posted.reduce((sum, n) => sum + n - 1, 0),
    splits: load.splits,
    asked,
    open: operations.filter((o) => !FINAL.includes(String(o.status))).length - asked,
    moved: feed.moved,
    delivered: feed.delivered,
    feed: {
      events: feed.events,
      gaps: feed.gaps,
      doubles: feed.ended.length - ended.size + feed.doubles,
      outOfOrder: feed.outOfOrder,
      endsWithoutEvent: accepted.filter((id) => FINAL.includes(String(known.get(id)?.status)) && !ended.has(id)).length,
    },
  };
}

async function readFeed(api: HubApi) {
  const ids = new Set<string>();
  const ended: string[] = [];
  let [events, gaps, doubles, outOfOrder, last, moved, delivered] = [0, 0, 0, 0, 0, 0, 0];
  for (;;) {
    const page = await api.sure('GET', `/v1/changes?after=${last}&limit=1000`);
    const items = page.items as { no: number; id: string; type: string; operation: string | null }[];
    if (items.length === 0) return { events, gaps, doubles, outOfOrder, ended, moved, delivered };
    for (const event of items) {
      events++;
      if (event.no > last + 1) gaps++;
      if (event.no <= last) outOfOrder++;
      if (ids.has(event.id)) doubles++;
      if (event.type === 'operation.moved') moved++;
      if (event.type === 'message.delivered') delivered++;
      ids.add(event.id);
      last = event.no;
      if (event.operation && FINAL.includes(event.type.replace('operation.', ''))) ended.push(event.operation);
    }
  }
}
