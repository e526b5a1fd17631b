/**
 * - `ok`       proven
 * - `failed`   disproven: the signature is not valid
 * - `unknown`  can't be proven with what is at hand: the signature is neither valid nor invalid
 * - `warning`  changes nothing in the verdict, but the reader should know
 */
export type Outcome = 'ok' | 'failed' | 'unknown' | 'warning';

/** One result of a verification, for programs (`code`) and for people. */
export interface Finding {
  readonly code: FindingCode;
  readonly outcome: Outcome;
  readonly ru: string;
  readonly en: string;
}

/** What sentences speak of. */
export interface Facts {
  /** Name of a holder or an authority. */
  name?: string;
  /** Epoch milliseconds. */
  time?: number;
  from?: number;
  to?: number;
  /** A cause in technical words. */
  detail?: string;
}

type Sentence = (f: { name: string; time: string; from: string; to: string; detail: string }) => string;
type Row = readonly [outcome: Outcome, ru: Sentence, en: Sentence];

/** Every code with its sentences. A lawyer reads them, so they say what it means and, where there is one, the way out. */
const table = {
  NOT_A_SIGNATURE: [
    'failed',
    (f) => `Файл не является электронной подписью в формате CMS (PKCS#7) или повреждён (${f.detail}).`,
    (f) => `The file is not an electronic signature in CMS (PKCS#7) form, or is damaged (${f.detail}).`,
  ],
  NO_SIGNERS: ['failed', () => 'В файле подписи нет ни одной подписи.', () => 'The signature file holds no signature.'],
  NOT_OF_DOCUMENT: [
    'failed',
    () => 'Подписан не документ, а данные другого вида.',
    () => 'Something other than a document was signed.',
  ],
  DOCUMENT_MISSING: [
    'unknown',
    () => 'Подпись отсоединённая: чтобы её проверить, нужен сам документ.',
    () => 'The signature is detached: to verify it, the document itself is needed.',
  ],
  DOCUMENT_DIFFERS: [
    'failed',
    () => 'Предъявленный документ отличается от документа внутри подписи.',
    () => 'The document given differs from the one inside of the signature.',
  ],
  DOCUMENT_INTACT: [
    'ok',
    () => 'Документ не изменён после подписания.',
    () => 'The document was not changed after it was signed.',
  ],
  DOCUMENT_CHANGED: [
    'failed',
    () => 'Документ изменён после подписания, либо подпись относится к другому документу.',
    () => 'The document was changed after it was signed, or the signature belongs to another document.',
  ],
  SIGNATURE_RIGHT: [
    'ok',
    () => 'Подпись создана ключом, который соответствует сертификату.',
    () => 'The signature was made by the key that belongs to the certificate.',
  ],
  SIGNATURE_WRONG: [
    'failed',
    () => 'Подпись математически неверна: она повреждена или создана другим ключом.',
    () => 'The signature is mathematically wrong: damaged, or made by another key.',
  ],
  ALGORITHM_UNSUPPORTED: [
    'unknown',
    (f) => `Подпись использует алгоритм, который не проверяется или ненадёжен (${f.detail}).`,
    (f) => `The signature uses an algorithm that is not verified here or is too weak (${f.detail}).`,
  ],
  ATTRIBUTES_DAMAGED: [
    'failed',
    (f) => `Подписанные реквизиты подписи повреждены или противоречат друг другу (${f.detail}).`,
    (f) => `The signed attributes are damaged or contradict each other (${f.detail}).`,
  ],
  CONTENT_TYPE_WRONG: [
    'failed',
    () => 'Вид подписанных данных не совпадает с указанным в подписи.',
    () => 'What was signed is not of the kind that the signature says.',
  ],
  ATTRIBUTE_MISSING: [
    'failed',
    (f) => `Подпись не соответствует формату CAdES: нет обязательного реквизита ${f.detail}.`,
    (f) => `The signature is not CAdES: the required attribute ${f.detail} is missing.`,
  ],
  SIGNING_CERT_NAMED: [
    'ok',
    () => 'Сертификат подписанта закреплён в подписи.',
    () => "The signer's certificate is fixed in the signature.",
  ],
  SIGNING_CERT_OTHER: [
    'failed',
    () => 'В подписи закреплён другой сертификат, не тот, который к ней приложен.',
    () => 'The signature fixes another certificate than the one that goes with it.',
  ],
  SIGNER_CERT_MISSING: [
    'unknown',
    () => 'Сертификата подписанта нет в файле подписи и среди известных: получите его у подписанта.',
    () => "The signer's certificate is neither in the file nor among the known ones: get it from the signer.",
  ],
  CERT_IN_TIME: [
    'ok',
    (f) => `Сертификат действовал на момент проверки подписи (${f.time}).`,
    (f) => `The certificate was in force at the time of judgement (${f.time}).`,
  ],
  CERT_NOT_YET_VALID: [
    'failed',
    (f) => `Сертификат (${f.name}) начинает действовать только ${f.from}.`,
    (f) => `The certificate (${f.name}) is in force only from ${f.from}.`,
  ],
  CERT_EXPIRED: [
    'failed',
    (f) => `Срок действия сертификата (${f.name}) истёк ${f.to}.`,
    (f) => `The certificate (${f.name}) expired on ${f.to}.`,
  ],
  CERT_EXPIRED_SINCE: [
    'unknown',
    (f) =>
      `Срок действия сертификата (${f.name}) истёк ${f.to}. Подписант указал более раннее время подписания, но штампа времени, который это доказывает, нет.`,
    (f) =>
      `The certificate (${f.name}) expired on ${f.to}. The signer claims an earlier time, but no time-stamp proves it.`,
  ],
  SIGNING_TIME_OUTSIDE: [
    'failed',
    (f) => `Указанное время подписания (${f.time}) не входит в срок действия сертификата.`,
    (f) => `The claimed time of signing (${f.time}) lies outside of the certificate's validity.`,
  ],
  SIGNING_TIME_FUTURE: [
    'warning',
    (f) => `Указанное время подписания (${f.time}) ещё не наступило: часы подписанта спешат.`,
    (f) => `The claimed time of signing (${f.time}) has not come yet: the signer's clock is fast.`,
  ],
  KEY_PERIOD_OVER: [
    'warning',
    (f) => `Подпись создана вне срока действия закрытого ключа (до ${f.to}).`,
    (f) => `The signature was made outside of the period of the private key (to ${f.to}).`,
  ],
  KEY_USAGE_WRONG: [
    'failed',
    () => 'Сертификат не предназначен для подписания документов (использование ключа).',
    () => 'The certificate is not meant for signing documents (key usage).',
  ],
  CHAIN_TRUSTED: [
    'ok',
    (f) => `Сертификат выдан доверенным удостоверяющим центром (${f.name}).`,
    (f) => `The certificate was issued under a trusted authority (${f.name}).`,
  ],
  CHAIN_NO_ISSUER: [
    'unknown',
    (f) => `Нет сертификата издателя (${f.name}): добавьте его к доверенным или промежуточным.`,
    (f) => `The issuer's certificate (${f.name}) is not at hand: add it to the trusted or intermediate ones.`,
  ],
  CHAIN_UNTRUSTED_ROOT: [
    'unknown',
    (f) => `Корневой сертификат (${f.name}) не входит в число доверенных.`,
    (f) => `The root certificate (${f.name}) is not among the trusted ones.`,
  ],
  CHAIN_SIGNATURE: [
    'failed',
    (f) => `Сертификат (${f.name}) не подписан тем центром, который в нём указан.`,
    (f) => `The certificate (${f.name}) was not signed by the authority it names.`,
  ],
  CHAIN_ALGORITHM: [
    'unknown',
    (f) => `Сертификат (${f.name}) подписан алгоритмом, который не проверяется или ненадёжен.`,
    (f) => `The certificate (${f.name}) is signed by an algorithm that is not verified here or is too weak.`,
  ],
  CERT_CRITICAL_EXTENSION: [
    'failed',
    (f) => `В сертификате (${f.name}) есть обязательное дополнение, правила которого неизвестны.`,
    (f) => `The certificate (${f.name}) has a critical extension that is not known.`,
  ],
  CA_NOT_AN_AUTHORITY: [
    'failed',
    (f) => `Владелец сертификата (${f.name}) не вправе выдавать сертификаты.`,
    (f) => `The holder of the certificate (${f.name}) may not issue certificates.`,
  ],
  CA_KEY_USAGE: [
    'failed',
    (f) => `Ключ центра (${f.name}) не предназначен для выдачи сертификатов.`,
    (f) => `The authority's key (${f.name}) may not sign certificates.`,
  ],
  CA_PATH_LENGTH: [
    'failed',
    (f) => `Цепочка центров длиннее, чем разрешено сертификатом (${f.name}).`,
    (f) => `The chain of authorities is longer than the certificate (${f.name}) allows.`,
  ],
  NOT_REVOKED: [
    'ok',
    (f) => `Сертификаты не отозваны (сведения на ${f.time}).`,
    (f) => `The certificates are not revoked (as of ${f.time}).`,
  ],
  REVOKED: [
    'failed',
    (f) => `Сертификат (${f.name}) отозван ${f.time} (${f.detail}).`,
    (f) => `The certificate (${f.name}) was revoked on ${f.time} (${f.detail}).`,
  ],
  REVOCATION_UNKNOWN: [
    'unknown',
    (f) =>
      `Не установлено, отозван ли сертификат (${f.name}): нет действующего списка отзыва или ответа OCSP (${f.detail}).`,
    (f) => `Whether the certificate (${f.name}) is revoked is not known: no current list or OCSP answer (${f.detail}).`,
  ],
  REVOCATION_UNCHECKED: [
    'warning',
    () => 'Отзыв сертификатов не проверялся.',
    () => 'Revocation of the certificates was not checked.',
  ],
  TIMESTAMP_TRUSTED: [
    'ok',
    (f) => `Штамп времени доказывает, что подпись существовала ${f.time} (служба: ${f.name}).`,
    (f) => `A time-stamp proves that the signature existed on ${f.time} (authority: ${f.name}).`,
  ],
  TIMESTAMP_WRONG: [
    'failed',
    (f) => `Штамп времени недействителен: ${f.detail}`,
    (f) => `The time-stamp is not valid: ${f.detail}`,
  ],
  TIMESTAMP_UNPROVEN: [
    'unknown',
    (f) => `Штамп времени не удалось проверить: ${f.detail}`,
    (f) => `The time-stamp could not be verified: ${f.detail}`,
  ],
  TIMESTAMP_MISSING: [
    'failed',
    () => 'Штампа времени нет, а он требуется (CAdES-T).',
    () => 'There is no time-stamp, though one is required (CAdES-T).',
  ],
} as const satisfies Readonly<Record<string, Row>>;

