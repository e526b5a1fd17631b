import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Api } from '../api.ts';
import { createApi } from '../api.ts';
import { configFile, type GlobalOptions, UsageError } from '../globals.ts';
import { startLocalHub } from '../local-hub.ts';
import { duration, grouped, type Output, table } from '../output.ts';

const READINGS = 1_000;
const DOCUMENTS = 50;
const INQUIRIES = 20;
/** Of these, about debt that a court has confirmed; the others about none. */
const CONFIRMED = 5;
const ASKED = INQUIRIES + CONFIRMED;
/** Accounts of the demo's company: six houses. */
const ACCOUNTS = 1_300;
/** Everything is over long before. */
const GIVE_UP_MS = 15 * 60_000;
const ENDED = ['succeeded', 'failed', 'dead', 'cancelled'] as const;

/** Faults that the simulated ГИС ЖКХ makes meanwhile. */
const FAULTS = [
  { fault: 'cut-after-commit', times: 2, match: '#importMeteringDeviceValues' },
  { fault: 'missing-result', times: 1, match: '#importMeteringDeviceValues' },
  { fault: 'exp001000-fault', times: 1, match: '#importPaymentDocumentData' },
  { fault: 'cut-after-commit', times: 1, match: '#importPaymentDocumentData' },
  { fault: 'exp001000-message', times: 1, match: '#importResponses' },
  { fault: 'html-502', times: 3, match: '#getState' },
];

interface Row {
  what: string;
  kind: string;
  effect: string;
  wanted: number;
}
/** Inquiries that the records leave in doubt become tasks: they are not answered by machine. */
const DEBT_ANSWERS = 'giszhkh.debt-answers';
const ROWS: readonly Row[] = [
  { what: 'meter readings', kind: 'meter-readings.publish', effect: 'giszhkh.readings', wanted: READINGS },
  {
    what: 'payment documents',
    kind: 'payment-documents.publish',
    effect: 'giszhkh.payment-documents',
    wanted: DOCUMENTS,
  },
  {
    what: 'answers to debt requests',
    kind: 'debt-inquiries.answer',
    effect: DEBT_ANSWERS,
    wanted: ASKED,
  },
];

/** `hub demo giszhkh`: a small company of its own, so that nothing of yours is touched. */
export async function demoGisZhkh(options: GlobalOptions, out: Output): Promise<void> {
  if (configFile(options)) throw new UsageError('The demo works on simulators only; run it without --config.');
  const data = mkdtempSync(join(tmpdir(), 'hub-demo-'));
  const local = await startLocalHub({ ...options, data, simPort: 0, simAccounts: ACCOUNTS }, { active: true });
  try {
    const simulator = local.simulators?.urls.giszhkh;
    if (!simulator) throw new Error('The simulated ГИС ЖКХ did not start.');
    await run(createApi(local.controlUrl, local.controlKey), simulator, out);
  } finally {
    await local.close();
    rmSync(data, { recursive: true, force: true });
  }
}

async function run(api: Api, simulator: string, out: Output): Promise<void> {
  const started = Date.now();
  const sim = controlsOf(simulator);
  out.note(`A company of ${grouped(ACCOUNTS)} accounts in six houses; its own hub, 1C and ГИС ЖКХ on loopback.`);
  await pull(api, out, 'onec-main', 'Reading the company from 1C');
  for (const entity of ['Building', 'Premises', 'PersonalAccount', 'Meter'])
    await pull(api, out, 'giszhkh-main', `Linking what ГИС ЖКХ has of it: ${entity}`, entity);
  for (const fault of FAULTS) await sim.post('faults', fault);
  out.note(`Faults are on: ${FAULTS.map((f) => `${f.fault} × ${f.times}`).join(', ')}.`);
  const sample = (await sim.post('sample', { accounts: DOCUMENTS, meters: READINGS })) as Sample;
  await submitReadings(api, out, sample);
  await submitDocuments(api, out, sample);
  await askAboutDebts(api, sim, out);
  const counts = await follow(api, out);
  const tampered = await tamper(api, simulator, sample);
  const seconds = (Date.now() - started) / 1000;
  await show(sim, out, { counts, left: await openTasks(api), failed: await failures(api), tampered, seconds });
}

