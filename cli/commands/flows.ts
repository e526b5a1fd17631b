import type { Command } from 'commander';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Shown {
  name: string;
  position: number;
  behind: number;
  failures: number;
  error: string | null;
  states: Readonly<Record<string, number>>;
  waitingForPeople: number;
  failing: number;
}

/** `hub flows`: reactions across systems. */
export function addFlows(program: Command, withApi: WithApi): void {
  program
    .command('flows')
    .description('reactions across systems: answers to debt inquiries, readings for ГИС ЖКХ')
    .command('list')
    .description('how far each has read the change feed, and what waits for a person; exit code 1 when one is stuck')
    .addHelpText('after', '\nExample:\n  hub flows list --json')
    .action(
      withApi(async (api, out) => {
        const { items } = await api.get<{ items: Shown[] }>('/v1/flows');
        out.result({ items }, () =>
          items.length === 0 ? 'None has begun: no connector serves what they submit.' : listOf(items),
        );
        if (items.some((f) => f.failures > 0)) process.exitCode = 1;
      }),
    );
}

function listOf(items: readonly Shown[]): string {
  return table(
    ['flow', 'position', 'behind', 'states', 'for people', 'failing', 'error'],
    items.map((f) => [
      f.name,
      String(f.position),
      String(f.behind),
      Object.entries(f.states)
        .map(([state, n]) => `${state} ${n}`)
        .join(', '),
      String(f.waitingForPeople),
      String(f.failing),
      f.error ?? '',
    ]),
  );
}
