import { deliveryCommands } from '../canonical/commands/deliver-webhook.ts';
import type { HubConfig } from '../config/load.ts';
import type { Clock, Context, Logger } from '../connectors/port.ts';
import { parseNetworks } from '../connectors/webhook/address.ts';
import type { Target, WebhookPort } from '../connectors/webhook/config.ts';
import { webhook } from '../connectors/webhook/connector.ts';
import { guardedPost, type Resolve } from '../connectors/webhook/guarded-post.ts';
import { traced } from '../logging/tracing.ts';
import type { Journal } from '../queues/journal.ts';
import type { RetryPolicy } from '../queues/policy.ts';
import type { Gate, Instance } from '../queues/ports.ts';
import type { Schedule } from '../queues/schedules.ts';
import { removeOldDeliveries } from '../queues/webhooks/deliveries.ts';
import { FanOut, webhookInstance } from '../queues/webhooks/fan-out.ts';
import { EndpointHealth } from '../queues/webhooks/health.ts';
import { Lanes } from '../queues/webhooks/lanes.ts';
import { Webhooks } from '../queues/webhooks/service.ts';
import type { Store } from '../storage/open.ts';
import { readEvent } from '../storage/repositories/events.ts';
import { type Webhook, WebhookRepository } from '../storage/repositories/webhooks.ts';

export interface WebhookParts {
  /** One built-in instance per organisation. */
  instances: readonly Instance[];
  gates: Readonly<Record<string, Gate>>;
  policies: Readonly<Record<string, Partial<RetryPolicy>>>;
  schedules: readonly Schedule[];
  /** What needs the journal, which needs the instances. */
  connect(journal: Journal, wake: () => void): { service: Webhooks; fanOut: FanOut };
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A delivery that was put off again and again is given up after this age. */
const MAX_AGE_MS = 30 * DAY_MS;
/** What another process has changed of an endpoint is seen after this time. */
const REMEMBERED_MS = 1_000;

/** Outgoing webhooks: the connector with what it needs of the store, and what turns events into deliveries. */
export function webhooksOf(o: {
  config: HubConfig;
  store: Store;
  clock: Clock;
  random(): number;
  log: Logger;
  onChange(): void;
  resolve?: Resolve;
}): WebhookParts {
  const { config, clock, random, log } = o;
  const { db, cipher } = o.store;
  const settings = config.webhooks;
  const allowed = parseNetworks(settings.allowAddresses);
  const webhooks = new WebhookRepository(db, cipher);
  const remembered = new Map<string, { at: number; webhook: Webhook | undefined }>();
  const find = async (org: string, id: string): Promise<Webhook | undefined> => {
    const now = clock.now();
    const known = remembered.get(id);
    if (known && known.webhook?.org === org && Math.abs(now - known.at) < REMEMBERED_MS) return known.webhook;
    const found = await webhooks.get(org, id);
    if (remembered.size > 1_000) remembered.clear();
    remembered.set(id, { at: now, webhook: found });
    return found;
  };
  const lanes = new Lanes({
    perEndpoint: settings.perEndpoint,
    random,
    now: clock.now,
    isDisabled: async (org, id) => (await find(org, id))?.disabledAt != null,
  });
  const health = new EndpointHealth({
    db,
    clock,
    random,
    log,
    webhooks,
    disableAfterMs: settings.disableAfterHours * HOUR_MS,
    maxAttempts: settings.retryDelaysMs.length + 1,
    onChange: o.onChange,
  });
  const post = guardedPost({ allowed, ...(o.resolve ? { resolve: o.resolve } : {}) });
  const port: WebhookPort = {
    target: async (org, id) => {
      const found = await find(org, id);
      return found && targetOf(found, clock.now());
    },
    event: (org, no) => readEvent(db, org, no),
    report: async (org, id, outcome) => {
      await health.report(org, id, outcome);
      remembered.delete(id);
    },
    health: (org) => webhooks.counts(org),
    attempt: (id, run) => lanes.run(id, run),
    post: (request) => traced('HTTP POST', 'client', { 'http.request.method': 'POST' }, () => post(request)),
    timeoutMs: settings.timeoutMs,
  };
  const kinds = [...deliveryCommands.keys()];
  return {
    instances: config.organisations.map(({ id }) => instanceOf(id, port, settings.concurrency, o)),
    gates: Object.fromEntries(kinds.map((kind) => [kind, lanes.gate])),
    policies: Object.fromEntries(
      kinds.map((kind) => [
        kind,
        {
          delaysMs: settings.retryDelaysMs,
          maxAttempts: settings.retryDelaysMs.length + 1,
          maxAgeMs: MAX_AGE_MS,
        },
      ]),
    ),
    schedules: [
      {
        name: 'webhook-deliveries',
        cron: '25 4 * * *',
        timezone: 'Europe/Moscow',
        run: async () =>
          log.info('old webhook deliveries removed', {
            deliveries: await removeOldDeliveries(db, new Date(clock.now() - settings.deliveriesDays * DAY_MS)),
          }),
      },
    ],
    connect: (journal, wake) => ({
      service: new Webhooks({
        db,
        clock,
        random,
        journal,
        webhooks,
        health,
        allowed,
        endpoints: settings.endpoints,
        onChanged: (id) => {
          remembered.delete(id);
          lanes.forget(id);
        },
        wake,
      }),
      fanOut: new FanOut({ db, log, journal, webhooks }),
    }),
  };
}

function targetOf({ url, secret, oldSecret, failingSince }: Webhook, now: number): Target {
  return {
    url,
    secrets: [secret, ...(oldSecret && oldSecret.until.getTime() > now ? [oldSecret.secret] : [])],
    failing: failingSince !== null,
  };
}

function instanceOf(
  org: string,
  port: WebhookPort,
  concurrency: number,
  { clock, random, log }: { clock: Clock; random(): number; log: Logger },
): Instance {
  const name = webhookInstance(org);
  return {
    name,
    organisation: org,
    connector: webhook as never,
    concurrency,
    context: ({ signal, deadline }) =>
      ({
        instance: name,
        organisation: org,
        config: port,
        clock,
        random,
        log,
        signal,
        ...(deadline === undefined ? {} : { deadline }),
      }) as Context<never>,
  };
}
