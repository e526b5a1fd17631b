import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../connectors/port.ts';
import type { Entry } from '../queues/entry.ts';
import { finalStatuses } from '../storage/repositories/operation.ts';

/** Seconds; from a gateway next door to the longest attempt. */
const ATTEMPT_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30];

/** What this process counts by itself. Prometheus adds the processes up. */
export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #clock: Clock;
  readonly #accepted = new Counter({
    name: 'hub_operations_accepted_total',
    help: 'Operations that this process has accepted',
    labelNames: ['kind'],
    registers: [this.registry],
  });
  readonly #ended = new Counter({
    name: 'hub_operations_ended_total',
    help: 'Operations that this process has brought to an end, by what became of them',
    labelNames: ['connector', 'kind', 'status'],
    registers: [this.registry],
  });
  readonly #attempts = new Counter({
    name: 'hub_attempts_total',
    help: 'Attempts, questions and polls that this process has made upstream, by their outcome or the kind of the error',
    labelNames: ['connector', 'kind', 'action', 'outcome'],
    registers: [this.registry],
  });
  readonly #durations = new Histogram({
    name: 'hub_attempt_duration_seconds',
    help: 'Time from the beginning of an attempt until its outcome was durable',
    labelNames: ['connector', 'kind', 'action'],
    buckets: ATTEMPT_BUCKETS,
    registers: [this.registry],
  });
  readonly #requests = new Counter({
    name: 'hub_http_requests_total',
    help: 'Requests that this process has answered, by route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [this.registry],
  });
  readonly #requestDurations = new Histogram({
    name: 'hub_http_request_duration_seconds',
    help: 'Time from a request until the end of its answer',
    labelNames: ['method', 'route'],
    buckets: REQUEST_BUCKETS,
    registers: [this.registry],
  });

  constructor(o: { clock: Clock; version: string; role: string }) {
    this.#clock = o.clock;
    const build = new Gauge({
      name: 'hub_build_info',
      help: '1, with the version and the role of this process',
      labelNames: ['version', 'role'],
      registers: [this.registry],
    });
    build.set({ version: o.version, role: o.role }, 1);
    collectDefaultMetrics({ register: this.registry });
    // Gauges that are named like counters, which Prometheus' own check refuses.
    for (const what of ['handles', 'requests', 'resources'])
      this.registry.removeSingleMetric(`nodejs_active_${what}_total`);
  }

  accepted(kind: string): void {
    this.#accepted.inc({ kind });
  }

  /** Outcomes that were committed. */
  written(entries: readonly Entry[]): void {
    for (const { op, decision, attempt } of entries) {
      const labels = { connector: op.instance, kind: op.kind };
      if (attempt) {
        const { action, outcome, startedAt } = attempt;
        this.#attempts.inc({ ...labels, action, outcome });
        this.#durations.observe({ ...labels, action }, Math.max(0, this.#clock.now() - startedAt.getTime()) / 1000);
      }
      if (decision.moveTo === undefined && finalStatuses.includes(decision.status))
        this.#ended.inc({ ...labels, status: decision.status });
    }
  }

  /** @param route pattern of the path, never the path itself @param seconds until the end of the answer */
  answered(method: string, route: string, status: number, seconds: number): void {
    this.#requests.inc({ method, route, status: String(status) });
    this.#requestDurations.observe({ method, route }, seconds);
  }
}
