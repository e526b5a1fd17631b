import { createHash, randomUUID } from 'node:crypto';
import { SimClock } from '../kit/clock.ts';
import { Effects } from '../kit/effects.ts';
import { Faults } from '../kit/faults.ts';
import { seeded } from '../kit/random.ts';
import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../kit/server.ts';
import { type AnswerKey, answerKey, pemOf, type Spoiled, signAnswer, spoil, spoilings } from './answer-signer.ts';
import { ack, errorMessage, fault, message, stamp, stateResult } from './answers.ts';
import { DEMO_EXECUTOR, DEMO_ORGANISATION } from './demo.ts';
import { FileStore } from './file-store.ts';
import { loadSchemas, type Schemas } from './schemas.ts';
import { type Call, type Operation, Refusal, type Service, type ServiceOptions } from './service.ts';
import { addAppeals, type NewAppeal } from './services/appeals.ts';
import { addDocuments, type EarlierDocument } from './services/bill-register.ts';
import { addSubrequests, debtState, type NewSubrequest } from './services/debt-requests.ts';
import { services } from './services/index.ts';
import { addPayments, type BankPayment } from './services/notifications.ts';
import { workLists } from './services/works.ts';
import { BadSignature, checkSignature } from './signature.ts';
import { makeWorld, type World } from './world.ts';
import { all, BASE, child, children, type Element, Malformed, parse, text } from './xml.ts';

/** Settings of the simulated ГИС ЖКХ. */
export interface GisZhkhSimulatorOptions {
  port: number;
  seed?: number;
  /** Accounts and buildings of the simulated company; the same numbers as the simulated 1C has. */
  accounts?: number;
  buildings?: number;
  contour?: 'ppak' | 'sit01';
  /** HTTP login of the test contour. */
  login?: { name: string; password: string };
  /** Folder with envelope.xsd, schemas/ and versions.tsv; also by HUB_GISZHKH_SCHEMAS. */
  schemas?: string;
  /** How long a request stays in state 1, and then in state 2, milliseconds. */
  receivedMs?: number;
  workingMs?: number;
  /** What the same MessageGUID of a sender does again. */
  messageGuid?: 'same-ack' | 'new-work';
  transportGuid?: ServiceOptions['transportGuid'];
  lateAnswers?: ServiceOptions['lateAnswers'];
  signAnswers?: 'off' | 'all';
  /** What getRequestsState says when none of the requests is done: the format has no empty list. */
  noneProcessed?: 'INT002012' | 'empty';
  /** Calls of an organisation at once; more are reset. */
  atOnce?: number;
  organisations?: readonly { orgPPAGUID: string; granted?: boolean; certificates?: readonly string[] }[];
  executors?: readonly string[];
}

interface Organisation {
  granted: boolean;
  /** SHA-1 thumbprints of its certificates, upper case. */
  certificates: Set<string>;
}

interface Ticket {
  id: string;
  org: string;
  service: Service;
  at: number;
  content: string;
  salt: number;
  stuck: boolean;
  expired: boolean;
}

const FAULTS = [
  'latency',
  'http-500',
  'html-502',
  'html-503',
  'html-504',
  'cut-before-commit',
  'cut-after-commit',
  'hang-after-commit',
  'cut-half-way',
  'throttle',
  'unauthorized',
  'maintenance',
  'exp001000-fault',
  'exp001000-message',
  'in-progress-for-ever',
  'never-begun',
  'missing-result',
  'alien-result',
  'expired-result',
  'unlisted-requests',
  'xml-bomb',
  ...spoilings.map((s) => `signature-${s}`),
];

/** The stand-in of ГИС ЖКХ behind its TLS tunnel: asynchronous SOAP, signatures, rights, file store. */
export async function startGisZhkhSimulator(options: GisZhkhSimulatorOptions): Promise<Simulator> {
  const schemas = await loadSchemas(options.schemas ?? process.env.HUB_GISZHKH_SCHEMAS);
  const server = new GisZhkh(options, schemas);
  return server.start();
}

