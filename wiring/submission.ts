import { HubError } from '../canonical/errors.ts';
import { entities } from '../canonical/registry.ts';
import type { Submission } from '../routes/deps.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';

export function dateOf(value: unknown): Date | undefined {
  return typeof value === 'string' ? new Date(value) : undefined;
}

/** A resident may speak of their own accounts only. */
export async function checkAccounts(
  { caller, payload, command }: Submission,
  records: RecordRepository,
): Promise<void> {
  if (!caller.accounts) return;
  const refuse = (): never => {
    throw new HubError('rejected', 'SCOPE_MISSING', 'This key is bound to other accounts.');
  };
  if (command.kind === 'meter-readings.submit') {
    const meter = entities.get('Meter');
    const accounts = entities.get('PersonalAccount');
    if (!meter || !accounts) return refuse();
    const found = await records.get(caller.org, meter, String(payload.meter));
    const own = await Promise.all(caller.accounts.map((id) => records.get(caller.org, accounts, id)));
    if (
      !found ||
      !own.some((a) => a && a.canonical.premises !== null && a.canonical.premises === found.canonical.premises)
    )
      refuse();
    return;
  }
  if (typeof payload.account !== 'string' || !caller.accounts.includes(payload.account)) refuse();
}

/** Zone of the house that a message is about; the organisation's where no account is known. */
export async function recipientZone(records: RecordRepository, op: Operation, standard: string): Promise<string> {
  let id = op.payload.account;
  for (const [name, next] of [
    ['PersonalAccount', 'premises'],
    ['Premises', 'building'],
    ['Building', 'timezone'],
  ] as const) {
    const definition = entities.get(name);
    if (typeof id !== 'string' || !definition) return standard;
    id = (await records.get(op.org, definition, id))?.canonical[next];
  }
  return typeof id === 'string' ? id : standard;
}

export function messageRecord(
  records: RecordRepository,
  org: string,
  id: string,
  payload: Readonly<Record<string, unknown>>,
) {
  const definition = entities.get('Message');
  if (!definition) throw new Error('The canonical model has no Message.');
  const canonical = definition.schema.parse({
    channel: payload.channel,
    to: payload.to,
    text: payload.text,
    template: payload.template ?? null,
    variables: payload.variables ?? null,
    account: payload.account ?? null,
    purpose: payload.purpose,
    sender: payload.sender ?? null,
    reference: payload.reference ?? null,
    operation: id,
    status: 'accepted',
  });
  const { open, personal, blind } = records.seal(org, definition, id, canonical);
  return { entity: 'Message', canonical: open, personal, blind };
}
