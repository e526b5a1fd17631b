import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { Instant } from '../canonical/values/time.ts';
import { describeCertificate } from '../certs/describe.ts';
import type { KeyringEntry } from '../certs/keyring.ts';
import { readCanaries } from '../monitoring/canary-record.ts';
import { showCanary } from '../monitoring/show-canary.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { showPause } from './pause.ts';
import type { Route } from './route.ts';

const NewKey = z.strictObject({
  name: z.string().min(1).max(100).describe('What the key is for'),
  scopes: z
    .array(
      z
        .string()
        .regex(
          /^(\*|[a-z]+(:(\*|[a-z-]+))?)$/,
          'is not a scope such as read:accounts, read:*, write:messages, operations, admin',
        ),
    )
    .min(1)
    .max(50),
  organisation: z.string().optional().describe('Default: the organisation of the caller'),
  accounts: z.array(z.uuid()).max(100).optional().describe('Resident key: sees these accounts only'),
  ratePerMinute: z.int().min(1).max(100_000).optional(),
  purpose: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe('Why its holder sees personal data, where a request says nothing by X-Purpose; kept in the audit log'),
  expiresAt: Instant.optional(),
});
const SyncRequest = z.strictObject({
  entity: z.string().optional(),
  full: z.boolean().default(false),
  acceptRemovals: z.boolean().default(false).describe('Let a held sweep remove what it found missing'),
});
const QuarantineRetryRequest = z.strictObject({
  instance: z.string().max(63).optional(),
  entity: z.string().max(63).optional(),
});
const PauseRequest = z.strictObject({ reason: z.string().min(1).max(300).default('paused by an operator') });
/** Name of a connector of the caller's own organisation. @throws HubError UNKNOWN_INSTANCE, also for those of others */
function ownInstance(instances: RouteDeps['instances'], org: string, name: string | string[] | undefined): string {
  const instance = typeof name === 'string' ? instances.find(name) : undefined;
  if (!instance || instance.organisation !== org)
    throw new HubError('rejected', 'UNKNOWN_INSTANCE', 'There is no such connector.');
  return instance.name;
}

/** Connectors, sync, keys, inbound hooks, health. */
export function systemRoutes(deps: RouteDeps): Route[] {
  return [
    ...connectorRoutes(deps),
    ...keyRoutes(deps),
    ...healthRoutes(deps),
    hookRoute(deps, 'post'),
    hookRoute(deps, 'get'),
  ];
}

