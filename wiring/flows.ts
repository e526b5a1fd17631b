import type { WorkingCalendar } from '../calendars/calendar.ts';
import { HubError } from '../canonical/errors.ts';
import type { HubConfig } from '../config/load.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { debtInquiries } from '../flows/debt-inquiries/flow.ts';
import type { Documents } from '../flows/debt-inquiries/settings.ts';
import { Flows } from '../flows/flows.ts';
import { meterReadings } from '../flows/meter-readings/flow.ts';
import type { MappingSet } from '../mappings/load.ts';
import type { Instances } from '../queues/instances.ts';
import type { Journal } from '../queues/journal.ts';
import type { Database } from '../storage/port.ts';
import type { FileRepository } from '../storage/repositories/files.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import { organisationZone } from './zones.ts';

export interface FlowWiring {
  config: HubConfig;
  db: Database;
  clock: Clock;
  random(): number;
  log: Logger;
  journal: Journal;
  records: RecordRepository;
  files: FileRepository;
  calendar: WorkingCalendar;
  instances: Instances;
  mappings(instance: string): MappingSet | undefined;
  /** Instance that serves a kind for an organisation now. */
  carrier(org: string, kind: string): string | undefined;
  onChange(): void;
}

/** The flows of this hub. */
export function flowsOf(o: FlowWiring): Flows {
  const { config, db, clock, log, journal, records } = o;
  const settingsOf = (instance: string): { executor?: string } =>
    (config.connectors.find((c) => c.instance === instance)?.settings ?? {}) as { executor?: string };
  return new Flows({
    ...o,
    organisations: config.organisations.map((org) => org.id),
    flows: [
      debtInquiries({
        db,
        clock,
        log,
        records,
        journal,
        calendar: o.calendar,
        settings: () => config.flows.debtInquiries,
        timezone: organisationZone(config),
        route: o.carrier,
        executorOf: (instance) => settingsOf(instance).executor,
        documents: documentsOf(o),
      }),
      meterReadings({
        db,
        journal,
        isOn: () => config.flows.meterReadings.mode === 'auto',
        route: o.carrier,
      }),
    ],
  });
}

/** Largest document of a case, bytes; ГИС ЖКХ takes no more in one piece without being asked. */
const MOST_BYTES = 20 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** Fetches the content of a document through the connector that its case came by, and keeps it as a file of the hub. */
function documentsOf(o: FlowWiring): Documents {
  return {
    fetch: async (org, record, _courtCase, file) => {
      const instance = o.instances.find(record.instance);
      const mapping = o.mappings(record.instance)?.get('CourtCase');
      const query = instance?.connector.queries?.attachment;
      if (!instance || !mapping || !query)
        throw new HubError(
          'misconfigured',
          'DEBT_NO_DOCUMENTS',
          `${record.instance} can't give documents of court cases; its connector has no query for them.`,
        );
      const answer = await query.run(instance.context({ signal: AbortSignal.timeout(TIMEOUT_MS) }), {
        source: mapping.source,
        key: record.nativeKey,
        attribute: file.key,
        maxBytes: Math.min(MOST_BYTES, o.config.limits.filesMaxBytes),
      });
      const { content, contentType } = answer as { content?: Uint8Array; contentType?: string };
      if (!content || content.byteLength === 0) return undefined;
      const stored = await o.files.store(
        {
          org,
          client: 'hub',
          name: file.name,
          contentType: file.contentType ?? contentType ?? 'application/octet-stream',
          maxBytes: MOST_BYTES,
        },
        (async function* () {
          yield content;
        })(),
      );
      return stored.id;
    },
  };
}
