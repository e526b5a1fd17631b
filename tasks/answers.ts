import type { TaskKind } from '../canonical/task-kinds.ts';

/** A text in both languages of the product. */
export interface Text {
  ru: string;
  en: string;
}

/** A button. */
export interface Answer {
  id: string;
  label: Text;
  /** What happens when it is pressed. */
  effect: Text;
  /** Something goes out or is lost for good. */
  danger: boolean;
  /** Why has to be written down. */
  needsNote: boolean;
}

function answer(id: string, ru: [string, string], en: [string, string], more: Partial<Answer> = {}): Answer {
  const [labelRu, effectRu] = ru;
  const [labelEn, effectEn] = en;
  return {
    id,
    label: { ru: labelRu, en: labelEn },
    effect: { ru: effectRu, en: effectEn },
    danger: false,
    needsNote: false,
    ...more,
  };
}

const retry = answer(
  'retry',
  ['Повторить', 'Хаб попробует ещё раз; если прежняя попытка могла сработать, сначала спросит другую систему.'],
  ['Try again', 'The hub tries once more; where an earlier attempt may have acted it asks the other system first.'],
);
const doneByHand = answer(
  'done-by-hand',
  ['Сделано вручную', 'Хаб больше ничего не отправит; запишет, что дело сделано человеком.'],
  ['Done by hand', 'The hub sends nothing more and notes that a person has done it.'],
  { needsNote: true },
);
const cancel = answer(
  'cancel',
  ['Отказаться', 'Операция отменяется и не будет отправлена.'],
  ['Give up', 'The operation is cancelled and will not be sent.'],
  { danger: true },
);

