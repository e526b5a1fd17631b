import { setTimeout as delay } from 'node:timers/promises';
import { SimClock } from '../kit/clock.ts';
import { Effects } from '../kit/effects.ts';
import { Faults } from '../kit/faults.ts';
import { LateWork } from '../kit/late-work.ts';
import { seeded } from '../kit/random.ts';
import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../kit/server.ts';
import { argumentsOf, countAnswer, errorAnswer, html, parseBody, schemaOf, schemaOfSet, text } from './answers.ts';
import { feedOf } from './atom.ts';
import { Base } from './base.ts';
import { monthBefore, newCompany } from './company.ts';
import { fault, ODataFault } from './errors.ts';
import { exchange, recordSetOf } from './exchange.ts';
import type { FilterSchema, WireObject } from './filter.ts';
import { metadataXml } from './metadata.ts';
import { type Configuration, readModel, type SetModel } from './model.ts';
import { filterAndSort, filterOf, isKeptOrder, keysOf, parseOptions, project, whole } from './query.ts';
import { restructure } from './restructure.ts';
import { Sessions } from './sessions.ts';
import { virtualTable } from './virtual-table.ts';

export interface OnecSimulatorOptions {
  port: number;
  seed?: number;
  /** Personal accounts; 34,588 by default. */
  accounts?: number;
  /** Houses; 163 for the whole company, fewer for a smaller one. */
  buildings?: number;
  login?: string;
  password?: string;
  /** Name of the publication, part of the address. */
  base?: string;
  /** Zone of the server: all dates are naive in it. */
  timezone?: string;
  /** Which configuration the base has: the standard one, or one with other names and another structure. */
  configuration?: Configuration;
  /** Sessions that clients may keep open by header. */
  sessions?: number;
  /** Idle time after which such a session is gone. */
  sessionMaxAgeMs?: number;
  /** Simultaneous requests that find a licence. */
  licences?: number;
  /** Bytes of an answer after which the application server runs out of memory. */
  memoryBytes?: number;
  /** A byte order mark before JSON bodies (some publications). */
  bom?: boolean;
}

const KNOWN_FAULTS = [
  'latency',
  'http-500',
  'cut-before-commit',
  'cut-after-commit',
  'cut-half-way',
  'late-commit',
  'throttle',
  'unauthorized',
  'maintenance',
  'html',
  'app-exception',
  'truncated',
  'post-breaks',
  'odata-error',
];
const PREFIX = 'odata/standard.odata';
/** How late a request is carried out that was cut by `late-commit`. */
const LATE_MS = 60_000;

