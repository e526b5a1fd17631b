import { createHash } from 'node:crypto';
import { SimClock } from '../kit/clock.ts';
import { Effects } from '../kit/effects.ts';
import { Faults } from '../kit/faults.ts';
import { LateWork } from '../kit/late-work.ts';
import { seeded } from '../kit/random.ts';
import { type SimRequest, type SimResponse, type Simulator, startSimulator } from '../kit/server.ts';
import { partsOf } from './segments.ts';

/** Settings of the simulated SMSC account. */
export interface SmsSimulatorOptions {
  port: number;
  seed?: number;
  login?: string;
  password?: string;
  apikey?: string;
  /** Money on the account, roubles. */
  balance?: number;
  /** Price of one part, roubles. */
  pricePerPart?: number;
  /** Registered sender names; others are error 6. */
  senders?: readonly string[];
  /** Where delivery reports are posted; none without it. */
  callbackUrl?: string;
  callbackSecret?: string;
  /** Believed: the same phone and text within a minute is refused with error 9. */
  dedupe?: boolean;
  /** Simultaneous requests before error 9. */
  maxConnections?: number;
  /** Virtual milliseconds until the operator takes a message, and until the phone has it. */
  sentAfterMs?: number;
  deliveredAfterMs?: number;
}

interface Stored {
  id: number;
  phone: string;
  text: string;
  sender: string;
  acceptedAt: number;
  validMs: number;
  parts: number;
  cost: number;
  reported: number | undefined;
}

type Params = Map<string, string>;
/** How late a request is carried out that was cut by `late-commit`. */
const LATE_MS = 60_000;

