import { readFileSync } from 'node:fs';
import { loadCalendar } from './calendars/calendar.ts';
import { deliveryCommands } from './canonical/commands/deliver-webhook.ts';
import { commands } from './canonical/commands/registry.ts';
import { HubError } from './canonical/errors.ts';
import { entities } from './canonical/registry.ts';
import type { HubConfig } from './config/load.ts';
import { HttpTransport } from './connectors/kit/http.ts';
import { InstanceLimiter } from './connectors/kit/limiter.ts';
import type { Connector, Context, Logger } from './connectors/port.ts';
import { connectors } from './connectors/registry.ts';
import { Reconciliations } from './flows/reconciliation/reconciliations.ts';
import { Lookup } from './lookup/lookup.ts';
import { builtInFolder, loadMappings, type MappingSet } from './mappings/load.ts';
import { Canary } from './monitoring/canary.ts';
import { ProcessMetrics } from './monitoring/process-metrics.ts';
import { startTracing } from './monitoring/tracing/otel.ts';
import { endDeadLeases } from './queues/dead-leases.ts';
import type { Dispatcher } from './queues/dispatcher.ts';
import { DriftBook } from './queues/drift/book.ts';
import { noteUnknownCodes } from './queues/drift/unknown-codes.ts';
import { Erasures } from './queues/erasure/erasures.ts';
import { FeedPulse } from './queues/feed-pulse.ts';
import { linkingIdentities } from './queues/identities.ts';
import { Inbound } from './queues/inbound.ts';
import { Instances } from './queues/instances.ts';
import type { Role } from './queues/membership.ts';
import { messageSink } from './queues/message-sink.ts';
import type { Instance } from './queues/ports.ts';
import type { RedisSettings } from './queues/redis/connection.ts';
import { releasing } from './queues/reservations.ts';
import { Schedules } from './queues/schedules.ts';
import { Tracking } from './queues/tracking.ts';
import { mendTimes } from './queues/wrong-times.ts';
import { createApp } from './routes/app.ts';
import { Authenticator } from './routes/auth.ts';
import { EventReaders } from './routes/event-readers.ts';
import { tokenReader } from './routes/jwt.ts';
import { openStoreClock } from './storage/clock.ts';
import { storedEntities } from './storage/entities.ts';
import { openStore, type Store } from './storage/open.ts';
import { FileRepository } from './storage/repositories/files.ts';
import { KeyRepository } from './storage/repositories/keys.ts';
import type { Operation } from './storage/repositories/operation.ts';
import { RecordRepository } from './storage/repositories/records.ts';
import { XrefRepository } from './storage/repositories/xref.ts';
import { WordIndex } from './storage/word-index.ts';
import { liveReader } from './sync/live.ts';
import { mappingTools } from './sync/mapping-tools.ts';
import { SyncRequests } from './sync/requests.ts';
import { Sync } from './sync/sync.ts';
import { loadTemplates } from './templates/templates.ts';
import { alertBeats } from './wiring/alerts.ts';
import { auditOf } from './wiring/audit.ts';
import { bulkOf } from './wiring/bulk.ts';
import { consoleOf } from './wiring/console.ts';
import { companyOf, dispatcherOf } from './wiring/engine.ts';
import { failoverOf } from './wiring/failover.ts';
import { connectorFiles } from './wiring/files.ts';
import { flowsOf } from './wiring/flows.ts';
import { Front } from './wiring/front.ts';
import { limitsOf } from './wiring/limits.ts';
import { startListeners } from './wiring/listeners.ts';
import { startLoops } from './wiring/loops.ts';
import { mapperOf } from './wiring/mapper.ts';
import { figuresOf, metricsOf } from './wiring/metrics.ts';
import { publisherOf } from './wiring/publisher.ts';
import { type Duties, dutiesOf, isForWatchers } from './wiring/role.ts';
import { rotationOf } from './wiring/rotation.ts';
import { schedulesOf } from './wiring/schedules.ts';
import { type Listening, listenOn } from './wiring/server.ts';
import { signingOf } from './wiring/signing.ts';
import { submissions } from './wiring/submission.ts';
import { removalsAccepter, syncStarterOf } from './wiring/sync-starter.ts';
import { taskBeats, tasksOf } from './wiring/tasks.ts';
import { Waiting } from './wiring/waiting.ts';
import { webhooksOf } from './wiring/webhooks.ts';

