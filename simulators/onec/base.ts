import type { Effects } from '../kit/effects.ts';
import type { Company, Stored } from './company.ts';
import { fault } from './errors.ts';
import type { WireObject } from './filter.ts';
import { EMPTY_DATE, emptyValue, type Field, type FieldType, type Model, type SetModel, ZERO_GUID } from './model.ts';
import { CHARGES, type Loaded, movement, PAYMENTS, PENALTIES, READING_REGISTER, READINGS } from './movements.ts';

/** The data of a simulated base and the rules of its configuration. */
export class Base {
  readonly model: Model;
  readonly #sets = new Map<string, Map<string, Loaded>>();
  readonly #records: Map<string, WireObject[]>;
  readonly #company: Company;
  readonly #effects: Effects;
  readonly #sorted = new Map<string, Loaded[]>();
  #version = 1n;
  #numbers = 1_000_000;
  #newRefs = 0;
  #readings = new Map<string, number>();
  readonly #readingsOf = new Map<string, Set<Loaded>>();
  readonly #meters = new WeakMap<Loaded, Set<string>>();
  /** First moment that may be written to; earlier documents are refused. */
  closedUntil = EMPTY_DATE;
  /** Share of objects of a set that this login suddenly no longer sees. */
  readonly hidden = new Map<string, number>();
  keepClientKey = true;
  readonly changes = new Map<string, { set: string; key: string; message?: number }>();
  /** Physical deletions are registered for the exchange plan, as the manual says; live bases were not seen to do it. */
  tombstones = false;
  /** Sets that are not in the exchange plan. */
  unplanned: ReadonlySet<string> = new Set();

  constructor(model: Model, company: Company, effects: Effects) {
    this.model = model;
    this.#company = company;
    this.#effects = effects;
    this.#records = new Map(company.records);
    for (const set of model.sets.values()) {
      this.#sets.set(set.name, new Map());
      set.nodes.forEach((node, i) => {
        const fields = {
          Ref_Key: `a9bc23c5-3689-11f1-926c-${String(i + 1).padStart(12, '0')}`,
          DataVersion: 'AAAAAAAAAAA=',
          DeletionMark: false,
          Code: node.Code,
          Description: node.Code,
          SentNo: '0',
          ReceivedNo: '0',
          ThisNode: node.thisNode === true,
        };
        this.#sets.get(set.name)?.set(fields.Ref_Key, { fields, set });
      });
    }
    for (const [name, objects] of company.sets) {
      const set = this.set(name);
      const map = this.#sets.get(name);
      for (const object of objects) {
        const rows = Object.values(object.lazy ?? {})[0];
        const loaded: Loaded = { ...object, set };
        if (rows && object.fields.Posted === true)
          loaded.moved = { date: String(object.fields.Date), count: object.rowCount ?? rows().length, rows };
        map?.set(object.fields.Ref_Key as string, loaded);
      }
    }
  }

  set(name: string): SetModel {
    const set = this.model.sets.get(name);
    if (!set) throw fault.entityType(name);
    return set;
  }

