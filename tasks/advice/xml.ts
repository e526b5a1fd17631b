import type { AdviceRow } from './row.ts';

/** Codes of reading and signing XML (certs/xml). */
export const xmlAdvice: Readonly<Record<string, AdviceRow>> = {
  XML_REFUSED: [
    'engineer',
    'Документ XML неправилен, слишком велик или содержит запрещенное (DOCTYPE, сущности); место указано в сообщении.',
    'Если документ пришел от другой системы, сообщите ее владельцу место и причину; если он наш — исправьте отображение.',
    'An XML document is malformed, too large, or holds what is not accepted (DOCTYPE, entities); the message gives the place.',
    'If it came from another system, tell its owner place and reason; if it is ours, correct the mapping.',
  ],
  XADES_NOT_SIGNABLE: [
    'engineer',
    'Запрос нельзя подписать: нужного элемента нет, он не один, у него нет Id или запрос уже подписан.',
    'Исправьте составление запроса по тексту ошибки.',
    'A request can’t be signed: its element is missing, not the only one, without an Id, or signed already.',
    'Correct how the request is made; the error says what is wrong.',
  ],
};
