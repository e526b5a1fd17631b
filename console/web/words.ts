import { adviceOf } from './advice.ts';
import { language, t } from './session.ts';

type Pair = readonly [ru: string, en: string];

function word(table: Readonly<Record<string, Pair>>, name: string | null | undefined): string {
  const pair = name ? table[name] : undefined;
  return pair ? t(...pair) : (name ?? '—');
}

const statuses: Record<string, Pair> = {
  accepted: ['Принята', 'Accepted'],
  running: ['Выполняется', 'Running'],
  waiting: ['Ждёт', 'Waiting'],
  retrying: ['Повторяется', 'Retrying'],
  uncertain: ['Исход неясен', 'Uncertain'],
  succeeded: ['Выполнена', 'Succeeded'],
  failed: ['Отказ', 'Failed'],
  dead: ['Остановлена', 'Dead'],
  cancelled: ['Отменена', 'Cancelled'],
};
export const statusNames = Object.keys(statuses);
export const statusWord = (name: string): string => word(statuses, name);

const kinds: Record<string, Pair> = {
  'messages.send': ['Сообщение', 'Message'],
  'meter-readings.submit': ['Показание счётчика', 'Meter reading'],
  'accounts.publish': ['Лицевой счёт в ГИС ЖКХ', 'Account to ГИС ЖКХ'],
  'meters.publish': ['Прибор учёта в ГИС ЖКХ', 'Meter to ГИС ЖКХ'],
  'meter-readings.publish': ['Показание в ГИС ЖКХ', 'Reading to ГИС ЖКХ'],
  'payment-documents.publish': ['Платёжный документ в ГИС ЖКХ', 'Payment document to ГИС ЖКХ'],
  'payment-documents.withdraw': ['Отзыв платёжного документа', 'Withdrawal of a payment document'],
  'payments.publish': ['Платёж в ГИС ЖКХ', 'Payment to ГИС ЖКХ'],
  'payments.cancel': ['Аннулирование платежа', 'Cancellation of a payment'],
  'payments.acknowledge': ['Квитирование платежа', 'Acknowledgement of a payment'],
  'payments.unacknowledge': ['Отмена квитирования', 'Acknowledgement taken back'],
  'houses.publish': ['Дом в ГИС ЖКХ', 'House to ГИС ЖКХ'],
  'contracts.publish': ['Договор управления в ГИС ЖКХ', 'Management contract to ГИС ЖКХ'],
  'works.publish': ['Работы в ГИС ЖКХ', 'Works to ГИС ЖКХ'],
  'debts.publish': ['Долг по судебному акту', 'Debt by a court act'],
  'appeals.answer': ['Ответ на обращение', 'Answer to an appeal'],
  'appeals.act': ['Действие с обращением', 'Action on an appeal'],
  'registry.import': ['Загрузка в ГИС ЖКХ', 'Import into ГИС ЖКХ'],
  'debt-inquiries.answer': ['Ответ на запрос о долге', 'Answer to a debt request'],
  'webhooks.deliver': ['Доставка события', 'Event delivery'],
  'webhooks.deliver-in-order': ['Доставка события по порядку', 'Ordered event delivery'],
};
export const kindWord = (name: string): string => word(kinds, name);
export const kindNames = Object.keys(kinds);

const messageStatuses: Record<string, Pair> = {
  accepted: ['Принято', 'Accepted'],
  sent: ['Отправлено', 'Sent'],
  delivered: ['Доставлено', 'Delivered'],
  read: ['Прочитано', 'Read'],
  undelivered: ['Не доставлено', 'Undelivered'],
  expired: ['Просрочено', 'Expired'],
  failed: ['Не отправлено', 'Not sent'],
  cancelled: ['Отменено', 'Cancelled'],
};
export const messageWord = (name: string): string => word(messageStatuses, name);