function connectorRoutes(deps: RouteDeps): Route[] {
  const { instances, sync } = deps;
  return [
    {
      method: 'get',
      path: '/v1/connectors',
      scope: 'read:connectors',
      summary: 'Connectors with health, pause, breaker and queue',
      responses: { 200: '{ everything, items }: everything tells of a pause of all' },
      handle: async ({ res, caller }) => {
        const org = staffOrganisation(caller);
        await instances.refresh();
        const { rows } = await deps.db.query(
          `select instance, status, count(*) as n from operation where org = $1 and due_at is not null or (org = $1 and status in ('uncertain', 'waiting')) group by 1, 2`,
          [org],
        );
        const canaries = await readCanaries(deps.db);
        const { entries: certificates } = await deps.signing.keyring.survey(org);
        res.json({
          everything: showPause(instances.pausedAll(org)),
          items: await Promise.all(
            instances
              .all()
              // Webhook endpoints fare each for itself, and GET /v1/webhooks tells how.
              .filter((i) => i.organisation === org && !i.connector.manyUpstreams)
              .map(async (i) => {
                const alone = instances.pauseState(i.name);
                const pause = alone.paused ? alone : instances.pausedAll(i.organisation);
                return {
                  instance: i.name,
                  system: i.connector.system,
                  paused: pause.paused,
                  pauseReason: pause.reason,
                  breaker: deps.breakers.state(i.name),
                  carriesNew: Object.keys(i.connector.commands ?? {}).filter(
                    (kind) => deps.carrier(org, kind) === i.name,
                  ),
                  health: await probe(i),
                  certificate: certificateOf(i, certificates),
                  canary: showCanary(canaries.get(i.name)),
                  queue: Object.fromEntries(
                    rows.filter((r) => r.instance === i.name).map((r) => [r.status as string, Number(r.n)]),
                  ),
                };
              }),
          ),
        });
      },
    },
    {
      method: 'post',
      path: '/v1/connectors/:instance/sync',
      scope: 'admin',
      summary: 'Start a pull',
      body: SyncRequest,
      responses: { 202: 'Started; GET /v1/sync tells' },
      audit: { act: 'connectors.sync' },
      handle: async ({ req, res, caller }) => {
        const instance = ownInstance(instances, staffOrganisation(caller), req.params.instance);
        const { entity, full, acceptRemovals } = parseWith(SyncRequest, optionalJson(req));
        if (entity !== undefined && !sync.entities(instance).includes(entity))
          throw new HubError(
            'rejected',
            'NOTHING_TO_SYNC',
            `This entity is not mapped for ${instance}; there are ${sync.entities(instance).join(', ')}.`,
          );
        await deps.startSync({
          org: staffOrganisation(caller),
          instance,
          full,
          acceptRemovals,
          ...(entity ? { entity } : {}),
        });
        res.status(202).json({ instance, entities: entity ? [entity] : sync.entities(instance) });
      },
    },
    {
      method: 'post',
      path: '/v1/connectors/:instance/pause',
      scope: 'admin',
      summary: 'Hold operations of a connector',
      body: PauseRequest,
      responses: { 200: 'Paused' },
      audit: { act: 'connectors.pause' },
      handle: async ({ req, res, caller }) => {
        const instance = ownInstance(instances, staffOrganisation(caller), req.params.instance);
        await instances.pause(instance, parseWith(PauseRequest, optionalJson(req)).reason, 'operator');
        res.json({ instance, paused: true });
      },
    },
    {
      method: 'post',
      path: '/v1/connectors/:instance/resume',
      scope: 'admin',
      summary: 'Let operations of a connector go on',
      responses: { 200: 'Resumed' },
      audit: { act: 'connectors.resume' },
      handle: async ({ req, res, caller }) => {
        const instance = ownInstance(instances, staffOrganisation(caller), req.params.instance);
        await instances.resume(instance);
        deps.dispatcher.notify();
        res.json({ instance, paused: false });
      },
    },
    {
      method: 'get',
      path: '/v1/sync',
      scope: 'read:sync',
      summary: 'State of the pulls',
      responses: { 200: '{ items }' },
      handle: async ({ res, caller }) => {
        res.json({ items: await sync.state(staffOrganisation(caller)) });
      },
    },
    {
      method: 'get',
      path: '/v1/quarantine',
      scope: 'read:sync',
      summary: 'Records that a mapping could not translate',
      query: { limit: '1…500 (100)' },
      responses: { 200: '{ items }' },
      handle: async ({ res, caller, query }) => {
        res.json({ items: await sync.quarantine(staffOrganisation(caller), limitOf(query.limit, 100, 500)) });
      },
    },
    {
      method: 'post',
      path: '/v1/quarantine/retry',
      scope: 'admin',
      summary: 'Map quarantined records anew, after a mapping was mended',
      body: QuarantineRetryRequest,
      responses: { 200: '{ released, kept }' },
      audit: { act: 'quarantine.retry' },
      handle: async ({ req, res, caller }) => {
        const { instance, entity } = parseWith(QuarantineRetryRequest, optionalJson(req));
        res.json(
          await sync.retryQuarantine(staffOrganisation(caller), {
            ...(instance ? { instance } : {}),
            ...(entity ? { entity } : {}),
          }),
        );
      },
    },
  ];

  /** The certificate that an instance signs by, as its settings name it; null for one that signs nothing. */
  function certificateOf(
    i: ReturnType<typeof instances.all>[number],
    certificates: readonly KeyringEntry[],
  ): Record<string, unknown> | null {
    const settings = i.context({ signal: AbortSignal.timeout(1) }).config as { certificate?: unknown } | undefined;
    const name = settings?.certificate;
    if (typeof name !== 'string') return null;
    const found = certificates.find((c) => c.name === name);
    if (!found) return { name, isKnown: false };
    const { notAfter, daysLeft, isInForce } = describeCertificate(found, deps.clock.now());
    return { name, isKnown: true, notAfter, daysLeft, isInForce };
  }

  async function probe(i: ReturnType<typeof instances.all>[number]): Promise<unknown> {
    try {
      return await i.connector.probe(i.context({ signal: AbortSignal.timeout(10_000) }));
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      return {
        ok: false,
        code: code ?? 'PROBE_FAILED',
        message: error instanceof HubError ? message : 'The probe failed.',
      };
    }
  }
}