/** The stand-in of a 1C base published by its standard OData interface (vendor manual §17.4). */
export async function startOnecSimulator(options: OnecSimulatorOptions): Promise<Simulator> {
  const accounts = options.accounts ?? 34_588;
  const settings = {
    base: options.base ?? 'uk',
    timezone: options.timezone ?? 'Europe/Moscow',
    credentials: `Basic ${Buffer.from(`${options.login ?? 'hub'}:${options.password ?? 'hub-sandbox'}`).toString('base64')}`,
    licences: options.licences ?? 20,
    memoryBytes: options.memoryBytes ?? 64 * 1024 * 1024,
    bom: options.bom ?? false,
    denied: new Set<string>(),
    sessionsBanned: false,
    /** No document says whether functions of registers take `$orderby`, `$top` and `$skip`: a base may do anything. */
    virtualPaging: 'take' as 'take' | 'refuse' | 'ignore' | 'ignoreSkip',
  };
  const clock = new SimClock();
  const effects = new Effects();
  const random = seeded(options.seed ?? 1);
  const faults = new Faults(KNOWN_FAULTS, random);
  const model = readModel(options.configuration);
  const { names } = model;
  const today = (): string =>
    new Intl.DateTimeFormat('sv-SE', { timeZone: settings.timezone }).format(new Date(clock.now()));
  const company = restructure(
    newCompany({
      seed: options.seed ?? 1,
      accounts,
      buildings: options.buildings ?? Math.max(1, Math.min(163, Math.round(accounts / 212))),
      today: today(),
    }),
    model,
  );
  const base = new Base(model, company, effects);
  const metadata = names.publishText(metadataXml(model));
  const sessions = new Sessions(options.sessions ?? 10, options.sessionMaxAgeMs ?? 20_000);
  const lateWork = new LateWork();
  let busy = 0;
  let requests = 0;

  const root = `/${settings.base}/${PREFIX}`;
  const handle = async (request: SimRequest): Promise<SimResponse> => {
    requests++;
    const struck = faults.strike(request.method, request.path);
    if (struck.has('latency')) await delay(struck.get('latency')?.delayMs ?? 500);
    if (struck.has('cut-before-commit')) return { status: 0, cut: 'before-answer' };
    if (struck.has('http-500')) return html(500, 'Internal Server Error');
    if (struck.has('throttle')) return html(503, 'Service Unavailable');
    if (struck.has('html')) return html(200, 'Вход в систему');
    if (struck.has('maintenance') || settings.sessionsBanned)
      return text(
        500,
        'Установка сеанса запрещена: начало сеанса с информационной базой запрещено. Выполняется обновление.',
      );
    if (struck.has('app-exception'))
      return json(500, { exception: { inner: null, descr: 'Ошибка сервера приложений' } });
    if (request.headers.authorization !== settings.credentials || struck.has('unauthorized'))
      return {
        ...html(401, 'Неправильное имя или пароль пользователя'),
        headers: { 'www-authenticate': 'Basic realm="1C"', 'content-type': 'text/html; charset=utf-8' },
      };
    if (Buffer.byteLength(request.rawQuery) > 2048) return html(404, '404.15 - Not Found: query string too long');
    if (!request.path.startsWith(root)) return html(404, 'Not Found');
    const session = sessions.open(request.headers, clock.now());
    if (session === 'refused') return text(406, 'Истекло время ожидания сеанса');
    if (busy >= settings.licences) return text(500, 'Не обнаружена лицензия для использования программы');
    busy++;
    try {
      // A real base answers from another process: let requests overlap here too.
      await new Promise((resolve) => setImmediate(resolve));
      const late = struck.get('late-commit');
      if (late) {
        lateWork.add(late.delayMs ?? LATE_MS, () => answerLate(request));
        return { status: 0, cut: 'before-answer' };
      }
      const plain = answer(request, struck.has('post-breaks'));
      const response =
        session === undefined
          ? plain
          : { ...plain, headers: { ...plain.headers, 'set-cookie': `ibsession=${session}` } };
      if (struck.has('odata-error')) throw fault.configuration('Конфликт блокировок при выполнении транзакции');
      if (struck.has('cut-after-commit')) return { ...response, cut: 'before-answer' };
      if (struck.has('cut-half-way')) return { ...response, cut: 'half-way' };
      if (struck.has('truncated')) return { ...response, body: String(response.body).slice(0, -20) };
      return response;
    } catch (error) {
      if (!(error instanceof ODataFault)) throw error;
      return errorAnswer(request, new ODataFault(error.status, error.code, names.publishText(error.message)));
    } finally {
      busy--;
    }
  };

  /** Nobody waits for the answer any more; a refusal changes nothing. */
  const answerLate = (request: SimRequest): void => {
    try {
      answer(request, false);
    } catch (error) {
      if (!(error instanceof ODataFault)) throw error;
    }
  };

  const answer = (request: SimRequest, postBreaks: boolean): SimResponse => {
    const path = names.understandExpression(request.path.slice(root.length).replace(/^\//, ''));
    if (path === '$metadata')
      return {
        status: 200,
        headers: { 'content-type': 'application/xml;charset=utf-8', dataserviceversion: '3.0' },
        body: metadata,
      };
    const queryOptions = understood(parseOptions(request.rawQuery));
    if (path === '') return serviceDocument(queryOptions);
    if (path === 'SelectChanges' || path === 'NotifyChangesReceived')
      return exchange({ base, names, root, now: clock.now() }, request.method, path, queryOptions);
    const target = parsePath(path);
    if (settings.denied.has(target.set)) throw fault.rights();
    if (request.method === 'GET') return read(target, queryOptions);
    return write(request, target, queryOptions, postBreaks);
  };

  /** Options in the names of the model; the arguments of virtual tables hold names between apostrophes. */
  const understood = (given: Map<string, string>): Map<string, string> =>
    names.none
      ? given
      : new Map(
          [...given].map(([name, value]) => [
            name,
            /^(Condition|Dimensions)$/.test(name) ? names.understand(value) : names.understandExpression(value),
          ]),
        );

  const serviceDocument = (queryOptions: Map<string, string>): SimResponse => {
    const sets = [...model.sets.keys()];
    if (queryOptions.get('$format')?.includes('json'))
      return json(200, {
        'odata.metadata': `${root}/$metadata`,
        value: sets.map((name) => ({ name: names.publishText(name), url: names.publishText(name) })),
      });
    return {
      status: 200,
      headers: { 'content-type': 'application/xml;charset=utf-8' },
      body: `<service xmlns="http://www.w3.org/2007/app" xmlns:atom="http://www.w3.org/2005/Atom"><workspace><atom:title>Default</atom:title>${sets.map((s) => `<collection href="${s}"><atom:title>${s}</atom:title></collection>`).join('')}</workspace></service>`,
    };
  };

  interface Target {
    set: string;
    key?: string;
    action?: string;
    count: boolean;
    recordType: boolean;
    call?: Map<string, string>;
  }

  const parsePath = (path: string): Target => {
    const [, name = '', call, rest = ''] = /^([^(/]+)(\((?:'(?:[^']|'')*'|[^')])*\))?(?:\/(.*))?$/s.exec(path) ?? [];
    const recordType = name.endsWith('_RecordType') && !model.sets.has(name);
    const set = recordType ? name.slice(0, -'_RecordType'.length) : name;
    base.set(set);
    const target: Target = { set, count: false, recordType };
    if (call !== undefined) target.key = keyOf(call.slice(1, -1));
    if (rest === '$count') target.count = true;
    else if (rest !== '') {
      const [, action = '', args] = /^([A-Za-z]+)(?:\((.*)\))?$/s.exec(rest) ?? [];
      if (action === '') throw fault.method(rest);
      target.action = action;
      // In the path the arguments stand between apostrophes, where names were left alone.
      target.call = understood(argumentsOf(args ?? ''));
    }
    return target;
  };

  const keyOf = (inner: string): string => {
    const [, guid] = /^guid'([0-9a-fA-F-]{36})'$/.exec(inner.trim()) ?? [];
    if (guid) return guid.toLowerCase();
    const [, recorder] = /^Recorder(?:_Key)?=(?:guid)?'([0-9a-fA-F-]{36})'/.exec(inner.trim()) ?? [];
    if (recorder) return recorder.toLowerCase();
    if (inner.includes('=')) return inner;
    throw fault.type(inner.slice(0, 50));
  };

  const read = (target: Target, queryOptions: Map<string, string>): SimResponse => {
    const set = base.set(target.set);
    if (target.action) {
      const table = virtualTable(base, set, target.action, new Map([...queryOptions, ...(target.call ?? [])]), today());
      const { virtualPaging } = settings;
      const asked = ['$orderby', '$top', '$skip'].filter((name) => queryOptions.has(name));
      if (virtualPaging === 'refuse' && asked.length > 0) throw fault.option(asked.join(', '));
      const schema = schemaOf(table[0] ?? {});
      const rows =
        table.length === 0
          ? table
          : filterAndSort(table, new Map([['$orderby', queryOptions.get('$orderby') ?? '']]), schema);
      // $top shortens the answer, not the computation.
      const skip =
        virtualPaging === 'ignoreSkip' || virtualPaging === 'ignore' ? 0 : (whole(queryOptions, '$skip') ?? 0);
      const top = virtualPaging === 'ignore' ? rows.length : (whole(queryOptions, '$top') ?? rows.length);
      return collection(set, rows.slice(skip, skip + top), queryOptions, schema);
    }
    const subordinate = set.recorders.length > 0;
    if (target.key && subordinate && !target.recordType) {
      const document = base.recorders(set).find((o) => o.fields.Ref_Key === target.key);
      if (!document) throw fault.instance();
      return json(200, {
        'odata.metadata': `${root}/$metadata#${set.name}/@Element`,
        ...recordSetOf(base, set, document),
      });
    }
    if (target.key && set.independent)
      return json(200, { 'odata.metadata': `${root}/$metadata#${set.name}/@Element`, ...base.record(set, target.key) });
    if (target.key) {
      const object = base.full(base.get(set, target.key));
      const shown = project(object, queryOptions.get('$select'), new Set(set.parts.keys()), schemaOfSet(set));
      return json(200, { 'odata.metadata': `${root}/$metadata#${set.name}/@Element`, ...shown });
    }
    const schema = schemaOfSet(set);
    const referential = set.kind === 'Catalog' || set.kind === 'Document';
    const filter = queryOptions.get('$filter');
    // A set of record sets has no use for its key in a filter: a GUID breaks it, a text finds nothing.
    if (subordinate && !target.recordType && /Recorder\s+eq\s+guid'/.test(filter ?? ''))
      throw fault.configuration('Ошибка при выполнении запроса: несовместимые типы');
    const byKey = /^(Recorder|Recorder_Key|Recorder_Type|LineNumber|[,\s])*$/.test(queryOptions.get('$orderby') ?? '');
    if (target.recordType && byKey && queryOptions.get('$inlinecount') !== 'allpages') {
      const skip = whole(queryOptions, '$skip') ?? 0;
      const top = whole(queryOptions, '$top') ?? Number.MAX_SAFE_INTEGER;
      let count = 0;
      let page: WireObject[] = [];
      if (!filter) {
        count = base.recordCount(set);
        if (!target.count) page = base.recordPage(set, skip, top);
      } else {
        const matches = filterOf(filter, schema);
        for (const row of base.stream(set)) {
          if (!matches(row)) continue;
          if (++count > skip && !target.count) page.push(row);
          if (page.length >= top) break;
        }
      }
      if (target.count) return countAnswer(count);
      const shown = page.map((row) => project(row, queryOptions.get('$select'), new Set(), schema));
      return collection(set, shown, queryOptions, schema);
    }
    // The manual: with $inlinecount=allpages both $top and $skip are ignored.
    const isPaged = queryOptions.get('$inlinecount') !== 'allpages';
    const skip = isPaged ? (whole(queryOptions, '$skip') ?? 0) : 0;
    const top = isPaged ? (whole(queryOptions, '$top') ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
    const isListed = referential || set.kind === 'ExchangePlan';
    let list: readonly WireObject[];
    let total: number;
    if (isListed && !filter && isKeptOrder(queryOptions)) {
      // Of a big set only the page is touched.
      const all = base.list(set);
      total = all.length;
      list = target.count ? [] : all.slice(skip, skip + top).map((o) => o.fields);
    } else {
      const keys = referential ? keysOf(filter) : undefined;
      const plain = keys
        ? base.among(set, keys).map((o) => o.fields)
        : set.kind === 'Constant'
          ? [{ SurrogateKey: 1, Value: base.closedUntil }]
          : isListed
            ? base.list(set).map((o) => o.fields)
            : subordinate && !target.recordType
              ? base
                  .recorders(set)
                  .map((o) => ({ ...recordSetOf(base, set, { ...o, moved: { date: '', count: 0, rows: () => [] } }) }))
              : base.records(set);
      const fitting = filterAndSort(plain, queryOptions, schema);
      total = fitting.length;
      list = fitting.slice(skip, skip + top);
    }
    if (target.count) return countAnswer(total);
    const select = queryOptions.get('$select');
    const wanted =
      select && select !== '*' && select !== '**'
        ? new Set(select.split(',').map((s) => s.trim().split('/')[0]))
        : undefined;
    const expand = (queryOptions.get('$expand') ?? '').split(',').filter(Boolean);
    const parts = new Set(set.parts.keys());
    let bytes = 0;
    const rows = list.map((fields) => {
      if (subordinate && !target.recordType) {
        const document = base.recorders(set).find((o) => o.fields.Ref_Key === (fields.Recorder ?? fields.Recorder_Key));
        return document ? recordSetOf(base, set, document) : fields;
      }
      const needsParts = referential && [...parts].some((p) => !wanted || wanted.has(p)) && select !== '**';
      let object = needsParts ? base.full(base.get(set, String(fields.Ref_Key))) : fields;
      if (expand.length > 0) object = expanded(set, object, expand);
      const shown = project(object, select, parts, schema);
      if (needsParts) for (const p of parts) bytes += ((shown[p] as unknown[] | undefined)?.length ?? 0) * 350;
      if (bytes > settings.memoryBytes) throw fault.configuration("The device is full 'C:\\Temp\\v8_1F3A_2c.tmp'");
      return shown;
    });
    return collection(set, rows, queryOptions, schema, isPaged ? undefined : total);
  };

  const expanded = (set: SetModel, object: WireObject, navigations: readonly string[]): WireObject => {
    const out = { ...object };
    for (const name of navigations) {
      const field = set.fields.find((f) => f.name === name && f.type.kind === 'ref');
      if (field?.type.kind !== 'ref') throw fault.property(name);
      const to = base.set(field.type.to);
      const ref = String(object[field.wire]);
      out[name] = ref.startsWith('00000000') ? null : base.full(base.get(to, ref));
    }
    return out;
  };

  const collection = (
    set: SetModel,
    rows: readonly WireObject[],
    queryOptions: Map<string, string>,
    schema: FilterSchema,
    total?: number,
  ): SimResponse => {
    void schema;
    const format = queryOptions.get('$format') ?? 'atom';
    if (!format.includes('json'))
      return {
        status: 200,
        headers: { 'content-type': 'application/atom+xml;type=feed;charset=utf-8' },
        body: feedOf(set.name, rows, root),
      };
    const navigation = format.includes('nometadata') ? [] : set.fields.filter((f) => f.type.kind === 'ref');
    const value = navigation.length === 0 ? rows : rows.map((row) => withLinks(set, row, navigation));
    return json(200, {
      ...(format.includes('nometadata') ? {} : { 'odata.metadata': `${root}/$metadata#${set.name}` }),
      ...(total === undefined ? {} : { 'odata.count': String(total) }),
      value,
    });
  };

  const withLinks = (
    set: SetModel,
    row: WireObject,
    navigation: readonly { name: string; wire: string }[],
  ): WireObject => {
    const out = { ...row };
    for (const { name, wire } of navigation)
      if (wire in row) out[`${name}@navigationLinkUrl`] = `${set.name}(guid'${String(row.Ref_Key)}')/${name}`;
    return out;
  };

  const write = (
    request: SimRequest,
    target: Target,
    queryOptions: Map<string, string>,
    postBreaks: boolean,
  ): SimResponse => {
    const set = base.set(target.set);
    const shown = (object: { fields: WireObject }): WireObject => ({
      'odata.metadata': `${root}/$metadata#${set.name}/@Element`,
      ...(set.kind === 'Document' || set.kind === 'Catalog'
        ? base.full(base.get(set, String(object.fields.Ref_Key)))
        : object.fields),
    });
    if (request.method === 'POST' && target.action) {
      if (!target.key) throw fault.httpMethod();
      const object = base.get(set, target.key);
      if (target.action === 'Post') {
        if (postBreaks) throw fault.configuration('Ошибка при проведении: внутренняя ошибка сервера');
        base.post(object);
      } else if (target.action === 'Unpost') base.unpost(object);
      else throw fault.method(target.action);
      return { status: 200, headers: { 'content-type': 'application/json;charset=utf-8' }, body: '' };
    }
    if (request.method === 'POST') {
      if (target.key) throw fault.httpMethod();
      const object = base.create(set, bodyOf(request));
      const referential = set.kind === 'Catalog' || set.kind === 'Document';
      // Raw UTF-8 in a header, as the real server sends it.
      const location = Buffer.from(
        `http://1c.local${root}/${set.name}(guid'${String(object.fields.Ref_Key)}')`,
      ).toString('latin1');
      return {
        ...json(referential ? 201 : 200, shown(object)),
        headers: { 'content-type': 'application/json;charset=utf-8', ...(referential ? { location } : {}) },
      };
    }
    if (!target.key) throw fault.httpMethod();
    if (request.method === 'PATCH' || request.method === 'MERGE') {
      const object = base.get(set, target.key);
      base.patch(object, bodyOf(request));
      return json(200, shown(object));
    }
    if (request.method === 'DELETE') {
      if (set.independent) base.removeRecord(set, target.key);
      else base.remove(set, target.key);
      return { status: 204 };
    }
    void queryOptions;
    throw fault.httpMethod();
  };

  const bodyOf = (request: SimRequest): WireObject => names.understandBody(parseBody(request)) as WireObject;

  const json = (status: number, value: unknown): SimResponse => ({
    status,
    headers: {
      'content-type': 'application/json;charset=utf-8',
      dataserviceversion: '3.0',
      date: new Date(clock.now()).toUTCString(),
    },
    body: `${settings.bom ? '\ufeff' : ''}${JSON.stringify(names.publish(value))}`,
  });

  return startSimulator(
    {
      system: 'onec',
      effects,
      faults,
      clock,
      handle,
      onClose: () => lateWork.clear(),
      state: () => ({
        base: `/${settings.base}`,
        timezone: settings.timezone,
        accounts,
        requests,
        lateWork: lateWork.waiting,
        objects: base.counts(),
        hidden: Object.fromEntries(base.hidden),
        closedUntil: base.closedUntil,
      }),
      controls: {
        settings: (input) => {
          const s = input as {
            keepClientKey?: boolean;
            bom?: boolean;
            sessionsBanned?: boolean;
            deny?: string[];
            memoryBytes?: number;
            closedUntil?: string;
            licences?: number;
            tombstones?: boolean;
            unplanned?: string[];
            virtualPaging?: typeof settings.virtualPaging;
          };
          if (s.keepClientKey !== undefined) base.keepClientKey = s.keepClientKey;
          if (s.bom !== undefined) settings.bom = s.bom;
          if (s.sessionsBanned !== undefined) settings.sessionsBanned = s.sessionsBanned;
          if (s.deny !== undefined) settings.denied = new Set(s.deny);
          if (s.memoryBytes !== undefined) settings.memoryBytes = s.memoryBytes;
          if (s.virtualPaging !== undefined) settings.virtualPaging = s.virtualPaging;
          if (s.licences !== undefined) settings.licences = s.licences;
          if (s.tombstones !== undefined) base.tombstones = s.tombstones;
          if (s.unplanned !== undefined) base.unplanned = new Set(s.unplanned);
          if (s.closedUntil !== undefined) base.closedUntil = s.closedUntil;
          return settings.bom;
        },
        /** Hides a share of a set from this login, as a change of rights does. */
        hide: (input) => {
          const { set, share } = input as { set: string; share: number };
          base.hidden.set(base.set(set).name, share);
        },
        /** Works in the base like a user: create, patch, post, unpost or remove an object. */
        objects: (input) => {
          const { action, set, key, body } = input as { action: string; set: string; key?: string; body?: WireObject };
          const model_ = base.set(set);
          if (action === 'create') return base.create(model_, body ?? {}).fields;
          if (action === 'find')
            return base
              .list(model_)
              .slice(0, 5)
              .map((o) => o.fields);
          const object = base.get(model_, key ?? '');
          if (action === 'patch') base.patch(object, body ?? {});
          /** Bypasses the platform's checks: a value that no well-behaved base would hold. */ else if (
            action === 'corrupt'
          ) {
            Object.assign(object.fields, body);
            base.patch(object, {});
          } else if (action === 'post') base.post(object);
          else if (action === 'unpost') base.unpost(object);
          else if (action === 'remove') base.remove(model_, key ?? '');
          else throw new Error('action is create, find, patch, corrupt, post, unpost or remove');
          return {};
        },
        months: () => ({ today: today(), from: monthBefore(today(), 2) }),
      },
    },
    options.port,
  );
}
