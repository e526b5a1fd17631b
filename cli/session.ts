import type { Command } from 'commander';
import { type Api, createApi } from './api.ts';
import { readControlFile } from './control-file.ts';
import type { GlobalOptions } from './globals.ts';
import { UsageError } from './globals.ts';
import { startLocalHub } from './local-hub.ts';
import { createOutput, type Output } from './output.ts';

export type ApiAction = (api: Api, out: Output, args: readonly unknown[], options: object) => Promise<void>;
/** Turns an action that needs a hub into a commander action. */
export type WithApi = (action: ApiAction) => (...args: unknown[]) => Promise<void>;

/**
 * Gives an action a hub to talk to: the one of --url, else the running one that owns the data directory, else one that
 * is started in this process for the length of the command (without schedules, on a free loopback port).
 */
export const withApi: WithApi =
  (action) =>
  async (...raw) => {
    const command = raw.at(-1) as Command;
    const options = command.optsWithGlobals() as GlobalOptions;
    const own = command.opts() as object;
    const out = createOutput(options.json);
    const args = raw.slice(0, -2);
    if (options.url) {
      if (!options.key) throw new UsageError('--url needs --key (or HUB_KEY).');
      return action(createApi(options.url, options.key), out, args, own);
    }
    const running = readControlFile(options.data);
    if (running) return action(createApi(running.url, options.key ?? running.key), out, args, own);
    const hub = await startLocalHub(options);
    try {
      await action(createApi(hub.controlUrl, hub.controlKey), out, args, own);
    } finally {
      await hub.close();
    }
  };
