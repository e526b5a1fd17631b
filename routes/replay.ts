import { z } from 'zod';
import { allows, staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { idOf } from './cursor.ts';
import type { ReplaySide, RouteDeps } from './deps.ts';
import { maskedOperation, maskedPayload } from './masked-operation.ts';
import { maskBody } from './masked-traffic.ts';
import type { Route } from './route.ts';

const Replay = z.strictObject({
  fingerprint: z.string().min(1).max(100).describe('From the preview: what was looked at is what is sent'),
});

/** Sending something again after a template or a mapping was mended. */
export function replayRoutes({ journal, replays, commands, log }: RouteDeps): Route[] {
  return [
    {
      method: 'get',
      path: '/v1/operations/:id/replay',
      scope: 'operations',
      summary: 'What would be sent now in place of what was: nothing is sent by this',
      responses: {
        200: '{ way, before, after, refused, fingerprint }; texts are in clear for keys with read:messages only',
        404: 'None with this id',
        409: 'Only what failed or died can be made anew',
      },
      audit: { view: 'operations.replay-preview' },
      handle: async ({ req, res, caller }) => {
        const op = await journal.get(staffOrganisation(caller), idOf(req.params.id));
        const plan = await replays.plan(op);
        const isClear = allows(caller.scopes, 'read:messages');
        const side = ({ payload, request, fault }: ReplaySide) => ({
          payload: isClear ? payload : maskedPayload({ kind: op.kind, payload }, commands),
          request: request === null ? null : isClear ? request : maskBody(JSON.stringify(request)),
          fault,
        });
        res.json({ ...plan, before: side(plan.before), after: side(plan.after), masked: !isClear });
      },
    },
    {
      method: 'post',
      path: '/v1/operations/:id/replay',
      scope: 'operations',
      summary:
        'Send what the preview has shown; a new operation takes the place of the old one where the request differs',
      body: Replay,
      responses: {
        202: 'The operation that goes on',
        404: 'None with this id',
        409: 'Something has changed meanwhile',
      },
      audit: { act: 'operations.replay' },
      handle: async ({ req, res, caller, note }) => {
        const { fingerprint } = parseWith(Replay, parseJson(bodyText(req)));
        const op = await journal.get(staffOrganisation(caller), idOf(req.params.id));
        const id = await replays.carryOut(op, fingerprint, caller.client);
        note({ subject: `operation:${op.id}`, as: id });
        log.info('operation made anew', { operation: op.id, as: id, by: caller.client });
        res
          .status(202)
          .location(`/v1/operations/${id}`)
          .json(maskedOperation(await journal.get(op.org, id), commands));
      },
    },
  ];
}
