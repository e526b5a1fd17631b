import type { AdviceRow } from './row.ts';

const receiver = (ru: string, en: string): AdviceRow => [
  'receiver',
  ru,
  'Когда адрес исправлен, нажмите «Повторить» или «Включить».',
  en,
  'When the endpoint is mended press “Try again” or “Enable”.',
];
const passing = (ru: string, en: string): AdviceRow => [
  'nobody',
  ru,
  'Хаб доставит сам.',
  en,
  'The hub delivers by itself.',
];
const lost = (ru: string, en: string): AdviceRow => [
  'receiver',
  ru,
  'Доставить это нельзя; получатель читает /v1/changes.',
  en,
  'It can’t be delivered; the receiver reads /v1/changes.',
];

/** Codes of the connector webhook. */
export const webhookAdvice: Readonly<Record<string, AdviceRow>> = {
  WEBHOOK_FAILED: receiver('Получатель событий отвечает ошибкой.', 'The receiver of events answers with an error.'),
  WEBHOOK_REDIRECTED: receiver(
    'Получатель переадресует; хаб за ним не идёт.',
    'The receiver redirects; redirects are not followed.',
  ),
  WEBHOOK_TIMEOUT: receiver('Получатель отвечает слишком долго.', 'The receiver takes too long.'),
  WEBHOOK_UNREACHABLE: receiver('Получатель не отвечает.', 'The receiver does not answer.'),
  WEBHOOK_ADDRESS_REFUSED: [
    'engineer',
    'На этот адрес отправлять нельзя: не https или не публичный.',
    'Задайте другой адрес или webhooks.allowAddresses.',
    'Nothing is sent to this address: it is not https, or not public.',
    'Give another address, or set webhooks.allowAddresses.',
  ],
  WEBHOOK_SLOW_DOWN: passing('Получатель просит присылать реже.', 'The receiver asks for fewer requests.'),
  WEBHOOK_HELD: passing(
    'Доставка придержана, пока адрес не отвечает.',
    'The delivery is held back while the endpoint does not answer.',
  ),
  WEBHOOK_GONE: receiver('Получатель ответил 410: адреса больше нет.', 'The receiver answered 410: it is gone.'),
  WEBHOOK_UNKNOWN: lost('Адреса больше нет в хабе.', 'The endpoint is not in the hub any more.'),
  WEBHOOK_EVENT_GONE: lost('Событие уже не хранится.', 'The event is no longer kept.'),
  WEBHOOK_TOO_LARGE: lost('Событие больше, чем можно отправить.', 'The event is larger than may be sent.'),
};
