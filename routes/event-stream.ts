import type { Response } from 'express';
import { matchesType } from '../canonical/event-type.ts';
import type { Logger } from '../connectors/port.ts';
import type { FeedPulse } from '../queues/feed-pulse.ts';
import type { Database } from '../storage/port.ts';
import { type FeedEvent, readEvents } from '../storage/repositories/events.ts';

/** Filters of the feed; absent = everything. */
export interface EventFilter {
  types?: readonly string[];
  entity?: string;
}

export interface StreamOptions {
  db: Database;
  log: Logger;
  pulse: FeedPulse;
  res: Response;
  org: string;
  /** Number of the last event that the reader has. */
  after: number;
  filter: EventFilter;
  /** Ends the stream when aborted; aborted here when the reader has gone. */
  end: AbortController;
  stillGood(): Promise<boolean>;
  heartbeatMs: number;
  stallMs: number;
}

/** Events read at once: all that a reader ever costs in memory. */
const PAGE = 200;
/** What a reader waits before it connects again, milliseconds. */
const RETRY_MS = 3_000;
/** A revoked key loses its stream within this time and the second that keys are remembered. */
const CHECK_MS = 2_000;

export function wants({ types, entity }: EventFilter, event: FeedEvent): boolean {
  return (!types || matchesType(types, event.type)) && (entity === undefined || event.entity === entity);
}

/** The API form of an event. */
export function showEvent(e: FeedEvent): Record<string, unknown> {
  return {
    no: e.no,
    id: e.id,
    type: e.type,
    entity: e.entity,
    entityId: e.entityId,
    operation: e.operation,
    data: e.data,
    at: e.at.toISOString(),
  };
}

/**
 * Sends the feed as server-sent events until the reader goes, the key is revoked or the hub stops. Pages come from the
 * store as fast as the reader takes them and no faster; nothing is kept for a reader that lags.
 * Format: WHATWG HTML, "Server-sent events". `id` is the event's number; an `id` without data moves a filtered reader on.
 */
export async function streamEvents(o: StreamOptions): Promise<void> {
  const { res, end } = o;
  res.on('close', () => end.abort());
  const check = setInterval(() => {
    o.stillGood()
      .then((good) => {
        if (!good) end.abort();
      })
      .catch((error: unknown) => o.log.warn('a key could not be checked; its stream goes on', { error }));
  }, CHECK_MS);
  try {
    // The connection ends with the stream: a reader that connects again must not meet a hub that is stopping.
    res.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'X-Accel-Buffering': 'no',
      Connection: 'close',
    });
    res.flushHeaders();
    await send(o, `retry: ${RETRY_MS}\n\n`);
    await flow(o);
  } catch (error) {
    o.log.warn('a stream broke off; its reader connects again by itself', { error });
  } finally {
    clearInterval(check);
    // Ending politely would wait for a reader that takes nothing.
    if (res.writableNeedDrain) res.destroy();
    else res.end();
  }
}

async function flow(o: StreamOptions): Promise<void> {
  const { db, pulse, org, end } = o;
  let cursor = o.after;
  let told = cursor;
  let news = false;
  while (!end.signal.aborted) {
    const page = await readEvents(db, org, cursor, PAGE);
    // Numbers have no gaps: a missing one was removed by retention while this reader lagged.
    const next = page[0]?.no ?? cursor + 1;
    if (next !== cursor + 1 || (news && page.length === 0)) {
      await send(
        o,
        `event: gone\ndata: ${JSON.stringify({ code: 'EVENTS_GONE', after: cursor, oldest: page[0]?.no ?? null })}\n\n`,
      );
      return;
    }
    let text = '';
    for (const event of page) {
      if (event.no !== cursor + 1) break;
      cursor = event.no;
      if (!wants(o.filter, event)) continue;
      text += `id: ${event.no}\ndata: ${JSON.stringify(showEvent(event))}\n\n`;
      told = cursor;
    }
    if (text !== '' && !(await send(o, text))) return;
    news = false;
    if (page.length === PAGE) continue;
    news = await pulse.beyond(org, cursor, o.heartbeatMs, end.signal);
    if (news || end.signal.aborted) continue;
    if (!(await send(o, told === cursor ? ':\n\n' : `id: ${cursor}\n\n`))) return;
    told = cursor;
  }
}

/** False when the stream is over: the reader has gone, or takes nothing for too long. */
function send({ res, end, stallMs, log }: StreamOptions, text: string): Promise<boolean> {
  if (end.signal.aborted) return Promise.resolve(false);
  if (res.write(text)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const over = (goesOn: boolean): void => {
      clearTimeout(timer);
      res.off('drain', drained);
      end.signal.removeEventListener('abort', aborted);
      resolve(goesOn);
    };
    const drained = (): void => over(true);
    const aborted = (): void => over(false);
    const timer = setTimeout(() => {
      log.info('a stream was ended: its reader takes nothing', { stallMs });
      over(false);
    }, stallMs);
    res.on('drain', drained);
    end.signal.addEventListener('abort', aborted, { once: true });
  });
}
