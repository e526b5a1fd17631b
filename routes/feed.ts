import { HubError } from '../canonical/errors.ts';
import { EventTypePattern } from '../canonical/event-type.ts';
import type { Database } from '../storage/port.ts';
import { type FeedEvent, feedBounds, readEvents } from '../storage/repositories/events.ts';
import type { Caller } from './auth.ts';
import { limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { type EventFilter, showEvent, streamEvents, wants } from './event-stream.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const FILTERS = {
  type: 'Only these types: up to 20, comma-separated, with families such as operation.*',
  entity: 'Only events about this entity, e.g. Message',
};
const MAX_TYPES = 20;
/** Events looked at for one answer of a filtered reading. */
const MAX_SCAN = 10_000;
const SCAN_PAGE = 1_000;

/** The change feed: by page and as a stream. */
export function feedRoutes(deps: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/changes',
      scope: 'read:changes',
      summary: 'The change feed: durable, in order, without a gap',
      query: { after: 'Number of the last event seen (0 = from the oldest kept)', limit: '1…1000 (100)', ...FILTERS },
      answer: 'ChangePage',
      responses: {
        200: '{ items, next }: go on after `next`; it stays the same when there is nothing more',
        410: 'Events after this number are no longer kept',
      },
      handle: async ({ res, caller, query }) => {
        checkReader(caller);
        const limit = limitOf(query.limit, 100, 1000);
        const filter = filterOf(deps, query);
        const after = await startOf(deps.db, caller.org, numberOf(query.after) ?? 0);
        const { items, next } = await readFiltered(deps.db, caller.org, after, limit, filter);
        res.json({ items: items.map(showEvent), next });
      },
    },
    {
      method: 'get',
      path: '/v1/events',
      scope: 'read:changes',
      summary: 'The change feed as server-sent events; goes on after Last-Event-ID, else after `after`, else from now',
      query: { after: 'Number of the last event seen; 0 = from the oldest kept; absent = from now', ...FILTERS },
      answer: 'text/event-stream',
      responses: {
        200: 'text/event-stream: `id` is the number, `data` an item of /v1/changes',
        409: 'The number is ahead of the feed',
        410: 'Events after this number are no longer kept',
        429: 'Too many streams',
      },
      handle: async ({ req, res, caller, query }) => {
        checkReader(caller);
        const filter = filterOf(deps, query);
        const { db, log, feed } = deps;
        if (feed.readers.closed) {
          // An EventSource gives up for ever on any answer but 200, and connects again after a cut.
          req.socket.destroy();
          return;
        }
        const reader = feed.readers.enter(caller.client);
        try {
          const after = lastEventId(req.headers['last-event-id']) ?? numberOf(query.after);
          const start = await startOf(db, caller.org, after);
          if (req.method === 'HEAD') {
            res.type('text/event-stream').end();
            return;
          }
          await streamEvents({
            db,
            log,
            res,
            filter,
            pulse: feed.pulse,
            org: caller.org,
            after: start,
            end: reader.end,
            stillGood: () => deps.auth.stillGood(req.headers.authorization),
            heartbeatMs: feed.heartbeatMs,
            stallMs: feed.stallMs,
          });
        } finally {
          reader.leave();
        }
      },
    },
  ];
}

function checkReader(caller: Caller): void {
  if (caller.accounts) throw new HubError('rejected', 'SCOPE_MISSING', 'A resident key has no change feed.');
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw invalid('INVALID_QUERY', [{ pointer: '?after', message: 'must be the number of an event' }]);
  return Number(text);
}

/** The header as a reader sends it that connects again; an empty one says nothing. */
function lastEventId(header: string | string[] | undefined): number | undefined {
  const text = String(header ?? '').trim();
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new HubError('rejected', 'INVALID_HEADER', 'Last-Event-ID must be the number of an event of this feed.', {
      errors: [{ pointer: 'Last-Event-ID', message: 'must be the number of an event' }],
    });
  return Number(text);
}

function filterOf(deps: RouteDeps, query: Readonly<Record<string, string>>): EventFilter {
  const types = query.type?.split(',').map((t) => t.trim());
  if (types && (types.length > MAX_TYPES || types.some((t) => !EventTypePattern.safeParse(t).success)))
    throw invalid('INVALID_QUERY', [
      {
        pointer: '?type',
        message: `must be up to ${MAX_TYPES} types, comma-separated, such as message.delivered,operation.*`,
      },
    ]);
  if (query.entity !== undefined && !deps.entities.has(query.entity))
    throw invalid('INVALID_QUERY', [
      { pointer: '?entity', message: `must be one of ${[...deps.entities.keys()].join(', ')}` },
    ]);
  return { ...(types ? { types } : {}), ...(query.entity === undefined ? {} : { entity: query.entity }) };
}

/**
 * Where a reading begins, so that nothing is missed in silence.
 *
 * @param after undefined = from now, 0 = from the oldest kept
 * @throws HubError EVENTS_GONE when retention has removed what follows, EVENTS_AHEAD when there is no such number yet
 */
export async function startOf(db: Database, org: string, after: number | undefined): Promise<number> {
  const { oldest, last } = await feedBounds(db, org);
  if (after === undefined) return last;
  if (after === 0) return oldest === undefined ? last : oldest - 1;
  if (after > last)
    throw new HubError(
      'conflict',
      'EVENTS_AHEAD',
      `The last event is ${last}: this number is of another hub, or the store was restored. Load what you need anew and go on after ${last}.`,
    );
  if (after < last && (oldest === undefined || oldest > after + 1))
    throw new HubError(
      'rejected',
      'EVENTS_GONE',
      `Events after ${after} are no longer kept${oldest === undefined ? '' : ` (the oldest is ${oldest})`}. Load what you need anew and go on after ${last}.`,
    );
  return after;
}

/** A page of what the filter lets through; `next` moves on past what it doesn't. */
async function readFiltered(
  db: Database,
  org: string,
  after: number,
  limit: number,
  filter: EventFilter,
): Promise<{ items: FeedEvent[]; next: number }> {
  const items: FeedEvent[] = [];
  let next = after;
  const size = filter.types || filter.entity !== undefined ? SCAN_PAGE : limit;
  for (let scanned = 0; scanned < MAX_SCAN; scanned += size) {
    const page = await readEvents(db, org, next, size);
    for (const event of page) {
      next = event.no;
      if (wants(filter, event) && items.push(event) === limit) return { items, next };
    }
    if (page.length < size) break;
  }
  return { items, next };
}
