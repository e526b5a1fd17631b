import { conditionByName, runbookOf, type Severity } from '../conditions.ts';
import type { NoticeKind } from './plan.ts';

export interface Notice {
  id: string;
  alert: string;
  org: string;
  name: string;
  labels: Readonly<Record<string, string>>;
  about: NoticeKind;
  value: number;
  /** When it began to fire. */
  since: Date;
  /** When what the notice tells came about. */
  at: Date;
}

const marks = {
  ru: { critical: 'АВАРИЯ', warning: 'Внимание', resolved: 'Устранено' },
  en: { critical: 'CRITICAL', warning: 'Warning', resolved: 'Resolved' },
} as const;

export function severityOf(name: string): Severity {
  return conditionByName.get(name)?.severity ?? 'warning';
}

/** Text of a mail: names of connectors, kinds and numbers only, so it never carries personal data. */
export function noticeText(
  notice: Notice,
  o: { language: 'ru' | 'en'; timezone: string },
): { subject: string; text: string } {
  const { language } = o;
  const { name, about, labels, value, since, at } = notice;
  const condition = conditionByName.get(name);
  const title = condition?.title[language] ?? name;
  const mark = marks[language][about === 'resolved' ? 'resolved' : severityOf(name)];
  const where = Object.entries(labels)
    .map(([label, text]) => `${label}: ${text}`)
    .join(', ');
  const time = (moment: Date): string =>
    new Intl.DateTimeFormat(language === 'ru' ? 'ru-RU' : 'en-GB', {
      timeZone: o.timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    }).format(moment);
  const shown = Math.round(value * 100) / 100;
  const limit = condition ? ` (${condition.unit[language]}; ${condition.comparison} ${condition.threshold})` : '';
  const ru = language === 'ru';
  return {
    subject: `[Connector Hub] ${mark}: ${title}${where ? ` (${where})` : ''}`,
    text: [
      title,
      ...(where ? [where] : []),
      '',
      `${ru ? 'Началось' : 'Since'}: ${time(since)}`,
      ...(about === 'resolved' ? [`${ru ? 'Кончилось' : 'Over'}: ${time(at)}`] : []),
      ...(about === 'repeated' ? [ru ? 'Ещё не устранено.' : 'It is not over yet.'] : []),
      ...(about === 'resolved' ? [] : [`${ru ? 'Значение' : 'Value'}: ${shown}${limit}`]),
      `${ru ? 'Что делать' : 'What to do'}: ${runbookOf(name, language)}`,
      `${ru ? 'Всё, что сейчас не так' : 'All that is wrong now'}: hub alerts`,
      '',
      `${name}, ${o.timezone}`,
      '',
    ].join('\n'),
  };
}

/** Body of a webhook: a CloudEvent, like those of the change feed. */
export function noticeEvent(notice: Notice): string {
  const { id, alert, org, name, labels, about, value, since, at } = notice;
  const condition = conditionByName.get(name);
  return JSON.stringify({
    specversion: '1.0',
    id,
    source: 'urn:connector-hub',
    type: `alert.${about}`,
    subject: name,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    data: {
      alert,
      name,
      severity: severityOf(name),
      organisation: org === '' ? null : org,
      title: condition?.title ?? null,
      labels,
      value,
      since: since.toISOString(),
      runbook: { ru: runbookOf(name, 'ru'), en: runbookOf(name) },
    },
  });
}
