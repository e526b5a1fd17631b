import type { Command } from 'commander';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Alert {
  name: string;
  severity: string;
  status: string;
  title: { ru: string; en: string };
  labels: Record<string, string>;
  value: number;
  since: string;
  runbook: { ru: string; en: string };
}

/** `hub alerts`: what is wrong now. */
export function addAlerts(program: Command, withApi: WithApi): void {
  program
    .command('alerts')
    .description('what is wrong with the hub and its connectors, and where it says what to do')
    .option('--all', 'also what is about to fire, and what is over')
    .addHelpText('after', '\nExamples:\n  hub alerts\n  hub alerts --all --json')
    .action(
      withApi(async (api, out, _args, options) => {
        const { all = false } = options as { all?: boolean };
        const found = await api.get<{ items: Alert[] }>(
          `/v1/alerts?limit=500${all ? '&status=firing,pending,resolved' : ''}`,
        );
        out.result(found, () =>
          found.items.length === 0
            ? 'Nothing is wrong.'
            : table(
                ['status', 'severity', 'since', 'what', 'where', 'what to do'],
                found.items.map((a) => [
                  a.status,
                  a.severity,
                  a.since.slice(0, 16),
                  a.title.ru,
                  Object.values(a.labels).join(' '),
                  a.runbook.ru,
                ]),
                70,
              ),
        );
      }),
    );
}
