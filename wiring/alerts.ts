import type { HubConfig } from '../config/load.ts';
import type { Clock, Logger } from '../connectors/port.ts';
import { parseNetworks } from '../connectors/webhook/address.ts';
import { guardedPost } from '../connectors/webhook/guarded-post.ts';
import { AlertNotices, receiversOf } from '../monitoring/alerts/notices.ts';
import { AlertRound } from '../monitoring/alerts/round.ts';
import type { FigureBook } from '../monitoring/figures.ts';
import type { Store } from '../storage/open.ts';
import { mailDomain, smtpSender } from '../tasks/mail/smtp.ts';

const HOUR_MS = 3_600_000;

/** The beats of alerts, for a loop that comes every second. Every process may have them; one at a time does the work. */
export function alertBeats(o: {
  config: HubConfig;
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
  figures: FigureBook;
  onChange(): void;
}): { name: string; work: () => Promise<unknown> }[] {
  const { config, clock, random, log, figures, onChange } = o;
  const { db } = o.store;
  const { alerts: settings, tasks } = config;
  const round = new AlertRound({
    db,
    clock,
    random,
    log,
    figures,
    receivers: receiversOf(settings),
    repeatMs: settings.repeatHours * HOUR_MS,
    onChange,
  });
  const notices = new AlertNotices({
    db,
    clock,
    log,
    settings,
    timezone: config.organisations[0]?.timezone ?? 'Europe/Moscow',
    mail: tasks.mail && { send: smtpSender(tasks.mail), domain: mailDomain(tasks.mail.from) },
    post: guardedPost({ allowed: parseNetworks(config.webhooks.allowAddresses) }),
  });
  return [
    { name: 'alerts', work: () => round.run() },
    { name: 'alert notices', work: () => notices.round() },
  ];
}
