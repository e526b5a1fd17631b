import { readCanaries } from '../monitoring/canary-record.ts';
import { showCanary } from '../monitoring/show-canary.ts';
import { staffOrganisation } from './auth.ts';
import type { RouteDeps } from './deps.ts';
import { showPause } from './pause.ts';
import { ANY_KEY, type Route } from './route.ts';

/** Where things stand, for people who watch. */
export function overviewRoutes(deps: RouteDeps): Route[] {
  const { db, instances, breakers, clock } = deps;
  return [
    {
      method: 'get',
      path: '/v1/me',
      scope: ANY_KEY,
      summary: 'Whose key this is and what it may do',
      responses: { 200: '{ client, organisation, scopes, accounts, version, now }' },
      handle: ({ res, caller }) => {
        res.json({
          // A resident has no use for the id of the key.
          ...(caller.accounts ? {} : { client: caller.client }),
          organisation: {
            id: caller.org,
            name: deps.organisations.find((o) => o.id === caller.org)?.name ?? caller.org,
          },
          scopes: caller.scopes,
          accounts: caller.accounts ?? null,
          version: deps.version,
          now: new Date(clock.now()).toISOString(),
        });
      },
    },
    {
      method: 'get',
      path: '/v1/overview',
      scope: 'read:connectors',
      summary: 'Connectors with queue, lag and health as last seen, and what waits for people; answers at once',
      responses: { 200: '{ everything, connectors, troubled, quarantine, approvals, asOf }' },
      handle: async ({ res, caller }) => {
        const org = staffOrganisation(caller);
        const now = clock.now();
        const [queues, pulls, quarantine, running, canaries] = await Promise.all([
          db.query(QUEUES, [org, new Date(now)]),
          db.query(
            `select instance, max(greatest(full_at, delta_at)) as at, count(*) filter (where error is not null) as failed,
               count(*) filter (where held is not null) as held, count(*) as entities
             from sync_state where org = $1 group by 1`,
            [org],
          ),
          db.query<{ n: number }>('select count(*) as n from quarantine where org = $1', [org]),
          deps.bulk.list(org, 5),
          readCanaries(db),
        ]);
        const ofInstance = (name: string) => queues.rows.filter((r) => r.instance === name);
        const total = (status: string): number =>
          queues.rows.filter((r) => r.status === status).reduce((sum, r) => sum + Number(r.n), 0);
        res.json({
          asOf: new Date(now).toISOString(),
          everything: showPause(instances.pausedAll(org)),
          connectors: instances
            .all()
            .filter((i) => i.organisation === org && !i.connector.manyUpstreams)
            .map((i) => {
              const pause = instances.pauseState(i.name);
              const { checkedAt, health } = deps.health.of(i);
              const pull = pulls.rows.find((r) => r.instance === i.name);
              const oldest = ofInstance(i.name)
                .map((r) => r.oldest as Date | null)
                .filter((at) => at !== null)
                .sort((a, b) => a.getTime() - b.getTime())[0];
              return {
                instance: i.name,
                system: i.connector.system,
                paused: pause.paused,
                pauseReason: pause.reason,
                pausedBy: pause.by,
                breaker: breakers.state(i.name),
                health,
                checkedAt: checkedAt?.toISOString() ?? null,
                canary: showCanary(canaries.get(i.name)),
                carriesNew: Object.keys(i.connector.commands ?? {}).filter((k) => deps.carrier(org, k) === i.name),
                queue: Object.fromEntries(ofInstance(i.name).map((r) => [r.status as string, Number(r.n)])),
                lagMs: oldest ? Math.max(0, now - oldest.getTime()) : 0,
                pull: pull
                  ? {
                      at: (pull.at as Date | null)?.toISOString() ?? null,
                      failed: Number(pull.failed),
                      held: Number(pull.held),
                      entities: Number(pull.entities),
                    }
                  : null,
              };
            }),
          troubled: { dead: total('dead'), uncertain: total('uncertain'), retrying: total('retrying') },
          waiting: total('waiting') + total('accepted') + total('running'),
          approvals: queues.rows.reduce((sum, r) => sum + Number(r.approvals), 0),
          quarantine: Number(quarantine.rows[0]?.n ?? 0),
          bulk: running
            .filter((j) => j.status === 'running')
            .map(({ id, action, total: all, done, refused }) => ({ id, action, total: all, done, refused })),
        });
      },
    },
    {
      method: 'get',
      path: '/v1/schedules',
      scope: 'read:sync',
      summary: 'What the hub does by the clock',
      responses: { 200: '{ items: [{ name, cron, timezone, lastAt, nextAt }] }' },
      handle: async ({ res, caller }) => {
        const org = staffOrganisation(caller);
        const items = (await deps.schedules.list()).filter(({ name }) => {
          const [, instance] = /^(?:full-)?sync:(.+)$/.exec(name) ?? [];
          return instance === undefined || instances.find(instance)?.organisation === org;
        });
        res.json({
          items: items.map((s) => ({
            ...s,
            lastAt: s.lastAt?.toISOString() ?? null,
            nextAt: s.nextAt?.toISOString() ?? null,
          })),
        });
      },
    },
  ];
}

const QUEUES = `
  select instance, status, count(*) as n, count(*) filter (where waiting_for = 'approval') as approvals,
    min(due_at) filter (where due_at <= $2 and status in ('accepted', 'retrying', 'waiting', 'uncertain')) as oldest
  from operation where org = $1 and status in ('accepted', 'running', 'waiting', 'retrying', 'uncertain', 'dead') group by 1, 2`;
