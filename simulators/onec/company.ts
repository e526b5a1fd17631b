import { seeded } from '../kit/random.ts';
import { courtCases } from './court-cases.ts';
import type { WireObject } from './filter.ts';
import { EMPTY_DATE, ZERO_GUID } from './model.ts';

/** An object of the base; big tabular sections are generated when somebody reads them. */
export interface Stored {
  fields: WireObject;
  lazy?: Readonly<Record<string, () => WireObject[]>>;
  /** Rows that the generated tabular section will have. */
  rowCount?: number;
}

export interface CompanyOptions {
  seed: number;
  accounts: number;
  buildings: number;
  /** Today in the base's zone, YYYY-MM-DD. */
  today: string;
}

export interface Company {
  sets: ReadonlyMap<string, Stored[]>;
  /** Records of independent registers. */
  records: ReadonlyMap<string, WireObject[]>;
  /** Debt at the beginning of the first generated month, kopecks, by account index. */
  openingKop: Int32Array;
  accountIndex(ref: string): number | undefined;
  meterIndex(ref: string): number | undefined;
  /** Last generated reading of a meter, thousandths. */
  lastReading(meter: number): number;
}

const kinds = {
  org: 1,
  complex: 2,
  building: 3,
  premises: 4,
  account: 5,
  person: 6,
  meter: 7,
  service: 8,
  charge: 9,
  payment: 10,
  reading: 11,
  penalty: 12,
  courtCase: 13,
} as const;

/** GUID of object n of a kind. */
export function guidOf(kind: keyof typeof kinds, n: number): string {
  return `5b1c0c1e-8a0e-11ee-9f${kinds[kind].toString(16).padStart(2, '0')}-${n.toString(16).padStart(12, '0')}`;
}

function indexOf(kind: keyof typeof kinds, ref: string): number | undefined {
  const prefix = guidOf(kind, 0).slice(0, 24);
  return ref.startsWith(prefix) ? Number.parseInt(ref.slice(24), 16) : undefined;
}

const cities = [
  { name: 'Казань', zone: 'Europe/Moscow' },
  { name: 'Набережные Челны', zone: 'Europe/Moscow' },
  { name: 'Чебоксары', zone: 'Europe/Moscow' },
  { name: 'Самара', zone: 'Europe/Samara' },
  { name: 'Ижевск', zone: 'Europe/Samara' },
  { name: 'Пермь', zone: 'Asia/Yekaterinburg' },
  { name: 'Уфа', zone: 'Asia/Yekaterinburg' },
  { name: 'Челябинск', zone: 'Asia/Yekaterinburg' },
] as const;
const streets = [
  'Баумана',
  'Весенняя',
  'Гагарина',
  'Декабристов',
  'Зеленая',
  'Кирова',
  'Лесная',
  'Мира',
  'Новая',
  'Победы',
  'Садовая',
  'Советская',
  'Чехова',
  'Школьная',
];
const lastNames = [
  'Иванов',
  'Петров',
  'Сидоров',
  'Смирнов',
  'Кузнецов',
  'Васильев',
  'Хасанов',
  'Галиев',
  'Федоров',
  'Морозов',
  'Волков',
  'Соловьев',
];
const firstNames = [
  ['Анна', 'Петровна'],
  ['Иван', 'Сергеевич'],
  ['Ольга', 'Ивановна'],
  ['Рустам', 'Ильдарович'],
  ['Мария', 'Андреевна'],
  ['Алексей', 'Николаевич'],
  ['Гульнара', 'Рашидовна'],
  ['Сергей', 'Петрович'],
] as const;
const services = [
  'Содержание жилья',
  'Отопление',
  'Холодное водоснабжение',
  'Горячее водоснабжение',
  'Водоотведение',
  'Электроэнергия',
  'Газоснабжение',
  'Капитальный ремонт',
  'Обращение с ТКО',
  'Лифт',
  'Домофон',
  'Антенна',
];
const METER_SERVICES = [2, 3, 5];
const SERVICES = services.length;

