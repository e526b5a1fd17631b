import { z } from 'zod';
import { loadCalendar } from '../../calendars/calendar.ts';
import { commands } from '../../canonical/commands/registry.ts';
import { HubError } from '../../canonical/errors.ts';
import { entities, entity } from '../../canonical/registry.ts';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { OperationView, Outcome } from '../../connectors/port.ts';
import { Breakers } from '../../queues/breakers.ts';
import { EmbeddedDispatcher } from '../../queues/embedded.ts';
import { Instances } from '../../queues/instances.ts';
import { Journal } from '../../queues/journal.ts';
import type { Instance } from '../../queues/ports.ts';
import { log, sink } from '../../queues/testing/workbench.ts';
import { storedEntities } from '../../storage/entities.ts';
import type { Database } from '../../storage/port.ts';
import { eventsStatement, numberEvents } from '../../storage/repositories/events.ts';
import { RecordRepository } from '../../storage/repositories/records.ts';
import { testCipher } from '../../storage/testing/databases.ts';
import { debtInquiries } from '../debt-inquiries/flow.ts';
import type { DebtInquirySettings } from '../debt-inquiries/settings.ts';
import type { Flow } from '../flow.ts';
import { Flows } from '../flows.ts';
import { meterReadings } from '../meter-readings/flow.ts';

/** Entities that the flows read, for `onEachDatabase`. */
export const flowEntities = storedEntities(entities.values());

let serial = 0;

/**
 * One organisation with a fake accounting system and a fake ГИС ЖКХ behind a real journal and dispatcher. What reached
 * ГИС ЖКХ is counted by operation.
 */
