import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Ctx } from '../../connectors/giszhkh/ctx.ts';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import { importCommand } from '../../connectors/giszhkh/import-command.ts';
import { importKinds } from '../../connectors/giszhkh/import-kinds.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import type { OperationView, TicketView } from '../../connectors/port.ts';
import { loadSchemas } from '../../simulators/giszhkh/schemas.ts';
import { type GisZhkhSimulatorOptions, startGisZhkhSimulator } from '../../simulators/giszhkh/simulator.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { controlsOf, pemOf, type SimState } from './bench.ts';
import { contextOf } from './context.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const withFacts = facts ? test : test.skip;
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const MINUTE = 60_000;
const transport = new HttpTransport();
let sim: Simulator | undefined;
afterEach(async () => {
  await sim?.close();
  sim = undefined;
});

/** Imports into the service of payment documents, each a request of its own, by the operator's schedule. */
async function open(options: Partial<GisZhkhSimulatorOptions> = {}, settings: Record<string, unknown> = {}) {
  const started = await startGisZhkhSimulator({
    port: 0,
    accounts: 40,
    buildings: 1,
    schemas: join(facts as string, 'giszhkh'),
    receivedMs: 0,
    workingMs: 100 * MINUTE,
    ...options,
  });
  sim = started;
  const { clock } = started;
  const controls = controlsOf(started.url);
  await controls.post('certificates', { pem: pemOf('dir256') });
  /** What was asked by lists, and what came back. */
  const lists: string[] = [];
  const answers: string[] = [];
  const http = transport.client({ clock, log });
  const ctx: Ctx = contextOf({
    settings: { url: started.url, ...settings },
    now: clock.now.bind(clock),
    http: {
      request: async (request) => {
        const isList = String(request.headers?.soapaction).includes('getRequestsState');
        if (isList) lists.push(String(request.body));
        const response = await http.request(request);
        if (isList) answers.push(new TextDecoder().decode(response.body));
        return response;
      },
    },
  });
  const tools = gisTools();
  const kind = importKinds.find((k) => k.kind === 'registry.import');
  if (!kind) throw new Error('There is no such kind.');
  const command = importCommand(kind, tools);
  const requests: { op: OperationView; view: TicketView; dueAt: number }[] = [];
  let done = 0;
  return {
    ctx,
    tools,
    clock,
    lists,
    answers,
    ...controls,
    send: async (n: number): Promise<void> => {
      for (let i = 0; i < n; i++) {
        const op: OperationView = {
          id: `0192f0c4-7a1b-7c3d-8e4f-${String(i).padStart(12, '0')}`,
          kind: 'registry.import',
          organisation: 'test',
          subject: null,
          attempt: 1,
          acceptedAt: clock.now(),
          payload: {
            service: 'bills',
            operation: 'importPaymentDocumentData',
            item: 'WithdrawPaymentDocument',
            content: { PaymentDocumentID: String(i).padStart(18, '0') },
          },
        };
        const sent = await command.send(ctx, op);
        if (sent.status !== 'pending') throw new Error('The import was not taken.');
        const view = { id: op.id, ticket: sent.ticket, elementKeys: new Map([[op.id, op.id]]), polls: 0 };
        requests.push({ op, view, dueAt: clock.now() + sent.pollAfterMs });
      }
    },
    /** Asks for all that are due, two at once as the hub does, and says how many have ended since the beginning. */
    poll: async (): Promise<number> => {
      const due = requests.filter((r) => r.dueAt <= clock.now());
      const next = async (): Promise<void> => {
        for (let r = due.shift(); r; r = due.shift()) {
          const outcome = await command.poll?.(ctx, r.view, [r.op]);
          r.view = { ...r.view, polls: r.view.polls + 1 };
          r.dueAt = clock.now() + (outcome?.pollAfterMs ?? Number.POSITIVE_INFINITY);
          // The document does not exist: the import ends with a refusal.
          if (outcome?.outcomes.get(r.op.id) instanceof Error) done++;
        }
      };
      await Promise.all([next(), next()]);
      return done;
    },
    calls: async (): Promise<{ getState: number; getRequestsState: number }> => {
      const { getState = 0, getRequestsState = 0 } = ((await controls.state()) as SimState).calls;
      return { getState, getRequestsState };
    },
  };
}

