import { adviceOf } from './advice.ts';
import type { Text } from './answers.ts';
import type { Task } from './task.ts';

type Told = Pick<
  Task,
  'kind' | 'code' | 'count' | 'isGroup' | 'opKind' | 'instance' | 'entity' | 'facts' | 'operation'
>;

/** What operations are called, by kind; others bear their kind's name. */
const operationNames: Readonly<Record<string, Text>> = {
  'messages.send': { ru: 'текстовые сообщения', en: 'text messages' },
  'meter-readings.submit': { ru: 'показания счётчиков', en: 'meter readings' },
  'meter-readings.publish': { ru: 'показания в ГИС ЖКХ', en: 'meter readings for the state system' },
  'debt-inquiries.answer': { ru: 'ответы на запросы о долге', en: 'answers to debt inquiries' },
  'webhooks.deliver': { ru: 'доставка событий', en: 'deliveries of events' },
  'webhooks.deliver-in-order': { ru: 'доставка событий по порядку', en: 'deliveries of events in order' },
};

const verdicts: Readonly<Record<string, Text>> = {
  debt: { ru: 'долг есть', en: 'debt' },
  'no-debt': { ru: 'долга нет', en: 'no debt' },
  person: { ru: 'не ясно', en: 'not clear' },
};

/** One line that says what is wanted. Holds no personal data: kinds, names of connectors and numbers only. */
export function titleOf(task: Told): Text {
  const { kind, instance, entity, facts } = task;
  const what = nameOf(task.opKind);
  const many = (text: Text): Text =>
    task.isGroup ? { ru: `${text.ru}: ${task.count}`, en: `${text.en}: ${task.count}` } : text;
  switch (kind) {
    case 'approval':
      return many({ ru: `Разрешить отправку (${what.ru}, ${instance})`, en: `Approve (${what.en}, ${instance})` });
    case 'uncertain':
      return many({
        ru: `Выяснить, выполнено ли (${what.ru}, ${instance})`,
        en: `Find out whether it happened (${what.en}, ${instance})`,
      });
    case 'operator':
      return many({
        ru: `Исправить, чтобы продолжить (${what.ru}, ${instance})`,
        en: `Put right to go on (${what.en}, ${instance})`,
      });
    case 'dead':
      return many({
        ru: `Не удалось выполнить (${what.ru}, ${instance})`,
        en: `Could not be done (${what.en}, ${instance})`,
      });
    case 'failed':
      return many({ ru: `Отклонено (${what.ru}, ${instance})`, en: `Refused (${what.en}, ${instance})` });
    case 'quarantine':
      return {
        ru: `Не читаются записи: ${entity}, ${instance}: ${task.count}`,
        en: `Records can't be read: ${entity}, ${instance}: ${task.count}`,
      };
    case 'removals':
      return {
        ru: `Удалить записи, которых нет в источнике? ${entity}, ${instance}: ${facts.wouldRemove} из ${facts.of}`,
        en: `Remove records that the source has no more? ${entity}, ${instance}: ${facts.wouldRemove} of ${facts.of}`,
      };
    case 'instance-paused':
      return { ru: `Подключение остановлено: ${instance}`, en: `Connector stopped: ${instance}` };
    case 'drift':
      return {
        ru: `Другая система изменилась: ${instance}, ${facts.place}: ${task.count}`,
        en: `An upstream has changed: ${instance}, ${facts.place}: ${task.count}`,
      };
    case 'certificate':
      return facts.kind === 'certificate'
        ? {
            ru: `Сертификат «${facts.name}» действует до ${facts.endsOn}`,
            en: `The certificate '${facts.name}' is valid until ${facts.endsOn}`,
          }
        : {
            ru: `Доверенность «${facts.name}» действует до ${facts.endsOn}`,
            en: `The power of attorney '${facts.name}' is valid until ${facts.endsOn}`,
          };
    case 'debt-inquiry':
      return {
        ru: `Решить, что ответить на запрос о долге ${facts.requestNumber ?? ''}, до ${facts.lastDay ?? '?'}`,
        en: `Decide what to answer debt inquiry ${facts.requestNumber ?? ''}, by ${facts.lastDay ?? '?'}`,
      };
    case 'debt-answer':
      return {
        ru: `Отправить ответ на запрос о долге ${facts.requestNumber ?? ''}: ${verdicts[String(facts.verdict)]?.ru ?? '?'}; до ${facts.lastDay ?? '?'}`,
        en: `Send the answer to debt inquiry ${facts.requestNumber ?? ''}: ${verdicts[String(facts.verdict)]?.en ?? '?'}; by ${facts.lastDay ?? '?'}`,
      };
    case 'flow':
      return { ru: `Сценарий не может идти дальше: ${facts.flow}`, en: `A flow can't go on: ${facts.flow}` };
    case 'webhook-disabled':
      return { ru: 'Доставка событий на адрес выключена', en: 'An endpoint for events is disabled' };
  }
}

/** Why it needs a person. */
export function reasonOf(task: Told): Text {
  const { kind, facts } = task;
  if (kind === 'approval')
    return {
      ru: 'Операций больше, чем разрешено без человека (limits.brake в hub.yaml).',
      en: 'More operations than may go without a person (limits.brake in hub.yaml).',
    };
  if (kind === 'removals')
    return {
      ru: 'Полное чтение удалило бы больше 2 % записей; возможно, источник отвечает не полностью.',
      en: 'A full pull would remove more than 2 % of the records; the source may be answering incompletely.',
    };
  if (kind === 'quarantine') {
    const place: Text =
      facts.reasons === undefined
        ? { ru: `Поле: ${facts.field ?? '?'}.`, en: `Field: ${facts.field ?? '?'}.` }
        : { ru: `Разных причин: ${facts.reasons}.`, en: `Different reasons: ${facts.reasons}.` };
    const why = adviceOf(task.code, kind);
    return { ru: `${why.ru.what} ${place.ru}`, en: `${why.en.what} ${place.en}` };
  }
  const advice = adviceOf(task.code, kind);
  if (kind === 'drift')
    return {
      ru: `${advice.ru.what} Новое: ${facts.what} (${facts.sample}).`,
      en: `${advice.en.what} New: ${facts.what} (${facts.sample}).`,
    };
  return { ru: advice.ru.what, en: advice.en.what };
}

function nameOf(opKind: string | null): Text {
  const known = opKind === null ? undefined : operationNames[opKind];
  return known ?? { ru: opKind ?? '', en: opKind ?? '' };
}

const closings: Readonly<Record<string, Text>> = {
  gone: {
    ru: 'Причина исчезла сама или её устранили другим путём; ответ не нужен.',
    en: 'The cause went away by itself or was dealt with in another way; no answer is needed.',
  },
  regrouped: {
    ru: 'Теперь это часть другой задачи о том же.',
    en: 'It is part of another task about the same now.',
  },
};

/** Why a task was closed without an answer. */
export function closingOf(task: Pick<Task, 'closedAs'>): Text | null {
  return task.closedAs === null ? null : (closings[task.closedAs] ?? null);
}
