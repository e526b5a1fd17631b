import { z } from 'zod';
import { EventTypePattern } from '../canonical/event-type.ts';
import { Instant } from '../canonical/values/time.ts';
import type { Delivery } from '../queues/webhooks/deliveries.ts';
import { operationStatuses } from '../storage/repositories/operation.ts';
import type { Webhook } from '../storage/repositories/webhooks.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, optionalJson, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

const types = z.array(EventTypePattern).min(1).max(50).describe('Event types; a family by .* at its end; * for all');
const fields = {
  url: z.string().min(1).max(2_000).describe('https://…; an address inside of your own network must be allowed'),
  description: z.string().max(300).describe('What it is for'),
  types,
  ordered: z.boolean().describe('An event waits until the one before it was delivered'),
};
const NewWebhook = z.strictObject({
  ...fields,
  description: fields.description.default(''),
  types: types.default(['*']),
  ordered: fields.ordered.default(false),
});
const ChangedWebhook = z.strictObject({
  url: fields.url.optional(),
  description: fields.description.optional(),
  types: types.optional(),
  ordered: fields.ordered.optional(),
});
const Rotation = z.strictObject({
  graceHours: z
    .number()
    .min(0)
    .max(24 * 30)
    .default(24)
    .describe('How long the old secret signs along; 0 = not at all'),
});
const Enabling = z.strictObject({
  from: z
    .enum(['stop', 'now'])
    .default('stop')
    .describe('stop: go on where it stopped; now: leave out what waited and what came meanwhile'),
});
const Disabling = z.strictObject({ reason: z.string().min(1).max(300).default('disabled by an operator') });
const Replay = z.strictObject({
  from: Instant.describe('Published at this instant or later'),
  to: Instant.describe('And before this one'),
  types: types.optional().describe('Default: the types of the endpoint'),
});
/** How long a test is waited for, milliseconds. */
const TEST_WAIT_MS = 10_000;

