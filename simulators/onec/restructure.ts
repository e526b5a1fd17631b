import type { Company, Stored } from './company.ts';
import type { WireObject } from './filter.ts';
import type { Model } from './model.ts';
import { READING_REGISTER, READINGS } from './movements.ts';

const BUILDINGS = 'Catalog_КВП_Здания';
const ADDRESSES = 'Catalog_Адреса';

/** The generated company in the structure of a configuration: what it keeps elsewhere is moved there. */
export function restructure(company: Company, model: Model): Company {
  const sets = new Map(company.sets);
  const records = new Map(company.records);
  if (model.sets.has(ADDRESSES)) {
    const buildings = sets.get(BUILDINGS) ?? [];
    sets.set(ADDRESSES, buildings.filter((b) => b.fields.IsFolder === false).map(addressOf));
    sets.set(BUILDINGS, buildings.map(withReference));
  }
  if (model.sets.get(READING_REGISTER)?.independent) {
    const documents = sets.get(READINGS) ?? [];
    sets.delete(READINGS);
    records.set(READING_REGISTER, documents.flatMap(recordsOf));
  }
  return { ...company, sets, records };
}

/** Address of a building; its reference differs from the building's in one place. */
function addressRef(building: WireObject): string {
  return String(building.Ref_Key).replace('8a0e-11ee', '8a0e-22ee');
}

function addressOf({ fields }: Stored): Stored {
  const [contact] = fields.КонтактнаяИнформация as WireObject[];
  return {
    fields: {
      Ref_Key: addressRef(fields),
      DataVersion: fields.DataVersion,
      DeletionMark: false,
      Code: fields.Code,
      Description: contact?.Представление,
      Predefined: false,
      PredefinedDataName: '',
      ПолныйАдрес: contact?.Представление,
      НаселенныйПункт: contact?.Город,
      КодГАР: fields.АдресФИАС,
    },
  };
}

function withReference({ fields }: Stored): Stored {
  const { КонтактнаяИнформация: _contacts, АдресФИАС: _code, ...rest } = fields;
  return { fields: rest.IsFolder === false ? { ...rest, АдресДома_Key: addressRef(fields) } : rest };
}

function recordsOf({ fields, lazy }: Stored): WireObject[] {
  return (lazy?.Показания?.() ?? []).map((row) => ({
    Period: row.ДатаПоказания,
    Счетчик_Key: row.Счетчик_Key,
    Показание: row.Показание,
    Показание2: row.Показание2,
    Показание3: row.Показание3,
    Источник: fields.Источник,
    ВнешнийИдентификатор: '',
  }));
}
