import type { Figures } from './figures.ts';

export type Severity = 'critical' | 'warning';

export interface Text {
  ru: string;
  en: string;
}

/** One value that a condition is compared with. */
export interface Measured {
  /** '' for what concerns the hub as a whole. */
  org: string;
  /** The labels of the rule's series. */
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** When something is wrong: a rule for Prometheus and, where the hub can tell by itself, the same for its own alerts. */
export interface Condition {
  /** Name of the alert, in both. */
  name: string;
  severity: Severity;
  /** PromQL of the value. */
  expr: string;
  comparison: '>' | '<';
  threshold: number;
  /** How long it has to be so before anybody is told. */
  forSeconds: number;
  /** How long it has to be over before it counts as over. */
  keepSeconds: number;
  title: Text;
  /** What the value is. */
  unit: Text;
  /** The same value from the figures; absent where only Prometheus can tell. */
  read?(figures: Figures, now: number): readonly Measured[];
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const seconds: Text = { ru: 'секунд', en: 'seconds' };
const pieces: Text = { ru: 'штук', en: 'items' };
const yes: Text = { ru: '1 = да', en: '1 = yes' };
const share: Text = { ru: 'доля', en: 'share' };

type Connector = Figures['connectors'][number];

function perConnector(pick: (c: Connector, now: number) => number | undefined): NonNullable<Condition['read']> {
  return (figures, now) =>
    figures.connectors.flatMap((c) => {
      const value = pick(c, now);
      return value === undefined ? [] : [{ org: c.organisation, labels: { connector: c.connector }, value }];
    });
}

function operationsIn(status: string): NonNullable<Condition['read']> {
  return ({ operations }) =>
    operations
      .filter((o) => o.status === status)
      .map(({ organisation, kind, count }) => ({ org: organisation, labels: { organisation, kind }, value: count }));
}

const certificateLeft: NonNullable<Condition['read']> = ({ certificates }, now) =>
  certificates.map(({ certificate, organisation, notAfter }) => ({
    org: organisation ?? '',
    labels: { ...(organisation === undefined ? {} : { organisation }), certificate },
    value: (notAfter.getTime() - now) / 1000,
  }));
const CERTIFICATE_LEFT = 'min by (organisation, certificate) (hub_certificate_expiry_timestamp_seconds - time())';

/** Adds values up by some of their labels. */
function summed(values: readonly Measured[], by: readonly string[]): Measured[] {
  const sums = new Map<string, Measured>();
  for (const { org, labels, value } of values) {
    const kept = Object.fromEntries(by.map((name) => [name, labels[name] ?? '']));
    const key = JSON.stringify([org, kept]);
    sums.set(key, { org, labels: kept, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}

/** Everything that the hub raises an alarm about. `docs/operations/alerts.yaml` is made of it, and a test compares the two. */
export const conditions: readonly Condition[] = [
  {
    name: 'HubDown',
    severity: 'critical',
    expr: 'absent(hub_build_info)',
    comparison: '>',
    threshold: 0,
    forSeconds: 2 * MINUTE,
    keepSeconds: 0,
    title: { ru: 'Ни один процесс хаба не отвечает', en: 'No process of the hub answers' },
    unit: yes,
  },
  {
    name: 'HubStoreDown',
    severity: 'critical',
    expr: 'min(hub_store_up)',
    comparison: '<',
    threshold: 1,
    forSeconds: 2 * MINUTE,
    keepSeconds: 2 * MINUTE,
    title: { ru: 'Хранилище не отвечает', en: 'The store does not answer' },
    unit: yes,
  },
  {
    name: 'HubNoWorker',
    severity: 'critical',
    expr: 'sum(max by (role) (hub_processes{role=~"all|worker"}))',
    comparison: '<',
    threshold: 1,
    forSeconds: 2 * MINUTE,
    keepSeconds: MINUTE,
    title: {
      ru: 'Нет процесса, который выполняет операции',
      en: 'There is no process that carries out operations',
    },
    unit: pieces,
    read: ({ processes }) => [{ org: '', labels: {}, value: processes.all + processes.worker }],
  },
  {
    name: 'HubQueueLag',
    severity: 'critical',
    expr: '(max by (connector) (hub_queue_lag_seconds) unless max by (connector) (hub_connector_paused) > 0)',
    comparison: '>',
    threshold: 15 * MINUTE,
    forSeconds: 5 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Операции ждут дольше, чем должны', en: 'Operations wait longer than they should' },
    unit: seconds,
    read: perConnector((c) => (c.pausedBy === null ? c.lagSeconds : undefined)),
  },
  {
    name: 'HubBreakerOpen',
    severity: 'warning',
    expr: 'max by (connector) (hub_breaker_open)',
    comparison: '>',
    threshold: 0,
    forSeconds: 10 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Другая система не отвечает', en: 'An upstream does not answer' },
    unit: yes,
    read: perConnector((c) => (c.breakerOpen ? 1 : 0)),
  },
  {
    name: 'HubConnectorPaused',
    severity: 'critical',
    expr: 'max by (connector) (hub_connector_paused{by="hub"})',
    comparison: '>',
    threshold: 0,
    forSeconds: 5 * MINUTE,
    keepSeconds: MINUTE,
    title: {
      ru: 'Хаб остановил подключение: отказ во входе или нет денег на счёте',
      en: 'The hub has stopped a connector: login refused, or balance empty',
    },
    unit: yes,
    read: perConnector((c) => (c.pausedBy === 'hub' ? 1 : 0)),
  },
  {
    name: 'HubPausedLong',
    severity: 'warning',
    expr: 'max(hub_paused)',
    comparison: '>',
    threshold: 0,
    forSeconds: 4 * HOUR,
    keepSeconds: 0,
    title: { ru: 'Всё приостановлено уже давно', en: 'Everything has been paused for long' },
    unit: yes,
    read: ({ paused }) => [{ org: '', labels: {}, value: paused ? 1 : 0 }],
  },
  {
    name: 'HubAttemptsFail',
    severity: 'warning',
    expr: 'sum by (connector) (rate(hub_attempts_total{outcome=~"transient|uncertain|unauthorized|misconfigured|unexpected"}[15m])) / sum by (connector) (rate(hub_attempts_total[15m]))',
    comparison: '>',
    threshold: 0.5,
    forSeconds: 15 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Большая часть попыток неудачна', en: 'Most attempts fail' },
    unit: share,
  },
  {
    name: 'HubOperationsDead',
    severity: 'warning',
    expr: 'max by (organisation, kind) (hub_operations{status="dead"})',
    comparison: '>',
    threshold: 20,
    forSeconds: 15 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Много операций, у которых кончились попытки', en: 'Many operations have used up their attempts' },
    unit: pieces,
    read: operationsIn('dead'),
  },
  {
    name: 'HubOperationsUncertain',
    severity: 'warning',
    expr: 'max by (organisation, kind) (hub_operations{status="uncertain"})',
    comparison: '>',
    threshold: 20,
    forSeconds: 30 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: {
      ru: 'Много операций, о которых неизвестно, выполнены ли они',
      en: 'Of many operations it is not known whether they took effect',
    },
    unit: pieces,
    read: operationsIn('uncertain'),
  },
  {
    name: 'HubTasksOverdue',
    severity: 'warning',
    expr: 'sum by (organisation) (max by (organisation, kind) (hub_tasks_overdue))',
    comparison: '>',
    threshold: 0,
    forSeconds: 15 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Есть просроченные задачи', en: 'Tasks for people are overdue' },
    unit: pieces,
    read: ({ tasks }) =>
      summed(
        tasks.map(({ organisation, kind, overdue }) => ({
          org: organisation,
          labels: { organisation, kind },
          value: overdue,
        })),
        ['organisation'],
      ),
  },
  {
    name: 'HubSyncOverdue',
    severity: 'warning',
    expr: 'max by (connector, entity) (hub_sync_overdue_seconds)',
    comparison: '>',
    threshold: HOUR,
    forSeconds: 5 * MINUTE,
    keepSeconds: MINUTE,
    title: { ru: 'Данные давно не обновлялись', en: 'Data has not been pulled for long' },
    unit: seconds,
    read: ({ pulls }) =>
      pulls.map(({ organisation, connector, entity, overdueSeconds }) => ({
        org: organisation,
        labels: { connector, entity },
        value: overdueSeconds,
      })),
  },
  {
    name: 'HubQuarantine',
    severity: 'warning',
    expr: 'sum by (connector) (max by (connector, entity) (hub_quarantine_records))',
    comparison: '>',
    threshold: 50,
    forSeconds: 30 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Много записей, которые не читаются', en: 'Many records can not be read' },
    unit: pieces,
    read: ({ quarantine }) =>
      summed(
        quarantine.map(({ organisation, connector, entity, count }) => ({
          org: organisation,
          labels: { connector, entity },
          value: count,
        })),
        ['connector'],
      ),
  },
  {
    name: 'HubDrift',
    severity: 'warning',
    expr: 'max by (connector) (hub_drift_open)',
    comparison: '>',
    threshold: 0,
    forSeconds: 0,
    keepSeconds: 0,
    title: { ru: 'Другая система изменилась', en: 'An upstream has changed' },
    unit: pieces,
    read: perConnector((c) => c.drift),
  },
  {
    name: 'HubCanaryFailed',
    severity: 'warning',
    expr: 'max by (connector) (hub_canary_failed)',
    comparison: '>',
    threshold: 0,
    // Two looks in a row: one may meet a restart upstream.
    forSeconds: 20 * MINUTE,
    keepSeconds: 0,
    title: { ru: 'Ежедневная проверка подключения не прошла', en: 'The daily look at an upstream has failed' },
    unit: yes,
    read: perConnector((c) => (c.canary ? Number(!c.canary.ok) : undefined)),
  },
  {
    name: 'HubCanaryMissing',
    severity: 'warning',
    expr: 'time() - max by (connector) (hub_canary_timestamp_seconds)',
    comparison: '>',
    threshold: 36 * HOUR,
    forSeconds: 0,
    keepSeconds: 0,
    title: { ru: 'Ежедневной проверки подключения давно не было', en: 'An upstream was not looked at for long' },
    unit: seconds,
    read: perConnector((c, now) => (c.canary ? (now - c.canary.at.getTime()) / 1000 : undefined)),
  },
  {
    name: 'HubFlowStuck',
    severity: 'critical',
    expr: 'max by (organisation, flow) (hub_flow_lag_seconds)',
    comparison: '>',
    threshold: 15 * MINUTE,
    forSeconds: 5 * MINUTE,
    keepSeconds: MINUTE,
    title: { ru: 'Сценарий между системами стоит', en: 'A reaction across systems is stuck' },
    unit: seconds,
    read: ({ flows }) =>
      flows.map(({ organisation, flow, lagSeconds }) => ({
        org: organisation,
        labels: { organisation, flow },
        value: lagSeconds,
      })),
  },
  {
    name: 'HubDebtInquiriesAtRisk',
    severity: 'critical',
    expr: 'max by (organisation) (hub_debt_inquiries{state="at_risk"})',
    comparison: '>',
    threshold: 0,
    forSeconds: 15 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: {
      ru: 'Запросы о долге без ответа, срок кончается',
      en: 'Debt inquiries without an answer whose term ends soon',
    },
    unit: pieces,
    read: ({ debtInquiries }) =>
      debtInquiries.map(({ organisation, atRisk }) => ({ org: organisation, labels: { organisation }, value: atRisk })),
  },
  {
    name: 'HubCertificateExpires',
    severity: 'warning',
    expr: CERTIFICATE_LEFT,
    comparison: '<',
    threshold: 21 * DAY,
    forSeconds: 0,
    keepSeconds: 0,
    title: {
      ru: 'Срок сертификата кончается меньше чем через три недели',
      en: 'A certificate ends within three weeks',
    },
    unit: seconds,
    read: certificateLeft,
  },
  {
    name: 'HubCertificateExpiresSoon',
    severity: 'critical',
    expr: CERTIFICATE_LEFT,
    comparison: '<',
    threshold: 3 * DAY,
    forSeconds: 0,
    keepSeconds: 0,
    title: { ru: 'Срок сертификата кончается меньше чем через три дня', en: 'A certificate ends within three days' },
    unit: seconds,
    read: certificateLeft,
  },
  {
    name: 'HubApiErrors',
    severity: 'warning',
    expr: 'sum(rate(hub_http_requests_total{status=~"5.."}[5m])) / sum(rate(hub_http_requests_total[5m]))',
    comparison: '>',
    threshold: 0.05,
    forSeconds: 10 * MINUTE,
    keepSeconds: 5 * MINUTE,
    title: { ru: 'Хаб отвечает ошибками', en: 'The hub answers with errors' },
    unit: share,
  },
  {
    name: 'HubNoticesLate',
    severity: 'warning',
    expr: 'max(hub_alert_notices_overdue)',
    comparison: '>',
    threshold: 0,
    forSeconds: 5 * MINUTE,
    keepSeconds: 0,
    title: { ru: 'Уведомления о неполадках не доходят', en: 'Notices about alerts do not arrive' },
    unit: pieces,
  },
];

export const conditionByName: ReadonlyMap<string, Condition> = new Map(conditions.map((c) => [c.name, c]));

/** Whether a value is a reason for an alarm. */
export function isBad({ comparison, threshold }: Condition, value: number): boolean {
  return comparison === '>' ? value > threshold : value < threshold;
}

/** Where people find what to do. */
export function runbookOf(name: string, language: 'ru' | 'en' = 'en'): string {
  return `docs/operations/runbook${language === 'ru' ? '.ru' : ''}.md#${name.toLowerCase()}`;
}
