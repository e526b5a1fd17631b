import type { AdviceRow } from './row.ts';

const credentials = (ru: string, en: string): AdviceRow => [
  'engineer',
  ru,
  'Исправьте доступ в hub.yaml, перезапустите хаб и нажмите «Исправлено, продолжить».',
  en,
  'Correct the access in hub.yaml, restart the hub and press “Mended, go on”.',
];
const noMoney: AdviceRow = [
  'payer',
  'На счёте шлюза кончились деньги.',
  'Пополните счёт и нажмите «Исправлено, продолжить».',
  'The balance of the gateway account is used up.',
  'Top it up and press “Mended, go on”.',
];
const phone: AdviceRow = [
  'sender',
  'Шлюз не принимает номер телефона.',
  'Исправьте номер в карточке и отправьте заново; затем «Принято к сведению».',
  'The gateway does not accept the phone number.',
  'Correct the number and send anew; then “Noted”.',
];
const text: AdviceRow = [
  'sender',
  'Шлюз не принимает текст сообщения.',
  'Измените текст и отправьте заново; затем «Принято к сведению».',
  'The gateway does not accept the text.',
  'Change the text and send anew; then “Noted”.',
];
const passing = (ru: string, en: string): AdviceRow => [
  'nobody',
  ru,
  'Хаб повторяет сам; если попытки кончились, нажмите «Повторить».',
  en,
  'The hub tries again by itself; if attempts are used up press “Try again”.',
];
const unknown: AdviceRow = [
  'engineer',
  'Шлюз ответил так, как никто не знает.',
  'Передайте код разработчикам; затем «Повторить».',
  'The gateway answered in a way that no table knows.',
  'Give the code to the developers; then “Try again”.',
];
const report = (ru: string, en: string): AdviceRow => [
  'engineer',
  ru,
  'Проверьте адрес и ключ отчётов в кабинете шлюза и в hub.yaml.',
  en,
  'Check the address and key of reports at the gateway and in hub.yaml.',
];
const sign: AdviceRow = [
  'provider',
  'Имя отправителя не зарегистрировано у шлюза.',
  'Зарегистрируйте имя, затем нажмите «Повторить».',
  'The sender name is not registered with the gateway.',
  'Register it, then press “Try again”.',
];
const request: AdviceRow = [
  'engineer',
  'Шлюз не принимает запрос.',
  'Сверьте настройки подключения с кабинетом шлюза; затем «Повторить».',
  'The gateway does not accept the request.',
  'Compare the settings with the gateway’s account page; then “Try again”.',
];
const notJson = passing('Ответ шлюза не читается.', 'The answer of the gateway can’t be read.');
const unavailable = passing('Шлюз сейчас не работает.', 'The gateway does not work now.');
const forged = report(
  'Отчёт о доставке с неверной подписью; он отброшен.',
  'A delivery report with a wrong signature; it was dropped.',
);
const malformed = report('Отчёт о доставке не читается.', 'A delivery report can’t be read.');

/** Codes of the connectors smsc and smsaero. */
export const gatewayAdvice: Readonly<Record<string, AdviceRow>> = {
  SMSC_PARAMETERS: request,
  SMSC_CREDENTIALS: credentials(
    'Шлюз не принимает логин, пароль или адрес хаба.',
    'The gateway does not accept the login, the password or the hub’s address.',
  ),
  SMSC_NO_MONEY: noMoney,
  SMSC_BLOCKED: passing(
    'Шлюз на время закрыл доступ после многих ошибок.',
    'The gateway blocks this address for a while after many errors.',
  ),
  SMSC_DATE: request,
  SMSC_FORBIDDEN: [
    'provider',
    'Текст или имя отправителя запрещены у шлюза.',
    'Зарегистрируйте имя или шаблон, затем нажмите «Повторить».',
    'Text or sender name is forbidden at the gateway.',
    'Register the name or the template, then press “Try again”.',
  ],
  SMSC_PHONE: phone,
  SMSC_UNDELIVERABLE: phone,
  SMSC_TOO_OFTEN: passing(
    'Слишком частые запросы или то же сообщение в ту же минуту.',
    'Too many requests, or the same message within a minute.',
  ),
  SMSC_UNKNOWN: unknown,
  SMSC_NOT_JSON: notJson,
  SMSC_UNAVAILABLE: unavailable,
  SMSC_REPORT_FORGED: forged,
  SMSC_REPORT_MALFORMED: malformed,
  SMSAERO_CREDENTIALS: credentials(
    'Шлюз не принимает почту или ключ API.',
    'The gateway does not accept the e-mail or the API key.',
  ),
  SMSAERO_NO_MONEY: noMoney,
  SMSAERO_TOO_OFTEN: passing('Шлюз просит паузу.', 'The gateway asks for a pause.'),
  SMSAERO_REJECTED: request,
  SMSAERO_REFUSED: request,
  SMSAERO_SIGN: sign,
  SMSAERO_NUMBER: phone,
  SMSAERO_TEXT: text,
  SMSAERO_UNKNOWN: unknown,
  SMSAERO_FAULT: unavailable,
  SMSAERO_LIST_UNREADABLE: notJson,
  SMSAERO_NOT_JSON: notJson,
  SMSAERO_UNAVAILABLE: unavailable,
  SMSAERO_REPORT_FORGED: forged,
  SMSAERO_REPORT_MALFORMED: malformed,
};
