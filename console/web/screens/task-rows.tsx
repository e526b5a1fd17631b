import type { Advice } from '../advice.ts';
import { link } from '../router.ts';
import { language, t } from '../session.ts';
import { Badge, Table, Time } from '../ui/parts.tsx';
import { number } from '../words.ts';

export interface TaskItem {
  id: string;
  kind: string;
  status: string;
  title: { ru: string; en: string };
  reason: { ru: string; en: string };
  code: string | null;
  subject: string | null;
  operation: string | null;
  count: number | null;
  instance: string | null;
  entity: string | null;
  answers: {
    id: string;
    label: { ru: string; en: string };
    effect: { ru: string; en: string };
    danger: boolean;
    needsNote: boolean;
  }[];
  deadlineAt?: string | null;
  deadline?: string | null;
  /** What is the matter, who can mend it, and which answer fits then. */
  advice?: { ru: Advice; en: Advice } | null;
  overdue: boolean;
  assignee: string | { id: string; name?: string } | null;
  escalatedTo: unknown;
  createdAt: string;
  answeredBy: string | null;
  answeredAt: string | null;
  answer: string | null;
  note: string | null;
  version: number;
  progress: {
    total: number;
    done: number;
    refused?: number;
    failed?: number;
    stopped?: boolean;
    running?: boolean;
  } | null;
}

export const said = (pair: { ru: string; en: string }): string => pair[language.value];

export const deadlineOf = (task: TaskItem): string | null => task.deadlineAt ?? task.deadline ?? null;

export function assigneeOf(task: TaskItem): string {
  return typeof task.assignee === 'string' ? task.assignee : (task.assignee?.name ?? task.assignee?.id ?? '');
}

export function taskStatus(task: TaskItem): { tone: 'ok' | 'bad' | 'warn' | 'info' | 'plain'; text: string } {
  if (task.status === 'open')
    return task.overdue
      ? { tone: 'bad', text: t('Просрочена', 'Overdue') }
      : { tone: 'info', text: t('Открыта', 'Open') };
  const words: Record<string, string> = {
    answered: t('Решена', 'Answered'),
    running: t('Исполняется', 'Being carried out'),
    closed: t('Закрыта', 'Closed'),
    done: t('Исполнена', 'Done'),
    stopped: t('Остановлена', 'Stopped'),
  };
  return { tone: task.status === 'running' ? 'warn' : 'plain', text: words[task.status] ?? task.status };
}

export function TaskRows({ items }: { items: readonly TaskItem[] }) {
  return (
    <Table
      label={t('Задачи', 'Tasks')}
      heads={[t('Задача', 'Task'), t('Состояние', 'Status'), t('Срок', 'Deadline'), t('Кому', 'Assignee')]}
    >
      {items.map((task) => {
        const status = taskStatus(task);
        return (
          <tr key={task.id}>
            <td>
              <a class="row-link" href={link(`tasks/${task.id}`)}>
                {said(task.title)}
              </a>
              <div class="muted small">
                {said(task.reason)}
                {task.count !== null && task.count > 1 && (
                  <>
                    {' '}
                    · {t('операций', 'operations')}: {number(task.count)}
                  </>
                )}
              </div>
            </td>
            <td>
              <Badge tone={status.tone}>{status.text}</Badge>
            </td>
            <td class="nowrap">
              <Time at={deadlineOf(task)} />
            </td>
            <td>{assigneeOf(task) || <span class="muted">{t('никому', 'nobody')}</span>}</td>
          </tr>
        );
      })}
    </Table>
  );
}
