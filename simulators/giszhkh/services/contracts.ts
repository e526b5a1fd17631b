import { stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal } from '../service.ts';
import { all, child, type Element, escaped, text } from '../xml.ts';
import { referToFiles } from './attachments.ts';
import {
  book,
  type Contract,
  currentOf,
  day,
  everything,
  known,
  objectOf,
  rootOf,
  type Version,
  versionOf,
} from './contract-book.ts';
import { annulPayments, paymentsOf, placePayments } from './contract-payments.ts';
import { checkReference } from './directories.ts';

const SIDES = ['Owners', 'Cooperative', 'MunicipalHousing', 'BuildingOwner', 'CompetentAuthority'];

function referenceOf(element: Element | undefined): { code: string; guid: string } {
  return { code: text(element, 'Code') ?? '', guid: text(element, 'GUID') ?? '' };
}

function described(element: Element, call: Call): Omit<Version, 'status'> {
  const base = child(element, 'ContractBase');
  checkReference(call.contour, '58', base);
  const side = SIDES.find((name) => child(element, name)) ?? 'Owners';
  return {
    number: text(element, 'DocNum') ?? '',
    signed: day(element, 'SigningDate'),
    effective: day(element, 'EffectiveDate'),
    ends: day(element, 'PlanDateComptetion'),
    base: referenceOf(base),
    side: { name: side, organisation: text(element, side, 'orgRootEntityGUID') },
  };
}

function place(element: Element, call: Call): Contract {
  const objects = all(element, 'ContractObject').map((o) => {
    const fias = (text(o, 'FIASHouseGuid') ?? '').toLowerCase();
    if (!call.world.houses.has(fias)) throw new Refusal('INT002000', 'Дом не найден по идентификатору ФИАС');
    return { fias, from: day(o, 'StartDate') };
  });
  const version: Version = { ...described(element, call), status: 'Project' };
  const twin = book(call)
    .map(currentOf)
    .find((c) => c.number === version.number && c.signed === version.signed && c.status !== 'Annul');
  if (twin) throw new Refusal('INT008255', 'Договор с таким номером и датой уже размещен');
  const contract: Contract = { n: book(call).length + 2, versions: [version], objects, payments: [] };
  book(call).push(contract);
  return contract;
}

/** What each action does; a change makes a new version, and only an approved contract is in force. */
const ACTIONS: Readonly<Record<string, (element: Element, call: Call) => Contract>> = {
  PlacingContract: place,
  EditContract: (element, call) => {
    const contract = known(element, call, ['Project', 'Approved']);
    contract.versions.push({ ...described(element, call), status: 'Project' });
    return contract;
  },
  ApprovalContract: (element, call) => {
    const contract = known(element, call, ['Project']);
    currentOf(contract).status = 'Approved';
    return contract;
  },
  RollOverContract: (element, call) => {
    const contract = known(element, call, ['Approved']);
    const before = currentOf(contract);
    contract.versions.push({ ...before, ends: day(element, 'RollToDate') || oneMoreTerm(before) });
    return contract;
  },
  TerminateContract: (element, call) => {
    const reason = child(element, 'ReasonRef');
    checkReference(call.contour, '54', reason);
    const contract = known(element, call, ['Approved']);
    Object.assign(currentOf(contract), {
      status: 'Terminated',
      terminated: { on: day(element, 'Terminate'), reason: referenceOf(reason) },
    });
    return contract;
  },
  AnnulmentContract: (element, call) => {
    const contract = known(element, call, ['Project', 'Approved']);
    currentOf(contract).status = 'Annul';
    return contract;
  },
};

/** A contract that is prolonged to no date goes on for as long as it was to last. */
function oneMoreTerm({ effective, ends }: Version): string {
  const end = Date.parse(ends);
  return new Date(end + end - Date.parse(effective)).toISOString().slice(0, 10);
}

const PAYMENTS = { PlaceContractPaymentsInfo: placePayments, AnnulmentContractPaymentsInfo: annulPayments };

/** importContractData. */
export function importContracts(request: Element, call: Call): string {
  const results = eachElement(call, all(request, 'Contract'), (element) => {
    for (const [name, act] of Object.entries(PAYMENTS)) {
      const action = child(element, name);
      if (!action) continue;
      referToFiles(call, 'agreements', action);
      const { contract, payments } = act(action, call);
      call.effects.add(
        'giszhkh.contract-payments',
        `${name} ${currentOf(contract).number} ${payments.begins} ${payments.ends}`,
      );
      return { guid: payments.guid, more: imported(contract) };
    }
    for (const [name, act] of Object.entries(ACTIONS)) {
      const action = child(element, name);
      if (!action) continue;
      referToFiles(call, 'agreements', action);
      const contract = act(action, call);
      call.effects.add('giszhkh.contracts', `${name} ${currentOf(contract).number} ${contract.versions.length}`);
      return { guid: rootOf(contract), more: imported(contract) };
    }
    throw new Refusal('INT002018', 'Действие над договором имитатором не поддерживается');
  });
  const inner = commonResults(results, stamp(call.clock.now()), (text) => `<s:CommonResult>${text}</s:CommonResult>`);
  return `<s:ImportResult b:version="10.0.1.1">${inner}</s:ImportResult>`;
}

