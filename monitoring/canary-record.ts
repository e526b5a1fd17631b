import type { Database } from '../storage/port.ts';

/** What the last daily look at an upstream has found. */
export interface CanaryRecord {
  ok: boolean;
  at: Date;
  /** When it last went well; null when it never has. */
  okAt: Date | null;
  /** Code of the hub; null when all was well. */
  code: string | null;
  /** Product and version as the upstream tells them. */
  version: string | null;
}

interface Kept {
  ok: boolean;
  okAt: string | null;
  code: string | null;
  version: string | null;
}

/** The last looks by connector. */
export async function readCanaries(db: Database): Promise<ReadonlyMap<string, CanaryRecord>> {
  const { rows } = await db.query<{ instance: string; health: Kept; at: Date }>(
    'select instance, health, health_at as at from instance_state where health is not null and health_at is not null',
  );
  return new Map(
    rows.map(({ instance, health, at }) => [
      instance,
      { ...health, okAt: health.okAt === null ? null : new Date(health.okAt), at },
    ]),
  );
}

/** Writes down a look; when it last went well stays as it was where this one did not. */
export async function writeCanary(
  db: Database,
  instance: string,
  { ok, code, version, at }: Omit<CanaryRecord, 'okAt'>,
): Promise<void> {
  await db.query(
    `insert into instance_state (instance, health, health_at) values ($1, $2::jsonb, $3)
     on conflict (instance) do update set health_at = excluded.health_at,
       health = excluded.health || case when $4 then '{}'::jsonb else jsonb_build_object('okAt', instance_state.health->'okAt') end`,
    [instance, JSON.stringify({ ok, code, version, okAt: ok ? at.toISOString() : null } satisfies Kept), at, ok],
  );
}
