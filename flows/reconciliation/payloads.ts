import { entity } from '../../canonical/registry.ts';
import { rubles } from '../../canonical/values/money.ts';
import type { RecordRepository, StoredRecord } from '../../storage/repositories/records.ts';
import type { Refusal } from './refusal.ts';

/** What our records don't say and ГИС ЖКХ asks for; given with the button. */
export interface Supplement {
  /** Whom the bills are paid to, and the element of a directory for each service by its name in the accounting system. */
  paymentDocuments?: {
    payee: { bik: string; account: string };
    services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  /** Facts of devices by the id of the item: resource, first values … */
  meters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface PayloadSource {
  records: RecordRepository;
  org: string;
}

/** One of our records that the other system must know already, because the import refers to it. */
export interface Need {
  entity: 'Premises' | 'PersonalAccount';
  id: string;
}

/** A payload of an import, or why our records don't give one. */
export type Made = { kind: string; payload: Record<string, unknown>; needs: readonly Need[] } | { lacking: Refusal };

const MOST_CHARGES = 2_000;

/** `accounts.publish` of one of our accounts. */
export async function accountPayload(r: PayloadSource, id: string): Promise<Made> {
  const account = await one(r, 'PersonalAccount', id);
  if (!account) return { lacking: { code: 'RECORD_GONE' } };
  const premises = await one(r, 'Premises', account.canonical.premises);
  if (!premises) return { lacking: { code: 'NO_PREMISES' } };
  const holder = await one(r, 'Customer', account.canonical.holder);
  const { number, residents, area } = account.canonical;
  return {
    kind: 'accounts.publish',
    needs: [{ entity: 'Premises', id: premises.id }],
    payload: {
      account: id,
      building: premises.canonical.building,
      number,
      ...(typeof residents === 'number' ? { residents } : {}),
      ...(typeof area === 'string' ? { area } : {}),
      premises: [{ premises: premises.id }],
      payer: payerOf(holder),
    },
  };
}

/** A person by surname and first name, where both are known; the name in one line could be an organisation's. */
function payerOf(holder: StoredRecord | undefined): Record<string, unknown> {
  const { lastName, firstName, middleName, birthDate, snils } = holder?.canonical ?? {};
  if (typeof lastName !== 'string' || typeof firstName !== 'string') return { kind: 'unknown' };
  const digits = typeof snils === 'string' ? snils.replace(/\D/g, '') : '';
  return {
    kind: 'person',
    lastName,
    firstName,
    ...(typeof middleName === 'string' ? { middleName } : {}),
    ...(typeof birthDate === 'string' ? { bornOn: birthDate } : {}),
    ...(digits.length === 11 ? { snils: digits } : {}),
  };
}

/** Codes of НСИ 2 by what our records say that a meter measures. They belong to the contour: `meters` overrides them. */
const RESOURCE_CODES: Readonly<Record<string, string>> = {
  'cold-water': '1',
  'hot-water': '2',
  gas: '4',
  heat: '5',
  wastewater: '8',
};

/** Resource and first values of a new device; nothing where our records don't say what it measures. */
function resourceOf(measures: unknown, tariffs: unknown): Record<string, unknown> {
  const values = Array.from({ length: typeof tariffs === 'number' ? tariffs : 1 }, () => '0');
  if (measures === 'electricity') return { resource: 'electricity', values };
  const code = RESOURCE_CODES[String(measures)];
  return code ? { resource: 'other', resources: [{ code, value: '0' }] } : {};
}

/** `meters.publish` that creates one of our meters. */
export async function meterPayload(
  r: PayloadSource,
  id: string,
  given: Readonly<Record<string, unknown>> | undefined,
): Promise<Made> {
  const meter = await one(r, 'Meter', id);
  if (!meter) return { lacking: { code: 'RECORD_GONE' } };
  const measured = resourceOf(meter.canonical.resource, meter.canonical.tariffs);
  if (!given?.resource && !measured.resource) return { lacking: { code: 'RESOURCE_UNKNOWN' } };
  const premises = await one(r, 'Premises', meter.canonical.premises);
  const building = premises?.canonical.building ?? meter.canonical.building;
  if (typeof building !== 'string') return { lacking: { code: 'NO_PLACE' } };
  if (typeof meter.canonical.serialNumber !== 'string') return { lacking: { code: 'NO_SERIAL_NUMBER' } };
  const accounts = premises
    ? await r.records.list(r.org, entity('PersonalAccount'), {
        filters: { premises: premises.id, state: 'open' },
        limit: 100,
      })
    : [];
  const { kind, verifiedOn } = meter.canonical;
  return {
    kind: 'meters.publish',
    needs: [
      ...(premises ? [{ entity: 'Premises', id: premises.id } as const] : []),
      ...accounts.map((a) => ({ entity: 'PersonalAccount', id: a.id }) as const),
    ],
    payload: {
      meter: id,
      building,
      action: {
        kind: 'create',
        device: {
          kind: kind === 'building' ? 'collective' : kind === 'apartment' ? 'apartment-common' : 'individual',
          number: meter.canonical.serialNumber,
          ...(premises ? { premises: [premises.id] } : {}),
          ...(accounts.length > 0 ? { accounts: accounts.map((a) => a.id) } : {}),
          ...(typeof verifiedOn === 'string' ? { verifiedOn } : {}),
          ...measured,
          ...given,
        },
      },
    },
  };
}

/** `payment-documents.publish` of the charges of an account for a month. */
export async function documentPayload(
  r: PayloadSource,
  account: string,
  period: string,
  given: Supplement['paymentDocuments'],
): Promise<Made> {
  if (!given) return { lacking: { code: 'PAYEE_NEEDED' } };
  const charges = await r.records.list(r.org, entity('Charge'), { filters: { account, period }, limit: MOST_CHARGES });
  if (charges.length === 0) return { lacking: { code: 'NOT_CHARGED' } };
  const lines: Record<string, unknown>[] = [];
  const unknown = new Set<string>();
  let sum = 0n;
  for (const { canonical } of charges) {
    const service = serviceOf(canonical);
    const known = given.services[service];
    if (!known) {
      unknown.add(service);
      continue;
    }
    const amounts = [canonical.amount, canonical.recalculation, canonical.benefits].map((m) =>
      m === null || m === undefined ? 0n : BigInt((m as { amount: string }).amount.replace('.', '')),
    );
    const [charged = 0n, recalculated = 0n, benefits = 0n] = amounts;
    const payable = charged + recalculated - benefits;
    sum += payable;
    lines.push({
      ...known,
      ...(typeof canonical.rate === 'string' ? { tariff: canonical.rate } : {}),
      charged: rubles(charged),
      ...(recalculated === 0n ? {} : { recalculation: rubles(recalculated) }),
      ...(benefits === 0n ? {} : { discount: rubles(benefits) }),
      payable: rubles(payable),
    });
  }
  if (unknown.size > 0) return { lacking: { code: 'SERVICE_UNKNOWN', services: [...unknown].sort() } };
  return {
    kind: 'payment-documents.publish',
    needs: [{ entity: 'PersonalAccount', id: account }],
    payload: { account, period, lines, total: rubles(sum), payee: given.payee },
  };
}

function serviceOf({ service }: Readonly<Record<string, unknown>>): string {
  return typeof service === 'string' ? service : '';
}

async function one(r: PayloadSource, name: string, id: unknown): Promise<StoredRecord | undefined> {
  if (typeof id !== 'string') return undefined;
  const found = await r.records.get(r.org, entity(name), id);
  return found && found.deletedAt === null ? found : undefined;
}