const purposes: Record<string, Pair> = {
  debt: ['Задолженность', 'Debt'],
  service: ['Обслуживание', 'Service'],
  accident: ['Авария', 'Accident'],
  code: ['Код подтверждения', 'One-time code'],
};
export const purposeWord = (name: string): string => word(purposes, name);

const waits: Record<string, Pair> = {
  time: ['Назначенное время ещё не пришло.', 'The time it was set for has not come.'],
  answer: [
    'Другая система приняла запрос и ещё не ответила; её спросят снова.',
    'The other system has taken the request and has not answered yet; it is asked again.',
  ],
  settle: [
    'Ответ потерялся: прежде чем отправлять снова, узнаём, дошло ли первое.',
    'The answer was lost: before sending again we find out whether the first one arrived.',
  ],
  batch: ['Ждёт других операций, чтобы уйти одним пакетом.', 'Waits for others, to go out together.'],
  pause: ['Коннектор приостановлен.', 'The connector is paused.'],
  order: [
    'Сначала должна завершиться более ранняя операция о том же.',
    'An earlier operation about the same has to end first.',
  ],
  operator: ['Нужно решение человека.', 'A person has to decide.'],
  approval: ['Превышен предел: ждёт одобрения.', 'Beyond a limit: waits for approval.'],
  'quiet-hours': [
    'Тихие часы у получателя: уйдёт, когда они кончатся.',
    "Quiet hours at the recipient's place: goes out when they end.",
  ],
  'contact-limit': [
    'К получателю уже обращались столько раз, сколько разрешает закон.',
    'The recipient was contacted as often as the law allows.',
  ],
  restored: [
    'После восстановления из копии спрашиваем другую систему.',
    'After a restore the other system is asked first.',
  ],
};
export const waitWord = (name: string): string => word(waits, name);

const codes: Record<string, Pair> = {
  RECIPIENT_OPTED_OUT: ['Получатель отказался от таких сообщений', 'The recipient opted out of such messages'],
  CONTACT_LIMIT: ['Исчерпан предел обращений к получателю', 'Contact limit reached'],
  REPLACED: ['Вместо неё создана новая операция', 'A new operation took its place'],
  SUPERSEDED: ['Более новый запрос занял её место', 'A newer request took its place'],
  REJECTED_BY_PERSON: ['Отклонена человеком', 'Rejected by a person'],
  EXPIRED: ['Срок отправки истёк', 'Too late to send'],
  OPERATION_EXPIRED: ['Срок отправки истёк', 'Too late to send'],
  SMSC_NO_MONEY: ['На счёте шлюза кончились деньги', 'The balance of the gateway account is used up'],
  SMSC_CREDENTIALS: ['Шлюз не принимает логин или пароль хаба', 'The gateway does not accept the login or password'],
  SMSC_PHONE: ['Шлюз не принимает этот номер телефона', 'The gateway does not accept the phone number'],
  SMSC_UNDELIVERABLE: ['На этот номер сообщения не доставляются', 'Messages cannot be delivered to this number'],
  SMSC_FORBIDDEN: ['Текст или имя отправителя запрещены', 'Text or sender name is forbidden'],
  SMSC_TOO_OFTEN: ['Слишком частые запросы к шлюзу', 'Too many requests at once'],
  SMSC_BLOCKED: ['Шлюз на время заблокировал хаб', 'The gateway blocks the hub for a while'],
  SMSC_PARAMETERS: ['Шлюз не принимает параметры сообщения', 'The gateway does not accept the parameters'],
  ONEC_CREDENTIALS: ['1С не принимает логин или пароль хаба', '1C does not accept the login or password'],
  ONEC_BUSY: ['База 1С занята или закрыта на обслуживание', 'The 1C base is busy or under maintenance'],
  ONEC_CONFIGURATION: ['Конфигурация 1С отклонила операцию', 'The configuration of 1C refused the operation'],
  ONEC_RIGHTS: ['Пользователю хаба в 1С не хватает прав', 'The user of the hub lacks rights in 1C'],
  ONEC_PROPERTY: ['В 1С нет реквизита из сопоставления', 'An attribute of the mapping does not exist in 1C'],
  NETWORK: ['Другая система не отвечает', 'The other system does not answer'],
  ATTEMPT_LATE: ['Попытка не успела начаться вовремя', 'The attempt could not begin in time'],
  OPERATION_NOT_RETRYABLE: ['Повторить уже нельзя', 'Can no longer be retried'],
  OPERATION_NOT_CANCELLABLE: ['Отменить уже нельзя', 'Can no longer be cancelled'],
  OPERATION_NOT_DEAD: ['Уже не остановлена', 'No longer dead'],
};
/** Short words for frequent codes; for the others what the hub says about them. */
export function codeWord(code: string | null): string {
  if (code === null) return t('Без кода ошибки', 'No error code');
  return Object.hasOwn(codes, code) ? word(codes, code) : (adviceOf(code)?.what.replace(/\.$/, '') ?? code);
}
export const isKnownCode = (code: string): boolean => Object.hasOwn(codes, code) || adviceOf(code) !== undefined;

