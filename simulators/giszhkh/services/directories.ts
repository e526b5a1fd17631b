import { space, stamp } from '../answers.ts';
import { Refusal, type Service } from '../service.ts';
import { type Element, escaped, text } from '../xml.ts';

/** Directories of НСИ with their elements; the GUIDs differ between the contours. */
const DIRECTORIES: Readonly<Record<string, readonly [string, string][]>> = {
  '1': [
    ['1', 'Домофон'],
    ['2', 'Консьерж'],
  ],
  '2': [
    ['1', 'Холодная вода'],
    ['2', 'Горячая вода'],
    ['3', 'Электрическая энергия'],
    ['4', 'Газ'],
    ['5', 'Тепловая энергия'],
    ['8', 'Сточные воды'],
  ],
  '3': [
    ['1', 'Холодное водоснабжение'],
    ['2', 'Горячее водоснабжение'],
    ['3', 'Водоотведение'],
    ['4', 'Электроснабжение'],
    ['5', 'Газоснабжение'],
    ['6', 'Отопление'],
  ],
  '16': [
    ['1', '1 год'],
    ['4', '4 года'],
    ['6', '6 лет'],
  ],
  '22': [
    ['1', 'Смена собственника'],
    ['7', 'Прочее'],
  ],
  '24': [
    ['1', 'Аварийный'],
    ['2', 'Исправный'],
  ],
  '25': [['1', 'Управление управляющей организацией']],
  '27': [
    ['1', 'Индивидуальный'],
    ['2', 'Коллективный (общедомовой)'],
    ['3', 'Общий (квартирный)'],
    ['4', 'Комнатный'],
  ],
  '30': [['1', 'Отдельная квартира']],
  '32': [['2', 'Europe/Moscow']],
  '50': [
    ['1', 'Плата за содержание жилого помещения'],
    ['2', 'Взнос на капитальный ремонт'],
  ],
  '51': [
    ['1', 'Холодная вода'],
    ['2', 'Горячая вода'],
    ['3', 'Электроэнергия'],
    ['4', 'Отопление'],
  ],
  '54': [['3', 'Решение общего собрания']],
  '56': [['5', 'Аварийная работа']],
  '58': [['1', 'Протокол общего собрания']],
  '59': [
    ['1', 'Уборка подъездов'],
    ['2', 'Содержание лифта'],
    ['17', 'Замена стояка'],
  ],
  '95': [['1', 'Паспорт гражданина РФ']],
  '220': [['1', 'Начисления']],
  '224': [['1', 'Истек срок поверки']],
  '329': [
    ['1', 'Пени'],
    ['2', 'Штраф'],
    ['3', 'Государственные пошлины'],
    ['4', 'Судебные издержки'],
  ],
  '331': [['1', 'Прочее']],
  '338': [
    ['1', 'Строящийся'],
    ['2', 'Эксплуатируемый'],
  ],
  '358': [
    ['1', 'Судебный приказ'],
    ['2', 'Решение суда'],
    ['3', 'Исполнительный лист'],
  ],
  '365': [['2', 'Ошибка ввода']],
  '366': [['1', 'Ошибка ввода']],
};

const element = (contour: string, registry: string, code: string): string =>
  `d0${contour === 'ppak' ? '01' : '02'}${Number(registry).toString(16).padStart(4, '0')}-0000-4000-8000-${Number(code).toString(16).padStart(12, '0')}`;

/** GUID of a directory's element in a contour; undefined when there is none. */
export function elementGuid(contour: string, registry: string, code: string): string | undefined {
  return DIRECTORIES[registry]?.some(([c]) => c === code) ? element(contour, registry, code) : undefined;
}

/** @throws Refusal for a reference whose GUID is not that of its code in this contour */
export function checkReference(contour: string, registry: string, reference: Element | undefined): string {
  const code = text(reference, 'Code') ?? '';
  const guid = (text(reference, 'GUID') ?? '').toLowerCase();
  const wanted = elementGuid(contour, registry, code);
  if (wanted === undefined) throw new Refusal('INT002000', `В справочнике ${registry} нет элемента ${code}`);
  if (guid !== wanted) throw new Refusal('SRV007079', `Элемент справочника ${registry} не найден по идентификатору`);
  return code;
}

