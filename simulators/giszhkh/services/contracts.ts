import { stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal } from '../service.ts';
import { gisGuid, type World } from '../world.ts';
import { all, child, type Element, escaped, text } from '../xml.ts';
import { referToFiles } from './attachments.ts';
import { checkReference } from './directories.ts';

type Status = 'Project' | 'Approved' | 'Terminated' | 'Annul';

/** Договор управления. */
interface Contract {
  n: number;
  version: number;
  number: string;
  signed: string;
  effective: string;
  ends: string;
  base: { code: string; guid: string };
  status: Status;
  objects: { fias: string; from: string }[];
}

const books = new WeakMap<World, Contract[]>();

/** Contracts that were imported; the one that was there from the beginning has every house of ours and is not among them. */
function book({ world }: Call): Contract[] {
  let found = books.get(world);
  if (!found) {
    found = [];
    books.set(world, found);
  }
  return found;
}

const rootOf = (c: Contract): string => gisGuid('other', c.n, 1);
const versionOf = (c: Contract): string => gisGuid('other', c.n * 1000 + c.version, 3);
const day = (element: Element | undefined, name: string): string => text(element, name)?.slice(0, 10) ?? '';

/** The contract that is there from the beginning: with all houses that are ours today. */
function first({ world, contour }: Call): Contract {
  return {
    n: 1,
    version: 1,
    number: '1',
    signed: '2020-01-01',
    effective: '2020-01-01',
    ends: '2030-01-01',
    base: { code: '1', guid: gisGuid('other', contour === 'ppak' ? 1 : 2) },
    status: 'Approved',
    objects: [...world.houses.values()].filter((h) => h.ours).map((h) => ({ fias: h.fias, from: '2020-01-01' })),
  };
}

function everything(call: Call): Contract[] {
  const one = first(call);
  return [...(one.objects.length > 0 ? [one] : []), ...book(call)];
}

function described(element: Element, call: Call): Omit<Contract, 'n' | 'version' | 'status' | 'objects'> {
  const base = child(element, 'ContractBase');
  checkReference(call.contour, '58', base);
  return {
    number: text(element, 'DocNum') ?? '',
    signed: day(element, 'SigningDate'),
    effective: day(element, 'EffectiveDate'),
    ends: day(element, 'PlanDateComptetion'),
    base: { code: text(base, 'Code') ?? '', guid: text(base, 'GUID') ?? '' },
  };
}

function place(element: Element, call: Call): Contract {
  const objects = all(element, 'ContractObject').map((o) => {
    const fias = (text(o, 'FIASHouseGuid') ?? '').toLowerCase();
    if (!call.world.houses.has(fias)) throw new Refusal('INT002000', 'Дом не найден по идентификатору ФИАС');
    return { fias, from: day(o, 'StartDate') };
  });
  const about = described(element, call);
  if (book(call).some((c) => c.number === about.number && c.signed === about.signed && c.status !== 'Annul'))
    throw new Refusal('INT008255', 'Договор с таким номером и датой уже размещен');
  const contract: Contract = { n: book(call).length + 2, version: 1, status: 'Project', ...about, objects };
  book(call).push(contract);
  return contract;
}

function known(element: Element, call: Call, from: readonly Status[]): Contract {
  const version = text(element, 'ContractVersionGUID')?.toLowerCase();
  const contract = book(call).find((c) => versionOf(c) === version);
  if (!contract) throw new Refusal('INT004127', 'Версия договора не найдена или не актуальна');
  if (!from.includes(contract.status)) throw new Refusal('INT004127', `Договор в состоянии ${contract.status}`);
  return contract;
}

/** What each action does; a change makes a new version, and only an approved contract is in force. */
const ACTIONS: Readonly<Record<string, (element: Element, call: Call) => Contract>> = {
  PlacingContract: place,
  EditContract: (element, call) => {
    const contract = known(element, call, ['Project', 'Approved']);
    return Object.assign(contract, described(element, call), { version: contract.version + 1, status: 'Project' });
  },
  ApprovalContract: (element, call) => Object.assign(known(element, call, ['Project']), { status: 'Approved' }),
  RollOverContract: (element, call) => {
    const contract = known(element, call, ['Approved']);
    return Object.assign(contract, {
      ends: day(element, 'RollToDate') || contract.ends,
      version: contract.version + 1,
    });
  },
  TerminateContract: (element, call) => {
    checkReference(call.contour, '54', child(element, 'ReasonRef'));
    return Object.assign(known(element, call, ['Approved']), { status: 'Terminated' });
  },
  AnnulmentContract: (element, call) =>
    Object.assign(known(element, call, ['Project', 'Approved']), { status: 'Annul' }),
};