const outcomes: Record<string, Pair> = {
  done: ['Выполнено', 'Done'],
  pending: ['Принято, ответ позже', 'Taken, answer later'],
  happened: ['Подтверждено: дошло', 'Confirmed: it happened'],
  absent: ['Подтверждено: не дошло', 'Confirmed: it did not happen'],
  unknown: ['Пока неизвестно', 'Not known yet'],
  transient: ['Временный сбой', 'Transient fault'],
  'rate-limited': ['Слишком часто', 'Rate limited'],
  unauthorized: ['Не пустили: вход не принят', 'Unauthorized'],
  rejected: ['Окончательный отказ', 'Rejected'],
  'not-found': ['Не найдено', 'Not found'],
  conflict: ['Противоречие', 'Conflict'],
  uncertain: ['Ответ потерян', 'Answer lost'],
  'needs-operator': ['Нужен человек', 'Needs a person'],
  misconfigured: ['Ошибка настройки', 'Misconfigured'],
  unexpected: ['Непонятный ответ', 'Unexpected answer'],
};
export const outcomeWord = (name: string | null): string => word(outcomes, name);

const attemptActions: Record<string, Pair> = {
  send: ['Отправка', 'Send'],
  poll: ['Запрос ответа', 'Poll'],
  reconcile: ['Сверка', 'Reconcile'],
};
export const attemptWord = (name: string): string => word(attemptActions, name);

const entityNames: Record<string, Pair> = {
  ResidentialComplex: ['Жилые комплексы', 'Complexes'],
  Building: ['Дома', 'Buildings'],
  Premises: ['Помещения', 'Premises'],
  PersonalAccount: ['Лицевые счета', 'Accounts'],
  Customer: ['Жители', 'Customers'],
  Residence: ['Проживание', 'Residences'],
  Meter: ['Счётчики', 'Meters'],
  MeterReading: ['Показания', 'Meter readings'],
  Charge: ['Начисления', 'Charges'],
  PaymentDocument: ['Платёжные документы', 'Payment documents'],
  Payment: ['Платежи', 'Payments'],
  Debt: ['Долги', 'Debts'],
  Message: ['Сообщения', 'Messages'],
};
export const entityWord = (name: string): string => word(entityNames, name);

const foundByNames: Record<string, Pair> = {
  id: ['по номеру операции', 'by operation id'],
  reference: ['по ссылке', 'by reference'],
  subject: ['по предмету', 'by subject'],
  phone: ['по телефону', 'by phone'],
  account: ['по лицевому счёту', 'by account'],
  upstream: ['по номеру у другой системы', 'by upstream id'],
  email: ['по электронной почте', 'by e-mail'],
  name: ['по имени', 'by name'],
  address: ['по адресу', 'by address'],
};
export const foundByWord = (name: string): string => word(foundByNames, name);

