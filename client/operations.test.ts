import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { commands } from '../canonical/commands/registry.ts';
import { entities } from '../canonical/registry.ts';
import { routesOf } from '../routes/app.ts';
import type { RouteDeps } from '../routes/deps.ts';
import { operationIdOf } from '../routes/openapi.ts';
import { apiDocument } from '../scripts/api-document.ts';
import { clientTypes } from '../scripts/client-types.ts';
import { createHubClient } from './index.ts';
import { operations } from './operations.ts';

test('the client is what the API document makes of it; else run `npm run client:generate`', () => {
  const committed = readFileSync(new URL('./operations.ts', import.meta.url), 'utf8');
  expect(clientTypes(apiDocument())).toBe(committed);
});

test('every route has one operationId and one method of the client, and there is none besides', () => {
  const deps = { entities, commands, version: '0.0.0', filesMaxBytes: 1 } as unknown as RouteDeps;
  const routes = routesOf(deps).map((r) => [
    operationIdOf(r),
    r.method.toUpperCase(),
    r.path.replace(/:([a-z]+)/gi, '{$1}'),
  ]);
  expect(new Set(routes.map(([id]) => id)).size).toBe(routes.length);
  expect(
    Object.entries(operations)
      .map(([id, [method, path]]) => [id, method, path])
      .sort(),
  ).toEqual(routes.sort());
  const hub = createHubClient({ url: 'http://127.0.0.1:9', key: 'hub_x' }) as unknown as Record<string, unknown>;
  expect(routes.filter(([id]) => typeof hub[id as string] !== 'function')).toEqual([]);
});

test('what may be sent again is what the hub promises: reads and looks always, commands under their key, the rest not', () => {
  const of = (repeat: string): string[] =>
    Object.entries(operations)
      .filter(([, o]) => o[3] === repeat)
      .map(([id]) => id);
  expect(of('keyed').sort()).toEqual([
    'postAccountPublications',
    'postAccountPublicationsBulk',
    'postAppealActions',
    'postAppealActionsBulk',
    'postAppealAnswers',
    'postAppealAnswersBulk',
    'postCompletedWorks',
    'postCompletedWorksBulk',
    'postCourtDebts',
    'postCourtDebtsBulk',
    'postDebtInquiriesByIdAnswer',
    'postHousePublications',
    'postHousePublicationsBulk',
    'postManagementContracts',
    'postManagementContractsBulk',
    'postMessages',
    'postMessagesBulk',
    'postMeterPublications',
    'postMeterPublicationsBulk',
    'postMeterReadings',
    'postMeterReadingsBulk',
    'postPaymentAcknowledgementCancellations',
    'postPaymentAcknowledgementCancellationsBulk',
    'postPaymentAcknowledgements',
    'postPaymentAcknowledgementsBulk',
    'postPaymentCancellations',
    'postPaymentCancellationsBulk',
    'postPaymentDocumentWithdrawals',
    'postPaymentDocumentWithdrawalsBulk',
    'postPaymentDocuments',
    'postPaymentDocumentsBulk',
    'postPaymentNotifications',
    'postPaymentNotificationsBulk',
    'postRegistryImports',
    'postRegistryImportsBulk',
  ]);
  expect(of('safe')).toEqual(
    expect.arrayContaining(['getAccounts', 'postLookup', 'postOperationsSearch', 'deleteKeysById']),
  );
  expect(of('once')).toEqual(
    expect.arrayContaining(['postKeys', 'postOperationsByIdRetry', 'postWebhooks', 'postFiles']),
  );
});

test('the client is fit for browsers: it imports nothing that is not its own, and stays small', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL('./index.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
  });
  expect(Object.keys(metafile.inputs).filter((path) => !path.includes('client/'))).toEqual([]);
  expect(outputFiles[0]?.contents.length).toBeLessThan(25_000);
});
