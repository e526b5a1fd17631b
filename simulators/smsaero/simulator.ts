import { SimClock } from '../kit/clock.ts';
import { Effects } from '../kit/effects.ts';
import { Faults } from '../kit/faults.ts';
import { LateWork } from '../kit/late-work.ts';
import { seeded } from '../kit/random.ts';
import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../kit/server.ts';
import { Outbox } from './outbox.ts';
import { startReports } from './reports.ts';

/** Settings of the simulated SMS Aero account. */
export interface SmsAeroSimulatorOptions {
  port: number;
  seed?: number;
  email?: string;
  apiKey?: string;
  /** Money on the account, roubles. */
  balance?: number;
  /** Price of one part, roubles. */
  pricePerPart?: number;
  /** Registered sender names; others are refused. */
  signs?: readonly string[];
  /** The account answers refusals in the old forms (`result`) instead of `success: false`. */
  oldForms?: boolean;
  sentAfterMs?: number;
  deliveredAfterMs?: number;
}

interface Account {
  email: string;
  apiKey: string;
  balanceKop: number;
  signs: ReadonlySet<string>;
  oldForms: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** Paths of the three gates (.ru, .org, .net): one account behind all of them, as in reality. */
export const gates = ['/v2/', '/org/v2/', '/net/v2/'] as const;

const MAX_TEXT = 1000;
/** How late a request is carried out that was cut by `late-commit`. */
const LATE_MS = 60_000;

/** The stand-in of the SMS Aero v2 interface. */
export async function startSmsAeroSimulator(options: SmsAeroSimulatorOptions): Promise<Simulator> {
  const account: Account = {
    email: options.email ?? 'hub@example.org',
    apiKey: options.apiKey ?? 'hub-sandbox',
    balanceKop: Math.round((options.balance ?? 100_000) * 100),
    signs: new Set(options.signs ?? ['SMS Aero', 'UK-PRIMER']),
    oldForms: options.oldForms ?? false,
  };
  const clock = new SimClock();
  const effects = new Effects();
  const faults = new Faults(
    [
      'latency',
      'http-500',
      'cut-before-commit',
      'cut-after-commit',
      'cut-half-way',
      'late-commit',
      'throttle',
      'unauthorized',
      'maintenance',
      'no-money',
      'empty-answer',
      'html',
    ],
    seeded(options.seed ?? 1),
  );
  const outbox = new Outbox({
    clock,
    effects,
    pricePerPart: options.pricePerPart ?? 5.49,
    sentAfterMs: options.sentAfterMs ?? 1_000,
    deliveredAfterMs: options.deliveredAfterMs ?? 4_000,
  });
  const reports = startReports(outbox);
  const lateWork = new LateWork();
  const byGate: Record<string, number> = {};

  const handle = async (request: SimRequest): Promise<SimResponse> => {
    const struck = faults.strike(request.method, request.path);
    if (struck.has('latency')) await new Promise((r) => setTimeout(r, struck.get('latency')?.delayMs ?? 500));
    if (struck.has('cut-before-commit')) return { status: 0, cut: 'before-answer' };
    if (struck.has('http-500')) return page('Internal Server Error', 500);
    if (struck.has('maintenance')) return page('<html><body>Технические работы</body></html>', 503);
    if (struck.has('html')) return page('<html><body>Личный кабинет</body></html>', 200);
    if (struck.has('throttle')) return json({ success: false, data: null, message: 'Too Many Requests' }, 429);
    if (struck.has('unauthorized')) return denied();
    if (struck.has('no-money')) return noMoney(account);
    const gate = gates.find((path) => request.path.startsWith(path));
    if (gate === undefined) return json({ success: false, data: null, message: 'Not Found' }, 404);
    byGate[gate] = (byGate[gate] ?? 0) + 1;
    const carryOut = (): SimResponse => answer(request, request.path.slice(gate.length), account, outbox);
    const late = struck.get('late-commit');
    if (late) {
      lateWork.add(late.delayMs ?? LATE_MS, carryOut);
      return { status: 0, cut: 'before-answer' };
    }
    const response = carryOut();
    if (struck.has('cut-after-commit')) return { ...response, cut: 'before-answer' };
    if (struck.has('cut-half-way')) return { ...response, cut: 'half-way' };
    if (struck.has('empty-answer')) return page('', 200);
    return response;
  };

  return startSimulator(
    {
      system: 'smsaero',
      effects,
      faults,
      clock,
      handle,
      onClose: () => {
        reports.stop();
        lateWork.clear();
      },
      state: () => {
        const byStatus: Record<string, number> = {};
        for (const m of outbox.all()) byStatus[outbox.statusOf(m)] = (byStatus[outbox.statusOf(m)] ?? 0) + 1;
        return {
          messages: outbox.all().length,
          lateWork: lateWork.waiting,
          byStatus,
          byGate,
          balance: (account.balanceKop / 100).toFixed(2),
          last: outbox
            .all()
            .slice(-5)
            .map((m) => ({ id: m.id, number: `7***${m.number.slice(-4)}`, status: outbox.statusOf(m) })),
        };
      },
      controls: {
        settings: (input) => {
          const { balance, oldForms } = input as { balance?: number; oldForms?: boolean };
          if (balance !== undefined) account.balanceKop = Math.round(balance * 100);
          if (oldForms !== undefined) account.oldForms = oldForms;
          return { oldForms: account.oldForms };
        },
        messages: (input) => {
          const { number } = input as { number: string };
          return { messages: outbox.all().filter((m) => m.number === number) };
        },
      },
    },
    options.port,
  );
}

function answer(request: SimRequest, selector: string, account: Account, outbox: Outbox): SimResponse {
  if (!authorised(request, account)) return denied();
  const fields = fieldsOf(request);
  if (fields === undefined) return refusal(account, 'text', 'Invalid JSON data in request body.');
  switch (selector) {
    case 'auth':
      return good(null);
    case 'balance':
      return good({ balance: account.balanceKop / 100 });
    case 'sign/list':
      return good({
        ...Object.fromEntries(
          [...account.signs].map((name, i) => [
            String(i),
            {
              id: i + 1,
              name,
              status: 1,
              extendStatus: 'active',
              statusOperators: Object.fromEntries(
                [
                  [1, 'MEGAFON'],
                  [4, 'MTS'],
                  [5, 'BEELINE'],
                  [6, 'TELE2'],
                ].map(([code, operator]) => [code, { operator, extendStatus: 'active', status: 1 }]),
              ),
            },
          ]),
        ),
        totalCount: String(account.signs.size),
      });
    case 'sms/send':
    case 'sms/testsend':
      return send(fields, selector === 'sms/testsend', account, outbox);
    case 'sms/status':
      return status(fields, outbox);
    case 'sms/list': {
      const wanted = Number(new URLSearchParams(request.rawQuery).get('page') ?? '1');
      const text = typeof fields.text === 'string' && fields.text !== '' ? fields.text : undefined;
      const number = fields.number === undefined ? undefined : digits(fields.number);
      return good(outbox.list(number, text, Number.isInteger(wanted) && wanted > 0 ? wanted : 1));
    }
    default:
      return json({ success: false, data: null, message: 'Not Found' }, 404);
  }
}

function send(fields: Fields, trial: boolean, account: Account, outbox: Outbox): SimResponse {
  const many = Array.isArray(fields.numbers);
  const numbers = (many ? (fields.numbers as unknown[]) : [fields.number]).map(digits);
  if (numbers.length === 0 || numbers.some((n) => !/^79\d{9}$/.test(n)))
    return refusal(account, 'number', 'Number is invalid.');
  if (typeof fields.text !== 'string' || fields.text === '' || [...fields.text].length > MAX_TEXT)
    return refusal(account, 'text', 'Text is invalid.');
  if (typeof fields.sign !== 'string' || !account.signs.has(fields.sign))
    return refusal(account, 'sign', 'Sign is not found.');
  const { callbackUrl } = fields;
  if (callbackUrl !== undefined && callbackUrl !== null && !/^https?:\/\//.test(String(callbackUrl)))
    return refusal(account, 'callbackUrl', 'Callback Url is not a valid URL.');
  const { text, sign } = fields;
  const costKop = Math.round(outbox.costOf(text) * 100) * numbers.length;
  if (costKop > account.balanceKop) return noMoney(account);
  if (trial) {
    const at = { from: sign, text, status: 0, extendStatus: 'queue', channel: 'FREE SIGN', cost: outbox.costOf(text) };
    return good({ id: 1, number: numbers[0], ...at });
  }
  account.balanceKop -= costKop;
  const callback =
    typeof callbackUrl === 'string'
      ? { url: callbackUrl, asJson: String(fields.callbackFormat).toUpperCase() === 'JSON' }
      : undefined;
  const sent = numbers.map((number) => outbox.sent(outbox.add(sign, number, text, callback)));
  return good(many ? sent : sent[0]);
}

function status(fields: Fields, outbox: Outbox): SimResponse {
  const message = outbox.get(Number(fields.id));
  if (!message) return json({ success: false, data: null, message: 'Message not found.' }, 404);
  return good(outbox.told(message));
}

function digits(value: unknown): string {
  return String(value ?? '').replace(/[\s()+-]/g, '');
}

/** Basic authentication by e-mail and key, percent-encoded or not. */
function authorised(request: SimRequest, account: Account): boolean {
  const [, encoded] = /^Basic (.+)$/.exec(request.headers.authorization ?? '') ?? [];
  const text = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at > 0 && text.slice(0, at) === account.email && text.slice(at + 1) === account.apiKey;
}

/** JSON body of a POST, or the query of a GET; undefined for a body that is no JSON object. */
function fieldsOf(request: SimRequest): Fields | undefined {
  if (request.method === 'GET') return Object.fromEntries(new URLSearchParams(request.rawQuery));
  if (request.body.length === 0) return {};
  try {
    const body: unknown = JSON.parse(request.body.toString('utf8'));
    return body !== null && typeof body === 'object' && !Array.isArray(body) ? (body as Fields) : {};
  } catch {
    return undefined;
  }
}

function denied(): SimResponse {
  return json({ success: false, data: null, message: 'Your request was made with invalid credentials.' }, 401);
}

function noMoney(account: Account): SimResponse {
  return account.oldForms
    ? json({ result: 'no credits' })
    : json({ success: false, data: null, message: 'Not enough money.' }, 402);
}

function refusal(account: Account, field: string, reason: string): SimResponse {
  return account.oldForms
    ? json({ result: 'reject', reason: `${field}: ${reason}` })
    : json({ success: false, data: { [field]: [reason] }, message: 'Validation error.' }, 400);
}

function good(data: unknown): SimResponse {
  return json({ success: true, data, message: null });
}

function json(value: unknown, status = 200): SimResponse {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function page(body: string, status: number): SimResponse {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}