type Rows = readonly (readonly [string, string])[];

function rowsOf(registry: string): Rows {
  const elements = DIRECTORIES[registry];
  if (!elements) throw new Refusal('INT016041', 'Справочник не содержит данных');
  return elements;
}

function content(registry: string, rows: Rows, contour: string, at: string): string {
  return `<n:NsiItemRegistryNumber>${registry}</n:NsiItemRegistryNumber><n:Created>${at}</n:Created>${rows
    .map(
      ([code, name]) =>
        `<n:NsiElement><n:Code>${code}</n:Code><n:GUID>${element(contour, registry, code)}</n:GUID><n:Modified>${at}</n:Modified><n:IsActual>true</n:IsActual><n:NsiElementField xmlns:x="http://www.w3.org/2001/XMLSchema-instance" xmlns:q="${space('nsi-base')}" x:type="q:NsiElementStringFieldType"><n:Name>Наименование</n:Name><n:Value>${escaped(name)}</n:Value></n:NsiElementField></n:NsiElement>`,
    )
    .join('')}`;
}

const item = (registry: string, contour: string, at: string): string =>
  `<s:NsiItem>${content(registry, rowsOf(registry), contour, at)}</s:NsiItem>`;

const PAGE = 1000;

function page(registry: string, number: number, contour: string, at: string): string {
  const rows = rowsOf(registry);
  const own = rows.slice((number - 1) * PAGE, number * PAGE);
  if (own.length === 0) throw new Refusal('INT002012', 'Нет объектов для экспорта');
  return `<s:NsiPagingItem>${content(registry, own, contour, at)}<s:TotalItemsCount>${rows.length}</s:TotalItemsCount><s:TotalPages>${Math.ceil(rows.length / PAGE)}</s:TotalPages><s:CurrentPage>${number}</s:CurrentPage></s:NsiPagingItem>`;
}

export const nsiCommon: Service = {
  path: '/ext-bus-nsi-common-service/services/NsiCommonAsync',
  namespace: space('nsi-common'),
  header: 'ISRequestHeader',
  resultVersion: '10.0.1.2',
  operations: {
    exportNsiList: {
      element: 'exportNsiListRequest',
      kind: 'export',
      handler: (_request, { clock }) => {
        const at = stamp(clock.now());
        return `<s:NsiList><n:Created>${at}</n:Created>${Object.keys(DIRECTORIES)
          .map(
            (number) =>
              `<n:NsiItemInfo><n:RegistryNumber>${number}</n:RegistryNumber><n:Name>Справочник ${number}</n:Name><n:Modified>${at}</n:Modified></n:NsiItemInfo>`,
          )
          .join('')}<n:ListGroup>NSI</n:ListGroup></s:NsiList>`;
      },
    },
    exportNsiItem: {
      element: 'exportNsiItemRequest',
      kind: 'export',
      handler: (request, { clock, contour }) =>
        item(text(request, 'RegistryNumber') ?? '', contour, stamp(clock.now())),
    },
    exportNsiPagingItem: {
      element: 'exportNsiPagingItemRequest',
      kind: 'export',
      handler: (request, { clock, contour }) =>
        page(text(request, 'RegistryNumber') ?? '', Number(text(request, 'Page')), contour, stamp(clock.now())),
    },
  },
};

export const nsi: Service = {
  path: '/ext-bus-nsi-service/services/NsiAsync',
  namespace: space('nsi'),
  header: 'RequestHeader',
  resultVersion: '10.0.1.2',
  operations: {
    exportDataProviderNsiItem: {
      element: 'exportDataProviderNsiItemRequest',
      kind: 'export',
      handler: (request, { clock, contour }) =>
        item(text(request, 'RegistryNumber') ?? '', contour, stamp(clock.now())),
    },
  },
};
