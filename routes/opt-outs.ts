import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { normalisePhone } from '../canonical/values/contact.ts';
import { Instant } from '../canonical/values/time.ts';
import type { OptOut } from '../storage/repositories/opt-outs.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const PHONE_FORM = 'must be a Russian phone number such as +79161234567';

const NewOptOut = z.strictObject({
  phone: z
    .string()
    .max(30)
    .transform((value, ctx) => {
      const phone = normalisePhone(value);
      if (phone) return phone;
      ctx.addIssue({ code: 'custom', message: PHONE_FORM });
      return z.NEVER;
    })
    .describe('Phone in any usual form'),
  scope: z
    .enum(['all', 'debt', 'service', 'accident', 'code'])
    .describe('Messages of this purpose, or all: accidents and one-time codes are stopped only when named, or by all'),
  reason: z.string().min(1).max(300).describe('Why, and by what document'),
  until: Instant.optional().describe('Holds before this moment; without it until it is removed'),
});

/** Who must not be written to. */
export function optOutRoutes({ optOuts, clock }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/opt-outs',
      scope: 'read:opt-outs',
      summary: 'Those who do not want messages, newest first',
      query: {
        phone: 'Entries of one phone, in any usual form',
        limit: '1…500 (100)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: 'A page: { items, nextCursor }' },
      audit: { view: 'opt-outs.list' },
      handle: async (h) => {
        const org = staffOrganisation(h.caller);
        const limit = limitOf(h.query.limit, 100, 500);
        const phone = h.query.phone === undefined ? undefined : normalisePhone(h.query.phone);
        if (h.query.phone !== undefined && phone === undefined)
          throw invalid('INVALID_QUERY', [{ pointer: '?phone', message: PHONE_FORM }]);
        const before = decodeCursor('opt-outs', h.query.cursor);
        const found = await optOuts.list(org, limit + 1, {
          ...(phone === undefined ? {} : { phone }),
          ...(before === undefined ? {} : { before }),
        });
        const page = found.slice(0, limit);
        const last = page.at(-1);
        h.note({ count: page.length, filters: phone === undefined ? [] : ['phone'] });
        h.res.json({
          items: page.map((entry) => show(entry, clock.now())),
          nextCursor: found.length > limit && last ? encodeCursor('opt-outs', last.id) : null,
        });
      },
    },
    {
      method: 'post',
      path: '/v1/opt-outs',
      scope: 'write:opt-outs',
      summary: 'Put a phone on the list; an entry of the same phone and scope is renewed',
      body: NewOptOut,
      responses: { 201: 'The entry' },
      audit: { act: 'opt-outs.add' },
      handle: async (h) => {
        const org = staffOrganisation(h.caller);
        const { until, ...input } = parseWith(NewOptOut, parseJson(bodyText(h.req)));
        if (until !== undefined && Date.parse(until) <= clock.now())
          throw invalid('INVALID_BODY', [
            { pointer: '/until', message: 'lies in the past; the entry would stop nothing' },
          ]);
        const entry = await optOuts.add({
          ...input,
          org,
          by: h.caller.client,
          ...(until === undefined ? {} : { until: new Date(until) }),
        });
        h.note({ subject: `opt-out:${entry.id}`, scope: entry.scope });
        h.res.status(201).json(show(entry, clock.now()));
      },
    },
    {
      method: 'delete',
      path: '/v1/opt-outs/:id',
      scope: 'write:opt-outs',
      summary: 'Take an entry off the list',
      responses: { 204: 'Removed', 404: 'None with this id' },
      audit: { act: 'opt-outs.remove' },
      handle: async (h) => {
        if (!(await optOuts.remove(staffOrganisation(h.caller), idOf(h.req.params.id))))
          throw new HubError('not-found', 'NOT_FOUND', 'There is no such entry.');
        h.res.status(204).end();
      },
    },
  ];
}

function show(entry: OptOut, now: number): Record<string, unknown> {
  return {
    ...entry,
    createdAt: entry.createdAt.toISOString(),
    until: entry.until?.toISOString() ?? null,
    active: entry.until === null || entry.until.getTime() > now,
  };
}
