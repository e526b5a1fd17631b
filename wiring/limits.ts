import type { WorkingCalendar } from '../calendars/calendar.ts';
import { loadContactLimits } from '../calendars/contact-limits.ts';
import { startOfDay, wallClock } from '../calendars/local-day.ts';
import type { HubConfig } from '../config/load.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { Approvals } from '../queues/approvals.ts';
import { Brakes } from '../queues/brakes.ts';
import type { Announced } from '../queues/dispatcher.ts';
import { Journal } from '../queues/journal.ts';
import type { TrackSink } from '../queues/ports.ts';
import type { Store } from '../storage/open.ts';
import { OptOutRepository } from '../storage/repositories/opt-outs.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import { MessageRules } from './message-rules.ts';
import { organisationZone, recipientZones } from './zones.ts';

/** The journal with everything that limits what it takes: opt-outs, contact limits, quiet hours, brakes, approvals. */
export function limitsOf(o: {
  config: HubConfig;
  db: Store['db'];
  cipher: Store['cipher'];
  clock: Clock;
  random(): number;
  log: Logger;
  records: RecordRepository;
  sink: TrackSink;
  calendar: WorkingCalendar;
  /** Operations were committed that are due or will be. */
  onAccepted(operations: readonly Announced[]): void;
  /** A new operation of this kind was committed. */
  onNew(kind: string): void;
  /** Something may be due. */
  notify(): void;
}): { rules: MessageRules; optOuts: OptOutRepository; journal: Journal; approvals: Approvals } {
  const { config, db, cipher, clock, random, log, sink } = o;
  const { limits } = config;
  const zone = organisationZone(config);
  const optOuts = new OptOutRepository(db, cipher, clock.now);
  const rules = new MessageRules({
    db,
    cipher,
    optOuts,
    calendar: o.calendar,
    quietHours: limits.quietHours,
    contacts: limits.contacts === 'off' ? [] : loadContactLimits(limits.contacts.file, limits.contacts.groups),
    zoneOf: recipientZones(o.records, zone, clock.now),
  });
  const journal = new Journal({
    db,
    cipher,
    clock,
    random,
    onAccepted: (operations) => o.onAccepted(operations),
    onNew: (kind) => o.onNew(kind),
    brakes: new Brakes({
      limits: limits.brake,
      dayStart: (org, now) => startOfDay(wallClock(now, zone(org)).date, zone(org)),
      random,
    }),
    onStopped: (operations) =>
      log.warn('operations beyond a limit wait for approval', {
        operations: operations.length,
        first: operations[0],
      }),
  });
  const approvals = new Approvals({
    db,
    cipher,
    clock,
    random,
    journal,
    fourEyes: limits.fourEyes,
    onApproved: () => o.notify(),
    cancelled: (op) => sink.outcome(op, 'cancelled', null, new Date(clock.now())),
  });
  return { rules, optOuts, journal, approvals };
}
