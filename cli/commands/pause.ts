import type { Command } from 'commander';
import type { WithApi } from '../session.ts';

/** `hub pause` and `hub resume`: everything, or one connector. */
export function addPause(program: Command, withApi: WithApi): void {
  program
    .command('pause [instance]')
    .description('stop everything, or one connector: nothing is sent or pulled, operations are still accepted')
    .option('--reason <text>', 'shown to everybody who asks', 'paused from the command line')
    .addHelpText('after', '\nExamples:\n  hub pause --reason "the bank sends nonsense"\n  hub pause sms-main')
    .action(
      withApi(async (api, out, [instance], options) => {
        const { reason } = options as { reason: string };
        const path =
          typeof instance === 'string' ? `/v1/connectors/${encodeURIComponent(instance)}/pause` : '/v1/pause';
        const state = await api.post(path, { reason });
        out.result(state, () =>
          typeof instance === 'string'
            ? `${instance} is paused; hub resume ${instance} lets it go on.`
            : 'Everything is paused; hub resume lets it go on.',
        );
      }),
    );
  program
    .command('resume [instance]')
    .description('end the pause of everything, or of one connector')
    .action(
      withApi(async (api, out, [instance]) => {
        const path =
          typeof instance === 'string' ? `/v1/connectors/${encodeURIComponent(instance)}/resume` : '/v1/resume';
        const state = await api.post<{ paused: boolean; reason?: string | null }>(path);
        out.result(state, () =>
          state.paused
            ? `Still paused: ${state.reason ?? ''}`
            : typeof instance === 'string'
              ? `${instance} goes on.`
              : 'Everything goes on; connectors that were paused one by one stay so.',
        );
      }),
    );
}
