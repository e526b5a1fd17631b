import { z } from 'zod';
import type { Erasure } from '../queues/erasure/erasures.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

const Erase = z.strictObject({
  reason: z.string().min(1).max(300).describe('Why, and by what document; kept encrypted'),
  files: z
    .array(z.uuid())
    .max(1_000)
    .default([])
    .describe('Files about the person; nothing else tells whose a file is'),
});

/** Erasure of a person (152-ФЗ, article 21). */
export function erasureRoutes({ erasures }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/customers/:id/erase',
      scope: 'admin',
      summary: 'Erase what the hub holds about a person, for good; it stays erased whatever the upstream sends',
      body: Erase,
      responses: {
        200: 'Done: { counts, kept }; kept names what stays and the law that seems to demand it',
        202: 'Done but for operations that are under way; the rest follows by itself',
        404: 'None with this id',
      },
      audit: { act: 'customers.erase' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const id = idOf(req.params.id);
        const input = parseWith(Erase, parseJson(bodyText(req)));
        const erasure = await erasures.erase(org, id, { by: caller.client, ...input });
        note({ subject: `Customer:${id}`, counts: erasure.counts, waitsFor: erasure.waitsFor });
        res.status(erasure.finishedAt ? 200 : 202).json({ ...show(erasure), kept: erasure.kept });
      },
    },
    {
      method: 'get',
      path: '/v1/erasures',
      scope: 'admin',
      summary: 'Erased persons, newest first; seenAgainAt tells that the upstream still has one',
      query: { limit: '1…500 (100)' },
      responses: { 200: '{ items }' },
      handle: async ({ res, caller, query }) => {
        const found = await erasures.list(staffOrganisation(caller), limitOf(query.limit, 100, 500));
        res.json({ items: found.map(show) });
      },
    },
  ];
}

function show(e: Erasure): Record<string, unknown> {
  return {
    ...e,
    askedAt: e.askedAt.toISOString(),
    finishedAt: e.finishedAt?.toISOString() ?? null,
    seenAgainAt: e.seenAgainAt?.toISOString() ?? null,
  };
}
