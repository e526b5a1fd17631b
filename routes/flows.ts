import { HubError } from '../canonical/errors.ts';
import { entity } from '../canonical/registry.ts';
import { findItem } from '../storage/repositories/flow-items.ts';
import { staffOrganisation } from './auth.ts';
import { idOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

/** How reactions across systems stand, and what one of them knows of an inquiry. */
export function flowRoutes(deps: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/flows',
      scope: 'read:connectors',
      summary: 'Reactions across systems: how far they have read the feed, and what waits',
      responses: { 200: '{ items }' },
      handle: async ({ res, caller }) => {
        const org = staffOrganisation(caller);
        const [flows, items] = await Promise.all([
          deps.db.query(
            `select f.name, f.cursor, f.failures, f.error, f.failing_since, f.started_at, f.updated_at, coalesce(c.last_no, 0) as last_no
             from flow f left join event_counter c on c.org = f.org where f.org = $1 order by f.name`,
            [org],
          ),
          deps.db.query(
            `select flow, state, count(*) as n, count(*) filter (where task is not null) as people, count(*) filter (where tries > 0) as failing
             from flow_item where org = $1 group by 1, 2 order by 1, 2`,
            [org],
          ),
        ]);
        res.json({
          items: flows.rows.map((f) => {
            const own = items.rows.filter((i) => i.flow === f.name);
            return {
              name: f.name,
              position: Number(f.cursor),
              behind: Math.max(0, Number(f.last_no) - Number(f.cursor)),
              failures: f.failures,
              error: f.error,
              failingSince: (f.failing_since as Date | null)?.toISOString() ?? null,
              startedAt: (f.started_at as Date).toISOString(),
              updatedAt: (f.updated_at as Date).toISOString(),
              states: Object.fromEntries(own.map((i) => [i.state, Number(i.n)])),
              waitingForPeople: own.reduce((n, i) => n + Number(i.people), 0),
              failing: own.reduce((n, i) => n + Number(i.failing), 0),
            };
          }),
        });
      },
    },
    {
      method: 'get',
      path: '/v1/debt-inquiries/:id/decision',
      scope: 'read:debt-inquiries',
      summary: 'What the hub has decided about a debt inquiry, and until when it is to be answered',
      responses: { 200: 'State, verdict, reason, term and operation', 404: 'None with this id, or not looked at yet' },
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const id = idOf(req.params.id);
        const record = await deps.records.get(org, entity('DebtInquiry'), id);
        const item = record && (await findItem(deps.db, org, 'debt-inquiries', id));
        if (!item)
          throw new HubError(
            'not-found',
            'NOT_FOUND',
            'There is no debt inquiry with this id that the hub has looked at.',
          );
        res.json({
          inquiry: id,
          state: item.state,
          verdict: item.data.verdict ?? null,
          reason: item.reason === '' ? null : item.reason,
          task: item.task,
          lastDay: item.facts.lastDay ?? null,
          term: item.term?.toISOString() ?? null,
          riskAt: item.riskAt?.toISOString() ?? null,
          operation: item.operation,
        });
      },
    },
  ];
}
