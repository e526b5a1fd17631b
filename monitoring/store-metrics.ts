import { Gauge, Registry } from 'prom-client';
import { taskKinds } from '../canonical/task-kinds.ts';
import type { Figures } from './figures.ts';

const livingStatuses = ['accepted', 'running', 'waiting', 'retrying', 'uncertain', 'dead'] as const;

/**
 * Gauges of the whole hub: each process tells the same, so Prometheus takes the greatest of them and never their sum.
 * Connectors are named by the label `connector`, since `instance` belongs to Prometheus.
 */
export class StoreMetrics {
  readonly registry = new Registry();
  readonly #organisations: readonly string[];
  readonly #up = this.#gauge(
    'hub_store_up',
    '1 when this process could read the store; else the gauges of the store are missing',
  );
  readonly #operations = this.#gauge('hub_operations', 'Operations that are not final', [
    'organisation',
    'kind',
    'status',
  ]);
  readonly #approvals = this.#gauge(
    'hub_operations_waiting_for_approval',
    'Operations beyond a limit that wait for a person',
    ['organisation', 'kind'],
  );
  readonly #lag = this.#gauge('hub_queue_lag_seconds', 'Age of the oldest operation that is due and not under way', [
    'connector',
  ]);
  readonly #breaker = this.#gauge('hub_breaker_open', '1 when the circuit breaker of a connector is not closed', [
    'connector',
  ]);
  readonly #paused = this.#gauge(
    'hub_connector_paused',
    '1 when a connector is paused, by the hub itself or a person',
    ['connector', 'by'],
  );
  readonly #everything = this.#gauge('hub_paused', '1 when everything is paused');
  readonly #open = this.#gauge('hub_tasks_open', 'Tasks that wait for a person', ['organisation', 'kind']);
  readonly #overdue = this.#gauge('hub_tasks_overdue', 'Tasks that wait for a person beyond their deadline', [
    'organisation',
    'kind',
  ]);
  readonly #pullLag = this.#gauge('hub_sync_lag_seconds', 'Time since the end of the last good pull', [
    'connector',
    'entity',
  ]);
  readonly #pullOverdue = this.#gauge(
    'hub_sync_overdue_seconds',
    'Time since the first planned pull that has not led to a good one',
    ['connector', 'entity'],
  );
  readonly #pullFailed = this.#gauge('hub_sync_failed', '1 when the last pull has failed', ['connector', 'entity']);
  readonly #quarantine = this.#gauge('hub_quarantine_records', 'Records that a mapping can not read', [
    'connector',
    'entity',
  ]);
  readonly #drift = this.#gauge('hub_drift_open', 'Unknown fields, codes and versions that nobody has looked at', [
    'connector',
  ]);
  readonly #canaryFailed = this.#gauge('hub_canary_failed', '1 when the last daily look at an upstream has failed', [
    'connector',
  ]);
  readonly #canaryAt = this.#gauge('hub_canary_timestamp_seconds', 'When an upstream was last looked at', [
    'connector',
  ]);
  readonly #flowLag = this.#gauge('hub_flow_lag_seconds', 'Age of the oldest event that a flow has not taken', [
    'organisation',
    'flow',
  ]);
  readonly #flowFailing = this.#gauge('hub_flow_items_failing', 'Things that a flow could not go on with', [
    'organisation',
    'flow',
  ]);
  readonly #inquiries = this.#gauge(
    'hub_debt_inquiries',
    'Debt inquiries without an answer: all, those whose term ends soon, and those whose term has passed this week',
    ['organisation', 'state'],
  );
  readonly #processes = this.#gauge('hub_processes', 'Processes that are alive', ['role']);
  readonly #certificates = this.#gauge(
    'hub_certificate_expiry_timestamp_seconds',
    'When a certificate of this process, or one that an organisation signs by, ends; powers of attorney too',
    ['organisation', 'certificate'],
  );
  readonly #notices = this.#gauge('hub_alert_notices_overdue', 'Notices about alerts that are late or were given up');

  constructor(organisations: readonly string[]) {
    this.#organisations = organisations;
  }

  /** @param figures undefined when the store could not be read */
  set(figures: Figures | undefined): void {
    this.registry.resetMetrics();
    this.#up.set(figures ? 1 : 0);
    if (!figures) return;
    this.#setCounts(figures);
    for (const c of figures.connectors) {
      const { connector } = c;
      this.#lag.set({ connector }, c.lagSeconds);
      this.#breaker.set({ connector }, c.breakerOpen ? 1 : 0);
      for (const by of ['hub', 'person']) this.#paused.set({ connector, by }, c.pausedBy === by ? 1 : 0);
      this.#drift.set({ connector }, c.drift);
      if (!c.canary) continue;
      this.#canaryFailed.set({ connector }, c.canary.ok ? 0 : 1);
      this.#canaryAt.set({ connector }, c.canary.at.getTime() / 1000);
    }
    for (const { connector, entity, lagSeconds, overdueSeconds, failed } of figures.pulls) {
      if (lagSeconds !== undefined) this.#pullLag.set({ connector, entity }, lagSeconds);
      this.#pullOverdue.set({ connector, entity }, overdueSeconds);
      this.#pullFailed.set({ connector, entity }, failed ? 1 : 0);
    }
    for (const { connector, entity, count } of figures.quarantine) this.#quarantine.set({ connector, entity }, count);
    for (const [role, count] of Object.entries(figures.processes)) this.#processes.set({ role }, count);
    for (const { certificate, organisation, notAfter } of figures.certificates)
      this.#certificates.set(
        { certificate, ...(organisation === undefined ? {} : { organisation }) },
        notAfter.getTime() / 1000,
      );
    for (const { organisation, flow, lagSeconds, failing } of figures.flows) {
      this.#flowLag.set({ organisation, flow }, lagSeconds);
      this.#flowFailing.set({ organisation, flow }, failing);
    }
    for (const { organisation, open, atRisk, late } of figures.debtInquiries) {
      this.#inquiries.set({ organisation, state: 'open' }, open);
      this.#inquiries.set({ organisation, state: 'at_risk' }, atRisk);
      this.#inquiries.set({ organisation, state: 'late' }, late);
    }
    this.#everything.set(figures.paused ? 1 : 0);
    this.#notices.set(figures.noticesOverdue);
  }

  /** What is at zero is told too, so that a rate of change has something to begin with. */
  #setCounts({ operations, approvals, tasks }: Figures): void {
    for (const organisation of this.#organisations) {
      const kinds = new Set(operations.filter((o) => o.organisation === organisation).map((o) => o.kind));
      for (const kind of kinds)
        for (const status of livingStatuses) this.#operations.set({ organisation, kind, status }, 0);
      for (const kind of taskKinds) {
        this.#open.set({ organisation, kind }, 0);
        this.#overdue.set({ organisation, kind }, 0);
      }
    }
    for (const { count, ...labels } of operations) this.#operations.set(labels, count);
    for (const { count, ...labels } of approvals) this.#approvals.set(labels, count);
    for (const { open, overdue, ...labels } of tasks) {
      this.#open.set(labels, open);
      this.#overdue.set(labels, overdue);
    }
  }

  #gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }
}
