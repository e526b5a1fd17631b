import { z } from 'zod';
import type { Dossier } from '../lookup/dossier.ts';
import { showTask } from '../tasks/show.ts';
import { staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { idOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

const MOST_SIGNS = 200;
const Asked = z
  .strictObject({
    q: z
      .string()
      .trim()
      .min(1)
      .max(MOST_SIGNS)
      .optional()
      .describe('Phone, address, account number, name, or several of them'),
    id: z.uuid().optional().describe('Customer, account or premises to open'),
  })
  .refine((asked) => (asked.q === undefined) !== (asked.id === undefined), 'needs either q or id');

/**
 * One question for the desk. By GET, and by POST for those who must not have a phone or a name in an address that a proxy
 * may write down.
 */
export function lookupRoutes({ lookup, tasks, clock }: RouteDeps): Route[] {
  const show = (found: Dossier) => ({
    ...found,
    tasks: { ...found.tasks, items: found.tasks.items.map((t) => showTask(t, tasks.people, new Date(clock.now()))) },
  });
  const answer = async ({ res, caller, note }: Handling, asked: z.infer<typeof Asked>): Promise<void> => {
    const org = staffOrganisation(caller);
    if (asked.id !== undefined) {
      const found = await lookup.open(org, asked.id);
      note({ subject: `${found.entity}:${found.id}`, count: 1 });
      res.json({ candidates: [], found: show(found), tooBroad: [] });
      return;
    }
    const { candidates, found, tooBroad } = await lookup.find(org, asked.q ?? '');
    // What was asked for may be a phone or a name; by what it was found may be told.
    note({
      ...(found ? { subject: `${found.entity}:${found.id}` } : {}),
      count: candidates.length,
      by: [...new Set(candidates.map((c) => c.by))],
    });
    res.json({ candidates, found: found ? show(found) : null, tooBroad });
  };
  const common = {
    path: '/v1/lookup',
    scope: 'read:lookup',
    audit: { view: 'lookup' },
    answer: 'LookupAnswer',
    responses: {
      200: '{ candidates, found, tooBroad }: everything about the one that fits, else those that do, to choose from',
      404: 'Nothing with this id',
      422: 'Too many fit (LOOKUP_TOO_BROAD; `add` names what to add) or the question is too short',
    },
  };
  return [
    {
      ...common,
      method: 'get',
      summary: 'Who is this: by phone, address, account number or name, in any usual spelling; everything known of one',
      query: {
        q: `Phone, address, account number, name, or several of them; up to ${MOST_SIGNS} signs`,
        id: 'Customer, account or premises to open',
      },
      handle: (h) => {
        const { q, id } = h.query;
        if ((q === undefined) === (id === undefined))
          throw invalid('INVALID_QUERY', [{ pointer: '?q', message: 'either q or id is needed' }]);
        if (q !== undefined && (q.trim() === '' || q.length > MOST_SIGNS))
          throw invalid('INVALID_QUERY', [{ pointer: '?q', message: `must have 1 to ${MOST_SIGNS} signs` }]);
        return answer(h, id === undefined ? { q } : { id: idOf(id) });
      },
    },
    {
      ...common,
      method: 'post',
      summary: 'The same with the question in the body, where no proxy writes it down',
      body: Asked,
      handle: (h) => answer(h, parseWith(Asked, parseJson(bodyText(h.req)))),
    },
  ];
}
