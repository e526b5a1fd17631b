/** A meter, an account or a file that is not there: whoever tries an example puts an id of their own in its place. */
export const EXAMPLE_ID = '0192f0c4-7a1b-7c3d-8e4f-791612345670';

const message = {
  channel: 'sms',
  to: '+79161230001',
  text: 'Завтра с 10 до 14 часов не будет воды',
  purpose: 'service',
};
const reading = { meter: EXAMPLE_ID, readAt: '2026-11-24', values: ['9000.125'] };

const roubles = (amount: string) => ({ amount, currency: 'RUB' });
const paymentDocument = {
  account: EXAMPLE_ID,
  period: '2026-11',
  number: '100001-202611',
  lines: [
    {
      kind: 'housing',
      service: { code: '1', registry: '50' },
      tariff: '24.5',
      charged: roubles('1330.35'),
      payable: roubles('1330.35'),
    },
  ],
  total: roubles('1330.35'),
  payee: { bik: '044525225', account: '40702810000000000001' },
};
const account = {
  account: EXAMPLE_ID,
  building: EXAMPLE_ID,
  number: '100001',
  premises: [{ premises: EXAMPLE_ID }],
  payer: { kind: 'person', lastName: 'Тестов', firstName: 'Тест' },
};
const meter = {
  meter: EXAMPLE_ID,
  building: EXAMPLE_ID,
  action: {
    kind: 'create',
    device: {
      kind: 'individual',
      premises: [EXAMPLE_ID],
      accounts: [EXAMPLE_ID],
      number: '0012345',
      resource: 'other',
      resources: [{ code: '1', value: '0.5' }],
    },
  },
};
const contract = { action: { kind: 'approve', version: EXAMPLE_ID } };
const registryObject = {
  service: 'house-management',
  operation: 'importAccountData',
  item: 'Account',
  content: { isUOAccount: true, PayerInfo: {}, AccountNumber: '100001' },
};

/** Bodies of what goes into ГИС ЖКХ, by resource; the bulk form of each takes a list of the same. */
const publications: Readonly<Record<string, object>> = {
  PaymentDocuments: paymentDocument,
  PaymentDocumentWithdrawals: { paymentDocument: '40АА123456-01-2110' },
  PaymentNotifications: {
    paidOn: '2026-11-20',
    paidBy: { kind: 'service', id: '40АА123456-01' },
    amount: roubles('1330.35'),
  },
  PaymentAcknowledgements: {
    notification: EXAMPLE_ID,
    action: { kind: 'impossible', reason: 'Лицевой счет закрыт' },
  },
  AccountPublications: account,
  MeterPublications: meter,
  HousePublications: { building: EXAMPLE_ID, floors: 9 },
  ManagementContracts: contract,
  CompletedWorks: { reportingPeriod: EXAMPLE_ID, planned: [{ item: EXAMPLE_ID, plannedCount: 4, count: 2 }] },
  CourtDebts: { action: { kind: 'repay', debt: EXAMPLE_ID, paidOn: '2026-11-20' } },
  PaymentCancellations: {
    notification: EXAMPLE_ID,
    order: '0123456789ABCDEF0123456789ABCDEF',
    cancelledOn: '2026-11-24',
  },
  PaymentAcknowledgementCancellations: { notification: EXAMPLE_ID, paymentDocument: '40АА123456-01-2110' },
  AppealActions: { appeal: EXAMPLE_ID, answerer: EXAMPLE_ID, action: { kind: 'assign', on: '2026-11-24' } },
  AppealAnswers: { appeal: EXAMPLE_ID, answerer: EXAMPLE_ID, text: 'Лампа в подъезде заменена 24 ноября.' },
  RegistryImports: registryObject,
};

/** Bodies to show in the API document, by operationId; a body whose fields are all optional may do without. */
export const bodyExamples: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(
    Object.entries(publications).flatMap(([name, body]) => [
      [`post${name}`, body],
      [`post${name}Bulk`, [{ ...body, idempotencyKey: `${name}-4711` }]],
    ]),
  ),
  postMessages: message,
  postMessagesBulk: [
    { ...message, to: '+79161230002', idempotencyKey: 'outage-4711-1' },
    { ...message, to: '+79161230003', idempotencyKey: 'outage-4711-2' },
  ],
  postMeterReadings: reading,
  postMeterReadingsBulk: [{ ...reading, idempotencyKey: 'reading-4711-2026-11' }],
  postDebtInquiriesByIdAnswer: {
    action: 'send',
    hasDebt: false,
    description: 'Задолженности, подтверждённой судом, нет',
  },
  postLookup: { q: 'Баумана 5 12' },
  postOperationsSearch: { q: '+7 916 123-00-01', status: ['failed', 'dead'] },
  postOperationsBulk: {
    action: 'retry',
    filter: { status: 'dead', kind: 'messages.send', instance: 'sms-main', code: 'SMSC_NO_MONEY' },
  },
  postReconciliations: { instance: 'giszhkh-main', entities: ['PersonalAccount', 'Meter'] },
  postReconciliationsByIdApply: { entities: ['PersonalAccount'] },
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
