/** A meter, an account or a file that is not there: whoever tries an example puts an id of their own in its place. */
export const EXAMPLE_ID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';

const message = {
  channel: 'sms',
  to: '+79161230001',
  text: 'Завтра с 10 до 14 часов не будет воды',
  purpose: 'service',
};
const reading = { meter: EXAMPLE_ID, readAt: '2026-11-24', values: ['9000.125'] };

/** Bodies to show in the API document, by operationId; a body whose fields are all optional may do without. */
export const bodyExamples: Readonly<Record<string, unknown>> = {
  postMessages: message,
  postMessagesBulk: [
    { ...message, to: '+79161230002', idempotencyKey: 'outage-4711-1' },
    { ...message, to: '+79161230003', idempotencyKey: 'outage-4711-2' },
  ],
  postMeterReadings: reading,
  postMeterReadingsBulk: [{ ...reading, idempotencyKey: 'reading-4711-2026-11' }],
  postLookup: { q: 'Баумана 5 12' },
  postOperationsSearch: { q: '+7 916 123-00-01', status: ['failed', 'dead'] },
  postOperationsBulk: {
    action: 'retry',
    filter: { status: 'dead', kind: 'messages.send', instance: 'sms-main', code: 'SMSC_NO_MONEY' },
  },
  postOperationsByIdResolve: { answer: 'happened' },
  postOperationsRetry: { status: 'dead', kind: 'messages.send' },
  postOperationsByIdReplay: { fingerprint: 'as the preview has told it' },
  postOperationsByIdApprove: { reason: 'agreed with the head of the district' },
  postOperationsApprove: { reason: 'agreed with the head of the district', kind: 'messages.send' },
  postOperationsByIdReject: { reason: 'sent twice by mistake' },
  postOperationsReject: { reason: 'sent twice by mistake', kind: 'messages.send' },
  postTasksByIdAnswer: { answer: 'retry', version: 1, note: 'the balance is topped up' },
  postTasksByIdAssign: { assignee: 'ivanova', version: 1 },
  postTemplatesByNamePreview: { variables: { account: '100000005', amount: '4350.20', dueDate: '2026-12-10' } },
  postOptOuts: { phone: '+79161230001', scope: 'debt', reason: 'letter of 24 November 2026' },
  postPause: { reason: 'the gateway sends every text twice' },
  postWebhooks: { url: 'https://app.example.ru/hooks/hub', types: ['message.*', 'operation.dead'] },
  postWebhooksById: { types: ['message.*'] },
  postWebhooksByIdReplay: { from: '2026-11-24T00:00:00Z', to: '2026-11-25T00:00:00Z' },
  postMappingsPreview: { instance: 'onec-main', entity: 'PersonalAccount', limit: 1 },
  postMappingsDiff: { instance: 'onec-main', yaml: 'the text of the edited mapping file' },
  postCustomersByIdErase: { reason: 'request of 24 November 2026' },
  postConnectorsByInstanceSync: { entity: 'PersonalAccount' },
  postConnectorsByInstancePause: { reason: 'update of 1C' },
  postQuarantineRetry: { instance: 'onec-main', entity: 'Meter' },
  postCertificates: { name: 'director', files: ['MIIB'], password: 'of the PFX file' },
  postPowersOfAttorney: { name: 'accountant', document: 'PD94', signature: 'MIIB' },
  postSignatures: { certificate: 'director', file: EXAMPLE_ID },
  postSignaturesVerify: { signature: 'MIIB', file: EXAMPLE_ID },
  postKeys: { name: 'mobile-app', scopes: ['read:accounts', 'write:messages'] },
};

/** Values of parameters to show, by operationId; a list shows its `limit` without being named here. */
export const parameterExamples: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  getLookup: { q: '100000005' },
  getEvents: { after: '0' },
  getChanges: { after: '0', type: 'operation.*' },
  getAccounts: { state: 'open' },
};

/** Of parameters in paths whose values are names and not ids. */
const names: Readonly<Record<string, string>> = {
  instance: 'onec-main',
  entity: 'PersonalAccount',
  name: 'payment-due',
};
const pages: Readonly<Record<string, string>> = { folder: 'guides', name: 'app-developer.en', file: 'overview.png' };

/** What stands for a parameter in an example; undefined leaves it out, or leaves an id to the reader. */
export function parameterExample(operationId: string, place: 'path' | 'query', name: string): string | undefined {
  if (place === 'query') return parameterExamples[operationId]?.[name] ?? (name === 'limit' ? '2' : undefined);
  if (operationId === 'getDocsByName') return 'problems';
  return (operationId.startsWith('getDocs') ? pages : names)[name];
}