/** The stand-in of SMSC.ru's HTTP interface (vendor pages «Отправка SMS», «Статусы»). */
export async function startSmsSimulator(options: SmsSimulatorOptions): Promise<Simulator> {
  const account = {
    login: options.login ?? 'hub',
    password: options.password ?? 'hub-sandbox',
    apikey: options.apikey,
    balanceKop: Math.round((options.balance ?? 100_000) * 100),
    priceKop: Math.round((options.pricePerPart ?? 4.5) * 100),
    senders: new Set(options.senders ?? ['UK-PRIMER', 'SMSC.RU']),
    dedupe: options.dedupe ?? true,
    maxConnections: options.maxConnections ?? 50,
    sentAfterMs: options.sentAfterMs ?? 1_000,
    deliveredAfterMs: options.deliveredAfterMs ?? 4_000,
    callbackUrl: options.callbackUrl,
    callbackSecret: options.callbackSecret ?? 'callback-secret',
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
  const lateWork = new LateWork();
  const messages = new Map<string, Stored>();
  const recent = new Map<string, number>();
  const errorTimes: number[] = [];
  let nextId = 1_000_000;
  let connections = 0;

  const statusOf = (m: Stored): number => {
    const age = clock.now() - m.acceptedAt;
    const tail = m.phone.slice(-4);
    if (age < account.sentAfterMs) return -1;
    if (age < account.deliveredAfterMs) return 0;
    if (tail === '0020') return 20;
    if (tail === '0022') return 22;
    if (tail === '0025') return 25;
    if (tail === '0003') return age >= m.validMs ? 3 : 0;
    return 1;
  };

  const authorised = (p: Params): boolean => {
    if (account.apikey !== undefined && p.get('apikey') === account.apikey) return true;
    const psw = p.get('psw');
    return (
      p.get('login') === account.login &&
      (psw === account.password || psw === createHash('md5').update(account.password).digest('hex'))
    );
  };

  const failure = (p: Params, code: number, text: string, id?: string): SimResponse => {
    errorTimes.push(clock.now());
    if (errorTimes.length > 100) errorTimes.splice(0, 50);
    const fmt = p.get('fmt') ?? '0';
    if (fmt === '3') return json({ error: text, error_code: code, ...(id ? { id: Number(id) } : {}) });
    if (fmt === '1') return plain(`${id ?? 0},-${code}`);
    if (fmt === '2')
      return plain(`<result><error>${text}</error><error_code>${code}</error_code></result>`, 'text/xml');
    return plain(`ERROR = ${code} (${text})`);
  };

  const blocked = (): boolean => errorTimes.filter((at) => at > clock.now() - 60_000).length >= 20;

  const send = (p: Params): SimResponse => {
    const ownId = p.get('id');
    if (ownId !== undefined && !/^\d{1,10}$/.test(ownId)) return failure(p, 1, 'parameters error');
    if (ownId !== undefined && (Number(ownId) < 1 || Number(ownId) > 2_147_483_647))
      return failure(p, 1, 'parameters error');
    const list = p.get('list');
    const targets = list
      ? list
          .split(/\r?\n/)
          .filter(Boolean)
          .map((line) => ({ phone: line.slice(0, line.indexOf(':')), text: line.slice(line.indexOf(':') + 1) }))
      : (p.get('phones') ?? '')
          .split(/[,;]/)
          .filter(Boolean)
          .map((phone) => ({ phone, text: p.get('mes') ?? '' }));
    if (targets.length === 0 || targets.length > 20_000) return failure(p, 1, 'parameters error', ownId);
    if (targets.some((t) => t.text === '' || [...t.text].length > 1000))
      return failure(p, 1, 'parameters error', ownId);
    const phones = targets.map((t) => t.phone.replace(/[\s()+-]/g, '').replace(/^8(?=\d{10}$)/, '7'));
    if (phones.some((phone) => !/^7\d{10}$/.test(phone))) return failure(p, 7, 'invalid number', ownId);
    if (phones.some((phone) => !phone.startsWith('79'))) return failure(p, 8, "message can't be delivered", ownId);
    const sender = p.get('sender') ?? 'SMSC.RU';
    if (!account.senders.has(sender)) return failure(p, 6, 'message is denied', ownId);
    const time = p.get('time');
    if (time !== undefined && !/^(\d{10}|\d{1,2}-\d{1,2}|0\d{9,10}|\+\d{1,5})$/.test(time))
      return failure(p, 5, 'invalid date', ownId);
    const valid = validity(p.get('valid'));
    if (valid === undefined) return failure(p, 1, 'parameters error', ownId);
    const parts = targets.map((t) => partsOf(t.text));
    const total = parts.reduce((a, b) => a + b, 0);
    const costKop = total * account.priceKop;
    const cost = p.get('cost') ?? '0';
    if (cost === '1') return answer(p, { cost: (costKop / 100).toFixed(2), cnt: total });
    const now = clock.now();
    if (account.dedupe) {
      for (const [i, target] of targets.entries()) {
        const key = `${phones[i]}\0${target.text}`;
        const last = recent.get(key);
        if (last !== undefined && now - last < 60_000) return failure(p, 9, 'too many requests', ownId);
      }
    }
    if (costKop > account.balanceKop) return failure(p, 3, 'no money', ownId);
    account.balanceKop -= costKop;
    const id = ownId === undefined ? nextId++ : Number(ownId);
    targets.forEach((target, i) => {
      const phone = phones[i] ?? '';
      recent.set(`${phone}\0${target.text}`, now);
      messages.set(`${id}/${phone}`, {
        id,
        phone,
        text: target.text,
        sender,
        acceptedAt: now,
        validMs: valid,
        parts: parts[i] ?? 1,
        cost: ((parts[i] ?? 1) * account.priceKop) / 100,
        reported: undefined,
      });
      // Doubles of one message share phone and text; what differs on purpose differs in one of them or in the caller's id.
      effects.add('sms.sent', ownId === undefined ? `${phone}\0${target.text}` : `${phone}\0${target.text}\0${ownId}`);
    });
    return answer(p, {
      id,
      cnt: total,
      ...(cost === '2' || cost === '3' ? { cost: (costKop / 100).toFixed(2) } : {}),
      ...(cost === '3' ? { balance: (account.balanceKop / 100).toFixed(2) } : {}),
    });
  };

  const statusEntry = (p: Params, phone: string, id: string): Record<string, unknown> => {
    const m = messages.get(`${id}/${phone.replace(/\D/g, '')}`);
    if (!m) return { status: -3, last_date: '', last_timestamp: 0, err: 0 };
    const status = statusOf(m);
    const at = new Date(clock.now());
    const entry: Record<string, unknown> = {
      status,
      last_date: moscow(at),
      last_timestamp: Math.floor(at.getTime() / 1000),
      err: status === 25 ? 6 : status === 20 ? 11 : status === 22 ? 1 : 0,
    };
    if (p.get('all') === '1' || p.get('all') === '2')
      Object.assign(entry, {
        send_date: moscow(new Date(m.acceptedAt)),
        phone: m.phone,
        cost: m.cost.toFixed(2),
        sender_id: m.sender,
        status_name: String(status),
        message: m.text,
      });
    if (p.get('all') === '2') Object.assign(entry, { country: 'Россия', operator: 'МТС', region: 'Москва' });
    return entry;
  };

  const status = (p: Params): SimResponse => {
    const phones = (p.get('phone') ?? '').split(',').filter(Boolean);
    const ids = (p.get('id') ?? '').split(',').filter(Boolean);
    if (phones.length === 0 || phones.length !== ids.length) return failure(p, 1, 'parameters error');
    const entries = phones.map((phone, i) => ({
      ...statusEntry(p, phone, ids[i] ?? ''),
      ...(phones.length > 1 ? { id: Number(ids[i]), phone } : {}),
    }));
    return json(phones.length === 1 ? entries[0] : entries);
  };

  const handle = async (request: SimRequest): Promise<SimResponse> => {
    const p = parametersOf(request);
    const struck = faults.strike(request.method, request.path);
    if (struck.has('latency')) await new Promise((r) => setTimeout(r, struck.get('latency')?.delayMs ?? 500));
    if (struck.has('cut-before-commit')) return { status: 0, cut: 'before-answer' };
    const late = struck.get('late-commit');
    if (late) {
      lateWork.add(late.delayMs ?? LATE_MS, () => route(request.path, p));
      return { status: 0, cut: 'before-answer' };
    }
    if (struck.has('http-500')) return plain('Internal Server Error', 'text/plain', 500);
    if (struck.has('maintenance')) return plain('<html><body>Технические работы</body></html>', 'text/html', 503);
    if (struck.has('html')) return plain('<html><body>Личный кабинет</body></html>', 'text/html');
    if (struck.has('throttle')) return failure(p, 9, 'too many requests', p.get('id'));
    if (struck.has('unauthorized')) return failure(p, 2, 'authorise error');
    if (struck.has('no-money')) return failure(p, 3, 'no money', p.get('id'));
    if (connections >= account.maxConnections) return failure(p, 9, 'too many requests', p.get('id'));
    connections++;
    try {
      await new Promise((resolve) => setImmediate(resolve));
      const response = route(request.path, p);
      if (struck.has('cut-after-commit')) return { ...response, cut: 'before-answer' };
      if (struck.has('cut-half-way')) return { ...response, cut: 'half-way' };
      if (struck.has('empty-answer')) return plain('');
      return response;
    } finally {
      connections--;
    }
  };

  const route = (path: string, p: Params): SimResponse => {
    if (!['/sys/send.php', '/sys/status.php', '/sys/balance.php'].includes(path))
      return plain('Not Found', 'text/plain', 404);
    if (blocked()) return failure(p, 4, 'ip is blocked');
    if (!authorised(p)) return failure(p, 2, 'authorise error');
    if (path === '/sys/send.php') return send(p);
    if (path === '/sys/status.php') return status(p);
    return json({
      balance: (account.balanceKop / 100).toFixed(2),
      ...(p.get('cur') === '1' ? { currency: 'RUR' } : {}),
    });
  };

  const report = async (m: Stored, status: number): Promise<void> => {
    const text = `${m.phone}:${m.id}:${status}:${account.callbackSecret}`;
    const form = new URLSearchParams({
      id: String(m.id),
      phone: m.phone,
      status: String(status),
      time: moscow(new Date(clock.now())),
      ts: String(Math.floor(clock.now() / 1000)),
      err: '0',
      cnt: String(m.parts),
      type: '0',
      cost: m.cost.toFixed(2),
      md5: createHash('md5').update(text).digest('hex'),
      sha1: createHash('sha1').update(text).digest('hex'),
    });
    try {
      const response = await fetch(account.callbackUrl ?? '', {
        method: 'POST',
        body: form,
        signal: AbortSignal.timeout(5_000),
      });
      if (response.status === 200) m.reported = status;
    } catch {
      // Not answered 200: told again at the next round, as the real gateway does.
    }
  };
  const timer = setInterval(() => {
    if (!account.callbackUrl) return;
    for (const m of messages.values()) {
      const now = statusOf(m);
      if (now !== -1 && now !== m.reported) void report(m, now);
    }
  }, 500);
  timer.unref();

  return startSimulator(
    {
      system: 'sms',
      effects,
      faults,
      clock,
      handle,
      onClose: () => {
        clearInterval(timer);
        lateWork.clear();
      },
      state: () => {
        const byStatus: Record<string, number> = {};
        for (const m of messages.values()) byStatus[statusOf(m)] = (byStatus[statusOf(m)] ?? 0) + 1;
        return {
          messages: messages.size,
          lateWork: lateWork.waiting,
          byStatus,
          balance: (account.balanceKop / 100).toFixed(2),
          dedupe: account.dedupe,
          last: [...messages.values()]
            .slice(-5)
            .map((m) => ({ id: m.id, phone: `7***${m.phone.slice(-4)}`, parts: m.parts, status: statusOf(m) })),
        };
      },
      controls: {
        settings: (input) => {
          const { dedupe, balance, callbackUrl, callbackSecret } = input as {
            dedupe?: boolean;
            balance?: number;
            callbackUrl?: string;
            callbackSecret?: string;
          };
          if (dedupe !== undefined) account.dedupe = dedupe;
          if (balance !== undefined) account.balanceKop = Math.round(balance * 100);
          if (callbackUrl !== undefined) account.callbackUrl = callbackUrl;
          if (callbackSecret !== undefined) account.callbackSecret = callbackSecret;
          return { dedupe: account.dedupe };
        },
        messages: (input) => {
          const { id, phone } = input as { id: number; phone: string };
          const m = messages.get(`${id}/${phone}`);
          return m ? { text: m.text, sender: m.sender, parts: m.parts, status: statusOf(m) } : { absent: true };
        },
      },
    },
    options.port,
  );
}

/** `valid`: hours 1–24 or hh:mm; a day by default. Undefined when malformed. */
function validity(text: string | undefined): number | undefined {
  if (text === undefined) return 24 * 3_600_000;
  const [, hours, minutes] = /^(\d{1,2})(?::(\d{2}))?$/.exec(text) ?? [];
  if (hours === undefined) return undefined;
  const ms = Number(hours) * 3_600_000 + Number(minutes ?? 0) * 60_000;
  return ms > 0 && ms <= 24 * 3_600_000 ? ms : undefined;
}

/** Query and form, percent-decoded as bytes and read in the account's charset: windows-1251 unless the call says otherwise. */
function parametersOf(request: SimRequest): Params {
  const pairs = [
    ...request.rawQuery.split('&'),
    ...(request.method === 'POST' ? request.body.toString('latin1').split('&') : []),
  ].filter(Boolean);
  const raw = pairs.map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? ([pair, ''] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const);
  });
  const charset = raw.find(([name]) => name === 'charset')?.[1] ?? 'windows-1251';
  const decoder = new TextDecoder(['utf-8', 'koi8-r', 'windows-1251'].includes(charset) ? charset : 'windows-1251');
  return new Map(raw.map(([name, value]) => [name, decoder.decode(percentBytes(value))]));
}

