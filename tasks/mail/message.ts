import type { Task } from '../task.ts';
import { reasonOf, titleOf } from '../texts.ts';

export type About = 'assigned' | 'overdue' | 'escalated';

export interface MailText {
  subject: string;
  text: string;
}

const openings: Readonly<Record<About, { ru: string; en: string }>> = {
  assigned: { ru: 'Вам назначена задача хаба.', en: 'A task of the hub is yours.' },
  overdue: { ru: 'Срок задачи прошёл, ответа ещё нет.', en: 'The deadline of a task has passed without an answer.' },
  escalated: {
    ru: 'Задача просрочена и передаётся на ваше решение.',
    en: 'A task is long overdue and comes to you.',
  },
};
const marks: Readonly<Record<About, { ru: string; en: string }>> = {
  assigned: { ru: 'Задача', en: 'Task' },
  overdue: { ru: 'Просрочено', en: 'Overdue' },
  escalated: { ru: 'Эскалация', en: 'Escalated' },
};

/**
 * Text of a mail about a task: kinds, names of connectors and numbers, and a link to the rest. Nothing of what an operation
 * holds, so a mail never carries personal data.
 *
 * @param consoleUrl address of the operators' page; without it the id is told
 */
export function mailText(
  task: Task,
  o: { about: About; language: 'ru' | 'en'; timezone: string; consoleUrl?: string | undefined },
): MailText {
  const { about, language } = o;
  const title = titleOf(task)[language];
  const deadline = new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
    timeZone: o.timezone,
    dateStyle: 'long',
    timeStyle: 'short',
  }).format(task.deadline);
  const where = o.consoleUrl ? `${o.consoleUrl.replace(/\/+$/, '')}/#/tasks/${task.id}` : task.id;
  const words =
    language === 'ru'
      ? { deadline: `Ответить до: ${deadline} (${o.timezone})`, open: o.consoleUrl ? 'Открыть' : 'Задача' }
      : { deadline: `Answer by: ${deadline} (${o.timezone})`, open: o.consoleUrl ? 'Open' : 'Task' };
  return {
    subject: `[Connector Hub] ${marks[about][language]}: ${title}`,
    text: [
      openings[about][language],
      '',
      title,
      reasonOf(task)[language],
      words.deadline,
      '',
      `${words.open}: ${where}`,
      '',
    ].join('\n'),
  };
}
