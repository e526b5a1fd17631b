import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { resultsIn } from '../../connectors/giszhkh/element-results.ts';
import { services } from '../../simulators/giszhkh/services/index.ts';
import { type Everything, everyOperation } from './every-operation.ts';
import { type RecordedRun, recordedRun } from './recorded-run.ts';
import { saidByXmllint } from './xmllint.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
const withFacts = facts ? test : test.skip;
let run: RecordedRun;
let made: Everything;

beforeAll(async () => {
  if (!facts) return;
  run = await recordedRun(facts);
  made = await everyOperation(run);
}, 60_000);
afterAll(async () => {
  await run?.close();
});

withFacts('every operation of the stand-in is answered, and every import is done', () => {
  const operations = services.flatMap((s) => Object.keys(s.operations));
  expect(operations.filter((name) => made.answers[name] === undefined)).toEqual(['importMeteringDeviceData']);
  for (const [operation, answer] of Object.entries(made.answers))
    if (Array.isArray(answer))
      expect({ operation, errors: (answer as ReturnType<typeof resultsIn>).map((r) => r.error) }).toEqual({
        operation,
        errors: answer.map(() => undefined),
      });
});

withFacts('every message of both sides is valid by the official schemas', () => {
  const messages = run.log.flatMap((e) => (e.request === undefined ? [] : [e.request, e.answer]));
  expect(messages.length).toBeGreaterThan(100);
  const wrong = saidByXmllint(`${facts}/giszhkh`, messages).flatMap((said, i) =>
    said === '' ? [] : [{ said: said.slice(0, 400), message: messages[i]?.slice(0, 200) }],
  );
  expect(wrong).toEqual([]);
});

withFacts('what was imported is what is exported', () => {
  expect(made.answers.exportDebt).toMatchObject({
    ExportDebtResult: {
      Debt: [
        {
          Debtor: { SurName: 'Тестов', SNILS: '12345678901' },
          JudicalAct: { JudicalActNumber: '2-1043/2026' },
          RepaymentData: { RepaymentStatus: 'PAID' },
        },
      ],
    },
  });
  expect(made.answers.exportAppeal).toMatchObject({
    ExportAppealResult: [
      {
        AppealStatus: 'Executed',
        RolledOver: 'true',
        ExecutionEndDate: '2026-12-20+03:00',
        AppealHistory: [
          { RolledOver: { Comment: 'Ждем ответа подрядчика по лифту.' } },
          { Redirected: { Receiver: {} } },
          { Answer: { AnswerText: 'Лампа заменена.', AnswerIsSent: 'true' } },
        ],
      },
    ],
  });
  expect(made.answers.exportStatusCAChData).toMatchObject({
    exportStatusCAChResult: [{ ContractStatus: 'Terminated', ContractObject: [{ ManagedObjectStatus: 'Project' }] }],
  });
  expect(made.answers.exportCAChData).toMatchObject({
    exportCAChResult: [
      {
        Contract: {
          DocNum: '12-У',
          ContractStatus: 'Approved',
          ContractPaymentsInfo: [{ HouseManagementPaymentSize: '28.50', Type: 'P', Status: 'A' }],
        },
      },
      {
        Contract: {
          PlanDateComptetion: expect.stringContaining('2036-01-'),
          Terminate: { Terminate: expect.stringContaining('2026-11-30') },
          ContractStatus: 'Terminated',
        },
      },
    ],
  });
  expect(made.answers.exportCompletedWorks).toMatchObject({
    exportCompletedWorksResult: [
      { PlannedWork: [{ TotalCost: '2503.13' }], UnplannedWork: [{ Work: { Code: '17' } }] },
    ],
  });
  // Roubles of the import are kopecks in the export.
  expect(JSON.stringify(made.answers.exportNotificationsOfOrderExecution)).toContain('154020');
  expect(made.answers.exportNsiPagingItem).toMatchObject({ NsiPagingItem: { TotalPages: expect.anything() } });
  expect(run.sim.effects.report()).toMatchObject({
    'giszhkh.contracts': { count: 4, distinct: 4 },
    'giszhkh.contract-payments': { count: 2, distinct: 2 },
    ...Object.fromEntries(
      [
        'houses',
        'accounts',
        'payment-documents',
        'notifications',
        'acknowledgments',
        'cancelled-acknowledgments',
        'cancelled-notifications',
        'debt-answers',
        'appeal-answers',
        'works',
      ].map((name) => [`giszhkh.${name}`, { count: 1, distinct: 1 }]),
    ),
  });
});
