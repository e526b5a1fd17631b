import { space, stamp } from '../answers.ts';
import { type Call, commonResults, eachElement, Refusal, type Service } from '../service.ts';
import { type Account, type Device, gisGuid, type House, versionGuid } from '../world.ts';
import { all, child, type Element, escaped, tag, text } from '../xml.ts';
import { exportContractStatus, exportContracts, importContracts } from './contracts.ts';
import { checkReference, elementGuid } from './directories.ts';
import { basicsOf } from './house-basics.ts';
import { importHouse } from './house-import.ts';

const reference = (name: string, contour: string, registry: string, code: string): string =>
  `<${name}><n:Code>${code}</n:Code><n:GUID>${elementGuid(contour, registry, code) ?? ''}</n:GUID></${name}>`;

/** @throws Refusal AUT011003 for a house that is not ours (any more), INT002000 for one that is not known */
export function ourHouse({ world }: Call, guid: string | undefined): House {
  const house = world.houses.get((guid ?? '').toLowerCase());
  if (!house) throw new Refusal('INT002000', 'Дом не найден по идентификатору ФИАС');
  if (!house.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
  return house;
}

function exportHouse(request: Element, call: Call): string {
  const house = ourHouse(call, text(request, 'FIASHouseGuid'));
  const at = stamp(call.clock.now());
  const block = (p: House['premises'][number]): string => {
    const name = p.residential ? 's:ResidentialPremises' : 's:NonResidentialPremises';
    const entrance = p.residential ? '<s:HasNoEntrance>true</s:HasNoEntrance>' : '';
    const kind = p.residential ? reference('s:PremisesCharacteristic', call.contour, '30', '1') : '';
    const area = p.residential
      ? `<s:TotalArea>${p.area}</s:TotalArea><s:NoGrossArea>true</s:NoGrossArea>`
      : `<s:TotalArea>${p.area}</s:TotalArea>`;
    return `<${name}><s:No_RSO_GKN_EGRP_Registered>true</s:No_RSO_GKN_EGRP_Registered><s:PremisesNum>${p.number}</s:PremisesNum>${entrance}${kind}${area}<s:PremisesUniqueNumber>${p.guid.slice(-8)}</s:PremisesUniqueNumber><s:ModificationDate>${at}</s:ModificationDate><s:PremisesGUID>${p.guid.toUpperCase()}</s:PremisesGUID></${name}>`;
  };
  const sorted = [...house.premises.filter((p) => p.residential), ...house.premises.filter((p) => !p.residential)];
  return `<s:exportHouseResult><s:HouseUniqueNumber>H${house.index}</s:HouseUniqueNumber><s:ModificationDate>${at}</s:ModificationDate><s:ApartmentHouse>${basicsOf(house, call.contour)}${sorted.map(block).join('')}</s:ApartmentHouse></s:exportHouseResult>`;
}

function exportAccounts(request: Element, call: Call): string {
  const { world } = call;
  const guids = all(request, 'AccountGUID').map((e) => (e.textContent ?? '').toLowerCase());
  const unified = all(request, 'UnifiedAccountNumber').map((e) => e.textContent ?? '');
  const services = all(request, 'ServiceID').map((e) => e.textContent ?? '');
  let found: Account[];
  if (guids.length > 0) found = guids.flatMap((g) => world.accounts.get(g) ?? []);
  else if (unified.length > 0) found = [...world.accounts.values()].filter((a) => unified.includes(a.unified));
  else if (services.length > 0) found = [...world.accounts.values()].filter((a) => services.includes(a.serviceId));
  else {
    const house = ourHouse(call, text(request, 'FIASHouseGuid'));
    found = [...world.accounts.values()].filter((a) => a.house === house);
  }
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found
    .map(
      (a) =>
        `<s:exportAccountResult><s:${a.kind}>true</s:${a.kind}>${tag('s:LivingPersonsNumber', a.residents)}${tag('s:TotalSquare', a.area)}${a.closed ? `<s:Closed>${reference('s:CloseReason', call.contour, '22', a.closed.code)}<s:CloseDate>${a.closed.date}+03:00</s:CloseDate></s:Closed>` : ''}${a.premises.map((p) => `<s:Accommodation><s:PremisesGUID>${p}</s:PremisesGUID><s:SharePercent>100</s:SharePercent></s:Accommodation>`).join('')}<s:PayerInfo>${a.payer}</s:PayerInfo><s:AccountNumber>${escaped(a.number)}</s:AccountNumber><s:AccountGUID>${a.guid}</s:AccountGUID><a:UnifiedAccountNumber>${a.unified}</a:UnifiedAccountNumber><a:ServiceID>${a.serviceId}</a:ServiceID></s:exportAccountResult>`,
    )
    .join('');
}

let made = 0;

function importAccounts(request: Element, call: Call): string {
  const { world, effects } = call;
  const results = eachElement(call, all(request, 'Account'), (element) => {
    const number = text(element, 'AccountNumber') ?? '';
    const guid = text(element, 'AccountGUID')?.toLowerCase();
    const closed = child(element, 'Closed');
    if (closed) checkReference(call.contour, '22', child(closed, 'CloseReason'));
    const premises = all(element, 'Accommodation').flatMap((e) => text(e, 'PremisesGUID')?.toLowerCase() ?? []);
    const place = [...world.houses.values()].find((h) => h.premises.some((p) => premises.includes(p.guid)));
    if (premises.length > 0 && !place) throw new Refusal('INT004013', 'Помещение не относится к дому');
    if (place && !place.ours) throw new Refusal('AUT011003', 'Доступ запрещен для поставщика данных');
    const shares = all(element, 'Accommodation').reduce((sum, e) => sum + Number(text(e, 'SharePercent') ?? 0), 0);
    if (shares > 100) throw new Refusal('INT008255', 'Сумма долей больше 100');
    const before = guid ? world.accounts.get(guid) : undefined;
    if (guid && !before) throw new Refusal('INT002000', 'Лицевой счет не найден');
    if (!before && call.options.transportGuid === 'idempotent') {
      const same = [...world.accounts.values()].find((a) => a.number === number && a.house === place && !a.closed);
      if (same) throw new Refusal('INT008255', 'Лицевой счет с таким номером уже есть в доме');
    }
    const kind =
      ['isUOAccount', 'isRSOAccount', 'isCRAccount', 'isRCAccount', 'isOGVorOMSAccount', 'isTKOAccount'].find((k) =>
        text(element, k),
      ) ?? 'isUOAccount';
    const n = 900_000 + ++made;
    const account: Account = {
      guid: before?.guid ?? gisGuid('account', n),
      house: place ?? before?.house ?? (world.houses.values().next().value as House),
      premises: premises.length > 0 ? premises : (before?.premises ?? []),
      number: number || (before?.number ?? ''),
      unified: before?.unified ?? `20AA${String(n).padStart(6, '0')}`,
      serviceId: before?.serviceId ?? `20AA${String(n).padStart(6, '0')}-01`,
      kind,
      area: text(element, 'TotalSquare') ?? before?.area,
      residents: text(element, 'LivingPersonsNumber') ?? before?.residents,
      closed: closed
        ? {
            code: text(closed, 'CloseReason', 'Code') ?? '',
            guid: '',
            date: text(closed, 'CloseDate')?.slice(0, 10) ?? '',
          }
        : undefined,
      payer: '',
    };
    world.accounts.set(account.guid, account);
    effects.add('giszhkh.accounts', `${account.house.fias} ${account.number}${account.closed ? ' closed' : ''}`);
    const more = `<s:ImportAccount><a:UnifiedAccountNumber>${account.unified}</a:UnifiedAccountNumber><a:ServiceID>${account.serviceId}</a:ServiceID></s:ImportAccount>`;
    return { guid: account.guid, unique: account.unified, more };
  });
  const inner = commonResults(results, stamp(call.clock.now()), (text) => `<s:CommonResult>${text}</s:CommonResult>`);
  return `<s:ImportResult b:version="10.0.1.1">${inner}</s:ImportResult>`;
}

function exportDevices(request: Element, call: Call): string {
  const { world, contour } = call;
  const root = text(request, 'MeteringDeviceRootGUID')?.toLowerCase();
  const house = root ? undefined : ourHouse(call, text(request, 'FIASHouseGuid'));
  const archived = text(request, 'SearchArchived') === 'true';
  const found = root
    ? [world.devices.get(root)].filter((d) => d !== undefined)
    : [...world.devices.values()].filter((d) => d.house === house && (archived || !d.archived));
  if (found.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return found.map((d) => device(d, contour, stamp(call.clock.now()))).join('');
}

function device(d: Device, contour: string, at: string): string {
  const basics =
    d.own ??
    `<s:MeteringDeviceNumber>${d.number}</s:MeteringDeviceNumber><s:RemoteMeteringMode>false</s:RemoteMeteringMode><s:TemperatureSensor>false</s:TemperatureSensor><s:PressureSensor>false</s:PressureSensor><s:ResidentialPremiseDevice>${d.premises.map((p) => `<s:PremiseGUID>${p}</s:PremiseGUID>`).join('')}${d.accounts.map((a) => `<s:AccountGUID>${a}</s:AccountGUID>`).join('')}</s:ResidentialPremiseDevice>`;
  const value =
    d.resource === '3'
      ? `<s:MunicipalResourceEnergy><m:MeteringValueT1>0</m:MeteringValueT1>${d.tariffs > 1 ? '<m:MeteringValueT2>0</m:MeteringValueT2>' : ''}</s:MunicipalResourceEnergy>`
      : `<s:MunicipalResourceNotEnergy>${reference('m:MunicipalResource', contour, '2', d.resource)}<m:MeteringValue>0</m:MeteringValue></s:MunicipalResourceNotEnergy>`;
  return `<s:exportMeteringDeviceDataResult><s:BasicChatacteristicts>${basics}</s:BasicChatacteristicts><s:NotLinkedWithMetering>true</s:NotLinkedWithMetering>${value}<s:MeteringDeviceRootGUID>${d.root}</s:MeteringDeviceRootGUID><s:StatusRootDoc>${d.archived ? 'Archival' : 'Active'}</s:StatusRootDoc><s:MeteringDeviceVersionGUID>${versionGuid(d)}</s:MeteringDeviceVersionGUID><s:VersionNumber>${d.version}</s:VersionNumber><s:StatusVersion>Active</s:StatusVersion><s:UpdateDateTime>${at}</s:UpdateDateTime><s:MeteringDeviceGISGKHNumber>${Number.parseInt(d.root.slice(24), 16)}</s:MeteringDeviceGISGKHNumber></s:exportMeteringDeviceDataResult>`;
}

let devicesMade = 0;

function importDevices(request: Element, call: Call): string {
  const { world, effects } = call;
  const house = ourHouse(call, text(request, 'FIASHouseGuid'));
  const results = eachElement(call, all(request, 'MeteringDevice'), (element) => {
    const create = child(element, 'DeviceDataToCreate');
    const update = child(element, 'DeviceDataToUpdate');
    if (update) {
      const version = text(update, 'MeteringDeviceVersionGUID')?.toLowerCase();
      const found = [...world.devices.values()].find((d) => versionGuid(d) === version);
      if (!found) throw new Refusal('INT004127', 'Версия прибора учета не актуальна');
      found.version++;
      if (child(update, 'ArchiveDevice')) found.archived = true;
      effects.add('giszhkh.devices', `${found.root} ${found.version}`);
      return { guid: found.root, more: importedDevice(found) };
    }
    const basics = child(create, 'BasicChatacteristicts');
    const number = text(basics, 'MeteringDeviceNumber') ?? '';
    const own = child(basics, 'ResidentialPremiseDevice');
    const accounts = all(own, 'AccountGUID').map((e) => (e.textContent ?? '').toLowerCase());
    if (accounts.some((a) => !world.accounts.has(a))) throw new Refusal('INT002000', 'Лицевой счет прибора не найден');
    const energy = child(create, 'MunicipalResourceEnergy');
    const resource = energy
      ? '3'
      : checkReference(
          call.contour,
          '2',
          child(
            child(create, 'MunicipalResourceNotEnergy') ?? child(create, 'MunicipalResources'),
            'MunicipalResource',
          ),
        );
    const found: Device = {
      root: gisGuid('device', 900_000 + ++devicesMade),
      version: 1,
      house,
      number,
      accounts,
      premises: all(own, 'PremiseGUID').map((e) => (e.textContent ?? '').toLowerCase()),
      resource,
      tariffs: text(energy, 'MeteringValueT2') ? 2 : 1,
      readings: [],
      archived: false,
      own: undefined,
    };
    world.devices.set(found.root, found);
    effects.add('giszhkh.devices', `${house.fias} ${number}`);
    return { guid: found.root, more: importedDevice(found) };
  });
  const inner = commonResults(results, stamp(call.clock.now()), (text) => `<s:CommonResult>${text}</s:CommonResult>`);
  return `<s:ImportResult b:version="10.0.1.1">${inner}</s:ImportResult>`;
}

function importedDevice(d: Device): string {
  return `<s:importMeteringDevice><s:MeteringDeviceVersionGUID>${versionGuid(d)}</s:MeteringDeviceVersionGUID></s:importMeteringDevice>`;
}

export const houseManagement: Service = {
  path: '/ext-bus-home-management-service/services/HomeManagementAsync',
  namespace: space('house-management'),
  header: 'RequestHeader',
  resultVersion: '11.0.0.1',
  operations: {
    exportHouseData: { element: 'exportHouseRequest', kind: 'export', handler: exportHouse },
    exportAccountData: { element: 'exportAccountRequest', kind: 'export', handler: exportAccounts },
    importAccountData: { element: 'importAccountRequest', kind: 'import', handler: importAccounts },
    exportMeteringDeviceData: { element: 'exportMeteringDeviceDataRequest', kind: 'export', handler: exportDevices },
    importMeteringDeviceData: { element: 'importMeteringDeviceDataRequest', kind: 'import', handler: importDevices },
    importHouseUOData: { element: 'importHouseUORequest', kind: 'import', handler: importHouse },
    importContractData: { element: 'importContractRequest', kind: 'import', handler: importContracts },
    exportCAChData: { element: 'exportCAChAsyncRequest', kind: 'export', handler: exportContracts },
    exportStatusCAChData: { element: 'exportStatusCAChRequest', kind: 'export', handler: exportContractStatus },
  },
};
