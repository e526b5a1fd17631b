import type { Command } from 'commander';
import { duration, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Overview {
  everything: { paused: boolean; reason: string | null };
  connectors: {
    instance: string;
    system: string;
    paused: boolean;
    breaker: string;
    queue: Record<string, number>;
    lagMs: number;
    canary: { ok: boolean; code: string | null; at: string } | null;
  }[];
}

/** `hub status`: each connector in a line, without calling any upstream. */
export function addStatus(program: Command, withApi: WithApi): void {
  program
    .command('status')
    .description('each connector with its queue and the last daily look at its upstream; calls no upstream')
    .addHelpText('after', '\nExamples:\n  hub status\n  hub status --json')
    .action(
      withApi(async (api, out) => {
        const [overview, alerts] = await Promise.all([
          api.get<Overview>('/v1/overview'),
          api.get<{ items: { title: { ru: string } }[] }>('/v1/alerts'),
        ]);
        out.result({ ...overview, alerts: alerts.items }, () => {
          const { everything, connectors } = overview;
          const rows = connectors.map((c) => [
            c.instance,
            c.system,
            c.paused ? 'paused' : c.breaker === 'closed' ? 'works' : `breaker ${c.breaker}`,
            Object.entries(c.queue)
              .map(([status, n]) => `${status} ${n}`)
              .join(', '),
            c.lagMs > 0 ? duration(c.lagMs / 1000) : '',
            c.canary ? `${c.canary.ok ? 'ok' : c.canary.code} ${c.canary.at.slice(0, 16)}` : 'not yet',
          ]);
          return [
            ...(everything.paused ? [`Everything is paused: ${everything.reason ?? ''}`, ''] : []),
            table(['connector', 'system', 'state', 'queue', 'lag', 'daily look'], rows),
            '',
            alerts.items.length === 0
              ? 'No alerts.'
              : `${alerts.items.length} alerts, hub alerts tells more: ${alerts.items.map((a) => a.title.ru).join('; ')}`,
          ].join('\n');
        });
      }),
    );
}
