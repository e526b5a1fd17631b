import { afterAll, beforeAll, expect } from '@jest/globals';
import { giszhkh } from '../../connectors/giszhkh/connector.ts';
import type { OperationView } from '../../connectors/port.ts';
import { testWithFacts } from '../facts.ts';
import { type RecordedRun, recordedRun } from './recorded-run.ts';

const facts = process.env.HUB_CONTRACT_FACTS;
let run: RecordedRun;
beforeAll(async () => {
  if (facts) run = await recordedRun(facts);
});
afterAll(async () => {
  await run?.close();
});

testWithFacts('any import by its official names is sent, asked for and done', 'giszhkh/schemas', async () => {
  const { accounts } = (await run.control('sample', {})) as { accounts: { premises: string }[] };
  const command = giszhkh.commands?.['registry.import'];
  const op: OperationView = {
    id: '0192f0c4-7a1b-7c3d-8e4f-000000000001',
    kind: 'registry.import',
    organisation: 'test',
    subject: null,
    attempt: 1,
    acceptedAt: Date.now(),
    payload: {
      service: 'debts',
      operation: 'importDebt',
      item: 'Debt',
      content: {
        PlacingDebt: {
          DebtObject: { PremiseGUID: accounts[0]?.premises },
          DebtorData: { SurName: 'Тестов', FirstName: 'Тест' },
          JudicalAct: {
            JudicalActNumber: '2-7/2026',
            JudicalActDate: '2026-05-11',
            JudicalActDatePronouncingImport: '2026-04-20',
          },
        },
      },
    },
  };
  const sent = await command?.send(run.ctx, op);
  if (sent?.status !== 'pending') throw new Error(`The import is ${sent?.status}.`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const view = { id: op.id, ticket: sent.ticket, elementKeys: new Map([[op.id, op.id]]), polls: 0 };
  const polled = await command?.poll?.(run.ctx, view, [op]);
  expect(polled?.outcomes.get(op.id)).toMatchObject({ status: 'done', result: { guid: expect.any(String) } });
  expect(run.sim.effects.report()['giszhkh.debts']).toEqual({ count: 1, distinct: 1 });
});
