import type { TaskKind } from '../../canonical/task-kinds.ts';
import type { AdviceRow } from './row.ts';

/** What holds where no code says more. */
export const kindAdvice: Readonly<Record<TaskKind, AdviceRow>> = {
  approval: [
    'operator',
    'Операций больше, чем разрешено без человека.',
    'Проверьте, что рассылка нужна, и нажмите «Разрешить» или «Отклонить».',
    'More operations than may go without a person.',
    'Make sure that they are wanted, then press “Approve” or “Reject”.',
  ],
  uncertain: [
    'operator',
    'Неизвестно, выполнила ли другая система запрос: ответ потерян, и она не может сказать.',
    'Найдите операцию в другой системе и нажмите «Выполнено» или «Не выполнено».',
    'It is not known whether the other system has carried the request out: its answer was lost and it can’t tell.',
    'Look for the operation in the other system and press “It happened” or “It did not happen”.',
  ],
  operator: [
    'engineer',
    'Операции ждут, пока что-то не исправят.',
    'Исправьте причину и нажмите «Исправлено, повторить».',
    'Operations wait until something is put right.',
    'Mend the cause and press “Mended, try again”.',
  ],
  dead: [
    'operator',
    'Все попытки исчерпаны, операция не выполнена.',
    'Когда другая система снова работает, нажмите «Повторить».',
    'All attempts are used up and it was not done.',
    'When the other system works again press “Try again”.',
  ],
  failed: [
    'sender',
    'Другая система окончательно отказала.',
    'Исправьте данные и отправьте заново; затем нажмите «Принято к сведению».',
    'The other system has finally refused.',
    'Correct the data and send anew; then press “Noted”.',
  ],
  quarantine: [
    'engineer',
    'Записи источника не подходят под таблицу соответствий.',
    'Исправьте таблицу (hub map) или данные источника и нажмите «Исправлено, прочитать снова».',
    'Records of the source do not fit the mapping.',
    'Mend the mapping (hub map) or the data, and press “Mended, read again”.',
  ],
  removals: [
    'operator',
    'В источнике пропало больше 2 % записей.',
    'Убедитесь в источнике, что записи действительно удалены; тогда «Удалить», иначе «Сохранить».',
    'More than 2 % of the records are missing in the source.',
    'Make sure in the source that they really are gone; then “Remove”, else “Keep”.',
  ],
  'instance-paused': [
    'engineer',
    'Подключение остановлено: другая система его не принимает.',
    'Исправьте причину и нажмите «Исправлено, продолжить».',
    'The connector was stopped: the other system does not accept it.',
    'Mend the cause and press “Mended, go on”.',
  ],
  'webhook-disabled': [
    'receiver',
    'Адрес долго не принимал события и выключен.',
    'Когда адрес снова работает, нажмите «Включить».',
    'The endpoint took no events for long and was disabled.',
    'When it works again press “Enable”.',
  ],
  drift: [
    'engineer',
    'Другая система сообщает то, чего не знает ни одна наша таблица; исправные записи и операции прошли.',
    'Узнайте, что это значит; если нужно, исправьте таблицу соответствий (hub map check --live); затем нажмите «Известно».',
    'An upstream says things that none of our tables knows; records and operations that are good otherwise went on.',
    'Find out what it means; mend the mapping if need be (hub map check --live); then press “Known”.',
  ],
  certificate: [
    'operator',
    'Срок сертификата или доверенности заканчивается: дальше подписи не примут.',
    'Закажите новый и загрузите его; старый удалите — задача закроется сама.',
    'A certificate or a power of attorney ends: signatures will not be taken after it.',
    'Order a new one and import it; remove the old one, and the task ends by itself.',
  ],
  'debt-inquiry': [
    'operator',
    'Хаб не может сам решить, что ответить органу соцзащиты.',
    'Посмотрите записи в 1С; исправьте и нажмите «Исправлено, решить заново» либо ответьте сами.',
    'The hub can’t decide by itself what to answer the social office.',
    'Look at the records in 1C; mend them and press “Mended, decide anew”, or answer yourself.',
  ],
  'debt-answer': [
    'operator',
    'Ответ органу соцзащиты ждёт решения человека.',
    'Проверьте и нажмите «Отправить» или «Оставить как есть».',
    'An answer to a social office waits for a person.',
    'Check it and press “Send” or “Leave as it is”.',
  ],
  flow: [
    'engineer',
    'Сценарий между системами не может идти дальше; хаб пробует снова сам.',
    'Посмотрите журнал по этому коду, исправьте причину и нажмите «Исправлено, повторить».',
    'A reaction across systems can not go on; the hub tries again by itself.',
    'See the log for this code, mend the cause and press “Mended, try again”.',
  ],
};
