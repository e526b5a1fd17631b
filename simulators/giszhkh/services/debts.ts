import { space, stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal, type Service } from '../service.ts';
import { gisGuid } from '../world.ts';
import { all, child, type Element, tag, text, word } from '../xml.ts';
import { referToFiles } from './attachments.ts';

/** A debt that a court has confirmed, in the register. */
interface Debt {
  guid: string;
  /** Content of `ObjectGUID`. */
  place: string;
  placeGuid: string;
  debtor: { surname: string; first: string; patronymic: string | undefined; snils: string | undefined };
  inn: string | undefined;
  act: { number: string; date: string; pronounced: string | undefined };
  info: string | undefined;
  cancelled: boolean;
  paid: { on: string; info: string | undefined } | undefined;
  placedOn: string;
  changedOn: string;
}

const PAGE = 100;
const registers = new WeakMap<object, Map<string, Debt>>();

function register({ world }: Call): Map<string, Debt> {
  let found = registers.get(world);
  if (!found) {
    found = new Map();
    registers.set(world, found);
  }
  return found;
}

const today = (call: Call): string => stamp(call.clock.now()).slice(0, 10);

/** @throws Refusal INT002000 for a house or premises that are not in the registry */
function placeOf(object: Element | undefined, call: Call): { place: string; placeGuid: string } {
  const houses = [...call.world.houses.values()];
  const premises = text(object, 'PremiseGUID')?.toLowerCase();
  if (premises !== undefined) {
    if (!houses.some((h) => h.premises.some((p) => p.guid === premises)))
      throw new Refusal('INT002000', 'Помещение не найдено');
    return { place: `<s:PremiseGUID>${premises}</s:PremiseGUID>`, placeGuid: premises };
  }
  const fias = text(object, 'House', 'FiasHouseGUID')?.toLowerCase();
  const house = fias === undefined ? undefined : call.world.houses.get(fias);
  if (!house) throw new Refusal('INT002000', 'Дом или комната не найдены');
  const place = `<s:House><s:FiasHouseGUID>${house.fias}</s:FiasHouseGUID><s:HouseGUID>${gisGuid('other', house.index, 4)}</s:HouseGUID></s:House>`;
  return { place, placeGuid: house.fias };
}

function known(call: Call, element: Element): Debt {
  const debt = register(call).get((text(element, 'DebtGUID') ?? '').toLowerCase());
  if (!debt) throw new Refusal('INT002000', 'Задолженность не найдена');
  if (debt.cancelled) throw new Refusal('INT004127', 'Задолженность аннулирована');
  debt.changedOn = today(call);
  return debt;
}

function place(element: Element, call: Call): Debt {
  const debtor = child(element, 'DebtorData');
  const act = child(element, 'JudicalAct');
  const number = text(act, 'JudicalActNumber') ?? '';
  const object = placeOf(child(element, 'DebtObject'), call);
  const same = [...register(call).values()].find(
    (d) => !d.cancelled && d.placeGuid === object.placeGuid && d.act.number === number,
  );
  if (same && call.options.transportGuid === 'idempotent')
    throw new Refusal('INT008255', 'Задолженность по этому судебному акту уже размещена');
  const debt: Debt = {
    guid: gisGuid('other', register(call).size, 5),
    ...object,
    debtor: {
      surname: text(debtor, 'SurName') ?? '',
      first: text(debtor, 'FirstName') ?? '',
      patronymic: text(debtor, 'Patronymic'),
      snils: text(debtor, 'SNILS'),
    },
    inn: text(debtor, 'INN'),
    act: {
      number,
      date: text(act, 'JudicalActDate') ?? '',
      pronounced: text(act, 'JudicalActDatePronouncingImport'),
    },
    info: text(element, 'AdditionalInfo'),
    cancelled: false,
    paid: undefined,
    placedOn: today(call),
    changedOn: today(call),
  };
  register(call).set(debt.guid, debt);
  return debt;
}

/** What each action of the register does to a debt. */
const ACTIONS: Readonly<Record<string, (element: Element, call: Call) => Debt>> = {
  PlacingDebt: place,
  EditDebt: (element, call) => {
    const debt = known(call, element);
    debt.info = text(element, 'AdditionalInfo') ?? debt.info;
    return debt;
  },
  AnnulmentDebt: (element, call) => {
    const debt = known(call, element);
    debt.cancelled = true;
    return debt;
  },
  PlacingDebtRepayment: (element, call) => {
    const debt = known(call, element);
    if (debt.paid) throw new Refusal('INT004127', 'Погашение уже размещено');
    debt.paid = { on: text(element, 'PlacingDate')?.slice(0, 10) ?? today(call), info: text(element, 'PlacingInfo') };
    return debt;
  },
  AnnulmentDebtRepayment: (element, call) => {
    const debt = known(call, element);
    if (!debt.paid) throw new Refusal('INT004127', 'Погашение не размещено');
    debt.paid = undefined;
    return debt;
  },
};

