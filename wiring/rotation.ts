import { randomBytes } from 'node:crypto';
import { HubError } from '../canonical/errors.ts';
import type { Logger } from '../connectors/port.ts';
import { followKeys, keyState } from '../storage/master-key.ts';
import type { Store } from '../storage/open.ts';
import { type RotationProgress, rotateMaster, rotationProgress } from '../storage/rotation.ts';

export interface Rotation {
  /**
   * Begins, or goes on after a kill; the progress tells when it is done.
   * @param scope `drop-old` takes the old keys out of the key file afterwards
   * @throws HubError conflict/ROTATION_RUNS, conflict/MASTER_KEY_NOT_EVERYWHERE, rejected/MASTER_KEY_NEEDED
   */
  start(scope: 'keep-old' | 'drop-old'): Promise<RotationProgress>;
  progress(): Promise<RotationProgress | undefined>;
  /** Seals with the key that another process has activated; call it every {@link FOLLOW_MS}. */
  follow(): Promise<void>;
  stop(): Promise<void>;
}

/** How soon a process hears of a new key, milliseconds. */
export const FOLLOW_MS = 3_000;
/** By then every process seals with the new key, and what it sealed before is written. */
const SETTLE_SHARED_MS = 15_000;
const SETTLE_ALONE_MS = 1_000;
/** Silence after which a process counts as gone, seconds. */
const GONE_S = 10;

/** Rotation of the master key, run inside the hub, which has the keys. */
export function rotationOf(o: { store: Store; clock: { now(): number }; log: Logger; shared: boolean }): Rotation {
  const { db, cipher, keySource } = o.store;
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  return {
    start: async (scope) => {
      if (running) throw new HubError('conflict', 'ROTATION_RUNS', 'The master key is being rotated already.');
      const to = await nextVersion(o.store);
      if (o.shared) await refuseStrangers(o.store, to);
      let begun: (() => void) | undefined;
      const hasBegun = new Promise<void>((resolve) => {
        begun = resolve;
      });
      const run = rotateMaster({
        db,
        cipher,
        to,
        now: o.clock.now,
        settleMs: o.shared ? SETTLE_SHARED_MS : SETTLE_ALONE_MS,
        signal: stopping.signal,
        sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        onBegun: () => begun?.(),
      });
      running = run
        .then((progress) => {
          if (scope === 'drop-old') keySource.write?.(keySource.read().filter((k) => k.version === to));
          o.log.info('the master key was rotated', { version: to, done: progress.done });
        })
        .catch((error: unknown) => {
          if (!stopping.signal.aborted)
            o.log.error('the rotation of the master key broke off; start it again, it goes on', { error });
        })
        .finally(() => {
          running = undefined;
        });
      await Promise.race([hasBegun, run]);
      const progress = await rotationProgress(db);
      if (!progress) throw new Error('A rotation that has begun left no progress.');
      return progress;
    },
    progress: () => rotationProgress(db),
    follow: () => followKeys(db, cipher, keySource),
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** The version to go to: one that was begun, else one that was given and is newer, else a new one in the key file. */
async function nextVersion({ db, cipher, keySource }: Store): Promise<number> {
  cipher.keys.learn(keySource.read());
  const sealing = cipher.keys.sealing();
  const state = await keyState(db);
  if (state && state.needed.length > 1) return state.sealing;
  const newest = Math.max(...cipher.keys.versions());
  if (newest > sealing) return newest;
  if (!keySource.write)
    throw new HubError(
      'rejected',
      'MASTER_KEY_NEEDED',
      `${keySource.name} holds no key newer than version ${sealing}. Make one (openssl rand -base64 32), give HUB_MASTER_KEY="${sealing + 1}:<new>,${sealing}:<old>" to every process, start them again one after another, and then rotate.`,
    );
  if (newest >= 255)
    throw new HubError(
      'rejected',
      'MASTER_KEY_NEEDED',
      'Versions of master keys end at 255; this store has used them all.',
    );
  keySource.write([{ version: newest + 1, key: randomBytes(32) }, ...keySource.read()]);
  cipher.keys.learn(keySource.read());
  return newest + 1;
}

/** A process that does not know the key could not read what the others write. */
async function refuseStrangers({ db }: Store, version: number): Promise<void> {
  const { rows } = await db.query<{ id: string }>(
    `select id from process where beat_at > now() - make_interval(secs => $1) and not coalesce($2 = any(key_versions), false) order by id limit 20`,
    [GONE_S, version],
  );
  if (rows.length > 0)
    throw new HubError(
      'conflict',
      'MASTER_KEY_NOT_EVERYWHERE',
      `These processes do not know master key version ${version}: ${rows.map((r) => r.id).join(', ')}. Give it to them and start them again, then rotate.`,
    );
}