withFacts.each(['INT002012', 'empty'] as const)(
  'of twenty open requests only the done ones are asked for by themselves (none done: %s)',
  async (noneProcessed) => {
    const b = await open({ noneProcessed });
    await b.send(20);
    // 10 s, 60 s and 300 s after: nothing is done yet.
    for (const ms of [11_000, 61_000, 301_000]) {
      b.clock.advance(ms);
      expect(await b.poll()).toBe(0);
    }
    expect(await b.calls()).toEqual({ getState: 0, getRequestsState: 3 });
    b.clock.advance(100 * MINUTE);
    b.clock.advance(1);
    // The fourth question is for the state of each.
    expect(await b.poll()).toBe(20);
    expect(await b.calls()).toEqual({ getState: 20, getRequestsState: 3 });
    const schemas = await loadSchemas(join(facts as string, 'giszhkh'));
    if (noneProcessed === 'INT002012')
      for (const text of [...b.lists, ...b.answers]) expect(schemas?.fault(text)).toBeUndefined();
  },
);

withFacts('a signed list that names them ends them at once; an export and an import share it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'gis-list-')), 'gis.pem');
  const b = await open(
    { workingMs: 30_000, signAnswers: 'all' },
    { answers: { signature: 'require', certificates: [file] } },
  );
  writeFileSync(file, ((await b.post('answerCertificate', {})) as { pem: string }).pem);
  await b.send(10);
  const question = {
    service: 'bills',
    operation: 'exportPaymentDocumentData',
    content: { PaymentDocumentID: ['000000000000000001'] },
  } as const;
  await b.tools.exports.step(b.ctx, question, 0);
  b.clock.advance(11_000);
  expect(await b.poll()).toBe(0);
  expect(await b.tools.exports.step(b.ctx, question, 0)).toMatchObject({ done: false });
  b.clock.advance(61_000);
  expect(await b.poll()).toBe(10);
  expect(await b.tools.exports.step(b.ctx, question, 0)).toMatchObject({ done: true });
  expect(await b.calls()).toEqual({ getState: 11, getRequestsState: 2 });
});

withFacts('one request alone needs no list', async () => {
  const b = await open({ workingMs: 0 });
  await b.send(1);
  b.clock.advance(11_000);
  expect(await b.poll()).toBe(1);
  expect(await b.calls()).toEqual({ getState: 1, getRequestsState: 0 });
});

withFacts('what no list ever names is asked for by itself at every fourth question', async () => {
  const b = await open({ workingMs: 0 });
  await b.fault({ fault: 'unlisted-requests', times: 1_000, match: '#getRequestsState' });
  await b.send(5);
  for (const ms of [11_000, 61_000, 301_000]) {
    b.clock.advance(ms);
    expect(await b.poll()).toBe(0);
  }
  b.clock.advance(901_000);
  expect(await b.poll()).toBe(5);
  expect((await b.calls()).getState).toBe(5);
});

withFacts.each(['html-502', 'maintenance', 'cut-before-commit', 'http-500'])(
  'a list that fails (%s) does no harm, and is not asked for again at once',
  async (fault) => {
    const b = await open({ workingMs: 20_000 });
    await b.fault({ fault, times: 1_000, match: '#getRequestsState' });
    await b.send(5);
    b.clock.advance(11_000);
    expect(await b.poll()).toBe(0);
    b.clock.advance(61_000);
    expect(await b.poll()).toBe(5);
    expect(await b.calls()).toMatchObject({ getState: 10 });
    expect(b.lists).toHaveLength(1);
  },
);
