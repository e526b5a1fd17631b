import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Party {
  name?: string;
  inn?: string;
}

interface Shown {
  name: string;
  number: string;
  endsOn: string;
  daysLeft: number;
  isInForce: boolean;
  revokedAt: string | null;
  representatives: Party[];
  powers: { machine: { code: string }[] };
  checks?: { outcome: string; ru: string }[];
}

/** `hub certs powers`: machine-readable powers of attorney (машиночитаемые доверенности, МЧД). */
export function addPowers(certs: Command, withApi: WithApi): void {
  const powers = certs.command('powers').description('machine-readable powers of attorney (МЧД)');
  powers
    .command('list')
    .description('who may act, until when, with which powers')
    .addHelpText('after', '\nExample:\n  hub certs powers list --json')
    .action(
      withApi(async (api, out) => {
        const { items } = await api.get<{ items: Shown[] }>('/v1/powers-of-attorney');
        out.result({ items }, () => (items.length === 0 ? 'None.' : listOf(items)));
      }),
    );
  powers
    .command('import <name> <document> <signature>')
    .description('keep a power of attorney with its detached signature, octet by octet')
    .addHelpText(
      'after',
      '\nExample:\n  hub certs powers import accountant ON_EMCHD_20260901.xml ON_EMCHD_20260901.xml.sig',
    )
    .action(
      withApi(async (api, out, [name, document, signature]) => {
        const kept = await api.post<Shown>('/v1/powers-of-attorney', {
          name,
          document: readFileSync(String(document)).toString('base64'),
          signature: readFileSync(String(signature)).toString('base64'),
        });
        out.result(kept, () =>
          [listOf([kept]), ...(kept.checks ?? []).map((c) => `${c.outcome === 'ok' ? '+' : '!'} ${c.ru}`)].join('\n'),
        );
      }),
    );
  powers
    .command('revoke <name>')
    .description('note that the principal has revoked it')
    .addHelpText('after', '\nExample:\n  hub certs powers revoke accountant')
    .action(
      withApi(async (api, out, [name]) => {
        const shown = await api.post<Shown>(`/v1/powers-of-attorney/${encodeURIComponent(String(name))}/revoke`);
        out.result(shown, () => listOf([shown]));
      }),
    );
  powers
    .command('remove <name>')
    .description('remove a power of attorney, for good')
    .addHelpText('after', '\nExample:\n  hub certs powers remove accountant-2025')
    .action(
      withApi(async (api, out, [name]) => {
        await api.delete(`/v1/powers-of-attorney/${encodeURIComponent(String(name))}`);
        out.result({ removed: name }, () => `Removed ${String(name)}.`);
      }),
    );
}

function listOf(items: readonly Shown[]): string {
  return table(
    ['name', 'who', 'ИНН', 'number', 'until', 'days left', 'powers'],
    items.map((p) => [
      p.name,
      p.representatives.map((r) => r.name ?? '?').join(', '),
      p.representatives.map((r) => r.inn ?? '').join(', '),
      p.number,
      p.endsOn,
      p.isInForce ? p.daysLeft : `${p.daysLeft} (${p.revokedAt ? 'revoked' : 'not in force'})`,
      p.powers.machine.map((m) => m.code).join(', '),
    ]),
  );
}
