import { z } from 'zod';
import type { PauseState } from '../queues/instances.ts';
import { type Caller, staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import type { RouteDeps } from './deps.ts';
import type { Route } from './route.ts';

const PauseEverything = z.strictObject({
  reason: z.string().min(1).max(300).describe('Shown to everybody who asks why nothing goes out'),
});

/** Pause of everything by one command. */
export function pauseRoutes({ instances, sync, dispatcher, log }: RouteDeps): Route[] {
  return [
    {
      method: 'post',
      path: '/v1/pause',
      scope: 'admin',
      summary: 'Stop everything: nothing is sent or pulled until /v1/resume; operations are still accepted',
      body: PauseEverything,
      responses: { 200: 'Paused; every process obeys within two seconds' },
      audit: { act: 'hub.pause' },
      handle: async ({ req, res, caller }) => {
        const { reason } = parseWith(PauseEverything, parseJson(bodyText(req)));
        await instances.pauseAll(reach(caller), reason, caller.client);
        sync.obeyPauses();
        log.warn('everything is paused', { organisation: reach(caller) ?? 'all', by: caller.client });
        res.json(showPause(instances.pausedAll(caller.org)));
      },
    },
    {
      method: 'post',
      path: '/v1/resume',
      scope: 'admin',
      summary: 'End the pause of everything; connectors that were paused one by one stay so',
      responses: { 200: 'What still holds: a pause by the machine of the hub is ended there' },
      audit: { act: 'hub.resume' },
      handle: async ({ res, caller }) => {
        await instances.refresh();
        await instances.resumeAll(reach(caller));
        dispatcher.notify();
        log.info('the pause of everything was ended', { organisation: reach(caller) ?? 'all', by: caller.client });
        res.json(showPause(instances.pausedAll(caller.org)));
      },
    },
  ];
}

/** The process that runs the hub pauses all organisations, a key its own. */
function reach(caller: Caller): string | undefined {
  return caller.client === 'control' ? undefined : staffOrganisation(caller);
}

export function showPause(state: PauseState): Record<string, unknown> {
  return {
    paused: state.paused,
    reason: state.paused ? state.reason : null,
    since: state.paused ? (state.at?.toISOString() ?? null) : null,
    by: state.paused ? state.by : null,
  };
}