/** importContractData. */
export function importContracts(request: Element, call: Call): string {
  const results = eachElement(call, all(request, 'Contract'), (element) => {
    for (const [name, act] of Object.entries(ACTIONS)) {
      const action = child(element, name);
      if (!action) continue;
      referToFiles(call, 'agreements', action);
      const contract = act(action, call);
      call.effects.add('giszhkh.contracts', `${name} ${contract.number} ${contract.version}`);
      return { guid: rootOf(contract), more: `<s:importContract>${statusOf(contract)}</s:importContract>` };
    }
    throw new Refusal('INT002018', 'Действие над договором имитатором не поддерживается');
  });
  const inner = commonResults(results, stamp(call.clock.now()), (text) => `<s:CommonResult>${text}</s:CommonResult>`);
  return `<s:ImportResult b:version="10.0.1.1">${inner}</s:ImportResult>`;
}

function statusOf(c: Contract): string {
  const objects = c.objects
    .map(
      ({ fias }, i) =>
        `<s:ContractObject><s:FIASHouseGuid>${fias}</s:FIASHouseGuid><s:ManagedObjectStatus>${c.status === 'Approved' || c.status === 'Annul' ? c.status : 'Project'}</s:ManagedObjectStatus><s:ContractObjectVersionGUID>${gisGuid('other', c.n * 1000 + i, 2)}</s:ContractObjectVersionGUID></s:ContractObject>`,
    )
    .join('');
  return `<s:ContractGUID>${rootOf(c)}</s:ContractGUID><s:ContractVersionGUID>${versionOf(c)}</s:ContractVersionGUID><s:ContractStatus>${c.status}</s:ContractStatus>${objects}<s:VersionNumber>${c.version}</s:VersionNumber>`;
}

/** exportStatusCAChData: the state of contracts by their root or version. */
export function exportContractStatus(request: Element, call: Call): string {
  const wanted = all(request, 'Criteria').flatMap((e) =>
    ['ContractGUID', 'ContractVersionGUID'].flatMap((name) => text(e, name)?.toLowerCase() ?? []),
  );
  const found = everything(call).filter((c) => wanted.includes(rootOf(c)) || wanted.includes(versionOf(c)));
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found.map((c) => `<s:exportStatusCAChResult>${statusOf(c)}</s:exportStatusCAChResult>`).join('');
}

/** exportCAChData: contracts with their houses; without criteria, all of ours. */
export function exportContracts(request: Element, call: Call): string {
  const criteria = all(request, 'Criteria');
  const ids = criteria.flatMap((e) =>
    ['ContractGUID', 'ContractVersionGUID', 'FIASHouseGuid'].flatMap((name) => text(e, name)?.toLowerCase() ?? []),
  );
  const found = everything(call).filter(
    (c) =>
      criteria.length === 0 ||
      ids.includes(rootOf(c)) ||
      ids.includes(versionOf(c)) ||
      c.objects.some((o) => ids.includes(o.fias)),
  );
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found.map(contractOf).join('');
}

function contractOf(c: Contract): string {
  const state = c.status === 'Approved' ? 'Approved' : c.status === 'Annul' ? 'Annul' : 'Project';
  const objects = c.objects
    .map(
      (o, i) =>
        `<s:ContractObject><s:FIASHouseGuid>${i % 2 ? o.fias.toUpperCase() : o.fias}</s:FIASHouseGuid><s:StartDate>${o.from}+03:00</s:StartDate><s:ContractObjectVersionGUID>${gisGuid('other', c.n * 1000 + i, 2)}</s:ContractObjectVersionGUID><s:BaseMService><s:CurrentDoc>true</s:CurrentDoc></s:BaseMService><s:StatusObject>${state}</s:StatusObject></s:ContractObject>`,
    )
    .join('');
  return `<s:exportCAChResult><s:Contract><s:DocNum>${escaped(c.number)}</s:DocNum><s:SigningDate>${c.signed}+03:00</s:SigningDate><s:EffectiveDate>${c.effective}+03:00</s:EffectiveDate><s:PlanDateComptetion>${c.ends}+03:00</s:PlanDateComptetion><s:Owners>true</s:Owners><s:ContractBase><n:Code>${c.base.code}</n:Code><n:GUID>${c.base.guid}</n:GUID></s:ContractBase><s:ContractStatus>${c.status}</s:ContractStatus><s:ContractGUID>${rootOf(c)}</s:ContractGUID><s:ContractVersionGUID>${versionOf(c)}</s:ContractVersionGUID>${objects}</s:Contract></s:exportCAChResult>`;
}
