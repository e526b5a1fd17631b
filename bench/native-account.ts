/**
 * A personal account as a page of OData carries it (minimal metadata, no `$select`): thirty properties. The first
 * twenty are those of contracts and simulator; the last ten stand for what a live base adds, under names of our own.
 */
export const nativeAccount = {
  Ref_Key: '5b1c0c1e-8a0e-11ee-9f05-000000000005',
  DataVersion: 'AAAAAAAAAAA=',
  DeletionMark: false,
  Code: '   100000005',
  Description: '100000005',
  Predefined: false,
  PredefinedDataName: '',
  Помещение_Key: '5b1c0c1e-8a0e-11ee-9f04-000000000005',
  Собственник_Key: '5b1c0c1e-8a0e-11ee-9f06-000000000006',
  Организация_Key: '5b1c0c1e-8a0e-11ee-9f01-000000000001',
  ДатаОткрытия: '2007-09-01T00:00:00',
  ДатаЗакрытия: '0001-01-01T00:00:00',
  Закрыт: false,
  ОбщаяПлощадь: 39.5,
  КоличествоПроживающих: 1,
  ЕЛС: '10AA000005',
  ИдентификаторЖКУ: '10AA000005-01',
  'Помещение@navigationLinkUrl': "Catalog_КВП_ЛицевыеСчета(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')/Помещение",
  'Собственник@navigationLinkUrl': "Catalog_КВП_ЛицевыеСчета(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')/Собственник",
  'Организация@navigationLinkUrl': "Catalog_КВП_ЛицевыеСчета(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')/Организация",
  Parent_Key: '00000000-0000-0000-0000-000000000000',
  IsFolder: false,
  Ответственный_Key: '5b1c0c1e-8a0e-11ee-9f06-000000000009',
  'Ответственный@navigationLinkUrl':
    "Catalog_КВП_ЛицевыеСчета(guid'5b1c0c1e-8a0e-11ee-9f05-000000000005')/Ответственный",
  ЖилаяПлощадь: 28.1,
  ВидСобственности: 'Частная',
  СпособДоставкиКвитанции: 'ЭлектроннаяПочта',
  ДатаДоговора: '2007-08-28T00:00:00',
  НомерДоговора: '125/07',
  Комментарий: '',
} as const;
