import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { HubError } from '../../canonical/errors.ts';
import { duration, grouped, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface State {
  instance: string;
  entity: string;
  running: boolean;
  deltaAt: string | null;
  held: { wouldRemove: number; of: number } | null;
  error: { message: string } | null;
  deltaBy: 'changes' | 'versions' | 'pages' | null;
  deltaNote: string | null;
  progress: { phase: string; seen: number; changed: number; quarantined: number; removed: number } | null;
}

/** `hub sync`: pulls now, with progress. */
export function addSync(program: Command, withApi: WithApi): void {
  program
    .command('sync [instance] [entity]')
    .description('pull from upstream now: everything, one connector, or one entity of it')
    .option('--full', 'read everything again instead of what changed', false)
    .option('--accept-removals', 'let a held sweep remove what it found missing', false)
    .addHelpText('after', '\nExamples:\n  hub sync\n  hub sync onec-main PersonalAccount\n  hub sync onec-main --full')
    .action(
      withApi(async (api, out, [instance, entity], options) => {
        const { full, acceptRemovals } = options as { full: boolean; acceptRemovals: boolean };
        const { items } = await api.get<{ items: { instance: string }[] }>('/v1/connectors');
        const states = async (): Promise<State[]> => (await api.get<{ items: State[] }>('/v1/sync')).items;
        const wanted = instance ? [String(instance)] : items.map((i) => i.instance);
        const started = Date.now();
        const pulled: { instance: string; entities: string[] }[] = [];
        for (const name of wanted) {
          try {
            pulled.push(
              await api.post(`/v1/connectors/${name}/sync`, { full, acceptRemovals, ...(entity ? { entity } : {}) }),
            );
          } catch (error) {
            // Without a name every connector is tried; those that pull nothing are passed over.
            if (instance || !(error instanceof HubError) || error.code !== 'NOTHING_TO_SYNC') throw error;
          }
        }
        const ours = (s: State): boolean =>
          pulled.some((p) => p.instance === s.instance && p.entities.includes(s.entity));
        const ended = (s: State): boolean => s.progress !== null && !s.running;
        let told = 0;
        for (;;) {
          await delay(300);
          const now = (await states()).filter(ours);
          const running = now.find((s) => s.running);
          if (running && Date.now() - told > 2_000) {
            told = Date.now();
            const seen = running.progress?.seen ?? 0;
            out.note(
              `${running.instance} ${running.entity}: ${grouped(seen)} read, ${grouped(seen / Math.max(1, (Date.now() - started) / 1000))}/s`,
            );
          }
          const total = pulled.reduce((n, p) => n + p.entities.length, 0);
          const failed = now.filter((s) => s.error && !s.running);
          if (!running && (now.filter(ended).length >= total || failed.length > 0)) {
            out.result(
              now,
              () =>
                `${table(
                  ['connector', 'entity', 'read', 'changed', 'removed', 'quarantine', 'by', 'note'],
                  now.map((s) => [
                    s.instance,
                    s.entity,
                    s.progress?.seen,
                    s.progress?.changed,
                    s.progress?.removed,
                    s.progress?.quarantined,
                    s.deltaBy ?? '',
                    s.error?.message ??
                      (s.held
                        ? `would remove ${s.held.wouldRemove} of ${s.held.of}: look, then --accept-removals`
                        : (s.deltaNote ?? '')),
                  ]),
                )}\n${duration((Date.now() - started) / 1000)}`,
            );
            if (failed.length > 0) process.exitCode = 1;
            return;
          }
        }
      }),
    );
}