const additions: Record<string, Pair> = {
  'last-name': ['фамилию', 'the last name'],
  'first-name': ['имя', 'the first name'],
  'middle-name': ['отчество', 'the patronymic'],
  street: ['улицу', 'the street'],
  house: ['номер дома', 'the house number'],
  flat: ['номер квартиры', 'the flat number'],
  phone: ['или найдите по телефону', 'or give the phone instead'],
  'account-number': ['или по лицевому счёту', 'or the account number'],
};
export const additionWord = (name: string): string => word(additions, name);

const debtStages: Record<string, Pair> = {
  prepaid: ['переплата', 'prepaid'],
  none: ['долга нет', 'no debt'],
  current: ['текущее начисление', 'current charge'],
  overdue: ['долг', 'overdue'],
};
export const debtStageWord = (name: string): string => word(debtStages, name);

const roles: Record<string, Pair> = {
  holder: ['отвечает за счёт', 'answers for the account'],
  owner: ['собственник', 'owner'],
  tenant: ['наниматель', 'tenant'],
  registered: ['зарегистрирован', 'registered'],
  'temporarily-registered': ['временно зарегистрирован', 'temporarily registered'],
};
export const roleWord = (name: string): string => word(roles, name);

const bulkNames: Record<string, Pair> = {
  retry: ['Повтор', 'Retry'],
  cancel: ['Отмена', 'Cancel'],
  skip: ['Пропуск', 'Skip'],
  approve: ['Одобрение', 'Approval'],
  reject: ['Отклонение', 'Rejection'],
  happened: ['Отметка «выполнено»', 'Marking as done'],
  absent: ['Отметка «не выполнено»', 'Marking as not done'],
  'done-by-hand': ['Отметка «сделано вручную»', 'Marking as done by hand'],
  seen: ['Отметка «принято к сведению»', 'Marking as noted'],
};
export const bulkWord = (name: string): string => word(bulkNames, name);

const fields: Record<string, Pair> = {
  account: ['Лицевой счёт', 'Account'],
  channel: ['Канал', 'Channel'],
  purpose: ['Назначение', 'Purpose'],
  template: ['Шаблон', 'Template'],
  reference: ['Ссылка', 'Reference'],
  to: ['Кому', 'To'],
  text: ['Текст', 'Text'],
  variables: ['Подстановки', 'Variables'],
  'variables.account': ['Подстановка: счёт', 'Variable: account'],
  'variables.amount': ['Подстановка: сумма', 'Variable: amount'],
  'variables.dueDate': ['Подстановка: срок', 'Variable: due date'],
  'variables.date': ['Подстановка: дата', 'Variable: date'],
  sender: ['Отправитель', 'Sender'],
  notBefore: ['Не раньше', 'Not before'],
  expiresAt: ['Не позже', 'Not after'],
  meter: ['Счётчик', 'Meter'],
  readAt: ['Снято', 'Read at'],
  values: ['Показания', 'Values'],
  source: ['Откуда', 'Source'],
  webhook: ['Адрес', 'Endpoint'],
  number: ['Номер', 'Number'],
  name: ['Название', 'Name'],
  area: ['Площадь, м²', 'Area, m²'],
  residents: ['Проживает', 'Residents'],
  state: ['Состояние', 'State'],
  holder: ['Ответственный', 'Holder'],
  openedOn: ['Открыт', 'Opened'],
  closedOn: ['Закрыт', 'Closed'],
  unifiedNumber: ['ЕЛС', 'Unified number (ЕЛС)'],
  serviceId: ['Идентификатор ЖКУ', 'Service id (ЖКУ)'],
  premises: ['Помещение', 'Premises'],
  building: ['Дом', 'House'],
  serialNumber: ['Заводской номер', 'Serial number'],
  resource: ['Ресурс', 'Resource'],
  kind: ['Вид', 'Kind'],
  digits: ['Разрядность', 'Digits'],
  tariffs: ['Тарифов', 'Tariffs'],
  verifiedOn: ['Поверен', 'Verified'],
  verifyBy: ['Поверить до', 'Verify by'],
  removed: ['Снят', 'Removed'],
  code: ['Код', 'Code'],
  organisationRef: ['Организация', 'Organisation'],
  period: ['Месяц', 'Month'],
  uniqueNumber: ['Номер в ГИС ЖКХ', 'Number in ГИС ЖКХ'],
  total: ['К оплате', 'To be paid'],
  event: ['Событие', 'Event'],
  type: ['Вид события', 'Event type'],
  no: ['Номер события', 'Event number'],
};
export const fieldWord = (name: string): string => word(fields, name);

