import { Gauge, Registry } from 'prom-client';
import { taskKinds } from '../canonical/task-kinds.ts';
import type { Breakers } from '../queues/breakers.ts';
import type { Instances } from '../queues/instances.ts';
import type { Store } from '../storage/open.ts';
import type { TaskRepository } from '../tasks/repository.ts';

/** Prometheus metrics of this process and its store, as text. */
export function metricsOf(
  db: Store['db'],
  instances: Instances,
  breakers: Breakers,
  clock: { now(): number },
  tasks: TaskRepository,
): () => Promise<string> {
  const registry = new Registry();
  const operations = new Gauge({
    name: 'hub_operations',
    help: 'Operations that are not final, by kind and status',
    labelNames: ['kind', 'status'],
    registers: [registry],
  });
  const lag = new Gauge({
    name: 'hub_queue_lag_seconds',
    help: 'Age of the oldest operation that is due',
    registers: [registry],
  });
  const paused = new Gauge({
    name: 'hub_instance_paused',
    help: '1 when an instance is paused',
    labelNames: ['instance'],
    registers: [registry],
  });
  const everything = new Gauge({
    name: 'hub_paused',
    help: '1 when everything is paused',
    registers: [registry],
  });
  const approvals = new Gauge({
    name: 'hub_operations_waiting_for_approval',
    help: 'Operations beyond a limit that wait for a person',
    labelNames: ['kind'],
    registers: [registry],
  });
  const breaker = new Gauge({
    name: 'hub_breaker_open',
    help: '1 when the circuit breaker of an instance is not closed',
    labelNames: ['instance'],
    registers: [registry],
  });
  const open = new Gauge({
    name: 'hub_tasks_open',
    help: 'Tasks that wait for a person',
    labelNames: ['kind'],
    registers: [registry],
  });
  const overdue = new Gauge({
    name: 'hub_tasks_overdue',
    help: 'Tasks that wait for a person beyond their deadline',
    labelNames: ['kind'],
    registers: [registry],
  });
  return async () => {
    const counts = new Map((await tasks.counts(new Date(clock.now()))).map((c) => [c.kind, c]));
    for (const kind of taskKinds) {
      open.set({ kind }, counts.get(kind)?.open ?? 0);
      overdue.set({ kind }, counts.get(kind)?.overdue ?? 0);
    }
    const { rows } = await db.query(
      `select kind, status, count(*) as n from operation where status not in ('succeeded', 'failed', 'cancelled') group by 1, 2`,
    );
    operations.reset();
    for (const r of rows) operations.set({ kind: r.kind as string, status: r.status as string }, Number(r.n));
    const oldest = (
      await db.query<{ at: Date | null }>(
        'select min(due_at) as at from operation where due_at is not null and lease_until is null',
      )
    ).rows[0]?.at;
    lag.set(oldest ? Math.max(0, (clock.now() - oldest.getTime()) / 1000) : 0);
    everything.set(instances.pausedAll().paused ? 1 : 0);
    approvals.reset();
    const waiting = await db.query(
      `select kind, count(*) as n from operation where waiting_for = 'approval' and status = 'waiting' group by 1`,
    );
    for (const r of waiting.rows) approvals.set({ kind: r.kind as string }, Number(r.n));
    for (const i of instances.all()) {
      paused.set({ instance: i.name }, instances.isPaused(i.name) ? 1 : 0);
      breaker.set({ instance: i.name }, breakers.state(i.name) === 'closed' ? 0 : 1);
    }
    return registry.metrics();
  };
}