class GisZhkh {
  readonly #o: GisZhkhSimulatorOptions;
  readonly #schemas: Schemas | undefined;
  readonly #clock = new SimClock();
  readonly #effects = new Effects();
  readonly #faults: Faults;
  readonly #random: () => number;
  readonly #organisations = new Map<string, Organisation>();
  readonly #tickets = new Map<string, Ticket>();
  readonly #acks = new Map<string, string>();
  readonly #poisoned = new Set<string>();
  readonly #running = new Map<string, number>();
  readonly #files: FileStore;
  #key: AnswerKey | undefined;
  #stranger: AnswerKey | undefined;
  #world: World | undefined;
  #peak = 0;
  #polls = 0;
  /** Calls that wait for their answers, of all organisations. */
  #atOnce = 0;
  #mostAtOnce = 0;
  readonly #counts: Record<string, number> = {};

  constructor(options: GisZhkhSimulatorOptions, schemas: Schemas | undefined) {
    this.#o = options;
    this.#schemas = schemas;
    this.#random = seeded((options.seed ?? 1) + 7);
    this.#faults = new Faults(FAULTS, this.#random);
    this.#files = new FileStore(this.#clock, this.#effects, (org) => this.#organisations.has(org));
    for (const { orgPPAGUID, granted = true, certificates = [] } of options.organisations ?? [
      { orgPPAGUID: DEMO_ORGANISATION },
    ])
      this.#organisations.set(orgPPAGUID.toLowerCase(), {
        granted,
        certificates: new Set(certificates.map(thumbprint)),
      });
  }

  start(): Promise<Simulator> {
    return startSimulator(
      {
        system: 'giszhkh',
        effects: this.#effects,
        faults: this.#faults,
        clock: this.#clock,
        state: () => this.#state(),
        handle: (request) => this.#handle(request),
        controls: {
          certificates: (input) => this.#register(input as { orgPPAGUID?: string; pem?: string; thumbprint?: string }),
          subrequests: (input) =>
            addSubrequests(this.#company(), this.#clock.now(), (input as { subrequests: NewSubrequest[] }).subrequests),
          appeals: (input) =>
            addAppeals(this.#company(), this.#clock.now(), (input as { appeals: NewAppeal[] }).appeals),
          payments: (input) =>
            addPayments(this.#company(), this.#clock.now(), (input as { payments: BankPayment[] }).payments),
          documents: (input) => addDocuments(this.#company(), (input as { documents: EarlierDocument[] }).documents),
          houses: (input) => this.#moveHouse(input as { house: string; ours: boolean }),
          virusCheck: (input) => {
            this.#files.virusCheckMs = Number((input as { ms?: number }).ms ?? 0);
          },
          dropUploads: () => this.#files.dropUnfinished(),
          sample: (input) => this.#sample(input as { accounts?: number; meters?: number }),
          answerCertificate: () => ({ pem: pemOf(this.#ownKey()) }),
        },
      },
      this.#o.port,
    );
  }

  #company(): World {
    this.#world ??= makeWorld({
      seed: this.#o.seed ?? 1,
      accounts: this.#o.accounts ?? 1000,
      buildings: this.#o.buildings ?? Math.max(1, Math.min(163, Math.round((this.#o.accounts ?? 1000) / 212))),
      today: stamp(this.#clock.now()).slice(0, 10),
    });
    return this.#world;
  }

  #state(): object {
    return {
      contour: this.#o.contour ?? 'ppak',
      xsd: this.#schemas ? true : 'NO OFFICIAL SCHEMAS: messages are not validated; set HUB_GISZHKH_SCHEMAS',
      tickets: this.#tickets.size,
      peak: this.#peak,
      mostAtOnce: this.#mostAtOnce,
      polls: this.#polls,
      calls: this.#counts,
      files: this.#files.state(),
      ...(this.#world
        ? {
            accounts: this.#world.accounts.size,
            devices: this.#world.devices.size,
            subrequests: debtState(this.#world),
          }
        : {}),
    };
  }

  /** The SHA-1 thumbprint of a certificate is enough to know it by. */
  #register({
    orgPPAGUID,
    pem,
    thumbprint: given,
  }: {
    orgPPAGUID?: string;
    pem?: string;
    thumbprint?: string;
  }): object {
    const org = this.#organisations.get(String(orgPPAGUID ?? DEMO_ORGANISATION).toLowerCase());
    const print = pem ? thumbprint(pem) : given?.toUpperCase();
    if (!org || !print)
      throw new Error('Give { "pem" } or { "thumbprint" }, and { "orgPPAGUID" } of an organisation that is known.');
    org.certificates.add(print);
    return { certificates: org.certificates.size };
  }

  #moveHouse({ house, ours }: { house: string; ours: boolean }): object {
    const found = this.#company().houses.get(house.toLowerCase());
    if (!found) throw new Error(`There is no house ${house}.`);
    found.ours = ours;
    return { house: found.fias, ours };
  }

  /** Identifiers of some accounts and meters, for tests without a link to the world. */
  #sample({ accounts = 10, meters = 10 }: { accounts?: number; meters?: number }): object {
    const world = this.#company();
    const open = [...world.accounts.values()].filter((a) => !a.closed).slice(0, accounts);
    const devices = [...world.devices.values()].filter((d) => !d.archived).slice(0, meters);
    return {
      workLists: workLists(world).slice(0, accounts),
      accounts: open.map((a) => ({
        guid: a.guid,
        house: a.house.fias,
        number: a.number,
        serviceId: a.serviceId,
        premises: a.premises[0],
      })),
      meters: devices.map((d) => ({
        root: d.root,
        house: d.house.fias,
        resource: d.resource,
        tariffs: d.tariffs,
        number: d.number,
      })),
    };
  }

  async #handle(request: SimRequest): Promise<SimResponse> {
    this.#mostAtOnce = Math.max(this.#mostAtOnce, ++this.#atOnce);
    try {
      return await this.#answer(request);
    } finally {
      this.#atOnce--;
    }
  }

  async #answer(request: SimRequest): Promise<SimResponse> {
    const action = String(request.headers.soapaction ?? '').replaceAll('"', '');
    const name = action.replace(/^urn:/, '');
    const struck = this.#faults.strike(request.method, `${request.path}#${name}`);
    const latency = struck.get('latency');
    if (latency) await pause(latency.delayMs ?? 500);
    if (struck.has('http-500')) return { status: 500, body: 'Internal Server Error' };
    for (const status of [502, 503, 504]) if (struck.has(`html-${status}`)) return html(status);
    if (struck.has('throttle')) return { status: 503, headers: { 'retry-after': '1' }, body: 'busy' };
    if (struck.has('unauthorized')) return { status: 401, body: 'Unauthorized' };
    if (struck.has('cut-before-commit')) return { status: 200, cut: 'before-answer' };
    if (struck.has('maintenance')) return soap(fault('INT002029', 'Проводятся технологические работы'), 500);
    if (!this.#loggedIn(request))
      return { status: 401, headers: { 'www-authenticate': 'Basic realm="sit"' }, body: 'Unauthorized' };
    if (this.#files.serves(request.path)) return cut(this.#files.handle(request), struck);
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    return cut(await this.#soap(request, name, struck), struck);
  }

  #loggedIn({ headers }: SimRequest): boolean {
    if ((this.#o.contour ?? 'ppak') !== 'sit01') return true;
    const { name, password } = this.#o.login ?? { name: 'test', password: 'test' };
    return headers.authorization === `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  }

  async #soap(request: SimRequest, name: string, struck: ReadonlyMap<string, unknown>): Promise<SimResponse> {
    const service = services.find((s) => s.path === request.path);
    if (!service || request.method !== 'POST') return { status: 404, body: 'Not Found' };
    const source = request.body.toString('utf8');
    let envelope: Element;
    try {
      envelope = parse(source).documentElement;
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return soap(fault('FMT001300', `Некорректный XML: ${error.message}`), 500);
    }
    const header = children(child(envelope, 'Header'))[0];
    const body = children(child(envelope, 'Body'))[0];
    if (!header || !body) return soap(fault('FMT001300', 'Некорректный XML: нет заголовка или тела'), 500);
    const invalid = this.#schemas?.fault(source);
    if (invalid) return soap(fault('FMT001300', `Некорректный XML: ${invalid}`), 500);
    const org = (
      text(header, 'orgPPAGUID') ??
      (service.header === 'ISRequestHeader' ? [...this.#organisations.keys()][0] : '') ??
      ''
    ).toLowerCase();
    if (header.localName !== service.header)
      return soap(fault('FMT001300', `Некорректный XML: заголовок ${header.localName}`), 500);
    const organisation = this.#organisations.get(org);
    if (!organisation) return soap(fault('AUT011002', 'Организация не найдена'), 500);
    if (!organisation.granted) return soap(fault('AUT011009', 'Информационной системе не предоставлены права'), 500);
    const running = (this.#running.get(org) ?? 0) + 1;
    this.#peak = Math.max(this.#peak, running);
    if (running > (this.#o.atOnce ?? 2)) return { status: 200, cut: 'before-answer' };
    this.#running.set(org, running);
    try {
      await pause(0);
      if (name === 'getState') return this.#state3(service, org, body, struck);
      if (name === 'getRequestsState') return this.#processed(service, org, body, struck);
      return this.#accept(service, name, { org, organisation, header, body, source }, struck);
    } finally {
      this.#running.set(org, (this.#running.get(org) ?? 1) - 1);
    }
  }

  async #accept(
    service: Service,
    name: string,
    m: { org: string; organisation: Organisation; header: Element; body: Element; source: string },
    struck: ReadonlyMap<string, unknown>,
  ): Promise<SimResponse> {
    const operation = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
    if (!operation || m.body.localName !== operation.element || m.body.namespaceURI !== service.namespace)
      return soap(fault('FMT001300', 'Некорректный XML: тело не подходит операции'), 500);
    const version = m.body.getAttributeNS(BASE, 'version') ?? '';
    const versions = this.#schemas?.versions(service.namespace, operation.element);
    if (version === '' || (versions && !versions.includes(version))) return { status: 400, body: 'Bad Request' };
    const signed = this.#judge(m);
    if (signed) return signed;
    const messageGuid = (text(m.header, 'MessageGUID') ?? '').toLowerCase();
    const date = Date.parse(text(m.header, 'Date') ?? '');
    if (!(Math.abs(date - this.#clock.now()) <= 5 * 60_000))
      return soap(fault('FMT001301', 'Недопустимая дата сообщения'), 500);
    const digest = createHash('sha256').update(m.source).digest('hex');
    if (struck.has('exp001000-fault') || this.#poisoned.has(digest)) {
      this.#poisoned.add(digest);
      return soap(
        fault('EXP001000', 'Произошла ошибка при передаче данных. Попробуйте осуществить передачу данных повторно'),
        500,
      );
    }
    const before = this.#acks.get(`${m.org} ${messageGuid}`);
    if (before && (this.#o.messageGuid ?? 'same-ack') === 'same-ack')
      return soap(message(this.#clock.now(), messageGuid, ack(before, messageGuid)));
    const ticket = this.#work(service, operation, m, struck);
    this.#acks.set(`${m.org} ${messageGuid}`, ticket.id);
    if (struck.has('hang-after-commit')) await pause(60_000);
    return soap(message(this.#clock.now(), randomUUID(), ack(ticket.id, messageGuid)));
  }

  #judge(m: { organisation: Organisation; body: Element }): SimResponse | undefined {
    try {
      const certificate = checkSignature(m.body, this.#clock.now());
      if (m.organisation.certificates.has(createHash('sha1').update(certificate.der).digest('hex').toUpperCase()))
        return undefined;
      return soap(fault('AUT011000', 'Сертификат информационной системы не зарегистрирован'), 500);
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
      this.#counts.badSignatures = (this.#counts.badSignatures ?? 0) + 1;
      return soap(fault('AUT011004', `Подпись не принята: ${error.message}`), 500);
    }
  }

  /** The work is done at once; what is delayed is how much of it the sender sees. */
  #work(
    service: Service,
    operation: Operation,
    m: { org: string; body: Element },
    struck: ReadonlyMap<string, unknown>,
  ): Ticket {
    const call: Call = {
      world: this.#company(),
      clock: this.#clock,
      effects: this.#effects,
      files: this.#files,
      org: m.org,
      contour: this.#o.contour ?? 'ppak',
      guid: randomUUID,
      options: {
        transportGuid: this.#o.transportGuid ?? 'idempotent',
        lateAnswers: this.#o.lateAnswers ?? 'taken',
        executors: this.#o.executors ?? [DEMO_EXECUTOR],
      },
    };
    let content: string;
    try {
      if (struck.has('exp001000-message')) throw new Refusal('EXP001000', 'Unknown fault occured');
      // It stays in work without having begun, as in a queue that stands still.
      content = struck.has('never-begun') ? '' : operation.handler(m.body, call);
      if (operation.kind === 'import') content = this.#disturbed(content, struck);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      content = errorMessage(error.code, error.message);
    }
    const ticket: Ticket = {
      id: randomUUID(),
      org: m.org,
      service,
      at: this.#clock.now(),
      content,
      salt: this.#tickets.size,
      stuck: struck.has('in-progress-for-ever') || struck.has('never-begun'),
      expired: struck.has('expired-result'),
    };
    this.#tickets.set(ticket.id, ticket);
    return ticket;
  }

  /** Results in another order; now and then one missing, or one that nobody asked for. */
  #disturbed(content: string, struck: ReadonlyMap<string, unknown>): string {
    const [, open = '', inner = content, close = ''] =
      /^(<s:ImportResult b:version[^>]*>)([\s\S]*)(<\/s:ImportResult>)$/.exec(content) ?? [];
    const parts: string[] =
      inner.match(
        open ? /<s:CommonResult>[\s\S]*?<\/s:CommonResult>/g : /<s:(ImportResult|importResult)>[\s\S]*?<\/s:\1>/g,
      ) ?? [];
    for (let i = parts.length - 1; i > 0; i--) {
      const j = Math.floor(this.#random() * (i + 1));
      [parts[i], parts[j]] = [parts[j] as string, parts[i] as string];
    }
    if (struck.has('missing-result') && parts.length > 1) parts.pop();
    if (struck.has('alien-result') && parts[0])
      parts.push(parts[0].replace(/(<b:TransportGUID>)[^<]*/, `$1${randomUUID()}`));
    return `${open}${parts.join('')}${close}`;
  }

  #state3(service: Service, org: string, body: Element, struck: ReadonlyMap<string, unknown>): SimResponse {
    this.#polls++;
    const id = (text(body, 'MessageGUID') ?? '').toLowerCase();
    const ticket = this.#tickets.get(id);
    if (!ticket || ticket.org !== org || ticket.service !== service || ticket.expired)
      return soap(fault('INT002013', 'Запрос с указанным идентификатором не найден'), 500);
    if (struck.has('xml-bomb'))
      return soap(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;&b;&b;&b;</x>`);
    const state = this.#stateOf(ticket);
    const result = stateResult({
      service: service.namespace,
      version: service.resultVersion,
      state,
      ticket: ticket.id,
      content: state === 3 ? ticket.content : '',
      salt: ticket.salt,
    });
    const plain = message(this.#clock.now(), randomUUID(), result);
    const spoiled = spoilings.find((s) => struck.has(`signature-${s}`));
    if (this.#o.signAnswers !== 'all' && !spoiled) return soap(plain);
    return soap(this.#signed(plain, spoiled));
  }

  /** Keys are made when first used: most stand-ins sign nothing. */
  #ownKey(): AnswerKey {
    this.#key ??= answerKey('GIS ZhKH stand-in', this.#o.seed ?? 1, Date.now());
    return this.#key;
  }

  #strangersKey(): AnswerKey {
    this.#stranger ??= answerKey('Somebody else', (this.#o.seed ?? 1) + 1, Date.now());
    return this.#stranger;
  }

  #signed(plain: string, spoiled: Spoiled | undefined): string {
    const at = `${stamp(this.#clock.now()).slice(0, 19)}+03:00`;
    const key = spoiled === 'stranger' ? this.#strangersKey() : this.#ownKey();
    const answer = signAnswer(plain, key, at, randomUUID());
    return spoiled ? spoil(answer, plain, spoiled) : answer;
  }

  /** Which of many requests are done; only the service of payment documents has it. */
  #processed(service: Service, org: string, body: Element, struck: ReadonlyMap<string, unknown>): SimResponse {
    if (!service.path.includes('bills') || body.localName !== 'getRequestsStateRequest' || body.namespaceURI !== BASE)
      return soap(fault('FMT001300', 'Некорректный XML: тело не подходит операции'), 500);
    const done = all(body, 'MessageGUIDList')
      .map((e) => (e.textContent ?? '').trim().toLowerCase())
      .filter((id) => {
        const ticket = this.#tickets.get(id);
        return ticket && ticket.org === org && ticket.service === service && this.#stateOf(ticket) === 3;
      });
    const listed = struck.has('unlisted-requests') ? [] : done;
    if (listed.length === 0 && (this.#o.noneProcessed ?? 'INT002012') === 'INT002012')
      return soap(fault('INT002012', 'Нет объектов для экспорта'), 500);
    const list = listed.map((id) => `<ns2:MessageGUIDList>${id}</ns2:MessageGUIDList>`).join('');
    const answer = `<ns2:getRequestsStateResult xmlns:ns2="${BASE}" Id="signed-${randomUUID()}">${list}</ns2:getRequestsStateResult>`;
    const plain = message(this.#clock.now(), randomUUID(), answer);
    return soap(this.#o.signAnswers === 'all' ? this.#signed(plain, undefined) : plain);
  }

  #stateOf(ticket: Ticket): 1 | 2 | 3 {
    if (ticket.stuck) return 2;
    const age = this.#clock.now() - ticket.at;
    const [received, working] = [this.#o.receivedMs ?? 300, this.#o.workingMs ?? 700];
    return age < received ? 1 : age < received + working ? 2 : 3;
  }
}

/** Whatever is answered, it may not arrive. */
function cut(answer: SimResponse, struck: ReadonlyMap<string, unknown>): SimResponse {
  if (struck.has('cut-after-commit')) return { ...answer, cut: 'before-answer' };
  return struck.has('cut-half-way') ? { ...answer, cut: 'half-way' } : answer;
}

function thumbprint(pem: string): string {
  const base64 = pem.replace(/-----[^-]+-----/g, '').replace(/\s/g, '');
  return createHash('sha1').update(Buffer.from(base64, 'base64')).digest('hex').toUpperCase();
}

function soap(body: string, status = 200): SimResponse {
  // The header names another encoding than the bytes have, as the real server's does.
  return { status, headers: { 'content-type': 'text/xml; charset=ISO-8859-1' }, body };
}

function html(status: number): SimResponse {
  return {
    status,
    headers: { 'content-type': 'text/html' },
    body: `<html><head><title>${status}</title></head><body><center><h1>${status} Bad Gateway</h1><br></center></body></html>`,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
