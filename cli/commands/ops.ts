import type { Command } from 'commander';
import type { Api } from '../api.ts';
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
  const ops = program.command('ops').description('operations of the journal: list, show, retry, cancel, skip, resolve');
  ops
    .command('list', { isDefault: true })
    .description('newest first')
    .option(
      '--status <status>',
      'accepted, running, waiting, retrying, uncertain, succeeded, failed, dead or cancelled',
    )
    .option('--kind <kind>', 'e.g. messages.send')
    .option('--instance <name>', 'connector instance')
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
