import type { Command } from 'commander';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface OptOut {
  id: string;
  phone: string;
  scope: string;
  reason: string;
  createdAt: string;
  until: string | null;
  active: boolean;
}

/** `hub opt-outs …`: who must not be written to. */
export function addOptOuts(program: Command, withApi: WithApi): void {
  const optOuts = program.command('opt-outs').description('those who do not want messages: list, add, remove');
  optOuts
    .command('list', { isDefault: true })
    .description('newest first')
    .option('--phone <phone>', 'entries of one phone, in any usual form')
    .option('--limit <n>', 'rows', '100')
    .action(
      withApi(async (api, out, _args, options) => {
        const query = new URLSearchParams(Object.entries(options as Record<string, string>));
        const page = await api.get<{ items: OptOut[]; nextCursor: string | null }>(`/v1/opt-outs?${query}`);
        out.result(page, () =>
          page.items.length === 0
            ? 'Nobody has opted out.'
            : table(
                ['id', 'phone', 'scope', 'since', 'until', 'reason'],
                page.items.map((o) => [
                  o.id,
                  o.phone,
                  o.scope,
                  o.createdAt.slice(0, 10),
                  o.until === null ? '' : `${o.until.slice(0, 16)}${o.active ? '' : ' (over)'}`,
                  o.reason,
                ]),
              ),
        );
      }),
    );
  optOuts
    .command('add <phone>')
    .description('put a phone on the list')
    .requiredOption('--scope <scope>', 'debt, service, accident, code, or all')
    .requiredOption('--reason <text>', 'why, and by what document')
    .option('--until <instant>', 'RFC 3339; without it the entry holds until it is removed')
    .addHelpText('after', '\nExample:\n  hub opt-outs add "+7 916 123-45-67" --scope debt --reason "заявление № 12"')
    .action(
      withApi(async (api, out, [phone], options) => {
        const entry = await api.post<OptOut>('/v1/opt-outs', { phone, ...options });
        out.result(entry, () => `${entry.phone} gets no messages (${entry.scope}); entry ${entry.id}.`);
      }),
    );
  optOuts
    .command('remove <id>')
    .description('take an entry off the list')
    .action(
      withApi(async (api, out, [id]) => {
        await api.delete(`/v1/opt-outs/${id}`);
        out.result({ id, removed: true }, () => `Entry ${id} is removed.`);
      }),
    );
}
