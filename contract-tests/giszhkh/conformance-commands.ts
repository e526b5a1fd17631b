import { commands as definitions } from '../../canonical/commands/registry.ts';
import type { CommandSpec } from '../../connectors/kit/conformance/spec.ts';
import { DEMO_EXECUTOR } from '../../simulators/giszhkh/demo.ts';

const ours = (n: number): string => `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`;
const BUILDING = ours(10);
const PREMISES = ours(11);
const ACCOUNT = ours(12);
const METER = ours(13);
const INQUIRY = ours(14);
const FILE = ours(15);

/** Objects of every stand-in with one building and twenty accounts. */
export const HOUSE = '5b1c0c1e-8a0e-11ee-9f03-0000000186a0';
const FLAT = 'a1b2c361-0000-4000-8000-000000000001';
export const EARLIER_ACCOUNT = 'a1b2c362-0000-4000-8000-000000000001';
const SERVICE_ID = '10AA000001-01';
const APPEAL = 'a1b2c369-0006-4000-8000-000000000000';
/** November 2026 in the plan of works of the house, and the work of the plan. */
const REPORTING_PERIOD = 'a1b2c369-07ea-4000-8000-00000000000b';
const PLANNED_WORK = 'a1b2c369-1b72-4000-8000-00000000000b';
/** What the settings of the suite say. */
export const SETTLE_AFTER_MS = 60_000;
/** Objects that the suite gives a stand-in before it begins. */
export const SUBREQUEST = 'a1b2c366-0000-4000-8000-0000000000f1';
export const EARLIER_DOCUMENT = '10AA000001-01-0901';
const payment = (n: number) => ({
  guid: `00000080-0000-4000-8000-00000000000${n}`,
  on: '2026-11-19',
  kopecks: 133_035,
});
const [NEW_PAYMENT, SETTLED_PAYMENT, WRONG_PAYMENT] = [payment(1), payment(2), payment(3)];
export const bankPayments = [
  NEW_PAYMENT,
  { ...SETTLED_PAYMENT, paymentDocument: EARLIER_DOCUMENT, acknowledged: true },
  WRONG_PAYMENT,
];

/** What ГИС ЖКХ calls the objects of the payloads. */
export const nativeKeys: ReadonlyMap<string, string> = new Map([
  [`Building\0${BUILDING}`, HOUSE],
  [`Premises\0${PREMISES}`, FLAT],
  [`PersonalAccount\0${ACCOUNT}`, EARLIER_ACCOUNT],
  // Of electricity, with one tariff.
  [`Meter\0${METER}`, 'a1b2c363-0000-4000-8000-000000000003'],
  [`DebtInquiry\0${INQUIRY}`, SUBREQUEST],
]);

/** People and words of the payloads that are nobody's business. */
export const personal = ['Задолжников', 'Варфоломей', '19283746501', 'Лампа в подъезде заменена'];
const [LAST_NAME, FIRST_NAME, SNILS, ANSWER] = personal;

const roubles = (amount: string) => ({ amount, currency: 'RUB' });
const paper = (name: string) => ({ file: FILE, name, description: 'Документ' });

/** Calls that read a directory: the question and the look for its answer. */
const DIRECTORY = 2;
const UPLOAD = 1;
/** Directories and files come before the call that acts, and are asked for and sent again when they break off. */
const after = (reads: number) => ({ firstActing: reads + 1, mendsReads: true });
/** What is looked for in an export when its answer is lost. */
const lookedFor = (...foundAs: string[]) => ({ foundAs, settleAfterMs: SETTLE_AFTER_MS });
/** No export shows it: a person decides. */
const shownByNothing = { unanswerable: true } as const;

/** With the payload as the API takes it, so with all that its schema fills in. */
function spec(
  kind: string,
  payload: Record<string, unknown>,
  more: Omit<CommandSpec, 'payload'>,
): [string, CommandSpec] {
  const definition = definitions.get(kind);
  if (!definition) throw new Error(`There is no operation ${kind}.`);
  return [kind, { payload: definition.schema.parse(payload), ...more }];
}

