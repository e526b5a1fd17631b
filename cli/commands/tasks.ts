import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { UsageError } from '../globals.ts';
import { type Output, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Text {
  ru: string;
  en: string;
}

interface Task {
  id: string;
  kind: string;
  status: string;
  title: Text;
  reason: Text;
  advice: { ru: Advice; en: Advice };
  code: string | null;
  operation: string | null;
  count: number;
  deadline: string;
  overdue: boolean;
  assignee: string | null;
  substitute: string | null;
  escalatedTo: string | null;
  answers: { id: string; label: Text; effect: Text; danger: boolean; needsNote: boolean }[];
  answer: string | null;
  answeredBy: string | null;
  answeredAt: string | null;
  closedReason: Text | null;
  progress: { done: number; failed: number; total: number; running: boolean } | null;
  version: number;
}

interface Advice {
  what: string;
  who: string;
  press: string;
}

/** `hub tasks …`: what needs a person, and what people do about it. */
export function addTasks(program: Command, withApi: WithApi): void {
  const tasks = program.command('tasks').description('what needs a person: list, show, answer, assign, stop');
  tasks
    .command('list', { isDefault: true })
    .description('newest first')
    .option('--status <status>', 'open, answered or closed', 'open')
    .option('--kind <kind>', 'e.g. approval, uncertain, dead')
    .option('--assignee <person>', 'of this person, and of those whom they stand in for')
    .option('--instance <name>', 'connector instance')
    .option('--operation <id>', 'about this operation')
    .option('--overdue', 'only those whose deadline has passed')
    .option('--limit <n>', 'rows', '50')
    .addHelpText(
      'after',
      '\nExamples:\n  hub tasks\n  hub tasks list --kind approval --json\n  hub tasks list --overdue --assignee ivanova',
    )
    .action(
      withApi(async (api, out, _args, options) => {
        const query = new URLSearchParams(
          Object.entries(options as Record<string, string | boolean>).map(([k, v]): [string, string] => [k, String(v)]),
        );
        const page = await api.get<{ items: Task[]; nextCursor: string | null }>(`/v1/tasks?${query}`);
        out.result(page, () =>
          page.items.length === 0
            ? 'Nothing waits for a person.'
            : table(
                ['id', 'kind', 'deadline', 'assignee', 'title'],
                page.items.map((t) => [
                  t.id,
                  t.kind,
                  `${t.deadline.slice(0, 16)}${t.overdue ? ' !' : ''}`,
                  t.substitute ? `${t.assignee} (${t.substitute})` : (t.assignee ?? ''),
                  t.title.ru,
                ]),
                90,
              ),
        );
      }),
    );
  tasks
    .command('show <id>')
    .description('one task with its possible answers')
    .addHelpText('after', '\nExample:\n  hub tasks show 0192f0c4-…')
    .action(withApi(async (api, out, [id]) => show(out, await api.get<Task>(`/v1/tasks/${id}`))));
  tasks
    .command('answer <id> <answer>')
    .description('answer a task; of several who answer at once the first wins (approving needs the scope approve)')
    .option('--note <text>', 'why; some answers need it')
    .addHelpText(
      'after',
      '\nExamples:\n  hub tasks answer 0192f0c4-… approve\n  hub tasks answer 0192f0c4-… reject --note "двойная рассылка"',
    )
    .action(
      withApi(async (api, out, [id, answer], options) => {
        const { version } = await api.get<Task>(`/v1/tasks/${id}`);
        show(out, await api.post<Task>(`/v1/tasks/${id}/answer`, { answer, ...options, version }));
      }),
    );
  tasks
    .command('assign <id> [person]')
    .description('give a task to a person of hub.yaml, or with --nobody to nobody')
    .option('--nobody', 'take it from whoever has it')
    .addHelpText('after', '\nExamples:\n  hub tasks assign 0192f0c4-… ivanova\n  hub tasks assign 0192f0c4-… --nobody')
    .action(
      withApi(async (api, out, [id, person], options) => {
        const { nobody = false } = options as { nobody?: boolean };
        if ((person === undefined) !== nobody) throw new UsageError('Name a person, or give --nobody.');
        const { version } = await api.get<Task>(`/v1/tasks/${id}`);
        show(out, await api.post<Task>(`/v1/tasks/${id}/assign`, { assignee: person ?? null, version }));
      }),
    );
  tasks
    .command('stop <id>')
    .description('stop the carrying out of an answer about many operations')
    .addHelpText('after', '\nExample:\n  hub tasks stop 0192f0c4-…')
    .action(withApi(async (api: Api, out, [id]) => show(out, await api.post<Task>(`/v1/tasks/${id}/stop`))));
}

function show(out: Output, task: Task): void {
  out.result(task, () => {
    const { advice, progress } = task;
    const lines = [
      `${task.title.ru}  ${task.id}`,
      `status    ${task.status}${task.answer ? `: ${task.answer}, ${task.answeredBy} at ${task.answeredAt}` : ''}`,
      ...(task.closedReason ? [`closed    ${task.closedReason.ru}`] : []),
      `reason    ${task.reason.ru}${task.code ? ` (${task.code})` : ''}`,
      `who       ${advice.ru.who}`,
      `do        ${advice.ru.press}`,
      `deadline  ${task.deadline}${task.overdue ? ' (overdue)' : ''}`,
      `assignee  ${task.assignee ?? 'nobody'}${task.substitute ? `, ${task.substitute} stands in` : ''}${task.escalatedTo ? `, escalated to ${task.escalatedTo}` : ''}`,
      ...(task.operation ? [`operation ${task.operation}`] : []),
      ...(progress
        ? [
            `progress  ${progress.done} done, ${progress.failed} refused of ${progress.total}${progress.running ? ', goes on' : ''}`,
          ]
        : []),
    ];
    if (task.answers.length === 0) return lines.join('\n');
    const answers = table(
      ['answer', '', 'what happens'],
      task.answers.map((a) => [`${a.id}${a.needsNote ? ' --note …' : ''}`, a.label.ru, a.effect.ru]),
      100,
    );
    return `${lines.join('\n')}\n\n${answers}`;
  });
}
