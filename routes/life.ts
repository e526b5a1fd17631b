import type { CommandDefinition } from '../canonical/command.ts';
import { readLife } from '../queues/life.ts';
import { finalStatuses, type Operation } from '../storage/repositories/operation.ts';
import { staffOrganisation } from './auth.ts';
import { idOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { showEvent } from './event-stream.ts';
import { maskedOperation } from './masked-operation.ts';
import { maskTraffic } from './masked-traffic.ts';
import type { Route } from './route.ts';

/** One operation with everything that is known about it. */
export function lifeRoutes(deps: RouteDeps): Route[] {
  const { journal, db, cipher, commands, entities, records, clock } = deps;
  const brief = (op: Operation): Record<string, unknown> => {
    const { id, kind, status, instance, acceptedAt, error } = op;
    return { id, kind, status, instance, acceptedAt: acceptedAt.toISOString(), code: error?.code ?? null };
  };
  return [
    {
      method: 'get',
      path: '/v1/operations/:id/life',
      scope: 'read:operations',
      summary:
        'One operation from its acceptance on: attempts with what was sent and answered, events, causes, delivery',
      responses: { 200: 'Personal data come masked', 404: 'None with this id' },
      handle: async ({ req, res, caller }) => {
        const org = staffOrganisation(caller);
        const op = await journal.get(org, idOf(req.params.id));
        const message = entities.get('Message');
        const [life, exchange, approval, record] = await Promise.all([
          readLife(db, cipher, op),
          journal.exchange(op),
          deps.approvals.decision(org, op.id),
          message && op.kind === 'messages.send' ? records.get(org, message, op.id) : undefined,
        ]);
        res.json({
          operation: maskedOperation(op, commands),
          client: op.client,
          now: new Date(clock.now()).toISOString(),
          pause: pauseOf(deps, op),
          breaker: deps.breakers.state(op.instance),
          actions: actionsOf(op, clock.now(), commands),
          attempts: life.attempts.map(({ traffic, startedAt, endedAt, ...a }) => ({
            ...a,
            startedAt: startedAt.toISOString(),
            endedAt: endedAt?.toISOString() ?? null,
            calls: traffic.map(maskTraffic),
          })),
          exchange: exchange
            ? {
                ...exchange,
                nextPollAt: exchange.nextPollAt?.toISOString() ?? null,
                createdAt: exchange.createdAt.toISOString(),
              }
            : null,
          approval: approval ? { ...approval, at: approval.at.toISOString() } : null,
          events: life.events.map(showEvent),
          parts: life.parts.map((p) => ({ ...p, statusAt: p.statusAt?.toISOString() ?? null })),
          tracking: life.tracking
            ? {
                polls: life.tracking.polls,
                nextAt: life.tracking.nextAt?.toISOString() ?? null,
                giveUpAt: life.tracking.giveUpAt.toISOString(),
              }
            : null,
          message: record
            ? {
                status: record.canonical.status,
                statusReason: record.canonical.statusReason,
                purpose: record.canonical.purpose,
                template: record.canonical.template,
                segments: record.canonical.segments,
                cost: record.canonical.cost,
                deliveredAt: record.canonical.deliveredAt,
                changedAt: record.changedAt.toISOString(),
              }
            : null,
          parent: life.parent ? brief(life.parent) : null,
          children: life.children.map(brief),
          held: life.heldBy ? { by: brief(life.heldBy) } : null,
        });
      },
    },
  ];
}

function pauseOf(
  { instances }: RouteDeps,
  op: Operation,
): { of: 'connector' | 'everything'; reason: string | null; by: string | null } | null {
  const everything = instances.pausedAll(op.org);
  const pause = everything.paused ? everything : instances.pauseState(op.instance);
  if (!pause.paused) return null;
  return { of: everything.paused ? 'everything' : 'connector', reason: pause.reason, by: pause.by };
}

/** What a person may do about an operation as it is now; the journal looks again when it is done. */
function actionsOf(op: Operation, now: number, commands: ReadonlyMap<string, CommandDefinition>): string[] {
  if (op.leaseUntil && op.leaseUntil.getTime() > now) return [];
  if (op.waitingFor === 'approval' && op.status === 'waiting') return ['approve', 'reject'];
  const actions: string[] = [];
  const { status, waitingFor } = op;
  if (['dead', 'failed', 'retrying', 'waiting', 'uncertain'].includes(status) && waitingFor !== 'answer')
    actions.push('retry');
  if (['dead', 'failed'].includes(status) && commands.has(op.kind)) actions.push('replay');
  if (status === 'uncertain') actions.push('resolve');
  if (
    ['accepted', 'waiting', 'retrying', 'dead'].includes(status) &&
    waitingFor !== 'answer' &&
    op.uncertainSince === null
  )
    actions.push('cancel');
  if (status === 'dead') actions.push('skip');
  return finalStatuses.includes(status) && status !== 'dead' && status !== 'failed' ? [] : actions;
}
