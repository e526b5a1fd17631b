import type { Command } from 'commander';
import { commaList } from '../globals.ts';
import { grouped, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Key {
  id: string;
  name: string;
  prefix: string;
  organisation: string;
  scopes: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

/** `hub keys …`: who may call the hub, and what they may do. */
export function addKeys(program: Command, withApi: WithApi): void {
  const keys = program.command('keys').description('API keys: create, list, revoke');
  keys
    .command('create <name>')
    .description('make a key; it is shown once and stored as a hash')
    .requiredOption('--scopes <list>', 'comma-separated, e.g. read:*,write:messages')
    .option('--organisation <id>', 'default: the only organisation')
    .option('--expires <date>', 'RFC 3339 instant')
    .option('--rate <n>', 'requests per minute')
    .option('--purpose <text>', 'why its holder sees personal data; goes into the audit log')
    .option('--accounts <ids>', 'comma-separated account ids: a resident key that sees only these')
    .addHelpText(
      'after',
      '\nExample:\n  hub keys create mobile-app --scopes read:accounts,read:meters,write:meter-readings',
    )
    .action(
      withApi(async (api, out, [name], options) => {
        const o = options as {
          scopes: string;
          organisation?: string;
          expires?: string;
          rate?: string;
          accounts?: string;
          purpose?: string;
        };
        const created = await api.post<Key & { key: string }>('/v1/keys', {
          name,
          scopes: commaList(o.scopes),
          ...(o.organisation ? { organisation: o.organisation } : {}),
          ...(o.expires ? { expiresAt: o.expires } : {}),
          ...(o.rate ? { ratePerMinute: Number(o.rate) } : {}),
          ...(o.purpose ? { purpose: o.purpose } : {}),
          ...(o.accounts ? { accounts: commaList(o.accounts) } : {}),
        });
        out.note('Keep this key now; the hub stores only its hash.');
        out.result(created, () => created.key);
      }),
    );
  keys
    .command('list', { isDefault: true })
    .description('all keys, revoked ones too')
    .action(
      withApi(async (api, out) => {
        const page = await api.get<{ items: Key[] }>('/v1/keys');
        out.result(page, () =>
          table(
            ['id', 'name', 'starts with', 'organisation', 'scopes', 'state', 'last used'],
            page.items.map((k) => [
              k.id,
              k.name,
              k.prefix,
              k.organisation,
              k.scopes.join(','),
              stateOf(k),
              k.lastUsedAt ?? 'never',
            ]),
          ),
        );
      }),
    );
  keys
    .command('revoke <id>')
    .description('takes effect at once')
    .action(
      withApi(async (api, out, [id]) => {
        await api.delete(`/v1/keys/${id}`);
        out.result({ id, revoked: true }, () => `Key ${id} is revoked.`);
      }),
    );
  keys
    .command('rotate-master')
    .description('seal everything anew under a new master key; the hub may run meanwhile. Started again it goes on')
    .option('--drop-old', 'take the old key out of master.key afterwards; backups made before still need it', false)
    .addHelpText(
      'after',
      '\nWith HUB_MASTER_KEY give "2:<new>,1:<old>" to every process and start them again first.\n\nExample:\n  hub keys rotate-master',
    )
    .action(
      withApi(async (api, out, _args, options) => {
        let progress = await api.post<Rotation>('/v1/master-key/rotation', options);
        while (progress.finishedAt === null) {
          await new Promise((resolve) => setTimeout(resolve, PROGRESS_MS));
          progress = await api.get<Rotation>('/v1/master-key/rotation');
          if (progress.column)
            out.note(`${progress.column}: ${grouped(progress.done)} of ${grouped(progress.total)} values`);
        }
        out.result(
          progress,
          () =>
            `Everything is sealed with master key version ${progress.to} (${grouped(progress.done)} values). Keep the old key as long as backups made before today.`,
        );
      }),
    );
}

interface Rotation {
  to: number;
  finishedAt: string | null;
  column: string | null;
  done: number;
  total: number;
}
const PROGRESS_MS = 1_000;

function stateOf(key: Key): string {
  if (key.revokedAt) return 'revoked';
  if (key.expiresAt && new Date(key.expiresAt).getTime() < Date.now()) return 'expired';
  return 'active';
}
