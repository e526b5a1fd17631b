import { HubError } from '../../canonical/errors.ts';
import type { NativeObject, OperationView } from '../port.ts';
import type { Ctx } from './ctx.ts';
import { isService } from './format.ts';
import { transportGuid } from './guid.ts';

import type { ImportKind, ImportSource } from './import-kind.ts';
import { settleAccount } from './settle/account.ts';
import { settleAppealAction, settleAppealAnswer } from './settle/appeal.ts';
import { settleContract } from './settle/contract.ts';
import { settleDebt } from './settle/debt.ts';
import { settleDebtAnswer } from './settle/debt-answer.ts';
import { settleHouse } from './settle/house.ts';
import { settleMeter } from './settle/meter.ts';
import {
  settleAcknowledgement,
  settlePayment,
  settlePaymentCancellation,
  settleUnacknowledgement,
} from './settle/payment.ts';
import { settlePaymentDocument, settleWithdrawal } from './settle/payment-document.ts';
import { settleReading } from './settle/reading.ts';
import { settleWorks } from './settle/works.ts';

/** Sections of the file store by the service that refers to the files. Source: contract sheet giszhkh §6. */
const CONTEXTS: Readonly<Record<string, string>> = {
  'house-management': 'homemanagement',
  bills: 'bills',
  'debt-requests': 'debtreq',
  appeals: 'appeals',
};
const LINGER_MS = 5_000;

/** The mapping of a kind says where it goes. */
function mapped(kind: string): (ctx: Ctx) => ImportSource {
  return (ctx) => {
    const source = ctx.mapper?.source(kind)?.source as Record<string, unknown> | undefined;
    if (!source) throw new HubError('misconfigured', 'MAPPING_ABSENT', `No mapping of ${ctx.instance} writes ${kind}.`);
    return sourceOf(source, kind);
  };
}

function sourceOf(source: Readonly<Record<string, unknown>>, kind: string): ImportSource {
  const { service, operation, item, files } = source;
  if (typeof service !== 'string' || !isService(service) || typeof operation !== 'string' || typeof item !== 'string')
    throw new HubError(
      'misconfigured',
      'GISZHKH_SOURCE',
      `The mapping of ${kind} needs \`source: { service, operation, item }\` with a service of ГИС ЖКХ.`,
    );
  return { service, operation, item, context: typeof files === 'string' ? files : CONTEXTS[service] };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

interface Spec extends Partial<Pick<ImportKind, 'settle' | 'isDone' | 'extra' | 'result' | 'whole'>> {
  max: number;
  /** Members of the payload that all elements of a request share. */
  together: readonly string[];
}

function kindOf(kind: string, { max, together, ...rest }: Spec): ImportKind {
  return {
    kind,
    max,
    lingerMs: LINGER_MS,
    key: (payload) => together.map((name) => JSON.stringify(payload[name] ?? null)).join('|'),
    sourceIn: mapped(kind),
    ...rest,
  };
}

/** Links an object that ГИС ЖКХ has given an identifier to ours. */
function linked(entity: string, member: string): NonNullable<ImportKind['result']> {
  return (op, data) => {
    const id = text(op.payload[member]);
    const guid = text(data.guid);
    const version = (text(data.version) || versionIn(data.details)).toLowerCase();
    return id && guid
      ? { ...data, identities: [{ entity, id, nativeKey: guid, ...(version ? { version } : {}) }] }
      : data;
  };
}

/** A device has a new version with each edit, and the next edit must name it. */
function versionIn(details: unknown): string {
  const { importMeteringDevice: device } = (details ?? {}) as {
    importMeteringDevice?: { MeteringDeviceVersionGUID?: unknown };
  };
  return text(device?.MeteringDeviceVersionGUID);
}

/** The requisites that a payment document refers to inside its request. */
function payeeGuid(op: OperationView): Readonly<Record<string, unknown>> {
  return { payeeGuid: transportGuid(JSON.stringify(op.payload.payee ?? null), 'payee') };
}

/** Every kind with its documented limit. Source: contract sheet giszhkh §4. */
export const importKinds: readonly ImportKind[] = [
  kindOf('meter-readings.publish', { max: 1000, together: ['building'], settle: settleReading }),
  kindOf('payment-documents.publish', {
    max: 500,
    together: ['building', 'period', 'payee', 'amountsConfirmed'],
    settle: settlePaymentDocument,
    extra: payeeGuid,
  }),
  kindOf('payment-documents.withdraw', {
    max: 1000,
    together: [],
    settle: settleWithdrawal,
    isDone: (code) => code === 'SRV008070',
  }),
  kindOf('accounts.publish', {
    max: 100,
    together: ['building'],
    settle: settleAccount,
    result: linked('PersonalAccount', 'account'),
  }),
  kindOf('meters.publish', {
    max: 100,
    together: ['building'],
    settle: settleMeter,
    result: linked('Meter', 'meter'),
  }),
  kindOf('debt-inquiries.answer', {
    max: 100,
    together: [],
    settle: settleDebtAnswer,
    extra: (op, { executor }) => ({ executor: op.payload.executor ?? executor }),
  }),
  kindOf('payments.publish', { max: 250, together: [], settle: settlePayment }),
  kindOf('payments.cancel', { max: 500, together: [], settle: settlePaymentCancellation }),
  kindOf('payments.acknowledge', { max: 100, together: [], settle: settleAcknowledgement }),
  kindOf('payments.unacknowledge', { max: 100, together: [], settle: settleUnacknowledgement }),
  kindOf('debts.publish', { max: 100, together: [], settle: settleDebt }),
  kindOf('appeals.answer', { max: 1000, together: [], settle: settleAppealAnswer }),
  kindOf('appeals.act', { max: 1000, together: [], settle: settleAppealAction }),
  kindOf('contracts.publish', { max: 100, together: [], settle: settleContract }),
  kindOf('works.publish', { max: 1, together: [], whole: true, settle: settleWorks }),
  kindOf('houses.publish', { max: 1, together: [], settle: settleHouse }),
  {
    kind: 'registry.import',
    max: 1,
    whole: true,
    lingerMs: 0,
    key: (payload) => `${text(payload.service)}/${text(payload.operation)}`,
    sourceIn: (_ctx, payload) => sourceOf(payload ?? {}, 'registry.import'),
    content: (payload, { transportGuid: guid }) => {
      const { content, request } = payload as { content?: NativeObject; request?: NativeObject };
      return { ...(request ? { $request: request } : {}), ...content, TransportGUID: content?.TransportGUID ?? guid };
    },
  },
];