export interface HubOptions {
  config: HubConfig;
  dataDir: string;
  databaseUrl?: string;
  /** Brings operations to workers; without it they look at the journal. */
  redis?: RedisSettings;
  /** 0 takes a free port. */
  port: number;
  host: string;
  /** Runs operations and schedules; off for one-shot commands of the command line. */
  active: boolean;
  /** The part that this process has in a hub of several; all of it by default. Only with `databaseUrl`. */
  role?: Role;
  /** Time between the failing of the readiness and the end of new connections at a stop, milliseconds. */
  drainMs?: number;
  /** Key with every scope for the process that starts the hub; never stored. */
  controlKey: string;
  log: Logger;
  durability?: 'fsync' | 'none';
  clock?: { now(): number };
}

export interface Hub {
  url: string;
  /** The same for the command line on this machine, where `url` speaks TLS. */
  controlUrl: string;
  store: Store;
  sync: Sync;
  keys: KeyRepository;
  instances: Instances;
  /** Stops taking requests, finishes what runs, closes the store. */
  close(): Promise<void>;
}

/** Longest wait for the database server at the start, milliseconds. */
const STORE_PATIENCE_MS = 60_000;

export const version: string = (JSON.parse(readFileSync(packageFile(), 'utf8')) as { version: string }).version;

function packageFile(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './package.json' : '../package.json', import.meta.url);
}

