import type { WorkingCalendar } from '../../calendars/calendar.ts';
import type { CourtCase } from '../../canonical/entities/court.ts';
import type { Clock, Logger } from '../../connectors/port.ts';
import type { Journal } from '../../queues/journal.ts';
import type { Database } from '../../storage/port.ts';
import type { RecordRepository, StoredRecord } from '../../storage/repositories/records.ts';

/** How an organisation wants inquiries answered: `flows.debtInquiries` of hub.yaml. */
export interface DebtInquirySettings {
  /** `auto` sends what is certain; `propose` lets a person send it; `off` leaves inquiries alone. */
  mode: 'auto' | 'propose' | 'off';
  /** GUID of the employee who answers, from the cabinet of the organisation. */
  executor?: string | undefined;
  /** Hours before the end of the term from which on it is at risk. */
  riskHours: number;
  /** Older pulls of court cases and balances are not believed. */
  maxAgeHours: number;
  /** When the debt is gone before the term has ended: send the opposite, take the answer back, or let a person decide. */
  whenPaid: 'correct' | 'revoke' | 'ask';
}

export interface DebtInquiryOptions {
  db: Database;
  clock: Clock;
  log: Logger;
  records: RecordRepository;
  journal: Pick<Journal, 'list'>;
  calendar: WorkingCalendar;
  settings(org: string): DebtInquirySettings;
  timezone(org: string): string;
  /** Instance that answers now; undefined where none serves it. */
  route(org: string, kind: string): string | undefined;
  /** Executor that the connector itself is set up with. */
  executorOf(instance: string): string | undefined;
  documents: Documents;
}

/** Documents of court cases as files of the hub. */
export interface Documents {
  /**
   * Brings a document in from where the case is kept.
   * @returns id of the file; undefined when there is no content @throws HubError of the other system
   */
  fetch(
    org: string,
    record: StoredRecord,
    courtCase: CourtCase,
    file: CourtCase['files'][number],
  ): Promise<string | undefined>;
}
