import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { UsageError, whole } from '../globals.ts';
import { type Output, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Operation {
  id: string;
  kind: string;
  status: string;
  instance: string;
  subject: string | null;
  attempts:
    | { no: number; action: string; instance: string; startedAt: string; outcome: string | null; code: string | null }[]
    | number;
  acceptedAt: string;
  waitingFor?: string | null;
  notBefore?: string | null;
  error?: { code: string; message?: string; detail?: string } | null;
  result?: Record<string, unknown> | null;
}

/** `hub ops …`: what the journal holds, and what a person may do about it. */
export function addOps(program: Command, withApi: WithApi): void {
  const ops = program
    .command('ops')
    .description('operations of the journal: list, show, retry, cancel, skip, resolve, approve, reject');
  ops
    .command('list', { isDefault: true })
    .description('newest first')
    .option(
      '--status <status>',
      'accepted, running, waiting, retrying, uncertain, succeeded, failed, dead or cancelled',
    )
    .option('--kind <kind>', 'e.g. messages.send')
    .option('--instance <name>', 'connector instance')
    .option('--waiting-for <what>', 'e.g. approval, quiet-hours, contact-limit, operator')
    .option('--reference <id>', "the caller's own document id")
    .option('--limit <n>', 'rows', '20')
    .addHelpText(
      'after',
      '\nExamples:\n  hub ops list --status dead\n  hub ops list --kind messages.send --limit 5 --json',
    )
    .action(
      withApi(async (api, out, _args, options) => {
        const query = new URLSearchParams(
          Object.entries(options as Record<string, string>).filter(([, v]) => v !== undefined),
        );
        const page = await api.get<{ items: Operation[]; nextCursor: string | null }>(`/v1/operations?${query}`);
        out.result(page, () =>
          page.items.length === 0
            ? 'No operations match.'
            : table(
                ['id', 'kind', 'status', 'instance', 'accepted', 'note'],
                page.items.map((o) => [
                  o.id,
                  o.kind,
                  o.status,
                  o.instance,
                  o.acceptedAt.slice(0, 19),
                  o.error?.code ?? o.waitingFor ?? '',
                ]),
              ),
        );
      }),
    );
  ops
    .command('show <id>')
    .description('one operation with its attempts')
    .action(withApi(async (api, out, [id]) => show(api, out, String(id))));
  act(
    ops,
    withApi,
    'retry',
    'try a dead, failed or waiting operation again (it is reconciled first if it may have acted)',
  );
  act(ops, withApi, 'cancel', 'give up an operation that cannot have acted yet');
  act(ops, withApi, 'skip', 'let the successors of a dead operation pass');
  decide(ops, withApi, 'approve', 'let operations go that wait for approval (scope approve)');
  decide(ops, withApi, 'reject', 'give operations up that wait for approval (scope approve)');
  ops
    .command('resolve <id> <answer>')
    .description('tell the hub what became of an uncertain operation: happened or absent')
    .addHelpText('after', '\nExample:\n  hub ops resolve 0192f0c4-… happened')
    .action(
      withApi(async (api, out, [id, answer]) => {
        await api.post(`/v1/operations/${id}/resolve`, { answer });
        await show(api, out, String(id));
      }),
    );
}

/** Decisions about operations that wait for approval: the ones named, or all that fit a filter. */
function decide(ops: Command, withApi: WithApi, verb: 'approve' | 'reject', description: string): void {
  ops
    .command(`${verb} [id...]`)
    .description(description)
    [verb === 'reject' ? 'requiredOption' : 'option']('--reason <text>', 'why; kept with the operation')
    .option('--all', 'all that wait and fit the filter, instead of ids')
    .option('--kind <kind>', 'with --all: of this kind')
    .option('--instance <name>', 'with --all: of this connector')
    .option('--client <key>', 'with --all: submitted with this key')
    .option('--limit <n>', 'with --all: at most so many, oldest first', whole)
    .addHelpText(
      'after',
      `\nExamples:\n  hub ops ${verb} 0192f0c4-… --reason "checked"\n  hub ops ${verb} --all --kind messages.send --reason "checked"`,
    )
    .action(
      withApi(async (api, out, [ids], options) => {
        const { all, reason, ...filter } = options as { all?: boolean; reason?: string } & Record<string, unknown>;
        const body = reason === undefined ? {} : { reason };
        if (all) {
          const done = await api.post(`/v1/operations/${verb}`, { ...body, ...filter });
          return out.result(done, () => JSON.stringify(done));
        }
        if ((ids as string[]).length === 0) throw new UsageError('Name operations, or give --all.');
        for (const id of ids as string[]) {
          await api.post(`/v1/operations/${id}/${verb}`, body);
          await show(api, out, id);
        }
      }),
    );
}

function act(ops: Command, withApi: WithApi, verb: string, description: string): void {
  ops
    .command(`${verb} <id...>`)
    .description(description)
    .action(
      withApi(async (api, out, [ids]) => {
        for (const id of ids as string[]) {
          await api.post(`/v1/operations/${id}/${verb}`);
          await show(api, out, id);
        }
      }),
    );
}

async function show(api: Api, out: Output, id: string): Promise<void> {
  const op = await api.get<Operation>(`/v1/operations/${id}`);
  out.result(op, () => {
    const head = [
      `${op.kind}  ${op.id}`,
      `status    ${op.status}${op.waitingFor ? ` (waits for ${op.waitingFor}${op.notBefore ? ` until ${op.notBefore}` : ''})` : ''}`,
      `instance  ${op.instance}`,
      `accepted  ${op.acceptedAt}`,
      ...(op.error ? [`error     ${op.error.code}: ${op.error.detail ?? op.error.message ?? ''}`] : []),
      ...(op.result ? [`result    ${JSON.stringify(op.result)}`] : []),
    ];
    const attempts = Array.isArray(op.attempts) ? op.attempts : [];
    return attempts.length === 0
      ? head.join('\n')
      : `${head.join('\n')}\n\n${table(
          ['no', 'action', 'instance', 'started', 'outcome', 'code'],
          attempts.map((a) => [a.no, a.action, a.instance, a.startedAt, a.outcome ?? '…', a.code]),
        )}`;
  });
}