/** The possible answers to each kind of task, in the order in which they are shown. */
export const answersOf: Readonly<Record<TaskKind, readonly Answer[]>> = {
  approval: [
    answer('approve', ['Разрешить', 'Операция отправляется.'], ['Approve', 'The operation goes out.']),
    answer(
      'reject',
      ['Отклонить', 'Операция отменяется; ничего не отправлено.'],
      ['Reject', 'The operation is cancelled; nothing was sent.'],
      { danger: true, needsNote: true },
    ),
  ],
  uncertain: [
    answer(
      'happened',
      ['Выполнено', 'Вы убедились в другой системе, что это выполнено. Хаб больше не отправляет.'],
      ['It happened', 'You have seen in the other system that it was carried out. The hub does not send it again.'],
    ),
    answer(
      'absent',
      ['Не выполнено', 'Вы убедились, что этого там нет. Хаб отправит ещё раз.'],
      ['It did not happen', 'You have seen that it is not there. The hub sends it again.'],
      { danger: true },
    ),
    answer(
      'retry',
      ['Спросить ещё раз', 'Хаб снова спросит другую систему и ничего не отправит, пока не узнает.'],
      ['Ask again', 'The hub asks the other system once more and sends nothing before it knows.'],
    ),
  ],
  operator: [
    answer(
      'retry',
      ['Исправлено, повторить', 'Операции пойдут сейчас, не дожидаясь следующей попытки.'],
      ['Mended, try again', 'The operations go now instead of at their next attempt.'],
    ),
    cancel,
    answer(
      'done-by-hand',
      ['Сделано вручную', 'Операция отменяется в хабе: дело уже сделано человеком.'],
      ['Done by hand', 'The operation is cancelled in the hub: a person has done it already.'],
      { needsNote: true },
    ),
  ],
  dead: [
    retry,
    cancel,
    answer(
      'skip',
      ['Пропустить', 'Операция остаётся невыполненной; следующие за ней идут дальше.'],
      ['Skip', 'The operation stays undone; those behind it go on.'],
      { danger: true },
    ),
    doneByHand,
  ],
  failed: [
    answer(
      'seen',
      ['Принято к сведению', 'Больше ничего не нужно: задача закрывается, операция остаётся отклонённой.'],
      ['Noted', 'Nothing more is needed: the task ends and the operation stays refused.'],
    ),
    retry,
    doneByHand,
  ],
  quarantine: [
    answer(
      'retry',
      ['Исправлено, прочитать снова', 'Записи читаются заново по исправленной таблице соответствий.'],
      ['Mended, read again', 'The records are mapped anew by the corrected mapping.'],
    ),
    answer(
      'leave',
      ['Оставить', 'Эти записи не нужны; они остаются вне хаба.'],
      ['Leave them', 'These records are not needed; they stay out.'],
      { needsNote: true },
    ),
  ],
  removals: [
    answer(
      'accept',
      ['Удалить', 'Хаб прочитает всё заново и удалит то, чего в источнике больше нет.'],
      ['Remove', 'The hub reads everything again and removes what the source has no more.'],
      { danger: true },
    ),
    answer(
      'keep',
      ['Сохранить', 'Ничего не удаляется; следующее полное чтение посмотрит снова.'],
      ['Keep', 'Nothing is removed; the next full pull looks again.'],
    ),
  ],
  'instance-paused': [
    answer(
      'resume',
      ['Исправлено, продолжить', 'Подключение снова работает; ждавшие операции отправляются.'],
      ['Mended, go on', 'The connector works again; operations that waited go out.'],
    ),
  ],
  'webhook-disabled': [
    answer(
      'enable',
      ['Включить', 'Доставляется и то, что накопилось с остановки.'],
      ['Enable', 'What has gathered since the stop is delivered too.'],
    ),
    answer(
      'enable-from-now',
      ['Включить с этого момента', 'Накопившееся не доставляется.'],
      ['Enable from now on', 'What has gathered is not delivered.'],
      { danger: true },
    ),
    answer(
      'leave',
      ['Оставить выключенным', 'Адрес больше не нужен; задача закрывается.'],
      ['Leave it disabled', 'The endpoint is not needed; the task ends.'],
    ),
  ],
  'debt-inquiry': [
    answer(
      'recheck',
      ['Исправлено, решить заново', 'Хаб смотрит записи ещё раз и отвечает, если сомнений больше нет.'],
      ['Mended, decide anew', 'The hub looks at the records again and answers when no doubt is left.'],
    ),
    answer(
      'no-debt',
      ['Ответить: долга нет', 'Отправляется ответ, что подтверждённой судом задолженности нет.'],
      ['Answer: no debt', 'The answer goes out that there is no debt confirmed by a court.'],
      { danger: true, needsNote: true },
    ),
    answer(
      'by-hand',
      ['Отвечено вручную', 'Хаб больше не занимается этим запросом: на него ответил человек.'],
      ['Answered by hand', 'The hub leaves this inquiry alone: a person has answered it.'],
      { needsNote: true },
    ),
  ],
  'debt-answer': [
    answer(
      'send',
      ['Отправить', 'Уходит ответ по записям, какими они будут в этот момент.'],
      ['Send', 'The answer goes out, by the records as they are at that moment.'],
      { danger: true },
    ),
    answer(
      'keep',
      [
        'Оставить как есть',
        'Прежний ответ остаётся; если его не было, запрос останется без ответа до следующей перемены.',
      ],
      ['Leave as it is', 'The answer that stands stays; where there is none the inquiry waits for the next change.'],
    ),
    answer(
      'recheck',
      ['Решить заново', 'Хаб смотрит записи ещё раз.'],
      ['Decide anew', 'The hub looks at the records again.'],
    ),
    answer(
      'by-hand',
      ['Отвечено вручную', 'Хаб больше не занимается этим запросом: на него ответил человек.'],
      ['Answered by hand', 'The hub leaves this inquiry alone: a person has answered it.'],
      { needsNote: true },
    ),
  ],
  flow: [
    answer(
      'retry',
      ['Исправлено, повторить', 'Хаб пробует сейчас, не дожидаясь следующей попытки.'],
      ['Mended, try again', 'The hub tries now instead of at its next attempt.'],
    ),
  ],
  drift: [
    answer(
      'known',
      ['Известно', 'Об этом больше не напоминают. Записи и операции идут как шли.'],
      ['Known', 'It is not told again. Records and operations go on as they did.'],
    ),
  ],
  certificate: [
    answer(
      'known',
      ['Известно', 'До следующего срока из signing.warnDays об этом не напоминают.'],
      ['Known', 'It is not told again before the next of signing.warnDays.'],
    ),
  ],
};