/** Every command of the connector with a payload of everyday life. */
export const commands: Readonly<Record<string, CommandSpec>> = Object.fromEntries([
  spec(
    'meter-readings.publish',
    { meter: METER, readAt: '2026-11-20', values: ['1000.5'], resource: 'electricity', reading: ours(777) },
    { effect: 'giszhkh.readings', ...lookedFor('enteredAt', 'found') },
  ),
  spec(
    'payment-documents.publish',
    {
      account: ACCOUNT,
      period: '2026-11',
      number: '100000001-202611',
      lines: [
        // Of a directory that each organisation keeps for itself, which another service reads.
        { kind: 'additional', service: { code: '1', registry: '1' }, tariff: '65', payable: roubles('65.00') },
        { kind: 'capital-repair', tariff: '7.40', payable: roubles('401.82') },
      ],
      total: roubles('466.82'),
      payee: { bik: '044525225', account: '40702810000000000001' },
    },
    { effect: 'giszhkh.payment-documents', ...after(DIRECTORY), ...lookedFor('uniqueNumber', 'found') },
  ),
  spec(
    'payment-documents.withdraw',
    { paymentDocument: EARLIER_DOCUMENT, account: ACCOUNT },
    { effect: 'giszhkh.withdrawals', ...lookedFor('withdrawn') },
  ),
  spec(
    'accounts.publish',
    {
      account: ours(20),
      building: BUILDING,
      number: '200000001',
      residents: 2,
      area: '54.3',
      premises: [{ premises: PREMISES, sharePercent: '100' }],
      payer: { kind: 'person', lastName: LAST_NAME, firstName: FIRST_NAME, snils: SNILS },
    },
    { effect: 'giszhkh.accounts', ...lookedFor('guid', 'uniqueNumber', 'serviceId', 'identities') },
  ),
  spec(
    'meters.publish',
    {
      meter: ours(21),
      building: BUILDING,
      action: {
        kind: 'create',
        device: {
          kind: 'individual',
          premises: [PREMISES],
          accounts: [ACCOUNT],
          number: 'СХВ-15 0012345',
          stamp: 'СХВ-15',
          commissionedOn: '2026-02-01',
          resource: 'other',
          resources: [{ code: '1', value: '0.5' }],
        },
      },
    },
    { effect: 'giszhkh.devices', ...after(DIRECTORY), ...lookedFor('guid', 'version', 'identities') },
  ),
  spec(
    'debt-inquiries.answer',
    {
      inquiry: INQUIRY,
      action: 'send',
      hasDebt: true,
      debtors: [
        {
          person: { lastName: LAST_NAME, firstName: FIRST_NAME },
          documents: [{ ...paper('order.pdf'), kind: 'order' }],
        },
      ],
      executor: DEMO_EXECUTOR,
    },
    { effect: 'giszhkh.debt-answers', ...after(DIRECTORY + UPLOAD), ...lookedFor('responseStatus', 'found') },
  ),
  spec(
    'payments.publish',
    { account: ACCOUNT, paidOn: '2026-11-20', paidBy: { kind: 'service', id: SERVICE_ID }, amount: roubles('1330.35') },
    // Like payments are told apart by nothing.
    { effect: 'giszhkh.notifications', tellsOnlyAbsence: true, settleAfterMs: SETTLE_AFTER_MS },
  ),
  spec(
    'payments.acknowledge',
    {
      account: ACCOUNT,
      notification: NEW_PAYMENT.guid,
      action: {
        kind: 'settle',
        paymentDocument: EARLIER_DOCUMENT,
        service: { kind: 'housing', id: '00000051-0000-4000-8000-000000000000' },
        amount: roubles('1330.35'),
      },
    },
    { effect: 'giszhkh.acknowledgments', ...lookedFor('found') },
  ),
  spec(
    'payments.unacknowledge',
    { account: ACCOUNT, notification: SETTLED_PAYMENT.guid, paymentDocument: EARLIER_DOCUMENT },
    { effect: 'giszhkh.cancelled-acknowledgments', ...lookedFor('cancelled') },
  ),
  spec(
    'payments.cancel',
    {
      account: ACCOUNT,
      notification: WRONG_PAYMENT.guid,
      order: WRONG_PAYMENT.guid.replaceAll('-', '').toUpperCase(),
      cancelledOn: '2026-11-20',
    },
    { effect: 'giszhkh.cancelled-notifications', ...lookedFor('cancelled') },
  ),
  spec(
    'debts.publish',
    {
      account: ACCOUNT,
      action: {
        kind: 'place',
        object: { kind: 'premises', premises: PREMISES },
        debtor: { lastName: LAST_NAME, firstName: FIRST_NAME, snils: SNILS },
        act: {
          number: '2-1043/2026',
          inForceOn: '2026-05-11',
          pronouncedOn: '2026-04-20',
          files: [paper('act.pdf')],
        },
      },
    },
    { effect: 'giszhkh.debts', ...after(UPLOAD), ...lookedFor('guid', 'found') },
  ),
  spec(
    'appeals.answer',
    { appeal: APPEAL, answerer: DEMO_EXECUTOR, text: `${ANSWER} 24 ноября.`, files: [paper('work.pdf')] },
    { effect: 'giszhkh.appeal-answers', ...after(UPLOAD), ...lookedFor('found') },
  ),
  spec(
    'appeals.act',
    {
      appeal: APPEAL,
      answerer: DEMO_EXECUTOR,
      action: { kind: 'prolong', until: '2026-12-20', comment: `${ANSWER} не вся` },
    },
    { effect: 'giszhkh.appeal-actions', ...lookedFor('found') },
  ),
  spec(
    'contracts.publish',
    {
      action: {
        kind: 'place',
        number: '12-У',
        signedOn: '2026-01-15',
        effectiveOn: '2026-02-01',
        endsOn: '2031-01-31',
        base: '1',
        owners: 'owners',
        files: [paper('contract.pdf')],
        objects: [{ building: BUILDING, transportGuid: '00000002-0000-4000-8000-000000000000', from: '2026-02-01' }],
      },
    },
    { effect: 'giszhkh.contracts', ...after(DIRECTORY + UPLOAD), ...lookedFor('guid', 'version', 'status', 'found') },
  ),
  spec(
    'works.publish',
    {
      building: BUILDING,
      reportingPeriod: REPORTING_PERIOD,
      planned: [
        {
          item: PLANNED_WORK,
          plannedCount: 4,
          count: 2,
          dates: ['2026-11-03', '2026-11-17'],
          photos: [paper('after.jpg')],
        },
      ],
    },
    { effect: 'giszhkh.works', ...after(UPLOAD), ...lookedFor('guid', 'found') },
  ),
  spec(
    'houses.publish',
    {
      building: BUILDING,
      cadastralNumber: '16:50:011604:275',
      area: '5312.07',
      condition: '2',
      usedSince: 1987,
      floors: 9,
      undergroundFloors: 1,
    },
    { effect: 'giszhkh.houses', ...after(DIRECTORY), ...lookedFor('guid', 'found') },
  ),
  spec(
    'registry.import',
    {
      service: 'debts',
      operation: 'importDebt',
      item: 'Debt',
      content: {
        PlacingDebt: {
          DebtObject: { PremiseGUID: FLAT },
          DebtorData: { SurName: LAST_NAME, FirstName: FIRST_NAME },
          JudicalAct: {
            JudicalActNumber: '2-7/2026',
            JudicalActDate: '2026-05-11',
            JudicalActDatePronouncingImport: '2026-04-20',
          },
        },
      },
    },
    { effect: 'giszhkh.debts', ...shownByNothing },
  ),
]);
