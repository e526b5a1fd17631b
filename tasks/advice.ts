import type { TaskKind } from '../canonical/task-kinds.ts';
import { apiAdvice } from './advice/api.ts';
import { gatewayAdvice } from './advice/gateways.ts';
import { hubAdvice } from './advice/hub.ts';
import { kindAdvice } from './advice/kinds.ts';
import { onecAdvice } from './advice/onec.ts';
import { type AdviceRow, people } from './advice/row.ts';
import { smppAdvice } from './advice/smpp.ts';
import { webhookAdvice } from './advice/webhook.ts';
import { xmlAdvice } from './advice/xml.ts';

/** What to do about an error, in one language. */
export interface Advice {
  what: string;
  who: string;
  press: string;
}

/** Every code that an error of the hub or of a connector bears; a test compares it with the sources of the codes. */
export const adviceTable: Readonly<Record<string, AdviceRow>> = {
  ...hubAdvice,
  ...apiAdvice,
  ...onecAdvice,
  ...gatewayAdvice,
  ...smppAdvice,
  ...webhookAdvice,
  ...xmlAdvice,
};

/** Advice about a code; for tasks without one, or with one of a newer version, that of the kind of task. */
export function adviceOf(code: string, kind: TaskKind): { ru: Advice; en: Advice } {
  const [who, ru, pressRu, en, pressEn] =
    (Object.hasOwn(adviceTable, code) ? adviceTable[code] : undefined) ?? kindAdvice[kind];
  return {
    ru: { what: ru, who: people[who].ru, press: pressRu },
    en: { what: en, who: people[who].en, press: pressEn },
  };
}
