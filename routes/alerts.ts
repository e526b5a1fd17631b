import { listAlerts } from '../monitoring/alerts/repository.ts';
import { showAlert } from '../monitoring/alerts/show.ts';
import { staffOrganisation } from './auth.ts';
import { limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const statuses = ['firing', 'pending', 'resolved'] as const;

/** What is wrong with the hub and its connectors. */
export function alertRoutes({ db }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/alerts',
      scope: 'read:connectors',
      summary: 'What is wrong now, by the conditions of docs/operations/alerts.yaml; what fires first',
      query: {
        status: `${statuses.join(', ')}, comma-separated (firing)`,
        limit: '1…500 (100)',
      },
      responses: { 200: '{ items: [{ name, severity, status, title, labels, value, since, … }] }' },
      handle: async ({ res, caller, query }) => {
        const org = staffOrganisation(caller);
        const wanted = (query.status ?? 'firing').split(',');
        const unknown = wanted.find((s) => !statuses.includes(s as (typeof statuses)[number]));
        if (unknown !== undefined)
          throw invalid('INVALID_QUERY', [{ pointer: '?status', message: `must be of ${statuses.join(', ')}` }]);
        const found = await listAlerts(
          db,
          org,
          statuses.filter((s) => wanted.includes(s)),
          limitOf(query.limit, 100, 500),
        );
        res.json({ items: found.map(showAlert) });
      },
    },
  ];
}