const imported = (contract: Contract): string => `<s:importContract>${statusOf(contract)}</s:importContract>`;

/** @param at number of the version, from 1 */
function statusOf(c: Contract, at = c.versions.length): string {
  const { status } = c.versions[at - 1] ?? currentOf(c);
  const objects = c.objects
    .map(
      ({ fias }, i) =>
        `<s:ContractObject><s:FIASHouseGuid>${fias}</s:FIASHouseGuid><s:ManagedObjectStatus>${status === 'Approved' || status === 'Annul' ? status : 'Project'}</s:ManagedObjectStatus><s:ContractObjectVersionGUID>${objectOf(c, i)}</s:ContractObjectVersionGUID></s:ContractObject>`,
    )
    .join('');
  return `<s:ContractGUID>${rootOf(c)}</s:ContractGUID><s:ContractVersionGUID>${versionOf(c, at)}</s:ContractVersionGUID><s:ContractStatus>${status}</s:ContractStatus>${objects}<s:VersionNumber>${at}</s:VersionNumber>`;
}

interface Found {
  contract: Contract;
  /** Number of the version, from 1. */
  at: number;
}

/** Versions that a criterion asks for: one by its identifier, the current one by that of the contract, those of a house in ours. */
function fitting(criterion: Element, call: Call): Found[] {
  const wish = (name: string): string | undefined => text(criterion, name)?.toLowerCase();
  const [version, root, house] = [wish('ContractVersionGUID'), wish('ContractGUID'), wish('FIASHouseGuid')];
  const signed = wish('SigningDate')?.slice(0, 10);
  if (house !== undefined && wish('UOGUID') !== call.org) return [];
  return everything(call).flatMap((contract) => {
    const all = contract.versions.map((_, i) => ({ contract, at: i + 1 }));
    if (version !== undefined) return all.filter(({ at }) => versionOf(contract, at) === version);
    if (root !== undefined) return rootOf(contract) === root ? all.slice(-1) : [];
    if (!contract.objects.some((o) => o.fias === house)) return [];
    return (wish('LastVersionOnly') === 'true' ? all.slice(-1) : all).filter(
      ({ at }) => signed === undefined || contract.versions[at - 1]?.signed === signed,
    );
  });
}

/** exportStatusCAChData: the state of contracts by their root or version. */
export function exportContractStatus(request: Element, call: Call): string {
  const found = all(request, 'Criteria').flatMap((criterion) => fitting(criterion, call));
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found
    .map(({ contract, at }) => `<s:exportStatusCAChResult>${statusOf(contract, at)}</s:exportStatusCAChResult>`)
    .join('');
}

/** exportCAChData: contracts with their houses; without criteria, all of ours. */
export function exportContracts(request: Element, call: Call): string {
  const criteria = all(request, 'Criteria');
  const found =
    criteria.length === 0
      ? everything(call).map((contract) => ({ contract, at: contract.versions.length }))
      : criteria.flatMap((criterion) => fitting(criterion, call));
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found.map((one) => contractOf(one, call.contour)).join('');
}

function contractOf({ contract: c, at }: Found, contour: string): string {
  const v = c.versions[at - 1] ?? currentOf(c);
  const state = v.status === 'Approved' ? 'Approved' : v.status === 'Annul' ? 'Annul' : 'Project';
  const objects = c.objects
    .map(
      (o, i) =>
        `<s:ContractObject><s:FIASHouseGuid>${i % 2 ? o.fias.toUpperCase() : o.fias}</s:FIASHouseGuid><s:StartDate>${o.from}+03:00</s:StartDate><s:ContractObjectVersionGUID>${objectOf(c, i)}</s:ContractObjectVersionGUID><s:BaseMService><s:CurrentDoc>true</s:CurrentDoc></s:BaseMService><s:StatusObject>${state}</s:StatusObject></s:ContractObject>`,
    )
    .join('');
  const side = v.side.organisation
    ? `<s:${v.side.name}><g:orgRootEntityGUID>${v.side.organisation}</g:orgRootEntityGUID></s:${v.side.name}>`
    : '<s:Owners>true</s:Owners>';
  const reference = ({ code, guid }: { code: string; guid: string }) =>
    `<n:Code>${code}</n:Code><n:GUID>${guid}</n:GUID>`;
  const terminated = v.terminated
    ? `<s:Terminate><s:Terminate>${v.terminated.on}+03:00</s:Terminate><s:ReasonRef>${reference(v.terminated.reason)}</s:ReasonRef></s:Terminate>`
    : '';
  return `<s:exportCAChResult><s:Contract><s:DocNum>${escaped(v.number)}</s:DocNum><s:SigningDate>${v.signed}+03:00</s:SigningDate><s:EffectiveDate>${v.effective}+03:00</s:EffectiveDate><s:PlanDateComptetion>${v.ends}+03:00</s:PlanDateComptetion>${side}<s:ContractBase>${reference(v.base)}</s:ContractBase>${terminated}<s:ContractStatus>${v.status}</s:ContractStatus><s:ContractGUID>${rootOf(c)}</s:ContractGUID><s:ContractVersionGUID>${versionOf(c, at)}</s:ContractVersionGUID>${objects}${paymentsOf(c, contour)}</s:Contract></s:exportCAChResult>`;
}
