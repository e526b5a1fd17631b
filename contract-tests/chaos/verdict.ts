import type { HubApi } from './api.ts';
import { sleep } from './child.ts';
import type { Load } from './load.ts';
import type { Upstreams } from './upstreams.ts';

export interface Verdict {
  operations: number;
  byStatus: Record<string, number>;
  /** Accepted operations that the hub does not know any more. */
  forgotten: number;
  /** Accepted operations whose effect is missing upstream. */
  lost: number;
  /** Effects more than accepted operations. */
  doubled: number;
  /** Keys that were answered with two operations. */
  splits: number;
  feed: { events: number; gaps: number; doubles: number; outOfOrder: number; endsWithoutEvent: number };
  recoverySeconds: number;
}

const FINAL = ['succeeded', 'failed', 'dead', 'cancelled'];
const OPEN = ['accepted', 'running', 'waiting', 'retrying', 'uncertain'];

/** Waits until nothing is open any more. Returns seconds. */
export async function recovered(api: HubApi, limitMs: number, say: (line: string) => void): Promise<number> {
  const started = performance.now();
  for (let told = 0; ; ) {
    const counts = await Promise.all(
      OPEN.map(async (status) => {
        const page = await api.sure('GET', `/v1/operations?status=${status}&limit=500`);
        return (page.items as unknown[]).length;
      }),
    );
    const open = counts.reduce((a, b) => a + b, 0);
    const seconds = (performance.now() - started) / 1000;
    if (open === 0) return seconds;
    if (seconds * 1000 > limitMs) {
      say(`still open after ${seconds.toFixed(0)} s: ${OPEN.map((s, i) => `${s} ${counts[i]}`).join(', ')}`);
      return seconds;
    }
    if (seconds - told > 10) {
      told = seconds;
      say(`  ${seconds.toFixed(0)} s: open ${OPEN.map((s, i) => `${s} ${counts[i]}`).join(', ')}`);
    }
    await sleep(500);
  }
}

/** Compares what was promised with what the upstreams have counted. */
export async function judge(
  api: HubApi,
  load: Load,
  upstreams: Upstreams,
  gateway: string,
  recoverySeconds: number,
): Promise<Verdict> {
  const operations = await api.all('/v1/operations');
  const known = new Map(operations.map((o) => [String(o.id), o]));
  const byStatus: Record<string, number> = {};
  for (const o of operations) byStatus[String(o.status)] = (byStatus[String(o.status)] ?? 0) + 1;
  const accepted = [...load.messages.values(), ...load.readings.values()];
  const sent = (await upstreams.effects(gateway))['sms.sent'] ?? { count: 0, distinct: 0 };
  const posted = (await upstreams.effects('onec'))['readings.posted'] ?? { count: 0, distinct: 0 };
  const feed = await readFeed(api);
  const ended = new Set(feed.ended);
  return {
    operations: accepted.length,
    byStatus,
    forgotten: accepted.filter((id) => !known.has(id)).length,
    lost: Math.max(0, load.messages.size - sent.distinct) + Math.max(0, load.readings.size - posted.distinct),
    doubled: sent.count - sent.distinct + (posted.count - posted.distinct),
    splits: load.splits,
    feed: {
      events: feed.events,
      gaps: feed.gaps,
      doubles: feed.ended.length - ended.size + feed.doubles,
      outOfOrder: feed.outOfOrder,
      endsWithoutEvent: accepted.filter((id) => FINAL.includes(String(known.get(id)?.status)) && !ended.has(id)).length,
    },
    recoverySeconds: Math.round(recoverySeconds),
  };
}

async function readFeed(api: HubApi) {
  const ids = new Set<string>();
  const ended: string[] = [];
  let [events, gaps, doubles, outOfOrder, last] = [0, 0, 0, 0, 0];
  for (;;) {
    const page = await api.sure('GET', `/v1/changes?after=${last}&limit=1000`);
    const items = page.items as { no: number; id: string; type: string; operation: string | null }[];
    if (items.length === 0) return { events, gaps, doubles, outOfOrder, ended };
    for (const event of items) {
      events++;
      if (event.no > last + 1) gaps++;
      if (event.no <= last) outOfOrder++;
      if (ids.has(event.id)) doubles++;
      ids.add(event.id);
      last = event.no;
      if (event.operation && FINAL.includes(event.type.replace('operation.', ''))) ended.push(event.operation);
    }
  }
}

/** What is wrong, one sentence each; empty when all promises were kept. */
export function faultsOf(v: Verdict): string[] {
  const open = Object.entries(v.byStatus).filter(([status]) => !FINAL.includes(status));
  const unhappy = (v.byStatus.failed ?? 0) + (v.byStatus.cancelled ?? 0) + (v.byStatus.dead ?? 0);
  return [
    ...(v.forgotten ? [`${v.forgotten} accepted operations are gone`] : []),
    ...(v.lost ? [`${v.lost} accepted operations have no effect upstream`] : []),
    ...(v.doubled ? [`${v.doubled} effects are doubled`] : []),
    ...(v.splits ? [`${v.splits} keys were answered with two operations`] : []),
    ...(open.length ? [`not final: ${open.map(([s, n]) => `${n} ${s}`).join(', ')}`] : []),
    ...(unhappy ? [`${unhappy} operations ended without success`] : []),
    ...(v.feed.gaps || v.feed.doubles || v.feed.outOfOrder || v.feed.endsWithoutEvent
      ? [`the change feed is wrong: ${JSON.stringify(v.feed)}`]
      : []),
  ];
}
