import { describe, expect, test } from '@jest/globals';
import { readChangePacket, recordsOf } from './change-packet.ts';
import type { Edm } from './edm.ts';

const GUID = '8d1d7287-6240-11f1-9296-08002761f3c5';
const ROW = 'StandardODATA.Document_Оплата_Строки_RowType';
const RECORD = 'StandardODATA.AccumulationRegister_Долг_RowType';
const type = (name: string, properties: Record<string, string>) => ({
  name,
  keys: [],
  properties: new Map(Object.entries(properties)),
  navigation: new Map<string, string>(),
});
const edm: Edm = {
  sets: new Map([
    [
      'Document_Оплата',
      type('Document_Оплата', {
        Ref_Key: 'Edm.Guid',
        Posted: 'Edm.Boolean',
        Сумма: 'Edm.Double',
        Этаж: 'Edm.Int16',
        Номер: 'Edm.Int64',
        Строки: `Collection(${ROW})`,
      }),
    ],
    ['AccumulationRegister_Долг', type('AccumulationRegister_Долг', { RecordSet: `Collection(${RECORD})` })],
  ]),
  rows: new Map([
    [ROW, new Map([['Сумма', 'Edm.Double']])],
    [RECORD, new Map([['Active', 'Edm.Boolean']])],
  ]),
};
const packet = (content: string): string =>
  `<feed xmlns="http://www.w3.org/2005/Atom" xmlns:at="http://purl.org/atompub/tombstones/1.0" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">${content}</feed>`;
const entry = (address: string, properties: string, term = address.split('(')[0]): string =>
  `<entry><id>http://1c.local/uk/${address}</id><category term="StandardODATA.${term}"/><updated>2026-11-24T10:00:00</updated><content type="application/xml"><m:properties>${properties}</m:properties></content></entry>`;
const payment = (properties: string) =>
  readChangePacket(packet(entry(`Document_Оплата(guid'${GUID}')`, properties)), edm);

describe('a packet of changes', () => {
  test('gives values by the types of the metadata, as JSON has them', () => {
    const [change] = payment(
      `<d:Ref_Key>${GUID}</d:Ref_Key><d:Posted>true</d:Posted><d:Сумма>-10.50</d:Сумма><d:Этаж>3</d:Этаж><d:Номер>9007199254740993</d:Номер><d:Неизвестно>007</d:Неизвестно><d:Текст/>`,
    );
    expect(change).toEqual({
      set: 'Document_Оплата',
      key: { Ref_Key: GUID },
      deleted: false,
      at: '2026-11-24T10:00:00',
      data: {
        Ref_Key: GUID,
        Posted: true,
        Сумма: -10.5,
        Этаж: 3,
        Номер: '9007199254740993',
        Неизвестно: '007',
        Текст: '',
      },
    });
  });

  test('believes a type that stands beside the value more than the metadata', () => {
    expect(
      payment('<d:Сумма m:type="Edm.String">5</d:Сумма><d:Новое m:type="Edm.Boolean">false</d:Новое>')[0]?.data,
    ).toEqual({
      Сумма: '5',
      Новое: false,
    });
  });

  test('tells nothing from an empty text', () => {
    expect(payment('<d:А m:null="true"/><d:Б/><d:Сумма/>')[0]?.data).toEqual({ А: null, Б: '', Сумма: null });
  });

  test('holds tabular sections, empty ones too', () => {
    const row = `<d:element m:type="${ROW}"><d:Сумма>1.5</d:Сумма></d:element>`;
    expect(payment(`<d:Строки m:type="Collection(${ROW})">${row}${row}</d:Строки>`)[0]?.data).toEqual({
      Строки: [{ Сумма: 1.5 }, { Сумма: 1.5 }],
    });
    expect(payment(`<d:Строки m:type="Collection(${ROW})"/>`)[0]?.data).toEqual({ Строки: [] });
    // By the metadata alone.
    expect(payment(`<d:Строки><d:element><d:Сумма>2</d:Сумма></d:element></d:Строки>`)[0]?.data).toEqual({
      Строки: [{ Сумма: 2 }],
    });
  });

  test('copies the key of a record set down to its records', () => {
    const record = `<d:element m:type="${RECORD}"><d:Active>true</d:Active></d:element>`;
    const [change] = readChangePacket(
      packet(
        entry(
          `AccumulationRegister_Долг(Recorder='${GUID}', Recorder_Type='StandardODATA.Document_Оплата')`,
          `<d:Recorder>${GUID}</d:Recorder><d:Recorder_Type>StandardODATA.Document_Оплата</d:Recorder_Type><d:RecordSet m:type="Collection(${RECORD})">${record}</d:RecordSet>`,
        ),
      ),
      edm,
    );
    expect(change && recordsOf(change)).toEqual([
      { Recorder: GUID, Recorder_Type: 'StandardODATA.Document_Оплата', Active: true },
    ]);
  });

  test('holds tombstones', () => {
    const ref = `http://1c.local/uk/Document_Оплата(guid'${GUID}')`;
    expect(readChangePacket(packet(`<at:deleted-entry ref="${ref}" when="2026-11-24T10:00:00"/>`), edm)).toEqual([
      { set: 'Document_Оплата', key: { Ref_Key: GUID }, deleted: true, at: '2026-11-24T10:00:00', data: {} },
    ]);
  });

  test('may be empty', () => expect(readChangePacket(`\ufeff<?xml version="1.0"?>${packet('')}`, edm)).toEqual([]));

  test.each([
    ['is cut', packet('').slice(0, -3), 'transient/ONEC_PACKET_CUT'],
    ['is a page', '<html><body>Вход</body></html>', 'unexpected/ONEC_PACKET'],
    ['declares entities', `<!DOCTYPE feed [<!ENTITY a "b">]>${packet('')}`, 'unexpected/ONEC_PACKET'],
    ['contradicts itself', packet(entry(`Catalog_А(guid'${GUID}')`, '', 'Catalog_Б')), 'unexpected/ONEC_PACKET'],
    ['names no object', packet(entry('Catalog_А', '')), 'unexpected/ONEC_PACKET'],
    [
      'holds a wrong value',
      packet(entry(`Document_Оплата(guid'${GUID}')`, '<d:Posted>да</d:Posted>')),
      'unexpected/ONEC_PACKET',
    ],
    ['has a tombstone of nothing', packet('<at:deleted-entry ref=""/>'), 'unexpected/ONEC_PACKET'],
  ])('that %s is refused', (_how, xml, wanted) => {
    const [kind, code] = wanted.split('/');
    expect(() => readChangePacket(xml, edm)).toThrow(expect.objectContaining({ kind, code }));
  });

  test('over the wanted length is refused', () => {
    expect(() => readChangePacket(packet(''), edm, 10)).toThrow(expect.objectContaining({ code: 'ONEC_PACKET' }));
  });
});