export function flowBench(db: Database) {
  const org = `flow${++serial}-${Math.random().toString(36).slice(2, 8)}`;
  const clock = { at: Date.parse('2026-11-25T09:00:00Z'), now: () => clock.at };
  const settings: DebtInquirySettings = {
    mode: 'auto',
    executor: crypto.randomUUID(),
    riskHours: 24,
    maxAgeHours: 48,
    whenPaid: 'correct',
  };
  /** Operations that reached ГИС ЖКХ, in order. */
  const reached: OperationView[] = [];
  const refuse = { readings: new Set<string>(), answers: false };
  const fetched: string[] = [];
  const send = async (op: OperationView): Promise<Outcome> => {
    if (op.kind === 'meter-readings.submit' && refuse.readings.has(String(op.payload.meter)))
      throw new HubError('rejected', 'TEST_REFUSED', 'The accounting system does not take it.');
    if (op.kind === 'debt-inquiries.answer' && refuse.answers)
      throw new HubError('rejected', 'TEST_REFUSED', 'The other side does not take it.');
    if (op.kind !== 'meter-readings.submit') reached.push(op);
    return { status: 'done', result: {} };
  };
  const instance = (name: string, kinds: readonly string[]): Instance => ({
    name: `${name}-${org}`,
    organisation: org,
    concurrency: 4,
    connector: {
      system: name,
      config: z.any(),
      probe: async () => ({ ok: true }),
      commands: Object.fromEntries(
        kinds.map((kind) => [kind, { effect: 'keyed', send: (_c: unknown, op: OperationView) => send(op) }]),
      ),
    } as never,
    context: () => ({ config: {} }) as never,
  });
  const list = [
    instance('onec', ['meter-readings.submit']),
    instance('gis', ['meter-readings.publish', 'debt-inquiries.answer']),
  ];
  const instances = new Instances({ db, clock, log, instances: list });
  const journal = new Journal({
    db,
    cipher: testCipher,
    clock,
    random: Math.random,
    onAccepted: (operations) => dispatcher.announce(operations),
  });
  const dispatcher = new EmbeddedDispatcher({
    db,
    breakers: new Breakers({ db, clock, log, process: org }),
    cipher: testCipher,
    clock,
    random: () => 0,
    log,
    instances,
    commands,
    sink,
    onChange: () => {},
    policies: {},
  });
  const records = new RecordRepository(db, testCipher);
  const route = (o: string, kind: string): string | undefined =>
    o === org ? list.find((i) => i.connector.commands?.[kind])?.name : undefined;
  const flowsOf = (store: Database): Flow[] => {
    const own = store === db ? records : new RecordRepository(store, testCipher);
    return [
      debtInquiries({
        db: store,
        clock,
        log,
        records: own,
        journal,
        calendar: loadCalendar(),
        settings: () => settings,
        timezone: () => 'Europe/Moscow',
        route,
        executorOf: () => undefined,
        documents: {
          fetch: async (_org, record) => {
            fetched.push(record.id);
            return crypto.randomUUID();
          },
        },
      }),
      meterReadings({ db: store, journal, isOn: () => true, route }),
    ];
  };
  /** A process of its own. @param store the same store through something that fails */
  const newFlows = (store: Database = db): Flows => {
    const own = new Journal({
      db: store,
      cipher: testCipher,
      clock,
      random: Math.random,
      onAccepted: (o) => dispatcher.announce(o),
    });
    return new Flows({
      db: store,
      clock,
      random: Math.random,
      log,
      journal: own,
      organisations: [org],
      flows: flowsOf(store),
      onChange: () => {},
    });
  };
  /** Stores records as a pull would, and tells of them. */
  const put = async (name: string, canonical: Record<string, unknown>, id = uuidv7(clock.at)): Promise<string> => {
    const definition = entity(name);
    const native = { canonical: JSON.stringify(canonical), n: Math.random() };
    const now = new Date(clock.at);
    const value = definition.schema.parse(canonical);
    const { sql, params } = records.upsertStatement(
      org,
      definition,
      `onec-${org}`,
      'm',
      [{ id, nativeKey: id, version: String(Math.random()), nativeHash: null, canonical: value, native }],
      now,
      now,
    );
    await db.transact([
      { sql, ...(params ? { params } : {}) },
      eventsStatement([
        {
          org,
          id: uuidv7(clock.at),
          type: `${definition.resource}.changed`,
          entity: name,
          entityId: id,
          data: {},
          at: now,
        },
      ]),
    ]);
    return id;
  };
  const pulled = async (...names: string[]): Promise<void> => {
    for (const name of names)
      await db.query(
        `insert into sync_state (org, instance, entity, first_load_done, delta_at, updated_at) values ($1, $2, $3, true, $4, $4)
         on conflict (org, instance, entity) do update set delta_at = excluded.delta_at`,
        [org, `onec-${org}`, name, new Date(clock.at)],
      );
  };
  const operations = async (kind: string) => (await journal.list(org, { kind }, 500)).reverse();
  /** Publishes what was told, lets one process take it, and lets the fake systems work, until nothing more happens. */
  const settle = async (flows: Flows = main): Promise<void> => {
    for (let quiet = 0, before = ''; quiet < 2; ) {
      await numberEvents(db);
      await flows.round();
      await new Promise((r) => setTimeout(r, 60));
      const { rows } = await db.query(
        `select (select string_agg(status || id, ',' order by id) from operation where org = $1) as ops, (select string_agg(state || coalesce(reason, '') || coalesce(due_at::text, ''), ',' order by subject) from flow_item where org = $1) as items`,
        [org],
      );
      const seen = JSON.stringify(rows);
      quiet = seen === before ? quiet + 1 : 0;
      before = seen;
    }
  };
  const item = async (subject: string) =>
    (await db.query('select * from flow_item where org = $1 and subject = $2', [org, subject])).rows[0];
  const main = newFlows();
  return {
    org,
    clock,
    settings,
    refuse,
    reached,
    fetched,
    journal,
    dispatcher,
    records,
    newFlows,
    put,
    pulled,
    operations,
    settle,
    item,
    route,
  };
}
export type FlowBench = ReturnType<typeof flowBench>;
