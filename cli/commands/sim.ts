import { type Command, Option } from 'commander';
import { simulators } from '../../simulators/registry.ts';
import { type GlobalOptions, port, UsageError, whole } from '../globals.ts';
import { createOutput } from '../output.ts';
import type { SimulatorsReady } from '../simulator-process.ts';
import { untilStopped } from '../until-stopped.ts';

/** `hub sim`: a stand-in of an outside system, alone. */
export function addSim(program: Command): void {
  program
    .command('sim <systems>')
    .description(
      `run the stand-in of an outside system alone: ${Object.keys(simulators).join(', ')}, several by comma, or all`,
    )
    .option('--port <port>', 'first port; 0 takes a free one', port)
    .option('--seed <n>', 'seed of the generated company', whole, 1)
    .option('--accounts <n>', 'personal accounts of the generated company', whole, 34588)
    .addOption(
      new Option('--configuration <name>', 'configuration of the 1C base: other names, another structure')
        .choices(['standard', 'variant'])
        .default('standard'),
    )
    .option('--with-parent', 'end when the process that started this one ends', false)
    .addHelpText(
      'after',
      '\nExamples:\n  hub sim onec --port 8090 --accounts 500\n  curl http://127.0.0.1:8090/__sim/effects\n  curl -X POST http://127.0.0.1:8090/__sim/faults -d \'{"fault":"cut-after-commit","rate":0.1,"times":50}\'',
    )
    .action(
      async (
        systems: string,
        options: {
          port?: number;
          seed: number;
          accounts: number;
          configuration: 'standard' | 'variant';
          withParent: boolean;
        },
        command: Command,
      ) => {
        const global = command.optsWithGlobals() as GlobalOptions;
        const names = systems === 'all' ? Object.keys(simulators) : systems.split(',');
        const first = options.port ?? global.simPort;
        const running = [];
        for (const [i, name] of names.entries()) {
          const start = simulators[name];
          if (!start)
            throw new UsageError(`There is no simulator '${name}'; there are ${Object.keys(simulators).join(', ')}.`);
          running.push(
            await start({
              port: first === 0 ? 0 : first + i,
              seed: options.seed,
              accounts: options.accounts,
              configuration: options.configuration,
            }),
          );
        }
        const urls = Object.fromEntries(running.map((sim, i) => [names[i] ?? sim.system, sim.url]));
        process.send?.({ ready: urls } satisfies SimulatorsReady);
        if (!process.send)
          createOutput(global.json).result(urls, () =>
            Object.entries(urls)
              .map(([name, url]) => `${name}  ${url}/__sim`)
              .join('\n'),
          );
        if (options.withParent) process.once('disconnect', () => process.exit(0));
        await untilStopped();
        await Promise.all(running.map((sim) => sim.close()));
      },
    );
}
