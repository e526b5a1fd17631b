import { type Condition, isBad, type Measured } from '../conditions.ts';
import type { Figures } from '../figures.ts';

export type AlertStatus = 'pending' | 'firing' | 'resolved';
export type NoticeKind = 'fired' | 'repeated' | 'resolved';

/** A condition that is wrong, or that was and is not over for long enough. */
export interface Alert {
  org: string;
  name: string;
  /** What tells it apart from others of its name; '' where there is only one. */
  target: string;
  id: string;
  status: AlertStatus;
  labels: Readonly<Record<string, string>>;
  value: number;
  badSince: Date;
  goodSince: Date | null;
  seenAt: Date;
  firedAt: Date | null;
  resolvedAt: Date | null;
  toldAt: Date | null;
  version: number;
}

/** A change of one alert. */
export interface Step {
  /** As it is to be; the id of a new one is given by who writes it. */
  alert: Omit<Alert, 'id' | 'version'>;
  /** As it was read; undefined for a new one. */
  before: Alert | undefined;
  /** It never came to be an alarm. */
  isForgotten: boolean;
  notice: NoticeKind | undefined;
}

/** Without a look for so long nothing is known of the time between, and a wait begins anew, milliseconds. */
const BLIND_MS = 5 * 60_000;

export function targetOf(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`)
    .join(',');
}

const keyOf = (a: { org: string; name: string; target: string }): string => JSON.stringify([a.org, a.name, a.target]);

/**
 * What a look at the figures changes. A condition fires when it has been so for its time, and is over when it has not
 * been so for its other time, so that a value that sways raises one alarm; the same way as a rule of Prometheus with
 * `for` and `keep_firing_for`.
 *
 * @param living what is pending or firing
 * @param repeatMs a firing alert is told of again after this time
 */
export function planAlerts(
  conditions: readonly Condition[],
  figures: Figures,
  living: readonly Alert[],
  now: Date,
  repeatMs: number,
): Step[] {
  const at = now.getTime();
  const known = new Map(living.map((a) => [keyOf(a), a]));
  const steps: Step[] = [];
  const seen = new Set<string>();
  for (const condition of conditions) {
    for (const measured of condition.read?.(figures, at) ?? []) {
      if (!isBad(condition, measured.value)) continue;
      const target = targetOf(measured.labels);
      const key = keyOf({ org: measured.org, name: condition.name, target });
      seen.add(key);
      steps.push(worse(condition, measured, target, known.get(key), now, repeatMs));
    }
  }
  const byName = new Map(conditions.map((c) => [c.name, c]));
  for (const alert of living) {
    if (seen.has(keyOf(alert))) continue;
    const step = better(alert, byName.get(alert.name), now);
    if (step) steps.push(step);
  }
  return steps;
}

function worse(
  condition: Condition,
  { org, labels, value }: Measured,
  target: string,
  before: Alert | undefined,
  now: Date,
  repeatMs: number,
): Step {
  const isFiring = before?.status === 'firing';
  const wasBlind = before !== undefined && now.getTime() - before.seenAt.getTime() >= BLIND_MS;
  const badSince = before && (isFiring || !wasBlind) ? before.badSince : now;
  const fires = isFiring || now.getTime() - badSince.getTime() >= condition.forSeconds * 1000;
  const isRepeated = isFiring && now.getTime() - (before.toldAt ?? now).getTime() >= repeatMs;
  const notice = fires && !isFiring ? 'fired' : isRepeated ? 'repeated' : undefined;
  return {
    alert: {
      org,
      name: condition.name,
      target,
      labels,
      value,
      status: fires ? 'firing' : 'pending',
      badSince,
      goodSince: null,
      seenAt: now,
      firedAt: isFiring ? before.firedAt : fires ? now : null,
      resolvedAt: null,
      toldAt: notice ? now : (before?.toldAt ?? null),
    },
    before,
    isForgotten: false,
    notice,
  };
}

/** A condition that this version does not know any more is over at once. */
function better(before: Alert, condition: Condition | undefined, now: Date): Step | undefined {
  const alert = { ...before, goodSince: before.goodSince ?? now, seenAt: now };
  if (before.status === 'pending') return { alert, before, isForgotten: true, notice: undefined };
  const goodForMs = now.getTime() - alert.goodSince.getTime();
  if (goodForMs < (condition?.keepSeconds ?? 0) * 1000) return { alert, before, isForgotten: false, notice: undefined };
  return {
    alert: { ...alert, status: 'resolved', resolvedAt: now, toldAt: now },
    before,
    isForgotten: false,
    notice: 'resolved',
  };
}
