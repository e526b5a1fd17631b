import type { Command } from 'commander';
import { commaList } from '../globals.ts';
import { table } from '../output.ts';
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
}

function stateOf(key: Key): string {
  if (key.revokedAt) return 'revoked';
  if (key.expiresAt && new Date(key.expiresAt).getTime() < Date.now()) return 'expired';
  return 'active';
}
