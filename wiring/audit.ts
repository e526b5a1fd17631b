import { createHash } from 'node:crypto';
import { appendFile } from 'node:fs/promises';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { HubConfig } from '../config/load.ts';
import type { Logger } from '../connectors/port.ts';
import type { MappingSet } from '../mappings/load.ts';
import type { Schedule } from '../queues/schedules.ts';
import { AuditLog } from '../storage/audit/log.ts';
import { enterRemarks } from '../storage/audit/pending.ts';
import { auditHeads } from '../storage/audit/read.ts';
import { trimAudit } from '../storage/audit/retention.ts';
import { putMeta, readMeta } from '../storage/meta.ts';
import type { Store } from '../storage/open.ts';
import { eventsStatement } from '../storage/repositories/events.ts';

export interface AuditParts {
  audit: AuditLog;
  /** Enters what is known at a start only: what commands did, and what has changed in the configuration. */
  atStart(mappings: ReadonlyMap<string, MappingSet>): Promise<void>;
  schedules: Schedule[];
}

/** The audit log with what the clock does to it. */
export function auditOf(o: {
  config: HubConfig;
  store: Store;
  clock: { now(): number };
  random(): number;
  log: Logger;
  onChange(): void;
}): AuditParts {
  const { config, clock, log } = o;
  const { db, cipher } = o.store;
  const audit = new AuditLog({ db, cipher, now: clock.now, warn: (message, fields) => log.warn(message, fields) });
  const orgs = config.organisations.map((org) => org.id);
  return {
    audit,
    atStart: async (mappings) => {
      await enterRemarks(db, audit, orgs);
      await enterChanges(o.store, audit, orgs, partsOf(config, mappings));
      await audit.link();
    },
    schedules: [
      {
        name: 'audit-heads',
        cron: '5 3 * * *',
        timezone: 'Europe/Moscow',
        run: async () => {
          await audit.link();
          const now = new Date(clock.now());
          const heads = await auditHeads(db);
          if (heads.length === 0) return;
          for (const head of heads)
            log.info('head of the audit log', { organisation: head.org, no: head.no, hash: head.hash });
          await db.transact([
            eventsStatement(
              heads.map(({ org, no, hash }) => ({
                org,
                id: uuidv7(now.getTime(), o.random),
                type: 'audit.head',
                data: { no, hash },
                at: now,
              })),
            ),
          ]);
          o.onChange();
          if (config.audit.headsFile !== undefined)
            await appendFile(
              config.audit.headsFile,
              heads.map((h) => `${JSON.stringify({ ...h, at: now.toISOString() })}\n`).join(''),
              { mode: 0o600 },
            );
        },
      },
      {
        name: 'audit-retention',
        cron: '25 4 * * *',
        timezone: 'Europe/Moscow',
        run: async () => {
          const before = new Date(clock.now() - config.retention.auditDays * 24 * 3_600_000);
          log.info('retention of the audit log', { removed: await trimAudit(db, cipher, before) });
        },
      },
    ],
  };
}

/** Digests of what a person can change in files, by the name of the part. */
function partsOf(config: HubConfig, mappings: ReadonlyMap<string, MappingSet>): Record<string, string> {
  const { connectors, file: _file, ...rest } = config;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, digest(value)])),
    ...Object.fromEntries(connectors.map((c) => [`connectors.${c.instance}`, digest(c)])),
    ...Object.fromEntries(
      [...mappings].map(([name, set]) => [
        `mappings.${name}`,
        digest([...set.all(), ...set.commands()].map((m) => m.hash)),
      ]),
    ),
  };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

const CONFIGURATION = 'configuration';

/** Names the parts of the configuration that are not those of the last start. Of secrets only keyed digests are kept. */
async function enterChanges(
  { db, cipher }: Store,
  audit: AuditLog,
  orgs: readonly string[],
  parts: Readonly<Record<string, string>>,
): Promise<void> {
  const now = Object.fromEntries(
    Object.entries(parts).map(([name, hash]) => [
      name,
      Buffer.from(cipher.hmac('configuration', hash)).toString('base64url').slice(0, 22),
    ]),
  );
  const before = await readMeta<Record<string, string>>(db, CONFIGURATION);
  const changed = [...new Set([...Object.keys(now), ...Object.keys(before ?? {})])].filter(
    (name) => now[name] !== before?.[name],
  );
  if (changed.length === 0) return;
  await Promise.all(
    orgs.map((org) =>
      audit.append({
        org,
        actor: 'control',
        action: before ? 'configuration.changed' : 'configuration.first',
        details: { parts: changed.slice(0, 100) },
      }),
    ),
  );
  await db.transact([putMeta(CONFIGURATION, now)]);
}
