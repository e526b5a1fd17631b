import type { AdviceRow } from './row.ts';

const credentials = (ru: string, en: string): AdviceRow => [
  'provider',
  ru,
  'Уточните доступ у оператора, исправьте hub.yaml и нажмите «Исправлено, продолжить».',
  en,
  'Ask the operator about the account, correct hub.yaml and press “Mended, go on”.',
];
const passing = (ru: string, en: string): AdviceRow => [
  'nobody',
  ru,
  'Хаб повторяет сам; если попытки кончились, нажмите «Повторить».',
  en,
  'The hub tries again by itself; if attempts are used up press “Try again”.',
];
const refused = (ru: string, en: string): AdviceRow => [
  'provider',
  ru,
  'Уточните у оператора; затем «Повторить» или «Принято к сведению».',
  en,
  'Ask the operator; then “Try again” or “Noted”.',
];
const data = (ru: string, en: string): AdviceRow => [
  'sender',
  ru,
  'Исправьте и отправьте заново; затем «Принято к сведению».',
  en,
  'Correct it and send anew; then “Noted”.',
];

/** Codes of the connector smpp. */
export const smppAdvice: Readonly<Record<string, AdviceRow>> = {
  SMPP_LENGTH: data('Сообщение длиннее, чем принимает центр.', 'The message is longer than the centre takes.'),
  SMPP_BIND_STATE: passing(
    'Сеанс не в том состоянии; хаб подключается заново.',
    'The session may not do this; the hub binds again.',
  ),
  SMPP_ALREADY_BOUND: passing('У учётной записи не осталось сеансов.', 'The account has no session left.'),
  SMPP_SYSTEM_ERROR: passing('Ошибка на стороне центра.', 'The centre has a fault of its own.'),
  SMPP_SOURCE: refused('Центр не принимает имя отправителя.', 'The centre does not take the sender.'),
  SMPP_DESTINATION: data('Центр не принимает номер телефона.', 'The centre does not take the phone number.'),
  SMPP_BIND_FAILED: credentials('Центр отказывает в подключении.', 'The centre refuses the session.'),
  SMPP_PASSWORD: credentials('Неверный пароль.', 'Wrong password.'),
  SMPP_SYSTEM_ID: credentials('Неизвестный system_id.', 'Unknown system_id.'),
  SMPP_QUEUE_FULL: passing('Очередь учётной записи переполнена.', 'The queue of the account is full.'),
  SMPP_SUBMIT_FAILED: refused('Центр отказал в сообщении.', 'The centre refuses the message.'),
  SMPP_THROTTLED: passing(
    'Сообщений в секунду больше, чем по договору.',
    'More messages a second than the contract allows.',
  ),
  SMPP_TRY_LATER: passing(
    'Принимающая сторона сейчас не может взять сообщение.',
    'The receiving side can’t take it now.',
  ),
  SMPP_RECEIVER_ERROR: refused(
    'Принимающая сторона не может взять сообщение.',
    'The receiving side can’t take the message at all.',
  ),
  SMPP_RECEIVER_REFUSED: refused('Принимающая сторона отказала.', 'The receiving side refuses the message.'),
  SMPP_UNKNOWN: [
    'engineer',
    'Центр ответил состоянием, которого никто не знает.',
    'Передайте код разработчикам; затем «Повторить».',
    'The centre answered with an unknown status.',
    'Give the code to the developers; then “Try again”.',
  ],
};
