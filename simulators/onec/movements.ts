import type { Stored } from './company.ts';
import type { WireObject } from './filter.ts';
import { EMPTY_DATE, type SetModel, ZERO_GUID } from './model.ts';

export const READINGS = 'Document_УПЖКХ_ВводПоказанийСчетчиков';
export const CHARGES = 'Document_КВП_НачислениеУслуг';
export const PENALTIES = 'Document_УПЖКХ_НачислениеПени';
export const PAYMENTS = 'Document_УПЖКХ_ОплатаЛицевыхСчетов';
const BALANCES = 'AccumulationRegister_КВП_ВзаиморасчетыПоЛицевымСчетам';
export const READING_REGISTER = 'InformationRegister_УПЖКХ_ПоказанияПриборовУчета';

/** An object of the base with its set. */
export interface Loaded extends Stored {
  set: SetModel;
  /** What posting wrote to the registers; a later write to the document does not change it. */
  moved?: { date: string; count: number; rows: () => WireObject[] };
}

/** A record of a register, made from row i of the document's tabular section. */
export function movement(register: SetModel, object: Loaded, row: WireObject, i: number): WireObject {
  const recorder = object.fields.Ref_Key;
  const common = { LineNumber: String(i + 1), Active: true };
  if (register.name === READING_REGISTER)
    return {
      Recorder_Key: recorder,
      Period: row.ДатаПоказания,
      ...common,
      Счетчик_Key: row.Счетчик_Key,
      Показание: row.Показание,
      Показание2: row.Показание2,
      Показание3: row.Показание3,
      Расход: 0,
    };
  const set = object.set.name;
  const head = { Recorder: recorder, Recorder_Type: `StandardODATA.${set}`, Period: object.moved?.date, ...common };
  const dimensions = {
    ЛицевойСчет_Key: row.ЛицевойСчет_Key,
    Услуга_Key: row.Услуга_Key ?? ZERO_GUID,
    МесяцНачисления: object.fields.МесяцНачисления ?? EMPTY_DATE,
  };
  if (register.name !== BALANCES)
    return {
      ...head,
      ...dimensions,
      Сумма: row.Сумма,
      Объем: row.Объем ?? 0,
      СуммаПерерасчета: row.СуммаПерерасчета ?? 0,
      СуммаЛьгот: row.СуммаЛьгот ?? 0,
      СуммаПени: set === PENALTIES ? row.Сумма : 0,
    };
  const roubles = Number(row.Сумма) + Number(row.СуммаПерерасчета ?? 0) - Number(row.СуммаЛьгот ?? 0);
  return {
    ...head,
    RecordType: set === PAYMENTS ? 'Expense' : 'Receipt',
    ...dimensions,
    ВидЗадолженности: set === PENALTIES ? 'Пени' : 'Основной',
    Сумма: Math.round(roubles * 100) / 100,
  };
}