  /** Objects of a catalog or document set in the order of their presentation, which is what sorting by reference means there. */
  list(set: SetModel): Loaded[] {
    let sorted = this.#sorted.get(set.name);
    if (!sorted) {
      const key = (o: Loaded): string =>
        set.kind === 'Document'
          ? `${String(o.fields.Date)}${String(o.fields.Number)}`
          : String(o.fields[set.presentation] ?? '');
      sorted = [...(this.#sets.get(set.name)?.values() ?? [])]
        .map((o) => [key(o), o] as const)
        .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
        .map(([, o]) => o);
      this.#sorted.set(set.name, sorted);
    }
    const share = this.hidden.get(set.name) ?? 0;
    return share > 0 ? sorted.filter((o) => hash(String(o.fields.Ref_Key)) >= share) : sorted;
  }

  /** Those of the keys that this login sees. */
  among(set: SetModel, keys: readonly string[]): Loaded[] {
    const objects = this.#sets.get(set.name);
    const share = this.hidden.get(set.name) ?? 0;
    return [...new Set(keys)].flatMap((key) => (hash(key) < share ? [] : (objects?.get(key) ?? [])));
  }

  /** Records of an independent register, or of one that documents write. */
  records(set: SetModel): WireObject[] {
    const own = this.#records.get(set.name);
    if (own) return own;
    return [...this.stream(set)];
  }

  get(set: SetModel, ref: string): Loaded {
    const found = this.#sets.get(set.name)?.get(ref.toLowerCase());
    if (!found || hash(ref.toLowerCase()) < (this.hidden.get(set.name) ?? 0)) throw fault.instance();
    return found;
  }

  /** All attributes, tabular sections included, as the interface shows them. */
  full(object: Loaded): WireObject {
    const out: WireObject = { ...object.fields };
    for (const part of object.set.parts.keys())
      out[part] = (out[part] as WireObject[] | undefined) ?? object.lazy?.[part]?.() ?? [];
    return out;
  }

  create(set: SetModel, body: WireObject): Loaded {
    if (set.kind !== 'Catalog' && set.kind !== 'Document') return this.#createRecord(set, body);
    const wanted = typeof body.Ref_Key === 'string' && this.keepClientKey ? body.Ref_Key.toLowerCase() : undefined;
    if (wanted && this.#sets.get(set.name)?.has(wanted)) throw fault.exists();
    const ref = wanted ?? `77770000-8a0e-11ee-9fff-${(++this.#newRefs).toString(16).padStart(12, '0')}`;
    const fields: WireObject = { Ref_Key: ref, DataVersion: this.#nextVersion(), DeletionMark: false };
    if (set.kind === 'Document')
      Object.assign(fields, { Number: `00ХБ-${String(++this.#numbers).slice(1)}`, Date: EMPTY_DATE, Posted: false });
    else
      Object.assign(fields, {
        Code: String(++this.#numbers)
          .padStart(set.codeLength, '0')
          .slice(-set.codeLength),
        Description: '',
        Predefined: false,
        PredefinedDataName: '',
        ...(set.hierarchical ? { Parent_Key: ZERO_GUID, IsFolder: false } : {}),
        ...(set.owner ? { Owner_Key: ZERO_GUID } : {}),
      });
    for (const field of set.fields) {
      if (field.type.kind === 'storage')
        Object.assign(fields, { [`${field.wire}_Type`]: '', [`${field.wire}_Base64Data`]: '' });
      else fields[field.wire] = emptyValue(field.type);
      if (field.type.kind === 'composite') fields[`${field.wire}_Type`] = 'StandardODATA.Undefined';
    }
    for (const part of set.parts.keys()) fields[part] = [];
    const object: Loaded = { fields, set };
    this.#assign(object, body);
    this.#sets.get(set.name)?.set(ref, object);
    this.#touched(object);
    this.#effects.add('documents.created', `${set.name}\0${String(fields.ВнешнийИдентификатор || ref)}`);
    return object;
  }

  patch(object: Loaded, body: WireObject): void {
    if (body.DeletionMark === true && object.fields.Posted === true)
      throw fault.configuration('Проведенный документ нельзя пометить на удаление');
    this.#materialise(object);
    this.#assign(object, body);
    object.fields.DataVersion = this.#nextVersion();
    this.#touched(object);
  }

  remove(set: SetModel, ref: string): void {
    const object = this.get(set, ref);
    this.#sets.get(set.name)?.delete(String(object.fields.Ref_Key));
    this.#sorted.delete(set.name);
    this.#recallReadings(object);
    if (this.tombstones) this.#touched(object);
  }

  /** Posting with the checks and movements of the configuration. */
  post(object: Loaded): void {
    const { fields, set } = object;
    if (set.kind !== 'Document') throw fault.method('Post');
    if (fields.DeletionMark === true)
      throw fault.configuration('Помеченный на удаление документ не может быть проведен');
    if (String(fields.Date) < this.closedUntil)
      throw fault.configuration('Документ относится к закрытому периоду: дата запрета изменения данных');
    // A document whose flag alone was set has no movements, so this is its first posting.
    const first = object.moved === undefined;
    if (set.name === READINGS) this.#checkReadings(object);
    if (set.name === PAYMENTS && rows(object, 'Платежи').length === 0)
      throw fault.configuration('Не заполнена табличная часть «Платежи»');
    fields.Posted = true;
    fields.DataVersion = this.#nextVersion();
    const [part] = set.parts.keys();
    const written = part === undefined ? [] : rows(object, part);
    object.moved = { date: String(fields.Date), count: written.length, rows: () => written };
    this.#touched(object);
    this.#recallReadings(object);
    if (!first) return;
    const mark = String(fields.ВнешнийИдентификатор || fields.Ref_Key);
    if (set.name === READINGS) this.#effects.add('readings.posted', mark);
    if (set.name === PAYMENTS) this.#effects.add('payments.posted', mark);
  }

  unpost(object: Loaded): void {
    if (object.set.kind !== 'Document') throw fault.method('Unpost');
    object.fields.Posted = false;
    delete object.moved;
    object.fields.DataVersion = this.#nextVersion();
    this.#touched(object);
    this.#recallReadings(object);
  }

  /** Balance of every account at a moment (movements before it), roubles; penalties are kept apart. */
  balances(before: string): { account: string; kind: 'Основной' | 'Пени'; kop: number }[] {
    const sums = new Map<string, number>();
    const penalties = new Map<string, number>();
    const add = (map: Map<string, number>, account: unknown, roubles: unknown): void => {
      map.set(String(account), (map.get(String(account)) ?? 0) + Math.round(Number(roubles) * 100));
    };
    for (const object of this.#sets.get('Catalog_КВП_ЛицевыеСчета')?.values() ?? []) {
      const ref = String(object.fields.Ref_Key);
      const opening = this.#company.openingKop[this.#company.accountIndex(ref) ?? 0] ?? 0;
      if (opening !== 0) sums.set(ref, opening);
    }
    for (const object of this.#posted(CHARGES, before))
      for (const row of object.moved?.rows() ?? [])
        add(
          sums,
          row.ЛицевойСчет_Key,
          Number(row.Сумма) + Number(row.СуммаПерерасчета ?? 0) - Number(row.СуммаЛьгот ?? 0),
        );
    for (const object of this.#posted(PAYMENTS, before))
      for (const row of object.moved?.rows() ?? []) add(sums, row.ЛицевойСчет_Key, -Number(row.Сумма));
    for (const object of this.#posted(PENALTIES, before))
      for (const row of object.moved?.rows() ?? []) add(penalties, row.ЛицевойСчет_Key, row.Сумма);
    const out: { account: string; kind: 'Основной' | 'Пени'; kop: number }[] = [];
    for (const [account, kop] of sums) if (kop !== 0) out.push({ account, kind: 'Основной', kop });
    for (const [account, kop] of penalties) if (kop !== 0) out.push({ account, kind: 'Пени', kop });
    return out;
  }

  counts(): Record<string, number> {
    const out: Record<string, number> = {};
    for (const [name, map] of this.#sets) if (map.size > 0) out[name] = map.size;
    for (const [name, list] of this.#records) out[name] = list.length;
    return out;
  }

  *#posted(set: string, before: string): Iterable<Loaded> {
    for (const object of this.#sets.get(set)?.values() ?? [])
      if (object.moved && object.moved.date < before) yield object;
  }

  /** Documents that have movements in a register, in the order of their keys. */
  recorders(register: SetModel): Loaded[] {
    const all = register.recorders.flatMap((name) => [...this.#posted(name, '9999')]);
    return all
      .map((o) => [String(o.fields.Ref_Key), o] as const)
      .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
      .map(([, o]) => o);
  }

  recordCount(register: SetModel): number {
    return this.recorders(register).reduce((sum, o) => sum + (o.moved?.count ?? 0), 0);
  }

  /** Records of one document in one register; empty when it is not posted. */
  recordSet(register: SetModel, object: Loaded): WireObject[] {
    return (object.moved?.rows() ?? []).map((row, i) => movement(register, object, row, i));
  }

  /** All records, document by document, so that a whole register never lies in memory. */
  *stream(register: SetModel): Iterable<WireObject> {
    const own = this.#records.get(register.name);
    if (own) yield* own;
    else for (const object of this.recorders(register)) yield* this.recordSet(register, object);
  }

  /** A page in key order; only the documents it touches are generated. */
  recordPage(register: SetModel, skip: number, top: number): WireObject[] {
    const out: WireObject[] = [];
    let at = 0;
    for (const object of this.recorders(register)) {
      const count = object.moved?.count ?? 0;
      const from = Math.max(0, skip - at);
      at += count;
      if (from >= count) continue;
      out.push(...this.recordSet(register, object).slice(from, from + top - out.length));
      if (out.length >= top) break;
    }
    return out;
  }

  /** Debts from before the first generated month, as records of the balance register. */
  *opening(): Iterable<WireObject> {
    for (const object of this.#sets.get('Catalog_КВП_ЛицевыеСчета')?.values() ?? []) {
      const kop = this.#company.openingKop[this.#company.accountIndex(String(object.fields.Ref_Key)) ?? 0] ?? 0;
      if (kop === 0) continue;
      yield {
        Period: EMPTY_DATE,
        RecordType: 'Receipt',
        ЛицевойСчет_Key: object.fields.Ref_Key,
        Услуга_Key: ZERO_GUID,
        МесяцНачисления: EMPTY_DATE,
        ВидЗадолженности: 'Основной',
        Сумма: kop / 100,
      };
    }
  }

  /** Changes for the node, the same packet until it is acknowledged. */
  selectChanges(message: number): { set: SetModel; key: string }[] {
    const entries = [...this.changes.values()];
    if (!entries.some((c) => c.message === message)) for (const c of entries) c.message = message;
    return entries.filter((c) => c.message === message).map((c) => ({ set: this.set(c.set), key: c.key }));
  }

  notifyReceived(message: number): void {
    for (const [id, change] of this.changes) if ((change.message ?? Infinity) <= message) this.changes.delete(id);
    for (const node of this.#sets.get('ExchangePlan_ХабОбмен')?.values() ?? [])
      if (node.fields.ThisNode !== true) node.fields.ReceivedNo = String(message);
  }

  find(set: SetModel, key: string): Loaded | undefined {
    return this.#sets.get(set.name)?.get(key);
  }

  #checkReadings(object: Loaded): void {
    const list = rows(object, 'Показания');
    if (list.length === 0) throw fault.configuration('Не заполнена табличная часть «Показания»');
    for (const row of list) this.#checkReading(row, 'строке документа');
  }

  #checkReading(row: WireObject, where: string): void {
    const ref = String(row.Счетчик_Key);
    const meter = this.#sets.get('Catalog_УПЖКХ_ПриборыУчета')?.get(ref);
    if (!meter) throw fault.configuration(`Не указан прибор учета в ${where}`);
    if (meter.fields.Снят === true)
      throw fault.configuration(`Прибор учета снят (счетчик № ${String(meter.fields.ЗаводскойНомер)})`);
    const index = this.#company.meterIndex(ref);
    const previous = this.#readings.get(ref) ?? (index === undefined ? 0 : this.#company.lastReading(index) / 1000);
    if (Number(row.Показание) < previous)
      throw fault.configuration(`Показание меньше предыдущего (счетчик № ${String(meter.fields.ЗаводскойНомер)})`);
  }

  /** Last posted reading by meter, after the movements of a document of readings changed. */
  #recallReadings(object: Loaded): void {
    if (object.set.name !== READINGS) return;
    const now = new Set((object.moved?.rows() ?? []).map((row) => String(row.Счетчик_Key)));
    const before = this.#meters.get(object) ?? new Set<string>();
    for (const ref of new Set([...now, ...before])) {
      const documents = this.#readingsOf.get(ref) ?? new Set<Loaded>();
      if (now.has(ref)) documents.add(object);
      if (!now.has(ref) || !this.#sets.get(READINGS)?.has(String(object.fields.Ref_Key))) documents.delete(object);
      this.#readingsOf.set(ref, documents);
      const values = [...documents].flatMap((d) =>
        (d.moved?.rows() ?? []).filter((r) => r.Счетчик_Key === ref).map((r) => Number(r.Показание)),
      );
      if (values.length > 0) this.#readings.set(ref, Math.max(...values));
      else this.#readings.delete(ref);
    }
    this.#meters.set(object, now);
  }

  #createRecord(set: SetModel, body: WireObject): Loaded {
    if (!set.independent) throw fault.httpMethod();
    const record: WireObject = { Period: typeof body.Period === 'string' ? body.Period : EMPTY_DATE };
    for (const field of [...set.dimensions, ...set.resources, ...set.fields])
      record[field.wire] = settle(field.type, body[field.wire], emptyValue(field.type));
    const list = this.#records.get(set.name) ?? [];
    const same = (r: WireObject): boolean =>
      r.Period === record.Period && set.dimensions.every((d) => r[d.wire] === record[d.wire]);
    if (list.some(same)) throw fault.exists();
    if (set.name === READING_REGISTER) this.#checkReading(record, 'записи');
    list.push(record);
    this.#records.set(set.name, list);
    this.#effects.add(
      'records.created',
      `${set.name}\0${String(record.ВнешнийИдентификатор ?? JSON.stringify(record))}`,
    );
    if (set.name === READING_REGISTER) {
      const ref = String(record.Счетчик_Key);
      this.#readings.set(ref, Math.max(this.#readings.get(ref) ?? 0, Number(record.Показание)));
      this.#effects.add('readings.posted', String(record.ВнешнийИдентификатор || JSON.stringify(record)));
    }
    return { fields: record, set };
  }

  /** A record of an independent register by `Period=datetime'…',Dimension_Key=guid'…'`. */
  record(set: SetModel, key: string): WireObject {
    const wanted = [...key.matchAll(/([\p{L}\p{N}_]+)=(?:guid|datetime)?'([^']*)'/gu)];
    const names = ['Period', ...set.dimensions.map((d) => d.wire)];
    if (wanted.length !== names.length || !wanted.every(([, name = '']) => names.includes(name)))
      throw fault.type('key');
    const found = (this.#records.get(set.name) ?? []).find((r) =>
      wanted.every(([, name = '', value = '']) => String(r[name]).toLowerCase() === value.toLowerCase()),
    );
    if (!found) throw fault.instance();
    return found;
  }

  removeRecord(set: SetModel, key: string): void {
    const gone = this.record(set, key);
    this.#records.set(
      set.name,
      (this.#records.get(set.name) ?? []).filter((r) => r !== gone),
    );
  }

  /** A document that was generated becomes an ordinary one when somebody writes to it. */
  #materialise(object: Loaded): void {
    for (const part of object.set.parts.keys()) object.fields[part] ??= object.lazy?.[part]?.() ?? [];
  }

  #assign(object: Loaded, body: WireObject): void {
    const { set, fields } = object;
    const standard: Record<string, FieldType> =
      set.kind === 'Document'
        ? {
            Date: { kind: 'date' },
            Number: { kind: 'string', length: set.codeLength },
            DeletionMark: { kind: 'bool' },
            Posted: { kind: 'bool' },
          }
        : {
            Code: { kind: 'string', length: set.codeLength },
            Description: { kind: 'string', length: 150 },
            DeletionMark: { kind: 'bool' },
            Parent_Key: { kind: 'guid' },
            Owner_Key: { kind: 'guid' },
            IsFolder: { kind: 'bool' },
          };
    // Unknown names are dropped without a word, as live bases do.
    for (const [name, type] of Object.entries(standard))
      if (name in body && name in fields) fields[name] = settle(type, body[name], fields[name]);
    for (const field of set.fields) {
      if (field.type.kind === 'storage') {
        // Only the content can be written; the base tells its kind by itself.
        const content = body[`${field.wire}_Base64Data`];
        if (typeof content === 'string') {
          fields[`${field.wire}_Base64Data`] = content;
          fields[`${field.wire}_Type`] = content === '' ? '' : 'application/octet-stream';
        }
        continue;
      }
      if (field.wire in body) fields[field.wire] = settle(field.type, body[field.wire], fields[field.wire]);
      if (field.type.kind === 'composite' && `${field.wire}_Type` in body)
        fields[`${field.wire}_Type`] = body[`${field.wire}_Type`];
    }
    for (const [part, columns] of set.parts) {
      if (!(part in body)) continue;
      fields[part] = tabular(body[part], columns, String(fields.Ref_Key));
    }
  }

  #nextVersion(): string {
    const buffer = Buffer.alloc(8);
    buffer.writeBigUInt64BE(++this.#version);
    return buffer.toString('base64');
  }

  #touched(object: Loaded): void {
    this.#sorted.delete(object.set.name);
    const key = String(object.fields.Ref_Key);
    for (const set of [object.set.name, ...object.set.movements])
      if (!this.unplanned.has(set)) this.changes.set(`${set}(${key})`, { set, key });
  }
}

function rows(object: Stored, part: string): WireObject[] {
  return (object.fields[part] as WireObject[] | undefined) ?? object.lazy?.[part]?.() ?? [];
}

function tabular(value: unknown, columns: readonly Field[], ref: string): WireObject[] {
  if (!Array.isArray(value)) throw fault.format();
  return (value as WireObject[]).map((row, i) => {
    if (Number(row.LineNumber) !== i + 1)
      throw fault.configuration('Ошибка записи табличной части: неверный номер строки');
    const out: WireObject = { Ref_Key: ref, LineNumber: String(i + 1) };
    for (const column of columns) out[column.wire] = settle(column.type, row[column.wire], emptyValue(column.type));
    return out;
  });
}

const datePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;
const guidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What the platform makes of a written value: too long text is cut, a wrong type keeps what was there, a dead reference stays. */
function settle(type: FieldType, value: unknown, before: unknown): unknown {
  if (value === undefined) return before;
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? (type.length > 0 ? value.slice(0, type.length) : value) : before;
    case 'number':
      return typeof value === 'number' ? Number(value.toFixed(type.fraction)) : before;
    case 'int':
      return typeof value === 'number' ? Math.trunc(value) : before;
    case 'bool':
      return typeof value === 'boolean' ? value : before;
    case 'date':
      if (typeof value !== 'string' || !datePattern.test(value)) throw fault.value('дата');
      return value;
    case 'enum':
      if (value !== '' && !type.values.includes(String(value))) throw fault.value(type.name);
      return value;
    case 'ref':
    case 'guid':
      if (typeof value !== 'string' || !guidPattern.test(value)) throw fault.type('guid');
      return value.toLowerCase();
    default:
      return value;
  }
}

/** Even spread of texts over 0…1. */
function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h ^= h >>> 13;
  h = Math.imul(h, 0x5bd1e995);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}
