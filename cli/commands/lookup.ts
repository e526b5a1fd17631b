import type { Command } from 'commander';
import type { Dossier } from '../../lookup/dossier.ts';
import type { Freshness } from '../../lookup/freshness.ts';
import type { LookupAnswer } from '../../lookup/lookup.ts';
import { type Output, table } from '../output.ts';
import type { WithApi } from '../session.ts';

/** The answer of the API; its tasks come in their own form. */
interface Answer extends Omit<LookupAnswer, 'found'> {
  found:
    | (Omit<Dossier, 'tasks'> & {
        tasks: Freshness & { items: { id: string; title: { en: string }; deadline: string }[] };
      })
    | null;
}

/** `hub lookup …`: who is this, and what is the matter. */
export function addLookup(program: Command, withApi: WithApi): void {
  program
    .command('lookup [words...]')
    .description('a resident by phone, address, account number or name, with everything known (scope read:lookup)')
    .option('--id <id>', 'open a customer, an account or premises of a list')
    .option('--purpose <text>', 'why you look; kept in the audit log')
    .addHelpText(
      'after',
      '\nExamples:\n  hub lookup "8 (916) 123-45-67"\n  hub lookup 000012345\n  hub lookup Иванова Анна --purpose "вопрос о долге"\n  hub lookup "ул. Баумана, д. 5, кв. 12" --json\n  hub lookup --id 0192f0c4-…',
    )
    .action(
      withApi(async (api, out, [words], options) => {
        const { id, purpose } = options as { id?: string; purpose?: string };
        const q = (words as string[]).join(' ');
        const answer = await api.post<Answer>(
          '/v1/lookup',
          id === undefined ? { q } : { id },
          purpose === undefined ? {} : { 'x-purpose': encodeURIComponent(purpose) },
        );
        show(answer, out);
      }),
    );
}

function show(answer: Answer, out: Output): void {
  out.result(answer, () => {
    if (answer.found) return dossier(answer.found);
    if (answer.candidates.length === 0)
      return 'Nobody and nothing fits. Try the phone, the account number, or fewer words.';
    return `${table(
      ['id', 'name', 'born', 'address', 'accounts'],
      answer.candidates.map((c) => [
        c.id,
        c.names.join(', '),
        c.bornIn,
        c.address,
        c.accounts.map((a) => a.number).join(', '),
      ]),
    )}\n\nOpen one with: hub lookup --id <id>`;
  });
}

function dossier(found: NonNullable<Answer['found']>): string {
  const { customers, premises, accounts, meters, operations, tasks, messages } = found;
  const fresh = (part: { asOf: string | null }): string =>
    part.asOf === null ? 'not loaded yet' : `as of ${part.asOf.slice(0, 19)}Z`;
  const section = (title: string, part: { asOf: string | null }, text: string): string =>
    text === '' ? '' : `${title} (${fresh(part)})\n${text}`;
  const numberOf = new Map(accounts.items.map((a) => [a.id, a.number]));
  return [
    section(
      'People',
      customers,
      table(
        ['name', 'born', 'phones', 'role'],
        customers.items.map((p) => [
          p.name,
          p.birthDate,
          p.phones.join(', '),
          p.roles.map((r) => `${r.role} of ${numberOf.get(r.account) ?? r.account}`).join(', '),
        ]),
      ),
    ),
    section('Premises', premises, premises.items.map((p) => `  ${p.address ?? p.id}`).join('\n')),
    ...accounts.items.map((a) =>
      section(
        `Account ${a.number}, ${a.state}`,
        a.balance ?? accounts,
        a.balance
          ? `  debt ${a.balance.principal.amount}, penalties ${a.balance.penalty.amount} — ${a.balance.stage}${a.balance.monthsOwed === null ? '' : `, ${a.balance.monthsOwed} monthly charges`}\n${table(
              ['month', 'opening', 'charged', 'recalculated', 'benefits', 'paid', 'closing'],
              (a.explanation?.months ?? []).map((m) => [
                m.period,
                m.opening.amount,
                m.charged.amount,
                m.recalculated.amount,
                m.benefits.amount,
                m.paid.amount,
                m.closing.amount,
              ]),
            )}`
          : '  no balance is known',
      ),
    ),
    section(
      'Meters',
      meters,
      meters.items.length === 0
        ? ''
        : table(
            ['meter', 'serial', 'last reading', 'read at', 'verify by'],
            meters.items.map((m) => [
              m.name,
              m.serialNumber,
              m.readings[0]?.values.join(' / '),
              m.readings[0]?.readAt.slice(0, 10),
              `${m.verifyBy ?? ''}${m.isOverdue ? ' (overdue)' : ''}`,
            ]),
          ),
    ),
    section(
      'Not ended',
      operations,
      operations.items
        .map((o) => `  ${o.id}  ${o.kind}  ${o.status}  ${o.code ?? o.waitingFor ?? ''}`.trimEnd())
        .join('\n'),
    ),
    section(
      'Open tasks',
      tasks,
      tasks.items.map((t) => `  ${t.id}  ${t.title.en}  until ${t.deadline.slice(0, 16)}`).join('\n'),
    ),
    section(
      'Messages',
      messages,
      messages.items
        .map((m) => `  ${m.at.slice(0, 16)}  ${m.status.padEnd(11)}  ${m.purpose}  ${m.text.slice(0, 60)}`)
        .join('\n'),
    ),
    found.notices.includes('DIFFERENT_TIMES')
      ? 'Balance, charges and payments were pulled at different times; the months may not add up yet.'
      : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}
