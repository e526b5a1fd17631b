import { conditionByName, runbookOf } from '../conditions.ts';
import type { Alert } from './plan.ts';

/** The API form of an alert. */
export function showAlert(alert: Alert): Record<string, unknown> {
  const condition = conditionByName.get(alert.name);
  return {
    id: alert.id,
    name: alert.name,
    severity: condition?.severity ?? 'warning',
    status: alert.status,
    // What concerns the hub as a whole belongs to no organisation.
    scope: alert.org === '' ? 'hub' : 'organisation',
    title: condition?.title ?? { ru: alert.name, en: alert.name },
    labels: alert.labels,
    value: alert.value,
    unit: condition?.unit ?? null,
    limit: condition ? { comparison: condition.comparison, threshold: condition.threshold } : null,
    since: alert.badSince.toISOString(),
    firedAt: alert.firedAt?.toISOString() ?? null,
    resolvedAt: alert.resolvedAt?.toISOString() ?? null,
    runbook: { ru: runbookOf(alert.name, 'ru'), en: runbookOf(alert.name) },
  };
}
