import type { CanaryRecord } from './canary-record.ts';

/** The API form of the daily look at an upstream; null before the first. */
export function showCanary(record: CanaryRecord | undefined): Record<string, unknown> | null {
  if (!record) return null;
  const { ok, code, version, at, okAt } = record;
  return { ok, code, version, at: at.toISOString(), okAt: okAt?.toISOString() ?? null };
}
