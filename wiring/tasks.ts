import type { WorkingCalendar } from '../calendars/calendar.ts';
import { afterWorkingDays, afterWorkingHours } from '../calendars/working-time.ts';
import type { TaskKind } from '../canonical/task-kinds.ts';
import type { HubConfig } from '../config/load.ts';
import { standardDeadlines } from '../config/tasks.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import type { Store } from '../storage/open.ts';
import type { KeyRepository } from '../storage/repositories/keys.ts';
import type { EffectActions } from '../tasks/effect-actions.ts';
import { Effects } from '../tasks/effects.ts';
import { MailOutbox } from '../tasks/mail/outbox.ts';
import { mailDomain, smtpSender } from '../tasks/mail/smtp.ts';
import { People } from '../tasks/people.ts';
import { TaskRepository } from '../tasks/repository.ts';
import { Round } from '../tasks/round.ts';
import { TaskService } from '../tasks/service.ts';
import type { Bulk } from './bulk.ts';
import { organisationZone } from './zones.ts';

export interface Tasks {
  repository: TaskRepository;
  service: TaskService;
  people: People;
  effects: Effects;
  round: Round;
  /** Undefined where hub.yaml says nothing of mail. */
  outbox: MailOutbox | undefined;
}

/** Tasks for people with everything that they are made of and act on. */
export function tasksOf(o: {
  config: HubConfig;
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
  calendar: WorkingCalendar;
  keys: KeyRepository;
  actions: EffectActions;
  bulk: Bulk;
  /** Organisation of a configured instance. */
  organisationOf(instance: string): string | undefined;
  /** Carries out answers about many operations. */
  works: boolean;
  onChange(): void;
}): Tasks {
  const { config, clock, random, log, onChange } = o;
  const { db, cipher } = o.store;
  const settings = config.tasks;
  const timezone = organisationZone(config);
  const people = new People({ people: config.people, timezone });
  const repository = new TaskRepository(db, cipher);
  const effects = new Effects({
    db,
    cipher,
    clock,
    random,
    log,
    actions: o.actions,
    bulk: o.bulk,
    runsBulk: o.works,
    onChange,
  });
  const deadlines: Record<string, { workingHours?: number | undefined; workingDays?: number | undefined }> = {
    ...standardDeadlines,
    ...settings.deadlines,
  };
  const deadline = (org: string, kind: TaskKind, from: Date): Date => {
    const time = { calendar: o.calendar, timezone: timezone(org), workingDay: settings.workingDay };
    const { workingHours, workingDays } = deadlines[kind] ?? {};
    return workingDays === undefined
      ? afterWorkingHours(from, workingHours ?? 8, time)
      : afterWorkingDays(from, workingDays, time);
  };
  const round = new Round({
    db,
    clock,
    random,
    log,
    people,
    deadline,
    organisationOf: o.organisationOf,
    escalate: settings.escalate,
    onChange,
  });
  const service = new TaskService({
    db,
    cipher,
    clock,
    random,
    repository,
    people,
    effects,
    jobs: o.bulk.jobs,
    nameOf: async (org, client) => (await o.keys.list(org)).find((key) => key.id === client)?.name ?? client,
    onChange,
  });
  const { mail } = settings;
  const outbox =
    mail &&
    new MailOutbox({
      db,
      cipher,
      clock,
      log,
      people,
      timezone,
      send: smtpSender(mail),
      domain: mailDomain(mail.from),
      consoleUrl: mail.console,
    });
  return { repository, service, people, effects, round, outbox };
}

/** A round takes at most one part in so many of the time of one process … */
const ROUND_SHARE = 20;
/** … but a round that only waited for a busy store must not keep tasks from being opened for minutes. */
const MOST_REST_MS = 10_000;

/** The beats of tasks, for a loop that comes every second: a round that was long is not begun again at once. */
export function taskBeats(
  { round, effects, outbox }: Pick<Tasks, 'effects' | 'outbox'> & { round: Pick<Round, 'run'> },
  now: () => number = () => performance.now(),
): { name: string; work: () => Promise<unknown> }[] {
  let restUntil = 0;
  return [
    {
      name: 'tasks',
      work: async () => {
        const began = now();
        if (began < restUntil) return;
        try {
          await round.run();
        } finally {
          const ended = now();
          restUntil = ended + Math.min(MOST_REST_MS, (ended - began) * ROUND_SHARE);
        }
      },
    },
    { name: 'answers', work: () => effects.round() },
    ...(outbox ? [{ name: 'task mail', work: () => outbox.round() }] : []),
  ];
}