/** Wires the modules together and starts the hub: the only place that knows all of them. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { log } = options;
  const random = Math.random;
  const duties = dutiesOf(options.role ?? 'all', options.active, options.databaseUrl);
  const store = await openStore({
    dataDir: options.dataDir,
    ...(options.databaseUrl ? { databaseUrl: options.databaseUrl } : {}),
    ...(options.durability ? { durability: options.durability } : {}),
    env: process.env,
    // A server that is being restarted is no reason to give up; a one-shot command tells at once.
    patienceMs: options.active ? STORE_PATIENCE_MS : 0,
    warn: (message, fields) => log.warn(message, fields),
    entities: storedEntities(entities.values()),
  });
  const transport = new HttpTransport();
  const storeClock = options.clock
    ? undefined
    : await openStoreClock({ db: store.db, warn: (message, fields) => log.warn(message, fields) });
  const time = options.clock ?? storeClock ?? Date;
  // Passed on by its function alone here and there, so it must not depend on `this`.
  const clock = { now: () => time.now() };
  try {
    const hub = await wire(options, duties, store, transport, clock, random, log);
    return {
      ...hub,
      close: async () => {
        storeClock?.close();
        await hub.close();
      },
    };
  } catch (error) {
    storeClock?.close();
    transport.close();
    await store.close();
    throw error;
  }
}

async function wire(
  options: HubOptions,
  duties: Duties,
  store: Store,
  transport: HttpTransport,
  clock: { now(): number },
  random: () => number,
  log: Logger,
): Promise<Hub> {
  const { config } = options;
  const { db, cipher } = store;
  const records = new RecordRepository(db, cipher);
  const xrefs = new XrefRepository(db, clock.now);
  const keys = new KeyRepository(db, clock.now);
  const files = new FileRepository(db, cipher, clock.now);
  const templates = loadTemplates(config.templates);
  const calendar = loadCalendar(config.calendar);

  const { redis } = options;
  const { works, answers, role } = duties;
  const company = companyOf({
    db,
    clock,
    log,
    role,
    active: options.active,
    keyVersions: cipher.keys.versions,
    ...(redis ? { redis } : {}),
  });
  const { breakers } = company;
  const tracing =
    config.tracing && (await startTracing(config.tracing, { version, process: company.process, role, log }));
  const meter = new ProcessMetrics({ clock, version, role });
  await company.membership?.beat();
  const drift = new DriftBook({ db, clock, log, onChange: () => onChange() });
  const record = auditOf({ config, store, clock, random, log, onChange: () => onChange() });
  const signing = signingOf({
    config,
    db,
    cipher,
    clock,
    random,
    log,
    transport,
    audit: record.audit,
    onChange: () => onChange(),
  });
  const mappingSets = new Map<string, MappingSet>();
  const list: Instance[] = [];
  for (const entry of config.connectors) {
    const connector = connectors.get(entry.system) as Connector<never>;
    const settings = entry.settings as { concurrency?: number; perSecond?: number; timezone?: string };
    if (connector.pull)
      mappingSets.set(
        entry.instance,
        await loadMappings(entry.mappings ?? builtInFolder(entry.system), { entities, commands }),
      );
    const perSecond = settings.perSecond ?? 0;
    const pace = company.pace(entry.instance, perSecond);
    const concurrency = settings.concurrency ?? 4;
    const upstream = connector.countsCallsOf?.(entry.settings as never);
    const places = upstream === undefined ? undefined : company.places(`${entry.system} ${upstream}`, concurrency);
    const limiter = new InstanceLimiter({
      clock,
      concurrency,
      perSecond,
      ...(pace ? { pace } : {}),
      ...(places ? { places } : {}),
    });
    const mapper = mapperOf(
      mappingSets.get(entry.instance),
      xrefs,
      entry.organisation,
      entry.instance,
      settings.timezone ?? 'Europe/Moscow',
    );
    list.push({
      name: entry.instance,
      organisation: entry.organisation,
      connector,
      concurrency,
      context: ({ signal, deadline, onTraffic, operations }) =>
        ({
          instance: entry.instance,
          organisation: entry.organisation,
          config: entry.settings,
          clock,
          random,
          log,
          signal,
          ...(deadline === undefined ? {} : { deadline }),
          drift: (note) => drift.note(entry.organisation, entry.instance, note),
          signing: signing.forConnector({ ...entry, operations: operations ?? [] }),
          files: connectorFiles(files, entry.organisation),
          ...(mapper ? { mapper } : {}),
          http: transport.client({
            clock,
            log,
            limiter,
            signal,
            ...(deadline === undefined ? {} : { deadline }),
            ...(config.tracing?.propagateTo.includes(entry.instance) ? { sendsTrace: true } : {}),
            ...(onTraffic ? { onTraffic } : {}),
          }),
        }) as Context<never>,
    });
  }
  const hooks = webhooksOf({ config, store, clock, random, log, onChange: () => onChange() });
  list.push(...hooks.instances);
  const instances = new Instances({ db, clock, log, instances: list });
  await instances.refresh();

  const sink = linkingIdentities(releasing(messageSink(random)));
  const waiting = new Waiting({ log, answers, ...(redis ? { redis } : {}) });
  const pulse = new FeedPulse({ db, log });
  const publisher = publisherOf({ db, log, onPublished: () => published() });
  const onChange = (): void => {
    publisher.ask();
  };
  const failover = failoverOf(config, {
    db,
    cipher,
    clock,
    log,
    instances,
    breakerState: (name) => company.breakers.state(name),
  });
  const { rules, optOuts, journal, approvals } = limitsOf({
    config,
    db,
    cipher,
    clock,
    random,
    log,
    records,
    sink,
    calendar,
    onAccepted: (operations) => dispatcher.announce(operations),
    onNew: (kind) => meter.accepted(kind),
    notify: () => dispatcher.notify(),
  });
  const { service: webhooks, fanOut } = hooks.connect(journal, () => {
    dispatcher.notify();
    published();
  });
  const published = (): void => {
    pulse.look();
    if (works)
      fanOut.round().catch((error: unknown) => log.warn('events could not be handed to webhooks yet', { error }));
  };
  const dispatcher: Dispatcher = dispatcherOf(
    {
      db,
      cipher,
      clock,
      random,
      log,
      instances,
      commands: new Map([...commands, ...deliveryCommands]),
      policies: hooks.policies,
      sink,
      failover,
      onChange,
      onEnded: (ids) => waiting.ended(ids),
      onOutcomes: (entries) => {
        meter.written(entries);
        noteUnknownCodes(drift, entries);
      },
      tracing,
      gates: { ...hooks.gates, 'messages.send': rules.gate },
    },
    company,
    redis,
  );
  const instanceZone = (instance: string): string =>
    (config.connectors.find((c) => c.instance === instance)?.settings as { timezone?: string } | undefined)?.timezone ??
    'Europe/Moscow';
  const sync = new Sync({
    db,
    cipher,
    clock,
    log,
    records,
    xrefs,
    instances,
    entities,
    onChange,
    mappings: (instance) => mappingSets.get(instance),
    timezone: instanceZone,
    process: company.process,
  });
  const requests =
    options.active && db.kind === 'postgres'
      ? new SyncRequests({ db, clock, random, log, sync, instances: list.map((i) => i.name), process: company.process })
      : undefined;
  const live = liveReader({
    instances,
    xrefs,
    clock,
    mappings: (instance) => mappingSets.get(instance),
    timezone: instanceZone,
    available: (instance) => breakers.state(instance) !== 'open',
  });
  const tracking = new Tracking({ db, cipher, clock, log, instances, sink, onChange, process: company.process });
  const inbound = new Inbound({ db, cipher, clock, random, sink, onChange });
  const outcome = (op: Operation, status: 'cancelled' | 'succeeded') =>
    sink.outcome(op, status, null, new Date(clock.now()));
  const erasures = new Erasures({
    db,
    cipher,
    clock,
    log,
    records,
    journal,
    cancelled: (op) => outcome(op, 'cancelled'),
    asked: (org, customer, by) =>
      record.audit.statement({
        org,
        actor: by,
        action: 'customers.erase-asked',
        subject: `Customer:${customer}`,
        details: {},
      }),
    onChange,
  });
  const rotation = rotationOf({ store, clock, log, shared: company.membership !== undefined });
  await record.atStart(mappingSets);
  const canary = new Canary({
    db,
    clock,
    log,
    instances,
    drift,
    mappings: (instance) => [...(mappingSets.get(instance)?.all() ?? [])],
  });
  const schedules = new Schedules({
    db,
    clock,
    log,
    schedules: [
      ...schedulesOf(config, sync, db, clock, log),
      ...hooks.schedules,
      ...record.schedules,
      ...canary.schedules(),
    ],
  });

  const carrier = (org: string, kind: string): string | undefined =>
    failover.carrier(org, kind) ?? list.find((i) => i.organisation === org && i.connector.commands?.[kind])?.name;
  const route = (org: string, kind: string): string => {
    const found = carrier(org, kind);
    if (!found)
      throw new HubError('misconfigured', 'NO_ROUTE', `No connector of ${org} serves ${kind}; add one to hub.yaml.`);
    return found;
  };

  const { submit, dryRun } = submissions({ clock, random, journal, instances, records, templates, rules, route });
  const watch = consoleOf({
    store,
    clock,
    random,
    log,
    organisations: config.organisations,
    journal,
    instances,
    records,
    templates,
    rules,
    sink,
    route,
  });
  const actions = {
    db,
    journal,
    approvals,
    outcome,
    webhooks,
    resume: async (instance: string) => {
      await instances.resume(instance);
      dispatcher.notify();
    },
    retryQuarantine: (org: string, only: { instance: string; entity: string }) => sync.retryQuarantine(org, only),
    acceptRemovals: removalsAccepter({ db, clock, sync, requests }),
  };
  const bulk = bulkOf({ store, clock, random, log, process: company.process, journal, actions, onChange });
  const reconciliations = new Reconciliations({ db, cipher, records, clock, random, process: company.process });
  const tasks = tasksOf({
    config,
    store,
    clock,
    random,
    log,
    calendar,
    keys,
    works,
    onChange,
    organisationOf: (instance) => instances.find(instance)?.organisation,
    actions,
    bulk,
  });
  const flows = flowsOf({
    config,
    db,
    clock,
    random,
    log,
    journal,
    records,
    files,
    calendar,
    instances,
    mappings: (instance) => mappingSets.get(instance),
    carrier,
    onChange,
  });
  const auth = new Authenticator({
    keys,
    controlKey: options.controlKey,
    defaultOrg: config.organisations[0]?.id ?? '',
    rates: company.rates,
    tokens:
      config.auth.jwt &&
      tokenReader(config.auth.jwt, { organisations: config.organisations.map((o) => o.id), now: clock.now }),
    now: clock.now,
  });
  let listening: Listening | undefined;
  const figures = figuresOf({
    config,
    db,
    clock,
    log,
    instances,
    breakers,
    sync,
    certificates: () => listening?.certificates() ?? [],
  });
  const readers = new EventReaders(config.feed);
  const front = new Front();
  const app = createApp(
    {
      db,
      cipher,
      recordKeeping: {
        audit: record.audit,
        views: config.audit.views === 'on',
        requirePurpose: config.audit.requirePurpose,
      },
      clock,
      log,
      auth,
      keys,
      records,
      files,
      filesMaxBytes: config.limits.filesMaxBytes,
      live,
      webhooks,
      feed: { pulse, readers, heartbeatMs: config.feed.heartbeatMs, stallMs: config.feed.stallMs },
      journal,
      dispatcher,
      breakers,
      instances,
      inbound,
      sync,
      entities,
      commands,
      templates,
      optOuts,
      approvals,
      erasures,
      signing,
      rotation,
      version,
      carrier,
      submit,
      dryRun,
      waitFor: (org, id, ms) => waiting.forEnd(journal, org, id, ms),
      startSync: syncStarterOf({ sync, requests, works, log }),
      draining: front.draining,
      organisations: config.organisations,
      ...watch.routes,
      bulk: bulk.jobs,
      reconciliations,
      lookup: new Lookup({ db, cipher, clock, records }),
      schedules,
      outcome,
      tasks,
      mappingTools: mappingTools({ mappingSets, instances, records, vocabulary: { entities, commands } }),
      metricsFor: config.server.metrics,
      metrics: metricsOf(figures, meter, config, log),
      tracing,
      onAnswered: (...request) => meter.answered(...request),
    },
    answers ? () => true : isForWatchers,
    {
      trustProxy: config.server.trustProxy === 'off' ? false : config.server.trustProxy,
      isTls: config.server.tls !== undefined,
    },
  );
  const heard = await listenOn(app, { port: options.port, host: options.host, config: config.server, log });
  listening = heard;

  if (works && db.kind === 'pglite') {
    await mendTimes(db, clock, log);
    await endDeadLeases(db, clock, log);
  }
  const listeners = works ? startListeners({ instances: list, inbound, log }) : undefined;
  const loops = options.active
    ? startLoops({
        works,
        company,
        dispatcher,
        tracking,
        inbound,
        schedules,
        requests,
        instances,
        sync,
        fanOut,
        bulk: bulk.runner,
        stats: watch.stats,
        always: [
          { name: 'drift', work: () => drift.round() },
          ...alertBeats({ config, store, clock, random, log, figures, onChange }),
        ],
        beats: [
          { name: 'certificates', work: () => signing.watch.beat() },
          ...taskBeats(tasks),
          { name: 'flows', work: () => flows.round() },
          { name: 'reconciliations', work: () => reconciliations.round() },
        ],
        onChange,
        audit: record.audit,
        rotation,
        erasures,
        words: new WordIndex(records, entities.values()),
        log,
      })
    : undefined;
  if (works) dispatcher.start();
  let closing: Promise<void> | undefined;
  return {
    url: heard.url,
    controlUrl: heard.controlUrl,
    store,
    sync,
    keys,
    instances,
    close: () => {
      closing ??= (async () => {
        const shut = front.close(heard.servers, answers ? (options.drainMs ?? 0) : 0, () => {
          waiting.end();
          readers.close();
        });
        // Who answers takes work until the last request is in; who only works stops taking it at once.
        if (answers) await shut;
        await loops?.stop();
        await Promise.all([
          sync.stop(),
          requests?.stop(),
          rotation.stop(),
          tasks.effects.stop(),
          bulk.runner.stop(),
          reconciliations.stop(),
        ]);
        await flows.stop();
        await dispatcher.stop();
        // Last: until the operations have ended, their answers come over the same connections.
        await listeners?.stop();
        await shut;
        heard.close();
        waiting.close();
        await journal.drain();
        await drift.round();
        await record.audit.drain();
        await signing.close();
        await publisher.settled();
        await fanOut.stop();
        await pulse.stop();
        await Promise.all(list.map((instance) => release(instance, log)));
        transport.close();
        await tracing?.stop();
        await company.leave();
        await store.close();
      })();
      return closing;
    },
  };
}

/** Lets an instance give back what it holds upstream; a failure only costs the upstream some time. */
async function release(instance: Instance, log: Logger): Promise<void> {
  try {
    await instance.connector.close?.(instance.context({ signal: AbortSignal.timeout(5_000) }));
  } catch (error) {
    log.warn('an instance could not give back what it holds upstream', { instance: instance.name, error });
  }
}