type Tally = Record<string, number>;

/** Debt requests that wait for a person, by reason. */
async function openTasks(api: Api): Promise<Tally> {
  const left: Tally = {};
  for (const { code, count } of await everything<{ code: string | null; count: number }>(
    api,
    '/v1/tasks?kind=debt-inquiry',
  ))
    left[code ?? 'no code'] = (left[code ?? 'no code'] ?? 0) + count;
  return left;
}

/** Operations that have not succeeded, by kind and code. */
async function failures(api: Api): Promise<Tally> {
  const failed: Tally = {};
  for (const { kind } of ROWS)
    for (const status of ENDED.slice(1))
      for (const { error } of await everything<{ error?: { code?: string } | null }>(
        api,
        `/v1/operations?kind=${kind}&status=${status}`,
      )) {
        const name = `${kind} ${error?.code ?? status}`;
        failed[name] = (failed[name] ?? 0) + 1;
      }
  return failed;
}

const told = (tally: Tally): string =>
  Object.entries(tally)
    .map(([name, n]) => `${name} × ${n}`)
    .join(', ');

interface Sample {
  accounts: { number: string }[];
  meters: { number: string }[];
}
type Controls = { get(name: string): Promise<unknown>; post(name: string, body: unknown): Promise<unknown> };

function controlsOf(url: string): Controls {
  const call = async (method: string, name: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/__sim/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The simulator answered ${response.status} to ${name}.`);
    return response.json();
  };
  return { get: (name) => call('GET', name), post: (name, body) => call('POST', name, body) };
}

async function pull(api: Api, out: Output, instance: string, what: string, entity?: string): Promise<void> {
  const began = Date.now();
  const { entities } = await api.post<{ entities: string[] }>(`/v1/connectors/${instance}/sync`, {
    full: false,
    ...(entity ? { entity } : {}),
  });
  for (let told = 0; ; ) {
    await delay(200);
    const { items } = await api.get<{
      items: {
        instance: string;
        entity: string;
        running: boolean;
        progress: { seen: number } | null;
        error: { message: string } | null;
      }[];
    }>('/v1/sync');
    const ours = items.filter((i) => i.instance === instance && entities.includes(i.entity));
    const failed = ours.find((i) => i.error && !i.running);
    if (failed) throw new Error(`${instance} ${failed.entity}: ${failed.error?.message}`);
    const seen = ours.reduce((n, i) => n + (i.progress?.seen ?? 0), 0);
    if (ours.length === entities.length && ours.every((i) => i.progress !== null && !i.running)) {
      out.note(`${what}: ${grouped(seen)} objects in ${duration((Date.now() - began) / 1000)}.`);
      return;
    }
    if (Date.now() - told > 3_000) {
      told = Date.now();
      out.note(`${what}: ${grouped(seen)} objects…`);
    }
    if (Date.now() - began > GIVE_UP_MS) throw new Error(`${what} did not end.`);
  }
}

async function everything<T>(api: Api, path: string): Promise<T[]> {
  const items: T[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: T[]; nextCursor: string | null } = await api.get(
      `${path}${path.includes('?') ? '&' : '?'}limit=200${cursor ? `&cursor=${cursor}` : ''}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

/** The readings go to 1C first, and from there to ГИС ЖКХ by themselves. */
async function submitReadings(api: Api, out: Output, { meters }: Sample): Promise<void> {
  const known = new Map(
    (await everything<{ id: string; serialNumber: string; tariffs: number }>(api, '/v1/meters')).map((m) => [
      m.serialNumber,
      m,
    ]),
  );
  const readAt = new Date().toISOString().slice(0, 10);
  const items = meters.flatMap(({ number }, i) => {
    const meter = known.get(number);
    if (!meter) return [];
    const values = Array.from({ length: meter.tariffs }, (_, t) => `${90_000 + i}.${t + 1}25`);
    return [{ meter: meter.id, readAt, values, idempotencyKey: `demo-reading-${i}` }];
  });
  await submit(api, out, '/v1/meter-readings/bulk', items, 'readings from the app');
}

async function submitDocuments(api: Api, out: Output, { accounts }: Sample): Promise<void> {
  const known = new Map(
    (await everything<{ id: string; number: string }>(api, '/v1/accounts')).map((a) => [a.number, a.id]),
  );
  const period = new Date().toISOString().slice(0, 7);
  const money = (kopecks: number) => ({ amount: (kopecks / 100).toFixed(2), currency: 'RUB' });
  const items = accounts.flatMap(({ number }, i) => {
    const account = known.get(number);
    if (!account) return [];
    const payable = money(133_035 + i);
    return [
      {
        account,
        period,
        number: `${number}-${period.replace('-', '')}`,
        lines: [{ kind: 'housing', service: { code: '1', registry: '50' }, tariff: '24.5', charged: payable, payable }],
        total: payable,
        payee: { bik: '044525225', account: '40702810000000000001' },
        expose: true,
        idempotencyKey: `demo-document-${i}`,
      },
    ];
  });
  await submit(api, out, '/v1/payment-documents/bulk', items, 'payment documents');
}

async function submit(api: Api, out: Output, path: string, items: readonly unknown[], what: string): Promise<void> {
  const answer = await api.post<{
    accepted: number;
    rejected: number;
    items: { problem?: { code: string; detail?: string } }[];
  }>(path, items);
  const problem = answer.items.find((i) => i.problem)?.problem;
  if (answer.rejected > 0)
    throw new Error(`${answer.rejected} ${what} were rejected: ${problem?.code} ${problem?.detail ?? ''}`);
  out.note(`${grouped(answer.accepted)} ${what} accepted.`);
}

/** Social offices ask about flats whose answer the records leave no doubt of; ГИС ЖКХ hands the requests out. */
async function askAboutDebts(api: Api, sim: Controls, out: Output): Promise<void> {
  const buildings = new Map(
    (await everything<{ id: string; address: { gar?: string | null } | null }>(api, '/v1/buildings')).map((b) => [
      b.id,
      b.address?.gar,
    ]),
  );
  const premises = await everything<{ id: string; number: string; building: string }>(api, '/v1/premises');
  const accounts = await everything<{ id: string; premises: string | null }>(api, '/v1/accounts');
  const cases = await everything<{
    account: string;
    stage: string;
    act: { inForceOn: string | null } | null;
    files: unknown[];
  }>(api, '/v1/court-cases');
  const casesOf = new Map<string, typeof cases>();
  for (const one of cases) casesOf.set(one.account, [...(casesOf.get(one.account) ?? []), one]);
  const of = (p: (typeof premises)[number]) =>
    accounts.filter((a) => a.premises === p.id).flatMap((a) => casesOf.get(a.id) ?? []);
  const inOurHouses = premises.filter((p) => buildings.get(p.building));
  const confirmed = inOurHouses.filter((p) => {
    const [one, second] = of(p);
    return (
      one && !second && ['ordered', 'enforcement'].includes(one.stage) && one.act?.inForceOn && one.files.length > 0
    );
  });
  const clear = inOurHouses.filter((p) => of(p).length === 0);
  const asked = [...confirmed.slice(0, CONFIRMED), ...clear].slice(0, ASKED);
  const subrequests = asked.map((p, i) => ({
    house: buildings.get(p.building),
    flat: p.number,
    form: i % 2 ? '14' : '13',
  }));
  await sim.post('subrequests', { subrequests });
  await pull(api, out, 'giszhkh-main', 'Reading the debt requests', 'DebtInquiry');
}

async function follow(api: Api, out: Output): Promise<Map<string, Record<string, number>>> {
  const began = Date.now();
  for (let told = 0; ; ) {
    const counts = new Map<string, Record<string, number>>();
    for (const { kind } of ROWS) {
      const of: Record<string, number> = {};
      for (const status of ENDED) {
        const found = await everything(api, `/v1/operations?kind=${kind}&status=${status}`);
        if (found.length > 0) of[status] = found.length;
      }
      counts.set(kind, of);
    }
    const left = (await everything(api, '/v1/tasks?kind=debt-inquiry')).length;
    const done = (row: Row): number =>
      Object.values(counts.get(row.kind) ?? {}).reduce((a, b) => a + b, 0) + (row.effect === DEBT_ANSWERS ? left : 0);
    if (ROWS.every((row) => done(row) >= row.wanted)) return counts;
    if (Date.now() - told > 3_000) {
      told = Date.now();
      out.note(
        `${ROWS.map((row) => `${row.what} ${grouped(done(row))}/${grouped(row.wanted)}`).join(', ')}; ${duration((Date.now() - began) / 1000)}`,
      );
    }
    if (Date.now() - began > GIVE_UP_MS) return counts;
    await delay(500);
  }
}

/** A request of ours with one digit changed on the way, sent to ГИС ЖКХ by somebody else. */
async function tamper(api: Api, simulator: string, { accounts }: Sample): Promise<string> {
  const known = (await everything<{ id: string; number: string }>(api, '/v1/accounts')).find(
    (a) => a.number === accounts[0]?.number,
  );
  const preview = await api.post<{ request: string }>(
    '/v1/payment-documents?dryRun=true',
    {
      account: known?.id,
      period: '2026-01',
      lines: [
        {
          kind: 'housing',
          service: { code: '1', registry: '50' },
          tariff: '24.5',
          charged: { amount: '100.00', currency: 'RUB' },
          payable: { amount: '100.00', currency: 'RUB' },
        },
      ],
      total: { amount: '100.00', currency: 'RUB' },
      payee: { bik: '044525225', account: '40702810000000000001' },
      expose: true,
    },
    { 'idempotency-key': `demo-tampered-${Date.now()}` },
  );
  const response = await fetch(`${simulator}/ext-bus-bills-service/services/BillsAsync`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:importPaymentDocumentData"' },
    body: preview.request.replaceAll('>100.00<', '>900.00<'),
  });
  const answer = await response.text();
  return /<faultstring>([^<]*)/.exec(answer)?.[1] ?? `it was taken (${response.status})`;
}

async function show(
  sim: Controls,
  out: Output,
  {
    counts,
    left,
    failed,
    tampered,
    seconds,
  }: { counts: Map<string, Tally>; left: Tally; failed: Tally; tampered: string; seconds: number },
): Promise<void> {
  const effects = (await sim.get('effects')) as Record<string, { count: number; distinct: number }>;
  const { struck } = (await sim.get('faults')) as { struck: Record<string, number> };
  const rows = ROWS.map((row) => {
    const succeeded = counts.get(row.kind)?.succeeded ?? 0;
    const { count = 0, distinct = 0 } = effects[row.effect] ?? {};
    const enough = row.effect === DEBT_ANSWERS ? succeeded >= INQUIRIES : succeeded === row.wanted;
    return {
      ...row,
      succeeded,
      count,
      distinct,
      equal: enough && count === succeeded && distinct === succeeded,
    };
  });
  const refused = /^AUT/.test(tampered);
  out.result(
    {
      rows: rows.map(({ what, wanted, succeeded, count, distinct, equal }) => ({
        what,
        wanted,
        succeeded,
        effects: count,
        distinct,
        equal,
      })),
      faults: struck,
      left,
      failed,
      tampered,
      seconds,
    },
    () =>
      [
        table(
          ['', 'asked for', 'succeeded', 'in ГИС ЖКХ', 'distinct', ''],
          rows.map((r) => [
            r.what,
            grouped(r.wanted),
            grouped(r.succeeded),
            grouped(r.count),
            grouped(r.distinct),
            r.equal ? 'equal' : 'DIFFERENT',
          ]),
        ),
        `Faults that struck: ${told(struck)}.`,
        ...(Object.keys(left).length > 0 ? [`Debt requests left to people: ${told(left)}.`] : []),
        ...(Object.keys(failed).length > 0 ? [`Not succeeded: ${told(failed)}.`] : []),
        `A request with one sum changed on the way: ${refused ? 'refused' : 'NOT REFUSED'} (${tampered}).`,
        duration(seconds),
      ].join('\n'),
  );
  if (!refused || rows.some((r) => !r.equal) || Object.keys(failed).length > 0) process.exitCode = 1;
}
