import { PublishMeterReading, publishMeterReading } from '../../canonical/commands/publish-meter-reading.ts';
import { submitMeterReading } from '../../canonical/commands/submit-meter-reading.ts';
import { isHubError } from '../../canonical/errors.ts';
import type { Journal } from '../../queues/journal.ts';
import type { Database } from '../../storage/port.ts';
import { wakeStatement } from '../../storage/repositories/flow-items.ts';
import type { Operation } from '../../storage/repositories/operation.ts';
import type { Flow, Step } from '../flow.ts';

export const METER_READINGS = 'meter-readings';

export interface MeterReadingOptions {
  db: Database;
  journal: Pick<Journal, 'get'>;
  /** `flows.meterReadings.mode` of hub.yaml. */
  isOn(org: string): boolean;
  /** Instance that publishes now; undefined where none serves it. */
  route(org: string, kind: string): string | undefined;
}

/**
 * A reading that the accounting system has taken goes on to ГИС ЖКХ, once. One that was refused does not: what the company
 * does not bill by must not stand there either.
 */
export function meterReadings(o: MeterReadingOptions): Flow {
  return {
    name: METER_READINGS,
    taskOfFailure: 'flow',
    serves: (org) => o.isOn(org) && o.route(org, publishMeterReading.kind) !== undefined,
    // What was taken before the flow began has been published by other means, or was never meant to be.
    begin: () => [],
    take: (org, events, now) => {
      const ended = events.flatMap((e) =>
        e.operation !== null && e.data.kind === submitMeterReading.kind ? [e.operation] : [],
      );
      return ended.length > 0 ? [wakeStatement(org, METER_READINGS, [...new Set(ended)], now)] : [];
    },
    look: async (item): Promise<Step> => {
      const reading = await readingOf(o, item.org, item.subject);
      // What is still on its way comes again when it has ended.
      if (reading?.status !== 'succeeded') return { becomes: 'forget' };
      const instance = o.route(item.org, publishMeterReading.kind);
      if (instance === undefined || instance === reading.instance) return { becomes: 'forget' };
      if (await isPublished(o, reading)) return { becomes: 'forget' };
      const { meter, readAt, values, account } = reading.payload;
      const resource = await resourceOf(o.db, item.org, String(meter));
      const payload = PublishMeterReading.parse({
        meter,
        readAt,
        values,
        ...(account === undefined ? {} : { account }),
        ...(resource === undefined ? {} : { resource }),
        reading: reading.id,
      });
      return {
        becomes: 'forget',
        submit: [
          {
            request: { org: item.org, command: publishMeterReading, instance, payload, body: payload },
            step: 'publish',
            parent: reading.id,
          },
        ],
        guard: [
          {
            sql: `select 1 where not exists (${PUBLISHED})`,
            params: [item.org, reading.id],
            expect: { rows: 1, name: 'published' },
          },
        ],
      };
    },
  };
}

/** Its item's lease keeps two processes apart, and this keeps a second event about the same reading from a second publication. */
const PUBLISHED = `select 1 from operation where org = $1 and trace->>'parent' = $2 and trace->>'flow' = '${METER_READINGS}'`;

async function isPublished(o: MeterReadingOptions, reading: Operation): Promise<boolean> {
  const { count } = await o.db.query(PUBLISHED, [reading.org, reading.id]);
  return count > 0;
}

/** What a meter measures, as the read model has it. */
async function resourceOf(db: Database, org: string, meter: string): Promise<string | undefined> {
  const { rows } = await db.query(
    `select canonical->>'resource' as resource from record where org = $1 and entity = 'Meter' and id = $2`,
    [org, meter],
  );
  const resource = rows[0]?.resource;
  return typeof resource === 'string' ? resource : undefined;
}

async function readingOf(o: MeterReadingOptions, org: string, id: string): Promise<Operation | undefined> {
  try {
    return await o.journal.get(org, id);
  } catch (error) {
    if (isHubError(error) && error.kind === 'not-found') return undefined;
    throw error;
  }
}
