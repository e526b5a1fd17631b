import { z } from 'zod';
import type { AuditRow } from '../storage/audit/entry.ts';
import { hex } from '../storage/audit/entry.ts';
import { auditHeads, listAudit } from '../storage/audit/read.ts';
import { verifyAudit } from '../storage/audit/verify.ts';
import { staffOrganisation } from './auth.ts';
import { optionalJson, parseWith } from './body.ts';
import { instantOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Route } from './route.ts';

const Verify = z.strictObject({
  heads: z
    .array(
      z.strictObject({
        no: z.int().min(1).max(Number.MAX_SAFE_INTEGER),
        hash: z.string().regex(/^[0-9a-fA-F]{64}$/, 'is 64 hexadecimal signs'),
      }),
    )
    .max(1_000)
    .default([])
    .describe('Heads that were kept elsewhere; they tell when the end was cut off'),
});

/** Who did what, and who looked at personal data. */
export function auditRoutes(deps: RouteDeps): Route[] {
  const { db, cipher, recordKeeping, clock } = deps;
  return [
    {
      method: 'get',
      path: '/v1/audit',
      scope: 'audit',
      summary: 'The audit log, newest first',
      query: {
        actor: 'Key id, or control',
        action: 'e.g. keys.create, or a family such as keys.*',
        subject: 'e.g. Customer:<id>',
        since: 'At this instant or later',
        limit: '1…1000 (100)',
        before: 'Number of the last entry of the page before',
      },
      responses: { 200: 'A page: { items, next }' },
      audit: { act: 'audit.read' },
      handle: async ({ res, caller, query, note }) => {
        const org = staffOrganisation(caller);
        const limit = limitOf(query.limit, 100, 1000);
        const since = instantOf('since', query.since);
        if (query.before !== undefined && !/^\d{1,15}$/.test(query.before))
          throw invalid('INVALID_QUERY', [{ pointer: '?before', message: 'must be the number of an entry' }]);
        const filter = Object.fromEntries(
          ['actor', 'action', 'subject'].flatMap((name) => (query[name] === undefined ? [] : [[name, query[name]]])),
        );
        const before = query.before === undefined ? undefined : Number(query.before);
        // What was committed a moment ago is shown too.
        await recordKeeping.audit.link();
        const found = await listAudit(db, cipher, org, { ...filter, ...(since ? { since } : {}) }, limit + 1, before);
        const page = found.slice(0, limit);
        note({ count: page.length, filters: Object.keys(query) });
        res.json({ items: page.map(show), next: found.length > limit ? page.at(-1)?.no : null });
      },
    },
    {
      method: 'get',
      path: '/v1/audit/head',
      scope: 'audit',
      summary: 'The end of the chain, to be kept elsewhere',
      responses: { 200: '{ organisation, no, hash, at }; no = 0 while nothing was written' },
      handle: async ({ res, caller }) => {
        const org = staffOrganisation(caller);
        await recordKeeping.audit.link();
        const [head] = await auditHeads(db, org);
        res.json({
          organisation: org,
          no: head?.no ?? 0,
          hash: head?.hash ?? null,
          at: new Date(clock.now()).toISOString(),
        });
      },
    },
    {
      method: 'post',
      path: '/v1/audit/verify',
      scope: 'audit',
      summary: 'Follow the chain from its beginning; names the first row that was altered, removed or moved',
      body: Verify,
      responses: { 200: '{ rows, unlinked, head, fault }; fault is null when everything is as it was written' },
      audit: { act: 'audit.verify' },
      handle: async ({ req, res, caller, note }) => {
        const org = staffOrganisation(caller);
        const { heads } = parseWith(Verify, optionalJson(req));
        const { fault, head, rows, unlinked } = await verifyAudit(db, cipher, org, heads);
        note({ count: rows, heads: heads.length, fault: fault?.fault ?? null });
        if (fault)
          deps.log.error('the audit log is not as it was written', {
            organisation: org,
            no: fault.no,
            fault: fault.fault,
          });
        res.json({ rows, unlinked, head: head && { no: head.no, hash: head.hash }, fault: fault ?? null });
      },
    },
  ];
}

function show(row: AuditRow): Record<string, unknown> {
  return {
    no: row.no,
    id: row.id,
    at: row.at.toISOString(),
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    purpose: row.purpose,
    request: row.request,
    details: row.details,
    mac: hex(row.mac),
    hash: row.hash && hex(row.hash),
  };
}