function percentBytes(text: string): Uint8Array {
  const plus = text.replace(/\+/g, ' ');
  const out: number[] = [];
  for (let i = 0; i < plus.length; i++) {
    const hex = plus[i] === '%' ? plus.slice(i + 1, i + 3) : '';
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      out.push(Number.parseInt(hex, 16));
      i += 2;
    } else out.push(plus.charCodeAt(i) & 0xff);
  }
  return Uint8Array.from(out);
}

function answer(p: Params, fields: Record<string, string | number>): SimResponse {
  const fmt = p.get('fmt') ?? '0';
  if (fmt === '3') return json(fields);
  if (fmt === '1') return plain(Object.values(fields).join(','));
  if (fmt === '2')
    return plain(
      `<result>${Object.entries(fields)
        .map(([k, v]) => `<${k}>${v}</${k}>`)
        .join('')}</result>`,
      'text/xml',
    );
  return plain(`OK - ${fields.cnt} SMS${fields.id === undefined ? '' : `, ID - ${fields.id}`}`);
}

function moscow(at: Date): string {
  const [date = '', time = ''] = new Intl.DateTimeFormat('sv-SE', {
    timeZone: 'Europe/Moscow',
    dateStyle: 'short',
    timeStyle: 'medium',
  })
    .format(at)
    .split(' ');
  return `${date.split('-').reverse().join('.')} ${time}`;
}

function json(value: unknown): SimResponse {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

function plain(body: string, type = 'text/plain', status = 200): SimResponse {
  return { status, headers: { 'content-type': `${type}; charset=utf-8` }, body };
}
