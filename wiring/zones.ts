import { entities } from '../canonical/registry.ts';
import type { HubConfig } from '../config/load.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';

/** Zone of each organisation. */
export function organisationZone(config: Pick<HubConfig, 'organisations'>): (org: string) => string {
  return (org) => config.organisations.find((o) => o.id === org)?.timezone ?? 'Europe/Moscow';
}

/** A house does not move: what was looked up is believed for this long, milliseconds. */
const KEEP_MS = 60_000;
const MOST = 50_000;

/** Zone of the house that a message is about; the organisation's where no account is known. */
export function recipientZones(
  records: RecordRepository,
  standard: (org: string) => string,
  now: () => number,
): (org: string, payload: Readonly<Record<string, unknown>>) => Promise<string> {
  const known = new Map<string, { at: number; zone: Promise<string> }>();
  const lookUp = async (org: string, account: string): Promise<string> => {
    let id: unknown = account;
    for (const [name, next] of [
      ['PersonalAccount', 'premises'],
      ['Premises', 'building'],
      ['Building', 'timezone'],
    ] as const) {
      const definition = entities.get(name);
      if (typeof id !== 'string' || !definition) return standard(org);
      id = (await records.get(org, definition, id))?.canonical[next];
    }
    return typeof id === 'string' ? id : standard(org);
  };
  return async (org, payload) => {
    const { account } = payload;
    if (typeof account !== 'string') return standard(org);
    const key = `${org}\0${account}`;
    const found = known.get(key);
    if (found && now() - found.at < KEEP_MS) return found.zone;
    if (known.size >= MOST) known.clear();
    const zone = lookUp(org, account);
    known.set(key, { at: now(), zone });
    zone.catch(() => known.delete(key));
    return zone;
  };
}