export const MONTHS = 2;

/** First day of the month `n` months before the one of `today`. */
export function monthBefore(today: string, n: number): string {
  const months = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1 - n;
  return `${Math.floor(months / 12)}-${String((months % 12) + 1).padStart(2, '0')}-01`;
}

function lastDay(month: string): string {
  const day = new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)), 0)).getUTCDate();
  return `${month.slice(0, 8)}${String(day).padStart(2, '0')}`;
}

/** A seeded company: the same options give the same people, houses and money. */
let latest: { key: string; company: WeakRef<Company> } | undefined;

/** A company of its own, which the stand-in that asks for it may change. Others of this process may read it, see {@link companyOf}. */
export function newCompany(options: CompanyOptions): Company {
  const company = generateCompany(options);
  latest = { key: keyOf(options), company: new WeakRef(company) };
  return company;
}

/** The company of these options to read: the latest of this process where it is that one, as the stand-ins are of one world. */
export function companyOf(options: CompanyOptions): Company {
  const there = latest?.key === keyOf(options) ? latest.company.deref() : undefined;
  return there ?? newCompany(options);
}

function keyOf({ seed, accounts, buildings, today }: CompanyOptions): string {
  return JSON.stringify([seed, accounts, buildings, today]);
}

export function generateCompany(options: CompanyOptions): Company {
  const { accounts: n, buildings: b, today } = options;
  const random = seeded(options.seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const org = guidOf('org', 1);
  const version = 'AAAAAAAAAAA=';
  const head = (ref: string, code: string, name: string): WireObject => ({
    Ref_Key: ref,
    DataVersion: version,
    DeletionMark: false,
    Code: code,
    Description: name,
    Predefined: false,
    PredefinedDataName: '',
  });

  const complexes = Math.max(1, Math.round(b / 8));
  const buildingSet: Stored[] = [];
  for (let c = 0; c < complexes; c++)
    buildingSet.push({
      fields: {
        ...head(guidOf('complex', c + 1), String(c + 1).padStart(9, '0'), `ЖК «${pick(streets)}» ${c + 1}`),
        Parent_Key: ZERO_GUID,
        IsFolder: true,
      },
    });
  for (let i = 0; i < b; i++) {
    const complex = i % complexes;
    const city = cities[complex % cities.length] ?? cities[0];
    const street = `ул. ${pick(streets)}, д. ${1 + Math.floor(random() * 120)}`;
    buildingSet.push({
      fields: {
        ...head(guidOf('building', i + 1), String(1000 + i).padStart(9, '0'), street),
        Parent_Key: guidOf('complex', complex + 1),
        IsFolder: false,
        Организация_Key: org,
        АдресФИАС: guidOf('building', 100000 + i),
        КадастровыйНомер: `16:50:${String(i).padStart(6, '0')}:${i}`,
        ГодПостройки: 1960 + Math.floor(random() * 60),
        Этажность: 5 + Math.floor(random() * 12),
        ОбщаяПлощадь: (Math.round(random() * 900000) + 100000) / 100,
        ЧасовойПояс: city.zone,
        КонтактнаяИнформация: [
          {
            LineNumber: '1',
            Тип: 'Адрес',
            Представление: `г. ${city.name}, ${street}`,
            ЗначенияПолей: '',
            Город: city.name,
          },
        ],
      },
    });
  }

  const premisesSet: Stored[] = [];
  const accountSet: Stored[] = [];
  const people: Stored[] = [];
  const meterSet: Stored[] = [];
  const residences: WireObject[] = [];
  const bindings: WireObject[] = [];
  const accountsOf: number[][] = Array.from({ length: b }, () => []);
  const metersOf: number[][] = Array.from({ length: b }, () => []);
  const openingKop = new Int32Array(n + 1);

  const person = (): string => {
    const k = people.length + 1;
    const last = pick(lastNames);
    const [first, middle] = pick(firstNames);
    const female = first.endsWith('а') || first.endsWith('я');
    const surname = female ? `${last}а` : last;
    const digits = `9${String(100000000 + Math.floor(random() * 899999999))}`;
    const shape = random();
    const phone =
      shape < 0.5
        ? `+7${digits}`
        : shape < 0.8
          ? `8 (${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6, 8)}-${digits.slice(8)}`
          : shape < 0.95
            ? `8${digits}`
            : 'нет телефона';
    const contacts: WireObject[] = [
      {
        LineNumber: '1',
        Тип: 'Телефон',
        Представление: phone,
        ЗначенияПолей: '',
        Город: '',
        НомерТелефона: phone,
        АдресЭП: '',
        Значение: '',
      },
    ];
    if (random() < 0.4)
      contacts.push({
        LineNumber: '2',
        Тип: 'АдресЭлектроннойПочты',
        Представление: `user${k}@example.ru`,
        ЗначенияПолей: '',
        Город: '',
        НомерТелефона: '',
        АдресЭП: `user${k}@example.ru`,
        Значение: '',
      });
    people.push({
      fields: {
        ...head(guidOf('person', k), String(k).padStart(10, '0'), `${surname} ${first} ${middle}`),
        Фамилия: surname,
        Имя: first,
        Отчество: middle,
        ДатаРождения: `${1940 + Math.floor(random() * 65)}-0${1 + Math.floor(random() * 9)}-1${Math.floor(random() * 9)}T00:00:00`,
        СНИЛС: '',
        ИНН: '',
        ВнешнийИдентификатор: '',
        КонтактнаяИнформация: contacts,
      },
    });
    return guidOf('person', k);
  };

  for (let i = 1; i <= n; i++) {
    const house = (i - 1) % b;
    const flat = Math.floor((i - 1) / b) + 1;
    const area = Math.round((28 + random() * 70) * 100) / 100;
    const opened = `${2000 + Math.floor(random() * 24)}-0${1 + Math.floor(random() * 9)}-01T00:00:00`;
    const closed = random() < 0.02;
    const residents = 1 + Math.floor(random() * 4);
    premisesSet.push({
      fields: {
        ...head(guidOf('premises', i), String(i).padStart(9, '0'), `кв. ${flat}`),
        Owner_Key: guidOf('building', house + 1),
        Номер: String(flat),
        Подъезд: 1 + (flat % 6),
        Этаж: 1 + (flat % 9),
        Назначение: random() < 0.97 ? 'Жилое' : 'Нежилое',
        ОбщаяПлощадь: area,
        ЖилаяПлощадь: Math.round(area * 65) / 100,
        КадастровыйНомер: '',
      },
    });
    const holder = person();
    const number = String(100000000 + i);
    accountSet.push({
      fields: {
        ...head(guidOf('account', i), i % 5 === 0 ? number.padStart(12, ' ') : number, number),
        Помещение_Key: guidOf('premises', i),
        Собственник_Key: holder,
        Организация_Key: org,
        ДатаОткрытия: opened,
        ДатаЗакрытия: closed ? '2024-01-31T00:00:00' : EMPTY_DATE,
        Закрыт: closed,
        ОбщаяПлощадь: area,
        КоличествоПроживающих: residents,
        ЕЛС: `10AA${String(i).padStart(6, '0')}`,
        ИдентификаторЖКУ: `10AA${String(i).padStart(6, '0')}-01`,
      },
    });
    accountsOf[house]?.push(i);
    const shared = random() < 0.3;
    residences.push({
      Period: opened,
      ЛицевойСчет_Key: guidOf('account', i),
      ФизЛицо_Key: holder,
      Статус: 'Собственник',
      ДоляСобственности: shared ? 0.5 : 1,
    });
    if (shared)
      residences.push({
        Period: opened,
        ЛицевойСчет_Key: guidOf('account', i),
        ФизЛицо_Key: person(),
        Статус: 'Собственник',
        ДоляСобственности: 0.5,
      });
    const meters = random() < 0.6 ? 3 : 2;
    for (let m = 0; m < meters; m++) {
      const k = meterSet.length + 1;
      const service = METER_SERVICES[m] ?? 2;
      meterSet.push({
        fields: {
          ...head(guidOf('meter', k), String(k).padStart(9, '0'), `${services[service]} кв. ${flat}`),
          Помещение_Key: guidOf('premises', i),
          Здание_Key: guidOf('building', house + 1),
          Услуга_Key: guidOf('service', service + 1),
          ЗаводскойНомер: String(10000000 + k * 7),
          Тип: 'Индивидуальный',
          Разрядность: 5,
          КоличествоТарифов: service === 5 && k % 4 === 0 ? 2 : 1,
          ДатаПоверки: '2022-06-01T00:00:00',
          ДатаСледующейПоверки: '2028-06-01T00:00:00',
          Снят: false,
        },
      });
      metersOf[house]?.push(k);
      bindings.push({
        Period: opened,
        ЛицевойСчет_Key: guidOf('account', i),
        Счетчик_Key: guidOf('meter', k),
        Услуга_Key: guidOf('service', service + 1),
        Действует: true,
      });
    }
    openingKop[i] = random() < 0.15 ? Math.floor(random() * 5_000_000) : 0;
  }

  const months = Array.from({ length: MONTHS }, (_, k) => monthBefore(today, MONTHS - k));
  const documentHead = (ref: string, number: string, date: string): WireObject => ({
    Ref_Key: ref,
    DataVersion: version,
    DeletionMark: false,
    Number: number,
    Date: date,
    Posted: true,
    Организация_Key: org,
  });
  const charges: Stored[] = [];
  const payments: Stored[] = [];
  const readings: Stored[] = [];
  months.forEach((month, m) => {
    for (let house = 0; house < b; house++) {
      const k = m * b + house + 1;
      const list = accountsOf[house] ?? [];
      charges.push({
        fields: {
          ...documentHead(guidOf('charge', k), `00ЖК-${String(k).padStart(6, '0')}`, `${lastDay(month)}T23:00:00`),
          Здание_Key: guidOf('building', house + 1),
          МесяцНачисления: `${month}T00:00:00`,
          Комментарий: '',
        },
        lazy: { Начисления: () => chargeRows(options.seed, m, list) },
        rowCount: list.length * SERVICES,
      });
      const meters = metersOf[house] ?? [];
      readings.push({
        fields: {
          ...documentHead(
            guidOf('reading', k),
            `00ПП-${String(k).padStart(6, '0')}`,
            `${month.slice(0, 8)}20T12:00:00`,
          ),
          Источник: 'Контролер',
          ВнешнийИдентификатор: '',
          Комментарий: '',
        },
        rowCount: meters.length,
        lazy: {
          Показания: () =>
            meters.map((meter, i) => ({
              LineNumber: String(i + 1),
              Счетчик_Key: guidOf('meter', meter),
              ДатаПоказания: `${month.slice(0, 8)}20T00:00:00`,
              Показание: readingAt(meter, m) / 1000,
              Показание2: 0,
              Показание3: 0,
            })),
        },
      });
    }
    for (let day = 1; day <= 25; day++) {
      const k = m * 25 + day;
      const date = `${month.slice(0, 8)}${String(day).padStart(2, '0')}`;
      payments.push({
        fields: {
          ...documentHead(guidOf('payment', k), `00ОП-${String(k).padStart(6, '0')}`, `${date}T18:00:00`),
          Источник: 'Сбербанк',
          НомерРеестра: `R-${k}`,
          ВнешнийИдентификатор: '',
          СуммаДокумента: 0,
          Комментарий: '',
        },
        lazy: { Платежи: () => paymentRows(options.seed, k, date, n) },
        rowCount: paymentCount(n),
      });
    }
  });

  return {
    sets: new Map([
      [
        'Catalog_Организации',
        [
          {
            fields: {
              ...head(org, '000000001', 'УК Пример'),
              ИНН: '1655000000',
              КПП: '165501001',
              НаименованиеПолное: 'ООО «УК Пример»',
            },
          },
        ],
      ],
      ['Catalog_КВП_Здания', buildingSet],
      ['Catalog_УПЖКХ_Помещения', premisesSet],
      ['Catalog_КВП_ЛицевыеСчета', accountSet],
      ['Catalog_ФизическиеЛица', people],
      [
        'Catalog_КВП_Услуги',
        services.map((name, i) => ({
          fields: {
            ...head(guidOf('service', i + 1), String(i + 1).padStart(9, '0'), name),
            ЕдиницаИзмерения: 'м3',
            ВидУслугиГИС: '',
          },
        })),
      ],
      ['Catalog_УПЖКХ_ПриборыУчета', meterSet],
      [
        'Catalog_УПЖКХ_СудебныеДела',
        courtCases(
          accountSet.flatMap(({ fields }, i) => {
            const debtKop = openingKop[i + 1] ?? 0;
            return debtKop === 0
              ? []
              : [
                  {
                    account: i + 1,
                    accountRef: String(fields.Ref_Key),
                    personRef: String(fields.Собственник_Key),
                    debtKop,
                  },
                ];
          }),
          { seed: options.seed, today, refOf: (k) => guidOf('courtCase', k) },
        ).map((fields) => ({ fields })),
      ],
      ['Document_КВП_НачислениеУслуг', charges],
      ['Document_УПЖКХ_ОплатаЛицевыхСчетов', payments],
      ['Document_УПЖКХ_ВводПоказанийСчетчиков', readings],
    ]),
    records: new Map([
      ['InformationRegister_УПЖКХ_Проживающие', residences],
      ['InformationRegister_КВП_ЗакрепленныеСчетчики', bindings],
    ]),
    openingKop,
    accountIndex: (ref) => indexOf('account', ref),
    meterIndex: (ref) => indexOf('meter', ref),
    lastReading: (meter) => readingAt(meter, MONTHS - 1),
  };
}

/** Reading of a meter at the 20th of month m, thousandths; grows by 2 to 9 a month. */
function readingAt(meter: number, m: number): number {
  return ((meter * 7919) % 400_000) + (m + 1) * (2_000 + ((meter * 31) % 7_000));
}

function chargeRows(seed: number, month: number, accounts: readonly number[]): WireObject[] {
  const rows: WireObject[] = [];
  for (const account of accounts) {
    const random = seeded(seed * 31 + account * 13 + month);
    for (let s = 0; s < SERVICES; s++) {
      const volume = Math.floor(random() * 200_000) / 10_000;
      const rate = Math.floor(random() * 600_000) / 10_000;
      rows.push({
        LineNumber: String(rows.length + 1),
        ЛицевойСчет_Key: guidOf('account', account),
        Услуга_Key: guidOf('service', s + 1),
        Объем: volume,
        Тариф: rate,
        Сумма: Math.round(volume * rate * 100) / 100,
        СуммаПерерасчета: random() < 0.02 ? -Math.round(random() * 10_000) / 100 : 0,
        СуммаЛьгот: 0,
      });
    }
  }
  return rows;
}

/** Payments of one registry: 35,000 a month of the whole company, in 25 registries. */
function paymentCount(accounts: number): number {
  return Math.max(1, Math.round((accounts * 35_000) / 34_588 / 25));
}

function paymentRows(seed: number, k: number, date: string, accounts: number): WireObject[] {
  const random = seeded(seed * 17 + k * 101);
  return Array.from({ length: paymentCount(accounts) }, (_, i) => ({
    LineNumber: String(i + 1),
    ЛицевойСчет_Key: guidOf('account', 1 + Math.floor(random() * accounts)),
    Сумма: (Math.round(random() * 900_000) + 10_000) / 100,
    ДатаПлатежа: `${date}T00:00:00`,
    ИдентификаторПлатежа: `P${k}-${i + 1}`,
  }));
}
