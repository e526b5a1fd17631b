import type { TaskKind } from '../canonical/task-kinds.ts';
import { apiAdvice } from './advice/api.ts';
import { flowAdvice } from './advice/flows.ts';
import { gatewayAdvice } from './advice/gateways.ts';
import { gisZhkhAdvice } from './advice/giszhkh.ts';
import { hubAdvice } from './advice/hub.ts';
import { kindAdvice } from './advice/kinds.ts';
import { onecAdvice } from './advice/onec.ts';
import { type AdviceRow, people } from './advice/row.ts';
import { signingAdvice } from './advice/signing.ts';
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
  ...flowAdvice,
  ...apiAdvice,
  ...onecAdvice,
  ...gatewayAdvice,
  ...gisZhkhAdvice,
  ...smppAdvice,
  ...signingAdvice,
  ...webhookAdvice,
  ...xmlAdvice,
};

/** The whole table in one language, for readers that meet codes outside of tasks. */
export function adviceByCode(language: 'ru' | 'en'): Record<string, Advice> {
  return Object.fromEntries(Object.entries(adviceTable).map(([code, row]) => [code, inWords(row)[language]]));
}

/** Advice about a code; for tasks without one, or with one of a newer version, that of the kind of task. */
export function adviceOf(code: string, kind: TaskKind): { ru: Advice; en: Advice } {
  return inWords((Object.hasOwn(adviceTable, code) ? adviceTable[code] : undefined) ?? kindAdvice[kind]);
}

function inWords([who, ru, pressRu, en, pressEn]: AdviceRow): { ru: Advice; en: Advice } {
  return {
    ru: { what: ru, who: people[who].ru, press: pressRu },
    en: { what: en, who: people[who].en, press: pressEn },
  };
}