const locale = (): string => (language.value === 'ru' ? 'ru-RU' : 'en-GB');

export function number(n: number): string {
  return new Intl.NumberFormat(locale()).format(n);
}

/** Decimal text of roubles: «1 234,50 ₽». */
export function roubles(amount: string): string {
  return new Intl.NumberFormat(locale(), { style: 'currency', currency: 'RUB' }).format(Number(amount));
}

/** The same without the sign of the currency, for tables. */
export function decimal(amount: string): string {
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: 2 }).format(Number(amount));
}

/** A calendar date, or the date of an instant. */
export function dayWord(date: string): string {
  const [year = 0, month = 1, day = 1] = date.slice(0, 10).split('-').map(Number);
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'short', timeZone: 'UTC' }).format(
    Date.UTC(year, month - 1, day),
  );
}

/** `2026-10` as «октябрь 2026». */
export function monthWord(period: string): string {
  const [year = 0, month = 1] = period.split('-').map(Number);
  return new Intl.DateTimeFormat(locale(), { month: 'long', year: 'numeric', timeZone: 'UTC' })
    .format(Date.UTC(year, month - 1, 1))
    .replace(' г.', '');
}

/** «3 операции»: the form that the number asks for. */
export function plural(n: number, one: string, few: string, many: string): string {
  const form = new Intl.PluralRules('ru').select(n);
  return `${number(n)} ${form === 'one' ? one : form === 'few' ? few : many}`;
}

export function operationsWord(n: number): string {
  return language.value === 'ru'
    ? plural(n, 'операция', 'операции', 'операций')
    : `${number(n)} ${n === 1 ? 'operation' : 'operations'}`;
}

export function moment(text: string | null | undefined): string {
  if (!text) return '—';
  const at = new Date(text);
  const sameDay = at.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), {
    ...(sameDay ? {} : { day: 'numeric', month: 'short' }),
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).format(at);
}

export function fullMoment(text: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'long' }).format(new Date(text));
}

/** «5 мин назад», “in 2 h”. */
export function ago(text: string): string {
  const seconds = (Date.parse(text) - Date.now()) / 1000;
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' });
  const size = Math.abs(seconds);
  if (size < 60) return format.format(Math.round(seconds), 'second');
  if (size < 3600) return format.format(Math.round(seconds / 60), 'minute');
  if (size < 86_400) return format.format(Math.round(seconds / 3600), 'hour');
  return format.format(Math.round(seconds / 86_400), 'day');
}

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ${t('мс', 'ms')}`;
  if (ms < 60_000) return `${number(Math.round(ms / 100) / 10)} ${t('с', 's')}`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} ${t('мин', 'min')}`;
  return `${number(Math.round(ms / 360_000) / 10)} ${t('ч', 'h')}`;
}

/** Words of the hub about a pause, for readers of Russian; what is not known stays as it is. */
const pauses: readonly (readonly [start: string, code: string])[] = [
  ['The balance of the gateway account', 'SMSC_NO_MONEY'],
  ['Wrong login or password', 'SMSC_CREDENTIALS'],
  ['1C does not accept the login', 'ONEC_CREDENTIALS'],
];

export function pauseWord(reason: string | null): string {
  if (!reason) return '';
  const [, code] = pauses.find(([start]) => reason.startsWith(start)) ?? [];
  if (code) return codeWord(code);
  return reason.startsWith('paused by an operator') ? t('приостановлен человеком', 'paused by an operator') : reason;
}
