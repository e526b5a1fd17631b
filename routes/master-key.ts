import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import type { Caller } from './auth.ts';
import { optionalJson, parseWith } from './body.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

const Rotate = z.strictObject({
  dropOld: z
    .boolean()
    .default(false)
    .describe('Take the old keys out of master.key afterwards; backups made before still need them'),
});

/** Rotation of the master key, which concerns every organisation: for the machine of the hub alone. */
export function masterKeyRoutes({ rotation }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/master-key/rotation',
      scope: 'admin',
      summary: 'Seal everything anew under a new master key while the hub runs; goes on where a kill ended it',
      body: Rotate,
      responses: {
        202: 'How far it is; GET tells on',
        403: 'Not from the machine of the hub',
        409: 'It runs, or a process lacks the key',
      },
      audit: { act: 'master-key.rotate' },
      handle: async ({ req, res, caller, note }) => {
        onlyControl(caller);
        const { dropOld } = parseWith(Rotate, optionalJson(req));
        const progress = await rotation.start(dropOld ? 'drop-old' : 'keep-old');
        note({ subject: `master-key:${progress.to}`, dropOld });
        res.status(202).json(progress);
      },
    },
    {
      method: 'get',
      path: '/v1/master-key/rotation',
      scope: 'admin',
      summary: 'How far the rotation of the master key is',
      responses: { 200: '{ to, startedAt, finishedAt, column, done, total }', 404: 'There was none' },
      handle: async ({ res, caller }) => {
        onlyControl(caller);
        const progress = await rotation.progress();
        if (!progress) throw new HubError('not-found', 'NOT_FOUND', 'The master key was never rotated.');
        res.json(progress);
      },
    },
  ];
}

function onlyControl(caller: Caller): void {
  if (caller.client !== 'control')
    throw new HubError(
      'rejected',
      'SCOPE_MISSING',
      'The master key is rotated on the machine of the hub: hub keys rotate-master.',
    );
}