export type FindingCode = keyof typeof table;
export const findingCodes = Object.keys(table) as FindingCode[];

/** A finding with its sentences filled in; `outcome` when the caller's rules make it weigh less or more. */
export function finding(code: FindingCode, facts: Facts = {}, outcome?: Outcome): Finding {
  const [usual, ru, en]: Row = table[code];
  const base = { name: facts.name ?? '—', detail: facts.detail ?? '—' };
  const times = (show: (at: number) => string) => ({
    time: facts.time === undefined ? '—' : show(facts.time),
    from: facts.from === undefined ? '—' : show(facts.from),
    to: facts.to === undefined ? '—' : show(facts.to),
  });
  return {
    code,
    outcome: outcome ?? usual,
    ru: ru({ ...base, ...times(moscowTime) }),
    en: en({ ...base, ...times(utcTime) }),
  };
}

const MOSCOW_MS = 3 * 3600_000;

/** `26.11.2026 20:51:20 МСК`: what a Russian reader compares with other papers. */
export function moscowTime(at: number): string {
  const [date = '', clock = ''] = new Date(at + MOSCOW_MS).toISOString().slice(0, 19).split('T');
  return `${date.split('-').reverse().join('.')} ${clock} МСК`;
}

/** `2026-11-26 17:51:20 UTC` */
export function utcTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