function importDebts(request: Element, call: Call): string {
  const results = eachElement(call, all(request, 'Debt'), (element) => {
    for (const [name, act] of Object.entries(ACTIONS)) {
      const action = child(element, name);
      if (!action) continue;
      referToFiles(call, 'debts', action);
      const debt = act(action, call);
      call.effects.add('giszhkh.debts', `${name} ${debt.placeGuid} ${debt.act.number}`);
      return { guid: debt.guid };
    }
    throw new Refusal('FMT001300', 'Нет действия над задолженностью');
  });
  return commonResults(results, stamp(call.clock.now()), (inner) => `<s:ImportResult>${inner}</s:ImportResult>`);
}

function exportDebts(request: Element, call: Call): string {
  const criteria = child(request, 'ExportCriteria');
  const object = child(criteria, 'DebtObject');
  const wanted = (text(object, 'PremiseGUID') ?? text(object, 'House', 'FiasHouseGUID'))?.toLowerCase();
  const number = text(criteria, 'JudicalActNumber');
  const statuses = all(child(criteria, 'DebtStatuses'), 'Status').map((e) => e.textContent ?? '');
  const repayments = all(child(criteria, 'DebtRepaymentStatuses'), 'Status').map((e) => e.textContent ?? '');
  const period = child(criteria, 'DebtPlacingPeriod');
  const [from, to] = [text(period, 'startDate')?.slice(0, 10), text(period, 'endDate')?.slice(0, 10)];
  const found = [...register(call).values()].filter(
    (d) =>
      (wanted === undefined || d.placeGuid === wanted) &&
      (number === undefined || d.act.number === number) &&
      (statuses.length === 0 || statuses.includes(statusOf(d))) &&
      (repayments.length === 0 || repayments.includes(repaymentOf(d))) &&
      (from === undefined || d.placedOn >= from) &&
      (to === undefined || d.placedOn <= to),
  );
  const next = text(request, 'NextPageExportRequestGUID')?.toLowerCase();
  const start = next === undefined ? 0 : found.findIndex((d) => d.guid === next);
  const page = start < 0 ? [] : found.slice(start, start + PAGE);
  if (page.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  const following = found[start + PAGE];
  const end = following
    ? `<s:ExportDebtGUID>${following.guid}</s:ExportDebtGUID>`
    : '<s:IsLastPage>true</s:IsLastPage>';
  return `<s:ExportDebtResult>${page.map(debtOf).join('')}${end}</s:ExportDebtResult>`;
}

const statusOf = (d: Debt): string => (d.cancelled ? 'CANCELLED' : 'PUBLISHED');
const repaymentOf = (d: Debt): string => (d.paid ? 'PAID' : 'UNPAID');

function debtOf(d: Debt): string {
  const debtor = `${word('s:SurName', d.debtor.surname)}${word('s:FirstName', d.debtor.first)}${word('s:Patronymic', d.debtor.patronymic)}${word('s:INN', d.inn)}${word('s:SNILS', d.debtor.snils)}`;
  const act = `${word('s:JudicalActNumber', d.act.number)}${word('s:JudicalActDate', d.act.date)}${word('s:JudicalActDatePronouncingExport', d.act.pronounced)}`;
  const repayment = `<s:RepaymentStatus>${repaymentOf(d)}</s:RepaymentStatus>${tag('s:PlacingDate', d.paid && `${d.paid.on}+03:00`)}${word('s:PlacingInfo', d.paid?.info)}`;
  return `<s:Debt><s:DebtGUID>${d.guid}</s:DebtGUID><s:DebtObject><s:ObjectGUID>${d.place}</s:ObjectGUID></s:DebtObject><s:Debtor>${debtor}</s:Debtor><s:JudicalAct>${act}</s:JudicalAct>${word('s:AdditionalInfo', d.info)}<s:Status>${statusOf(d)}</s:Status><s:FirstPublishedDate>${d.placedOn}+03:00</s:FirstPublishedDate><s:LastPublishedDate>${d.changedOn}+03:00</s:LastPublishedDate><s:RepaymentData>${repayment}</s:RepaymentData>${d.cancelled ? '<s:AnnulmentData/>' : ''}</s:Debt>`;
}

export const debts: Service = {
  path: '/ext-bus-debt-service/services/DebtAsync',
  namespace: space('debts'),
  header: 'RequestHeader',
  resultVersion: '15.3.0.0',
  operations: {
    importDebt: { element: 'importDebtRequest', kind: 'import', handler: importDebts },
    exportDebt: { element: 'exportDebtRequest', kind: 'export', handler: exportDebts },
  },
};
