import { seeded } from '../kit/random.ts';
import type { WireObject } from './filter.ts';
import { EMPTY_DATE, ZERO_GUID } from './model.ts';

export interface Debtor {
  /** Index of the account in the company. */
  account: number;
  accountRef: string;
  personRef: string;
  /** Debt at the beginning, kopecks. */
  debtKop: number;
}

export interface CourtCaseOptions {
  seed: number;
  /** Today in the base's zone, YYYY-MM-DD. */
  today: string;
  refOf(n: number): string;
}

/** How far cases have come, in hundredths. */
const stages: readonly (readonly [share: number, stage: string])[] = [
  [15, 'Досудебная'],
  [10, 'ПодготовкаЗаявления'],
  [10, 'ПоданоВСуд'],
  [25, 'СудебныйПриказ'],
  [5, 'Отменен'],
  [25, 'ИсполнительноеПроизводство'],
  [10, 'Закрыто'],
];
const withAct = new Set(['СудебныйПриказ', 'ИсполнительноеПроизводство', 'Отменен', 'Закрыто']);

/**
 * Cases about the debts of a company, from a stream of random numbers of its own: the same company with or without them has
 * the same people and money. One in eight acts has no date of force, one in ten no document, one debtor in twelve two cases.
 */
export function courtCases(debtors: readonly Debtor[], o: CourtCaseOptions): WireObject[] {
  const out: WireObject[] = [];
  for (const debtor of debtors) {
    const random = seeded(o.seed * 53 + debtor.account * 19 + 5);
    const cases = random() < 1 / 12 ? 2 : 1;
    for (let i = 0; i < cases; i++) out.push(oneCase(debtor, out.length + 1, random, o));
  }
  return out;
}

function oneCase(debtor: Debtor, n: number, random: () => number, { today, refOf }: CourtCaseOptions): WireObject {
  const stage = stageAt(random() * 100);
  const filedAgo = 60 + Math.floor(random() * 900);
  const filed = stage === 'Досудебная' || stage === 'ПодготовкаЗаявления' ? undefined : daysBefore(today, filedAgo);
  const hasAct = withAct.has(stage);
  const pronounced = hasAct ? daysBefore(today, filedAgo - 10) : undefined;
  const hasForce = hasAct && stage !== 'Отменен' && random() >= 1 / 8;
  const hasFile = hasAct && random() >= 1 / 10;
  const number = hasAct || filed ? `2-${100 + (n % 900)}/${(filed ?? today).slice(0, 4)}` : '';
  const debt = Math.max(100_000, debtor.debtKop);
  const body = `%PDF-1.4\n% Судебный акт ${number} по счету ${debtor.account}\n%%EOF\n`;
  return {
    Ref_Key: refOf(n),
    DataVersion: 'AAAAAAAAAAA=',
    DeletionMark: false,
    Code: `СД${String(n).padStart(9, '0')}`,
    Description: `Дело ${number || 'без номера'}`,
    Predefined: false,
    PredefinedDataName: '',
    ЛицевойСчет_Key: debtor.accountRef,
    Должник_Key: random() < 0.02 ? ZERO_GUID : debtor.personRef,
    Стадия: stage,
    СуммаДолга: Math.round(debt * 0.8) / 100,
    Пени: Math.round(debt * 0.05) / 100,
    Госпошлина: hasAct || filed ? 2000 : 0,
    НомерДела: number,
    Суд: filed ? `Судебный участок № ${1 + (n % 12)}` : '',
    ДатаПодачи: filed ? `${filed}T00:00:00` : EMPTY_DATE,
    ВидАкта: hasAct ? 'СудебныйПриказ' : '',
    НомерАкта: hasAct ? number : '',
    ДатаАкта: pronounced ? `${pronounced}T00:00:00` : EMPTY_DATE,
    ДатаВступленияВСилу: hasForce ? `${daysBefore(today, filedAgo - 40)}T00:00:00` : EMPTY_DATE,
    ПериодДолгаС: filed ? `${daysBefore(filed, 400)}T00:00:00` : EMPTY_DATE,
    ПериодДолгаПо: filed ? `${daysBefore(filed, 30)}T00:00:00` : EMPTY_DATE,
    НомерИП: stage === 'ИсполнительноеПроизводство' ? `${10_000 + n}/26/16001-ИП` : '',
    ВнешнийИдентификатор: '',
    ИмяФайла: hasFile ? `akt-${n}.pdf` : '',
    Файл_Type: hasFile ? 'application/octet-stream' : '',
    Файл_Base64Data: hasFile ? Buffer.from(body, 'utf8').toString('base64') : '',
  };
}

function stageAt(percent: number): string {
  let sum = 0;
  for (const [share, stage] of stages) {
    sum += share;
    if (percent < sum) return stage;
  }
  return 'Закрыто';
}

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
