import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { answerDebtInquiry } from '../../canonical/commands/answer-debt-inquiry.ts';
import { answerItem } from '../../storage/repositories/flow-items.ts';
import { onEachDatabase } from '../../storage/testing/databases.ts';
import { type FlowBench, flowBench, flowEntities } from '../testing/bench.ts';

const money = (amount: string) => ({ amount, currency: 'RUB' });
const HOUSE = '0c5b2444-70a0-4932-980c-b4dc0d3f02b5';

onEachDatabase('answers to debt inquiries', flowEntities, (store) => {
  let bench: FlowBench;
  let account: string;
  beforeEach(async () => {
    bench = flowBench(store.db);
    bench.dispatcher.start();
    const { put, pulled } = bench;
    const building = await put('Building', {
      name: 'Баумана, 5',
      timezone: 'Europe/Moscow',
      address: { text: 'Баумана, 5', city: 'Казань', gar: HOUSE },
    });
    const premises = await put('Premises', { building, number: '17' });
    await put('Premises', { building, number: '18' });
    account = await put('PersonalAccount', { number: '100000001', premises, state: 'open' });
    await pulled('CourtCase', 'Debt');
  });
  afterEach(async () => {
    await bench.dispatcher.stop();
  });

  const inquiry = (more: Record<string, unknown> = {}) => ({
    subrequest: crypto.randomUUID(),
    requestNumber: '17-2026',
    address: 'г. Казань, ул. Баумана, д. 5, кв. 17',
    houseGar: HOUSE,
    apartment: 'кв. 17',
    status: 'sent',
    sentOn: '2026-11-24',
    answerBy: '2026-12-01',
    responseStatus: 'notSent',
    ...more,
  });
  const courtCase = (more: Record<string, unknown> = {}) => ({
    account,
    debtor: { lastName: 'Иванова', firstName: 'Анна', middleName: 'Петровна' },
    stage: 'enforcement',
    amount: money('50000.00'),
    number: '2-17/2026',
    act: { kind: 'order', number: '2-17/2026', pronouncedOn: '2026-03-01', inForceOn: '2026-04-01' },
    debtFrom: '2025-01-01',
    debtTo: '2026-01-31',
    files: [{ key: 'Файл', name: 'order.pdf' }],
    ...more,
  });
  const debt = (total: string) => ({
    account,
    principal: money(total),
    penalty: money('0.00'),
    total: money(total),
    asOf: '2026-11-25T00:00:00Z',
  });
  const answers = async () => (await bench.operations(answerDebtInquiry.kind)).map((o) => o.payload);

  test('no case: "no debt" goes out of itself, once, and says who asked for it', async () => {
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    await bench.put('DebtInquiry', inquiry(), id);
    await bench.settle();
    expect(await answers()).toEqual([
      { inquiry: id, action: 'send', hasDebt: false, executor: bench.settings.executor },
    ]);
    const [op] = await bench.operations(answerDebtInquiry.kind);
    expect(op).toMatchObject({ status: 'succeeded', client: 'hub', trace: { flow: 'debt-inquiries', step: 'answer' } });
    expect(await bench.item(id)).toMatchObject({ state: 'answered', task: null, operation: op?.id });
  });

  test('an act in force: "debt" with the debtor and the document; a payment in time corrects it', async () => {
    const court = await bench.put('CourtCase', courtCase());
    const owes = await bench.put('Debt', debt('52000.00'));
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    expect(bench.fetched).toEqual([court]);
    expect(await answers()).toEqual([
      {
        inquiry: id,
        action: 'send',
        hasDebt: true,
        executor: bench.settings.executor,
        description: 'Судебный приказ № 2-17/2026 от 01.03.2026, вступил в силу 01.04.2026',
        debtors: [
          {
            person: { lastName: 'Иванова', firstName: 'Анна', middleName: 'Петровна' },
            documents: [
              {
                file: expect.any(String),
                name: 'order.pdf',
                description: expect.stringContaining('приказ'),
                kind: 'order',
              },
            ],
          },
        ],
      },
    ]);
    await bench.put('Debt', debt('0.00'), owes);
    await bench.put('Payment', { account, amount: money('52000.00'), paidOn: '2026-11-25' });
    await bench.settle();
    const ops = await bench.operations(answerDebtInquiry.kind);
    expect(ops.map((o) => [o.payload.hasDebt, o.trace?.step, o.trace?.parent ?? null])).toEqual([
      [true, 'answer', null],
      [false, 'correct', ops[0]?.id],
    ]);
    expect(bench.reached).toHaveLength(2);
  });

  test('a payment after the term is for a person, who may keep the answer', async () => {
    await bench.put('CourtCase', courtCase());
    const owes = await bench.put('Debt', debt('52000.00'));
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    bench.clock.at = Date.parse('2026-12-02T09:00:00Z');
    await bench.pulled('CourtCase', 'Debt');
    await bench.put('Debt', debt('0.00'), owes);
    await bench.settle();
    expect(await answers()).toHaveLength(1);
    expect(await bench.item(id)).toMatchObject({
      state: 'person',
      task: 'debt-answer',
      reason: 'DEBT_PAID_AFTER_ANSWER',
    });
    const of = { org: bench.org, flow: 'debt-inquiries', subject: id, task: 'debt-answer' };
    expect(await answerItem(store.db, of, { id: 'keep', by: 'ivanova' }, new Date(bench.clock.at))).toBe(true);
    expect(await answerItem(store.db, of, { id: 'keep', by: 'ivanova' }, new Date(bench.clock.at))).toBe(false);
    await bench.settle();
    expect(await bench.item(id)).toMatchObject({ state: 'answered', task: null });
    expect(await answers()).toHaveLength(1);
  });

  test('what is not certain is a person’s; once the date is known in 1C the answer goes out', async () => {
    const unknown = courtCase({ act: { kind: 'order', pronouncedOn: '2026-03-01', inForceOn: null } });
    const court = await bench.put('CourtCase', unknown);
    await bench.put('Debt', debt('52000.00'));
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    expect(await bench.item(id)).toMatchObject({
      task: 'debt-inquiry',
      reason: 'DEBT_FORCE_DATE_UNKNOWN',
      facts: { requestNumber: '17-2026', lastDay: '2026-12-01', courtCases: court },
    });
    await bench.put('CourtCase', courtCase(), court);
    await bench.settle();
    expect(await answers()).toMatchObject([{ hasDebt: true }]);
    expect(await bench.item(id)).toMatchObject({ task: null, state: 'answered' });
  });

  test.each([
    ['premises that nobody knows', { apartment: 'кв. 99' }, 'DEBT_PREMISES_NOT_FOUND'],
    ['a room', { apartment: 'кв. 17, комн. 2' }, 'DEBT_PREMISES_NOT_FOUND'],
    ['premises without an account', { apartment: 'кв. 18' }, 'DEBT_ACCOUNTS_NOT_FOUND'],
  ])('%s: a person', async (_name, more, code) => {
    const id = await bench.put('DebtInquiry', inquiry(more));
    await bench.settle();
    expect(await bench.item(id)).toMatchObject({ task: 'debt-inquiry', reason: code });
    expect(await answers()).toEqual([]);
  });

  test('"no debt" is not said on cases that were pulled too long ago', async () => {
    bench.clock.at += 3 * 24 * 3_600_000;
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    expect(await bench.item(id)).toMatchObject({ task: 'debt-inquiry', reason: 'DEBT_CASES_STALE' });
  });

  test('the risk and the end of a term are told once each, and after it a person hears what is wrong', async () => {
    bench.settings.mode = 'propose';
    await bench.put('CourtCase', courtCase());
    await bench.put('Debt', debt('52000.00'));
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    expect(await bench.item(id)).toMatchObject({ task: 'debt-answer', reason: 'DEBT_PROPOSED' });
    for (const at of ['2026-11-30T20:00:00Z', '2026-11-30T22:00:00Z', '2026-12-01T21:30:00Z', '2026-12-02T09:00:00Z']) {
      bench.clock.at = Date.parse(at);
      await bench.pulled('CourtCase', 'Debt');
      await bench.settle();
    }
    const { rows } = await store.db.query(
      `select type from event where org = $1 and type in ('debt-inquiries.at-risk', 'debt-inquiries.late') order by ord`,
      [bench.org],
    );
    expect(rows.map((r) => r.type)).toEqual(['debt-inquiries.at-risk', 'debt-inquiries.late']);
    expect(await bench.item(id)).toMatchObject({ task: 'debt-answer', reason: 'DEBT_TERM_OVER' });
    expect(await answers()).toEqual([]);
  });

  test('a proposal goes out when a person lets it', async () => {
    bench.settings.mode = 'propose';
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    expect(await answers()).toEqual([]);
    const of = { org: bench.org, flow: 'debt-inquiries', subject: id, task: 'debt-answer' };
    await answerItem(store.db, of, { id: 'send', by: 'ivanova' }, new Date(bench.clock.at));
    await bench.settle();
    expect(await answers()).toMatchObject([{ hasDebt: false }]);
  });

  test('an answer that was refused is not sent again of itself', async () => {
    bench.refuse.answers = true;
    const id = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    await bench.put('DebtInquiry', inquiry(), id);
    await bench.settle();
    expect((await bench.operations(answerDebtInquiry.kind)).map((o) => o.status)).toEqual(['failed']);
    expect(await bench.item(id)).toMatchObject({ state: 'refused', task: null });
  });

  test('what was answered in the cabinet or by somebody through the hub is left alone', async () => {
    await bench.settle();
    const cabinet = await bench.put('DebtInquiry', inquiry({ responseStatus: 'sent', answer: { hasDebt: false } }));
    await bench.settle();
    expect(await bench.item(cabinet)).toMatchObject({ state: 'answered' });
    expect(await answers()).toEqual([]);
    bench.settings.mode = 'propose';
    const asked = await bench.put('DebtInquiry', inquiry());
    await bench.settle();
    const payload = { inquiry: asked, action: 'send', hasDebt: false };
    await bench.journal.accept({
      org: bench.org,
      client: 'desk',
      command: answerDebtInquiry,
      instance: bench.route(bench.org, answerDebtInquiry.kind) ?? '',
      payload,
      body: payload,
    });
    bench.settings.mode = 'auto';
    await bench.put('DebtInquiry', inquiry(), asked);
    await bench.settle();
    expect(await bench.item(asked)).toMatchObject({ state: 'answered', task: null });
    expect(await answers()).toEqual([payload]);
  });

  test('an inquiry that is gone is forgotten', async () => {
    const id = await bench.put('DebtInquiry', inquiry({ apartment: 'кв. 99' }));
    await bench.settle();
    await store.db.query('update record set deleted_at = now() where org = $1 and id = $2', [bench.org, id]);
    await bench.put('Payment', { account, amount: money('1.00'), paidOn: '2026-11-25' });
    await store.db.query("update flow_item set due_at = now() - interval '1 year' where org = $1 and subject = $2", [
      bench.org,
      id,
    ]);
    await bench.settle();
    expect(await bench.item(id)).toBeUndefined();
  });
});
