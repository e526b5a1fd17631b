import { companyOf } from '../onec/company.ts';

/** What ГИС ЖКХ holds of the company. Its identifiers are its own; numbers and ФИАС identifiers are those of the world. */
export interface House {
  index: number;
  fias: string;
  /** Runs by our contract. */
  ours: boolean;
  premises: Premises[];
}
export interface Premises {
  guid: string;
  number: string;
  residential: boolean;
  area: string;
}
export interface Account {
  guid: string;
  house: House;
  premises: string[];
  number: string;
  unified: string;
  serviceId: string;
  kind: string;
  area: string | undefined;
  residents: string | undefined;
  closed: { code: string; guid: string; date: string } | undefined;
  payer: string;
}
export interface Device {
  root: string;
  version: number;
  house: House;
  number: string;
  accounts: string[];
  premises: string[];
  /** Code of the resource in directory 2. */
  resource: string;
  tariffs: number;
  readings: Reading[];
  archived: boolean;
  /** Text of the characteristics as they were imported; undefined for one that was there. */
  own: string | undefined;
}
export interface Reading {
  values: string[];
  date: string;
  resource: string | undefined;
  enteredAt: string;
}

const KINDS = {
  premises: 0x61,
  account: 0x62,
  device: 0x63,
  version: 0x64,
  bill: 0x65,
  subrequest: 0x66,
  request: 0x67,
  file: 0x68,
  other: 0x69,
};

/** GUID of the n-th object of a kind, the same in each run. */
export function gisGuid(kind: keyof typeof KINDS, n: number, step = 0): string {
  return `a1b2c3${KINDS[kind].toString(16)}-${step.toString(16).padStart(4, '0')}-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export function versionGuid(device: Device): string {
  return gisGuid('version', Number.parseInt(device.root.slice(24), 16), device.version);
}

/** Every so many-th account and meter is missing at ГИС ЖКХ, so that a comparison has something to find. */
const MISSING_ACCOUNT = 97;
const MISSING_DEVICE = 89;
/** Directory 2: cold water, hot water, electricity, gas, heat. */
const RESOURCES: readonly [RegExp, string][] = [
  [/электр/i, '3'],
  [/горяч/i, '2'],
  [/газ/i, '4'],
  [/отопл|тепло/i, '5'],
];

export interface World {
  houses: ReadonlyMap<string, House>;
  accounts: Map<string, Account>;
  devices: Map<string, Device>;
  accountsByNumber: Map<string, Account>;
}

/** The same company that the simulated 1C keeps, as ГИС ЖКХ has it. */
export function makeWorld(options: { seed: number; accounts: number; buildings: number; today: string }): World {
  const { sets } = companyOf(options);
  const rows = (name: string) => (sets.get(name) ?? []).map((s) => s.fields);
  const pick = (part: string): string => [...sets.keys()].find((name) => name.includes(part)) ?? '';
  const houses = new Map<string, House>();
  const houseOf = new Map<string, House>();
  const premisesOf = new Map<string, { premises: Premises; house: House }>();
  for (const row of rows(pick('Здания'))) {
    if (row.IsFolder === true || !row.АдресФИАС) continue;
    const house: House = { index: houses.size, fias: String(row.АдресФИАС), ours: true, premises: [] };
    houses.set(house.fias, house);
    houseOf.set(String(row.Ref_Key), house);
  }
  for (const row of rows(pick('Помещения'))) {
    const house = houseOf.get(String(row.Owner_Key));
    if (!house) continue;
    const premises: Premises = {
      guid: gisGuid('premises', numberOf(String(row.Ref_Key))),
      number: String(row.Номер),
      residential: row.Назначение !== 'Нежилое',
      area: Number(row.ОбщаяПлощадь).toFixed(2),
    };
    house.premises.push(premises);
    premisesOf.set(String(row.Ref_Key), { premises, house });
  }
  const accounts = new Map<string, Account>();
  const accountsByNumber = new Map<string, Account>();
  const byPremises = new Map<string, string[]>();
  for (const row of rows(pick('ЛицевыеСчета'))) {
    const n = numberOf(String(row.Ref_Key));
    const place = premisesOf.get(String(row.Помещение_Key));
    if (!place || n % MISSING_ACCOUNT === 0) continue;
    const account: Account = {
      guid: gisGuid('account', n),
      house: place.house,
      premises: [place.premises.guid],
      number: String(row.Code).trim(),
      unified: String(row.ЕЛС),
      serviceId: String(row.ИдентификаторЖКУ),
      kind: 'isUOAccount',
      area: Number(row.ОбщаяПлощадь).toFixed(2),
      residents: String(row.КоличествоПроживающих),
      closed: row.Закрыт === true ? { code: '7', guid: '', date: '2024-01-31' } : undefined,
      payer: '',
    };
    accounts.set(account.guid, account);
    accountsByNumber.set(account.number, account);
    byPremises.set(String(row.Помещение_Key), [...(byPremises.get(String(row.Помещение_Key)) ?? []), account.guid]);
  }
  const devices = new Map<string, Device>();
  for (const row of rows(pick('ПриборыУчета'))) {
    const n = numberOf(String(row.Ref_Key));
    const place = premisesOf.get(String(row.Помещение_Key));
    const owners = byPremises.get(String(row.Помещение_Key));
    if (!place || !owners || n % MISSING_DEVICE === 0) continue;
    const resource = RESOURCES.find(([pattern]) => pattern.test(String(row.Description)))?.[1] ?? '1';
    const device: Device = {
      root: gisGuid('device', n),
      version: 1,
      house: place.house,
      number: String(row.ЗаводскойНомер),
      accounts: owners,
      premises: [place.premises.guid],
      resource,
      tariffs: Number(row.КоличествоТарифов),
      readings: [],
      archived: row.Снят === true,
      own: undefined,
    };
    devices.set(device.root, device);
  }
  return { houses, accounts, devices, accountsByNumber };
}

function numberOf(guid: string): number {
  return Number.parseInt(guid.slice(24), 16);
}
