import { HOURS_KEPT_MS, MINUTES_KEPT_MS, readStats } from '../queues/stats/read.ts';
import { staffOrganisation } from './auth.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const MAX_BUCKETS = 1_500;
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DEFAULT_SPAN_MS = 24 * 3_600_000;

/** Figures over time. */
export function statRoutes({ db, clock }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/stats',
      scope: 'read:operations',
      summary: 'How many operations were accepted and how they ended, over time; deliveries of webhooks are left out',
      query: {
        since: 'Beginning (a day ago)',
        until: 'End (now)',
        step: `Seconds of a bucket: whole minutes, or whole hours for what is older than three days (900); at most ${MAX_BUCKETS} buckets`,
      },
      responses: { 200: '{ since, until, step, series: [{ kind, instance, status, counts }] }' },
      handle: async ({ res, caller, query }) => {
        const org = staffOrganisation(caller);
        const now = clock.now();
        const step = Number(query.step ?? 900);
        if (!Number.isInteger(step) || step < MINUTE_S || step % MINUTE_S !== 0 || step > 24 * HOUR_S)
          throw invalid('INVALID_QUERY', [
            { pointer: '?step', message: 'must be whole minutes in seconds, such as 60, 900 or 3600, at most a day' },
          ]);
        const until = instant('until', query.until, now);
        const since = instant('since', query.since, until - DEFAULT_SPAN_MS);
        const stepMs = step * 1_000;
        const from = Math.floor(since / stepMs) * stepMs;
        if (until <= since) throw invalid('INVALID_QUERY', [{ pointer: '?until', message: 'must lie after since' }]);
        if ((until - from) / stepMs > MAX_BUCKETS)
          throw invalid('INVALID_QUERY', [
            { pointer: '?step', message: `makes more than ${MAX_BUCKETS} buckets; take a longer step` },
          ]);
        const isHourly = step % HOUR_S === 0;
        if (from < now - (isHourly ? HOURS_KEPT_MS : MINUTES_KEPT_MS))
          throw invalid('INVALID_QUERY', [
            {
              pointer: '?since',
              message: isHourly
                ? 'lies before what is kept (400 days)'
                : 'lies before what is kept by the minute (3 days); take a step of whole hours',
            },
          ]);
        res.json({
          since: new Date(from).toISOString(),
          until: new Date(until).toISOString(),
          step,
          series: await readStats(db, org, { from, to: until, stepMs }),
        });
      },
    },
  ];
}

function instant(name: string, text: string | undefined, standard: number): number {
  if (text === undefined) return standard;
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw invalid('INVALID_QUERY', [
      { pointer: `?${name}`, message: 'must be an instant, such as 2026-11-24T10:00:00+03:00' },
    ]);
  return at;
}
