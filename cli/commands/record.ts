import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { HttpTransport } from '../../connectors/kit/http.ts';
import { type Captured, capture, forbidden } from '../../connectors/kit/recording/capture.ts';
import { serialised, writeRecording } from '../../connectors/kit/recording/recording.ts';
import type { Connector } from '../../connectors/port.ts';
import { connectors } from '../../connectors/registry.ts';
import { version } from '../../hub.ts';
import { createLogger } from '../../logging/logger.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { type GlobalOptions, UsageError } from '../globals.ts';
import { openConfiguration } from '../local-hub.ts';
import { createOutput } from '../output.ts';

interface Options {
  out: string;
  by: string;
  keepAmounts: boolean;
}

/** `hub record`: an anonymised capture of reading a real system, to become a test. */
export function addRecord(program: Command): void {
  program
    .command('record <instance>')
    .description(
      'read a little of everything from a connector, change nothing, and keep the traffic anonymised as a test',
    )
    .requiredOption('--out <folder>', 'new folder for the recording')
    .option('--by <name>', 'who records it', 'not told')
    .option('--keep-amounts', 'keep amounts as they are instead of jittering them', false)
    .addHelpText(
      'after',
      '\nRead ORIGIN.json and calls.ndjson before you share them: fields under "passed" were not masked.\n\nExample:\n  hub record onec-main --out contract-tests/onec/recordings/uk-2026-12 --by "A. Engineer"',
    )
    .action(async (name: string, own: Options, command: Command) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      const out = createOutput(options.json);
      const { config, simulators } = await openConfiguration(options);
      try {
        const entry = config.connectors.find((c) => c.instance === name);
        if (!entry) throw new UsageError(`There is no connector '${name}' in hub.yaml.`);
        const connector = connectors.get(entry.system) as Connector<never>;
        const folder = entry.mappings ?? builtInFolder(entry.system);
        const mappings = connector.pull ? (await loadMappings(folder, { entities, commands })).all() : [];
        const captured = await withTransport((transport, log) =>
          capture({
            connector,
            settings: entry.settings as Readonly<Record<string, unknown>>,
            mappings,
            mappingTexts: connector.pull ? textsOf(folder) : [],
            transport,
            log,
            key: randomBytes(32),
            hubVersion: version,
            by: own.by,
            keepAmounts: own.keepAmounts,
          }),
        );
        check(captured);
        writeRecording(own.out, captured.recording);
        const { origin, calls } = captured.recording;
        out.result({ folder: own.out, calls: calls.length, origin: origin.origin, passed: origin.passed }, () =>
          [
            `${calls.length} calls in ${own.out}, origin: ${origin.origin}.`,
            `Not masked: ${Object.keys(origin.passed).join(', ') || 'nothing'}.`,
            'Read the files before you share them.',
          ].join('\n'),
        );
      } finally {
        await simulators?.close();
      }
    });
}

/** Nothing is written that holds a secret or an address, whatever the masks did. */
function check(captured: Captured): void {
  for (const text of Object.values(serialised(captured.recording)))
    if (forbidden(text, captured.secrets))
      throw new Error('The recording would hold a credential or the address of the system; nothing was written.');
}

async function withTransport<T>(
  work: (transport: HttpTransport, log: ReturnType<typeof createLogger>) => Promise<T>,
): Promise<T> {
  const transport = new HttpTransport();
  try {
    return await work(transport, createLogger({ level: 'warn', format: 'text' }));
  } finally {
    transport.close();
  }
}

function textsOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
}
