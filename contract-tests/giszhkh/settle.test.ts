import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { gisTools } from '../../connectors/giszhkh/gis-tools.ts';
import type { Lost, Verdict } from '../../connectors/giszhkh/import-kind.ts';
import { importKinds } from '../../connectors/giszhkh/import-kinds.ts';
import type { NativeObject, OperationView } from '../../connectors/port.ts';
import { octoberBill } from './every-operation.ts';
import { type RecordedRun, recordedRun } from './recorded-run.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const EXECUTOR = '00000072-0000-4000-8000-000000000000';
const DAY = '2026-11-20';
const LONG =
  'Вывоз отходов от дома выполняет региональный оператор, обращение направлено ему по принадлежности сегодня.';

interface Account {
  guid: string;
  premises: string;
  house: string;
}

(facts ? describe : describe.skip)('what became of an import whose answer was lost is seen in an export', () => {
  let run: RecordedRun;
  let account: Account;
  let bill: string;
  /** Of a payment that is told of before each test that needs one. */
  let payment: { guid: string; order: string };
  let appeal: string;
  let receiver: string;

  beforeAll(async () => {
    run = await recordedRun(facts as string);
    ({
      accounts: [account],
    } = (await run.control('sample', {})) as { accounts: [Account] });
    const [document] = await run.send('bills', 'importPaymentDocumentData', await octoberBill(run, account.guid));
    bill = document?.data.uniqueNumber as string;
    const organisations = (await run.ask('organizations-registry-common', 'exportOrgRegistry', {
      SearchCriteria: [{ orgPPAGUID: run.ctx.config.orgPPAGUID }],
    })) as { exportOrgRegistryResult: { orgRootEntityGUID: string }[] } | undefined;
    receiver = organisations?.exportOrgRegistryResult[0]?.orgRootEntityGUID ?? '';
  }, 30_000);
  afterAll(() => run?.close());

  async function toldOf(amount: string): Promise<{ guid: string; order: string }> {
    const [told] = await run.send('payment', 'importSupplierNotificationsOfOrderExecution', {
      SupplierNotificationOfOrderExecution: [
        { OrderDate: DAY, PaymentDocumentID: bill, Amount: amount, TransportGUID: run.guid() },
      ],
    });
    const guid = told?.data.guid as string;
    const shown = (await run.ask('bills', 'exportNotificationsOfOrderExecution', {
      Notifications: { NotificationsOfOrderExecutionGUID: guid },
    })) as
      | {
          exportNotificationsOfOrderExecutionResult: {
            NotificationOfOrderExecutionWithStatus: { OrderInfo: { OrderID: string } }[];
          }[];
        }
      | undefined;
    const order =
      shown?.exportNotificationsOfOrderExecutionResult[0]?.NotificationOfOrderExecutionWithStatus[0]?.OrderInfo.OrderID;
    return { guid, order: order ?? '' };
  }

  async function newAppeal(): Promise<string> {
    const { guids } = (await run.control('appeals', {
      appeals: [{ house: account.house, flat: '1', text: 'В подъезде не горит свет.' }],
    })) as { guids: string[] };
    return guids[0] ?? '';
  }

  /** The verdict on an element that was or was not taken. */
  async function verdict(kind: string, content: NativeObject, payload: NativeObject = {}): Promise<Verdict> {
    const settle = importKinds.find((k) => k.kind === kind)?.settle;
    if (!settle) throw new Error(`${kind} is not looked for.`);
    const lost = {
      item: { content },
      op: { payload } as unknown as OperationView,
      notBefore: Date.now(),
    } as unknown as Lost;
    const tools = gisTools();
    for (;;) {
      const said = await settle(run.ctx, tools, lost);
      if (said.status !== 'asked') return said;
      await pause(said.askAfterMs);
    }
  }

  const element = (content: NativeObject): NativeObject => ({ TransportGUID: run.guid(), ...content });

  test('a payment that is not there did not arrive; one that is there may be another', async () => {
    const content = element({ OrderDate: DAY, PaymentDocumentID: bill, Amount: '77.10' });
    expect(await verdict('payments.publish', content)).toMatchObject({ status: 'absent' });
    await run.send('payment', 'importSupplierNotificationsOfOrderExecution', {
      SupplierNotificationOfOrderExecution: [content],
    });
    expect(await verdict('payments.publish', content)).toEqual({ status: 'ambiguous' });
    expect(await verdict('payments.publish', { ...content, Amount: '77.11' })).toMatchObject({ status: 'absent' });
  });

  test('a payment that is cancelled counts as annulled', async () => {
    payment = await toldOf('10.00');
    const content = element({ OrderID: payment.order, CancellationDate: DAY });
    const payload = { notification: payment.guid };
    expect(await verdict('payments.cancel', content, payload)).toMatchObject({ status: 'absent' });
    await run.send('payment', 'importNotificationsOfOrderExecutionCancellation', {
      NotificationOfOrderExecutionCancellation: [content],
    });
    expect(await verdict('payments.cancel', content, payload)).toMatchObject({ status: 'happened' });
  });

  test('an acknowledgement is listed with its payment until it is taken back', async () => {
    payment = await toldOf('20.00');
    const of = { NotificationsOfOrderExecutionGUID: payment.guid };
    const penalty = await run.reference('50', '1');
    const settles = (Amount: string) =>
      element({ ...of, PaymentDocumentAck: { PaymentDocumentID: bill, PServiceType: penalty, Amount } });
    const content = settles('1500');
    const back = element({ ...of, PaymentDocumentID: bill });
    expect(await verdict('payments.acknowledge', content)).toMatchObject({ status: 'absent' });
    await run.send('bills', 'importAcknowledgment', { AcknowledgmentRequestInfo: [content] });
    expect(await verdict('payments.acknowledge', content)).toMatchObject({ status: 'happened' });
    expect(await verdict('payments.acknowledge', settles('1501'))).toMatchObject({ status: 'absent' });
    expect(await verdict('payments.unacknowledge', back)).toMatchObject({ status: 'absent' });
    await run.send('bills', 'importAcknowledgment', { AckCancellation: [back] });
    expect(await verdict('payments.unacknowledge', back)).toMatchObject({ status: 'happened' });
    expect(await verdict('payments.acknowledge', content)).toMatchObject({ status: 'absent' });
    const impossible = element({ ...of, AckImpossible: { PaymentDocumentID: bill, Reason: 'Лицевой счет закрыт' } });
    expect(await verdict('payments.acknowledge', impossible)).toMatchObject({ status: 'absent' });
    await run.send('bills', 'importAcknowledgment', { AcknowledgmentRequestInfo: [impossible] });
    expect(await verdict('payments.acknowledge', impossible)).toMatchObject({ status: 'happened' });
  });

  test('an answer to an appeal is told by its words, and a draft of them is nobody’s', async () => {
    appeal = await newAppeal();
    const answer = (AnswerText: string, isSent: boolean) =>
      element({
        AppealGUID: appeal,
        Answer: [
          {
            TransportGUID: run.guid(),
            AnswererGUID: EXECUTOR,
            LoadAnswer: { AnswerText },
            ...(isSent ? { SendAnswer: true } : {}),
          },
        ],
      });
    const draft = answer('Лампа будет заменена.', false);
    const content = answer('Лампа  заменена.', true);
    expect(await verdict('appeals.answer', draft)).toMatchObject({ status: 'absent' });
    await run.send('appeals', 'importAnswer', { AnswerAction: [draft] });
    expect(await verdict('appeals.answer', draft)).toMatchObject({ status: 'happened' });
    expect(await verdict('appeals.answer', answer('Лампа будет заменена.', true))).toEqual({ status: 'ambiguous' });
    expect(await verdict('appeals.answer', content)).toMatchObject({ status: 'absent' });
    await run.send('appeals', 'importAnswer', { AnswerAction: [content] });
    expect(await verdict('appeals.answer', answer('Лампа заменена.', true))).toMatchObject({ status: 'happened' });
  });

  const by = { AnswererGUID: EXECUTOR };
  test.each<[string, () => NativeObject]>([
    ['somebody is appointed', () => ({ Performer: { ...by, DateOfAppointment: DAY } })],
    ['it is finished', () => ({ Executed: by })],
    [
      'it is sent on',
      () => ({ RedirectAppeal: [{ Receiver: { orgRootEntityGUID: receiver }, Comment: LONG, ...by }] }),
    ],
    ['its term is prolonged', () => ({ RollOverAppeal: { ExecutionDate: '2026-12-20', Comment: LONG, ...by } })],
    ['no answer is due', () => ({ AnswerIsNotRequired: { Cause: LONG, ...by } })],
  ])('an appeal: %s', async (_name, action) => {
    const content = element({ AppealGUID: await newAppeal(), ...action() });
    expect(await verdict('appeals.act', content)).toMatchObject({ status: 'absent' });
    await run.send('appeals', 'importAnswer', { AppealAction: [content] });
    expect(await verdict('appeals.act', content)).toMatchObject({ status: 'happened' });
  });

  test('a debt is told by its act and its debtor; a change of one is for a person', async () => {
    const content = element({
      PlacingDebt: {
        DebtObject: { PremiseGUID: account.premises },
        DebtorData: { SurName: 'Тестов', FirstName: 'Тест' },
        JudicalAct: {
          JudicalActNumber: '2-77/2026',
          JudicalActDate: '2026-05-11',
          JudicalActDatePronouncingImport: '2026-04-20',
        },
      },
    });
    expect(await verdict('debts.publish', content)).toMatchObject({ status: 'absent' });
    const [placed] = await run.send('debts', 'importDebt', { Debt: [content] });
    const DebtGUID = placed?.data.guid as string;
    expect(await verdict('debts.publish', content)).toEqual({
      status: 'happened',
      result: { guid: DebtGUID, found: 'export' },
    });
    const repaid = element({ PlacingDebtRepayment: { DebtGUID, PlacingDate: DAY } });
    expect(await verdict('debts.publish', repaid)).toEqual({ status: 'ambiguous' });
  });
});
