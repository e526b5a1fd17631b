import type { Command } from 'commander';
import { commaList } from '../globals.ts';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Erased {
  customer: string;
  finishedAt: string | null;
  waitsFor: number;
  counts: Record<string, number>;
  seenAgainAt: string | null;
  kept: { what: string; count: number; why: string; law: string }[];
}

/** `hub erase`: what the hub holds about a person. */
export function addErase(program: Command, withApi: WithApi): void {
  program
    .command('erase [customer]')
    .description('erase what the hub holds about a person, for good; without an id the list of those erased')
    .option('--reason <text>', 'why, and by what document')
    .option('--files <ids>', 'comma-separated ids of files about the person')
    .addHelpText(
      'after',
      '\nExample:\n  hub erase 0192f0c4-7a1b-7c3d-8e4f-791612345670 --reason "заявление № 12 от 24.11.2026"',
    )
    .action(
      withApi(async (api, out, [customer], options) => {
        const o = options as { reason?: string; files?: string };
        if (customer === undefined) {
          const page = await api.get<{ items: Erased[] }>('/v1/erasures');
          out.result(page, () =>
            table(
              ['customer', 'done', 'waits for', 'the upstream sent it again'],
              page.items.map((e) => [e.customer, e.finishedAt ?? '', e.waitsFor, e.seenAgainAt ?? '']),
            ),
          );
          return;
        }
        const erased = await api.post<Erased>(`/v1/customers/${String(customer)}/erase`, {
          reason: o.reason,
          ...(o.files ? { files: commaList(o.files) } : {}),
        });
        out.result(erased, () =>
          [
            erased.finishedAt
              ? 'Erased.'
              : `Erased but for ${erased.waitsFor} operations that are under way; the rest follows by itself.`,
            table(['erased', 'number'], Object.entries(erased.counts)),
            'Kept, by articles that a lawyer has to confirm:',
            table(
              ['what', 'number', 'why', 'law'],
              erased.kept.map((k) => [k.what, k.count, k.why, k.law]),
            ),
            'The person has to be erased in the upstream too, and is in backups until they run out.',
          ].join('\n'),
        );
      }),
    );
}