/** Endpoints that the hub sends events to. */
export function webhookRoutes(deps: RouteDeps): Route[] {
  const act = <T>(
    path: string,
    summary: string,
    schema: z.ZodType<T>,
    run: (h: Handling, id: string, input: T) => Promise<unknown>,
    status = 200,
  ): Route => ({
    method: 'post',
    path: `/v1/webhooks/:id${path}`,
    scope: 'admin',
    summary,
    body: schema,
    responses: { [status]: 'Done', 404: 'No such endpoint' },
    audit: { act: `webhooks.${path === '' ? 'change' : path.slice(1)}` },
    handle: async (h) => {
      const input = parseWith(schema, optionalJson(h.req));
      h.res.status(status).json(await run(h, idOf(h.req.params.id), input));
    },
  });
  return [
    {
      method: 'get',
      path: '/v1/webhooks',
      scope: 'admin',
      summary: 'Webhook endpoints',
      responses: { 200: '{ items }' },
      handle: async ({ res, caller }) => {
        res.json({ items: (await deps.webhooks.list(staffOrganisation(caller))).map(showWebhook) });
      },
    },
    {
      method: 'post',
      path: '/v1/webhooks',
      scope: 'admin',
      summary: 'Send events to an address from now on; the secret is shown once',
      body: NewWebhook,
      responses: { 201: 'The endpoint with its secret', 422: 'The address is refused' },
      audit: { act: 'webhooks.create' },
      handle: async ({ req, res, caller, note }) => {
        const created = await deps.webhooks.create(
          staffOrganisation(caller),
          parseWith(NewWebhook, parseJson(bodyText(req))),
        );
        note({ subject: `webhook:${created.id}`, types: created.types });
        res
          .status(201)
          .location(`/v1/webhooks/${created.id}`)
          .json({ ...showWebhook(created), secret: created.secret });
      },
    },
    {
      method: 'get',
      path: '/v1/webhooks/:id',
      scope: 'admin',
      summary: 'One webhook endpoint',
      responses: { 200: 'The endpoint', 404: 'No such endpoint' },
      handle: async ({ req, res, caller }) => {
        res.json(showWebhook(await deps.webhooks.get(staffOrganisation(caller), idOf(req.params.id))));
      },
    },
    {
      method: 'delete',
      path: '/v1/webhooks/:id',
      scope: 'admin',
      summary: 'Remove an endpoint; what waits for it is cancelled',
      responses: { 204: 'Removed', 404: 'No such endpoint' },
      audit: { act: 'webhooks.remove' },
      handle: async ({ req, res, caller }) => {
        await deps.webhooks.remove(staffOrganisation(caller), idOf(req.params.id));
        res.status(204).end();
      },
    },
    act('', 'Change an endpoint; what is left out stays', ChangedWebhook, async ({ caller, note }, id, input) => {
      const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
      note({ fields: Object.keys(given) });
      return showWebhook(await deps.webhooks.change(staffOrganisation(caller), id, given));
    }),
    act('/secret', 'A new secret, shown once; the old one signs along for a while', Rotation, async (h, id, input) => {
      const rotated = await deps.webhooks.rotate(staffOrganisation(h.caller), id, input.graceHours * 3_600_000);
      return { ...showWebhook(rotated), secret: rotated.secret };
    }),
    act('/enable', 'Let an endpoint go on', Enabling, async ({ caller }, id, { from }) =>
      showWebhook(await deps.webhooks.enable(staffOrganisation(caller), id, from)),
    ),
    act('/disable', 'Stop an endpoint; its events wait in the feed', Disabling, async ({ caller }, id, { reason }) =>
      showWebhook(await deps.webhooks.disable(staffOrganisation(caller), id, reason)),
    ),
    act('/test', 'Send an event of type webhook.test now', z.strictObject({}), async ({ caller }, id) => {
      const operation = await deps.webhooks.test(staffOrganisation(caller), id);
      await deps.waitFor(staffOrganisation(caller), operation, TEST_WAIT_MS);
      const [delivery] = (await deps.webhooks.deliveries(staffOrganisation(caller), id, { limit: 20 })).filter(
        (d) => d.id === operation,
      );
      return delivery ? showDelivery(delivery) : { id: operation };
    }),
    act(
      '/replay',
      'Send the events of a span of time again, under their old ids',
      Replay,
      async ({ caller }, id, input) => {
        const [from, to] = [new Date(input.from), new Date(input.to)];
        if (from >= to) throw invalid('INVALID_BODY', [{ pointer: '/to', message: 'must lie after from' }]);
        const span = { from, to, ...(input.types ? { types: input.types } : {}) };
        return { deliveries: await deps.webhooks.replay(staffOrganisation(caller), id, span) };
      },
      202,
    ),
    {
      method: 'get',
      path: '/v1/webhooks/:id/deliveries',
      scope: 'admin',
      summary: 'Deliveries of an endpoint, newest first',
      query: { status: operationStatuses.join(', '), limit: '1…500 (100)', cursor: 'nextCursor of the page before' },
      responses: { 200: 'A page: { items, nextCursor }', 404: 'No such endpoint' },
      handle: async ({ req, res, caller, query }) => {
        const limit = limitOf(query.limit, 100, 500);
        const before = decodeCursor('deliveries', query.cursor);
        if (query.status !== undefined && !(operationStatuses as readonly string[]).includes(query.status))
          throw invalid('INVALID_QUERY', [
            { pointer: '?status', message: `must be one of ${operationStatuses.join(', ')}` },
          ]);
        const found = await deps.webhooks.deliveries(staffOrganisation(caller), idOf(req.params.id), {
          limit: limit + 1,
          ...(query.status === undefined ? {} : { status: query.status }),
          ...(before === undefined ? {} : { before }),
        });
        const page = found.slice(0, limit);
        const last = page.at(-1);
        res.json({
          items: page.map(showDelivery),
          nextCursor: found.length > limit && last ? encodeCursor('deliveries', last.id) : null,
        });
      },
    },
  ];
}

/** The API form of an endpoint: never its secret. */
function showWebhook(w: Webhook): Record<string, unknown> {
  return {
    id: w.id,
    organisation: w.org,
    url: w.url,
    description: w.description,
    types: w.types,
    ordered: w.ordered,
    status: w.disabledAt ? 'disabled' : w.failingSince ? 'failing' : 'active',
    disabledAt: w.disabledAt?.toISOString() ?? null,
    disabledReason: w.disabledReason,
    failingSince: w.failingSince?.toISOString() ?? null,
    failures: w.failures,
    lastStatus: w.lastStatus,
    oldSecretUntil: w.oldSecret?.until.toISOString() ?? null,
    cursor: w.cursor,
    createdAt: w.createdAt.toISOString(),
    updatedAt: w.updatedAt.toISOString(),
  };
}

function showDelivery(d: Delivery): Record<string, unknown> {
  return {
    ...d,
    acceptedAt: d.acceptedAt.toISOString(),
    nextAt: d.nextAt?.toISOString() ?? null,
    finishedAt: d.finishedAt?.toISOString() ?? null,
  };
}