function keyRoutes(deps: RouteDeps): Route[] {
  const show = (k: Awaited<ReturnType<typeof deps.keys.list>>[number]) => ({
    ...k,
    org: undefined,
    organisation: k.org,
    createdAt: k.createdAt.toISOString(),
    expiresAt: k.expiresAt?.toISOString() ?? null,
    revokedAt: k.revokedAt?.toISOString() ?? null,
    lastUsedAt: k.lastUsedAt?.toISOString() ?? null,
  });
  return [
    {
      method: 'get',
      path: '/v1/keys',
      scope: 'admin',
      summary: 'API keys',
      responses: { 200: '{ items }' },
      handle: async ({ res, caller }) => {
        res.json({ items: (await deps.keys.list(staffOrganisation(caller))).map(show) });
      },
    },
    {
      method: 'post',
      path: '/v1/keys',
      scope: 'admin',
      summary: 'Make an API key; it is shown once',
      body: NewKey,
      responses: { 201: 'The key' },
      audit: { act: 'keys.create' },
      handle: async ({ req, res, caller, note }) => {
        const input = parseWith(NewKey, parseJson(bodyText(req)));
        const own = staffOrganisation(caller);
        const org = input.organisation ?? own;
        // Only the process that runs the hub may make keys of any organisation.
        if (org !== own && caller.client !== 'control')
          throw new HubError(
            'rejected',
            'SCOPE_MISSING',
            'A key of another organisation is made on the machine of the hub: hub keys create.',
          );
        if (!deps.organisations.some((o) => o.id === org))
          throw new HubError('rejected', 'INVALID_BODY', 'There is no such organisation in hub.yaml.', {
            errors: [{ pointer: '/organisation', message: 'is not in hub.yaml' }],
          });
        const { key, record } = await deps.keys.create({
          org,
          name: input.name,
          scopes: input.scopes,
          ...(input.accounts ? { accounts: input.accounts } : {}),
          ...(input.ratePerMinute ? { ratePerMinute: input.ratePerMinute } : {}),
          ...(input.purpose ? { purpose: input.purpose } : {}),
          ...(input.expiresAt ? { expiresAt: new Date(input.expiresAt) } : {}),
        });
        note({
          subject: `key:${record.id}`,
          name: record.name,
          scopes: record.scopes,
          accounts: record.accounts?.length,
        });
        res.status(201).json({ ...show(record), key });
      },
    },
    {
      method: 'delete',
      path: '/v1/keys/:id',
      scope: 'admin',
      summary: 'Revoke a key, at once',
      responses: { 204: 'Revoked' },
      audit: { act: 'keys.revoke' },
      handle: async ({ req, res, caller }) => {
        if (!(await deps.keys.revoke(staffOrganisation(caller), idOf(req.params.id))))
          throw new HubError('not-found', 'NOT_FOUND', 'There is no such key.');
        deps.auth.forget();
        res.status(204).end();
      },
    },
  ];
}

function healthRoutes(deps: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/health/live',
      scope: 'public',
      summary: 'The process runs',
      answer: 'text/plain',
      responses: { 200: 'ok' },
      handle: ({ res }) => {
        res.json({ status: 'ok' });
      },
    },
    {
      method: 'get',
      path: '/health/ready',
      scope: 'public',
      summary: 'The hub can accept operations',
      answer: 'text/plain',
      responses: { 200: 'ok', 503: 'Not now' },
      handle: async ({ res }) => {
        if (deps.draining.aborted)
          throw new HubError('transient', 'DRAINING', 'This process is about to stop and takes nothing new.');
        await deps.db.query('select 1');
        res.json({ status: 'ok', version: deps.version, paused: deps.instances.pausedAll().paused });
      },
    },
    {
      method: 'get',
      path: '/metrics',
      scope: deps.metricsFor === 'key' ? 'read:metrics' : 'public',
      summary: 'Prometheus metrics',
      answer: 'text/plain',
      responses: { 200: 'Text' },
      handle: async ({ res }) => {
        res.type('text/plain; version=0.0.4').send(await deps.metrics());
      },
    },
  ];
}

function hookRoute(deps: RouteDeps, method: 'get' | 'post'): Route {
  return {
    method,
    path: '/hooks/:instance',
    scope: 'public',
    summary: 'What upstreams tell us by themselves; verified by the connector',
    bodyKind: 'raw',
    answer: 'text/plain',
    responses: { 200: 'What that system expects' },
    handle: async ({ req, res }) => {
      const instance = deps.instances.find(String(req.params.instance));
      if (!instance?.connector.hook) throw new HubError('not-found', 'NOT_FOUND', 'Nothing is received here.');
      const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, String(value)]));
      const { events, answer } = await instance.connector.hook
        .receive(instance.context({ signal: AbortSignal.timeout(10_000) }), {
          method: req.method,
          path: req.path,
          query: req.query as Record<string, string>,
          headers,
          body: Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0),
        })
        .catch((error: unknown) => {
          if (error instanceof HubError && error.kind === 'unauthorized')
            throw new HubError('rejected', 'INVALID_KEY', error.message);
          throw error;
        });
      await deps.inbound.receive(instance.organisation, instance.name, events);
      res.status(answer.status).type(answer.contentType).send(answer.body);
    },
  };
}
