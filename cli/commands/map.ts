import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { commands } from '../../canonical/commands/registry.ts';
import { entities } from '../../canonical/registry.ts';
import { compileFile } from '../../mappings/compile-command.ts';
import { formatFault, MappingError } from '../../mappings/faults.ts';
import { builtInFolder, loadMappings } from '../../mappings/load.ts';
import { testMapping } from '../../mappings/test-mapping.ts';
import { type GlobalOptions, UsageError } from '../globals.ts';
import { createOutput, table } from '../output.ts';
import type { WithApi } from '../session.ts';

const vocabulary = { entities, commands };

/** `hub map …`: what an integration engineer does with mapping files. */
export function addMap(program: Command, withApi: WithApi): void {
  const map = program.command('map').description('mapping files: check, test, preview, diff');
  map
    .command('copy <folder>')
    .description('copy the built-in mapping files into a folder of your own, to edit them there')
    .option(
      '--system <name>',
      'which files: onec, onec-variant (another configuration, as an example) or giszhkh',
      'onec',
    )
    .addHelpText('after', '\nExample:\n  hub map copy ./my-mappings')
    .action((folder: string, options: { system: string }, command: Command) => {
      const from = builtInFolder(options.system);
      if (!/^[a-z0-9-]+$/.test(options.system) || !existsSync(from))
        throw new UsageError(
          `There are no built-in mappings of '${options.system}'; try onec, onec-variant or giszhkh.`,
        );
      if (existsSync(folder) && readdirSync(folder).length > 0)
        throw new UsageError(`${folder} is not empty; choose another folder, so that no file of yours is lost.`);
      cpSync(from, folder, { recursive: true, filter: (path) => path === from || path.endsWith('.yaml') });
      const files = readdirSync(folder).sort();
      createOutput((command.optsWithGlobals() as GlobalOptions).json).result({ folder, files }, () =>
        [
          `${files.length} files in ${folder}. Name the folder at the connector in hub.yaml:`,
          `  mappings: ${folder}`,
          `then edit them and try them: hub map check ${folder}`,
        ].join('\n'),
      );
    });
  map
    .command('check [folder]')
    .description(
      'check the files of a folder (default: the built-in ones of 1C); with --live also against the upstream',
    )
    .option('--live <instance>', 'compare with what this connector really publishes')
    .addHelpText('after', '\nExamples:\n  hub map check ./my-mappings\n  hub map check --live onec-main')
    .action(async (folder: string | undefined, options: { live?: string }, command: Command) => {
      if (options.live) {
        const { live } = options;
        return withApi(async (api, out) => {
          const { items } = await api.post<{
            items: { mapping: string; faults: { field: string; message: string; near: string[] }[] }[];
          }>(`/v1/mappings/${live}/check`);
          const faults = items.flatMap((i) => i.faults.map((f) => [i.mapping, f.field, f.message, f.near.join(', ')]));
          out.result(items, () =>
            faults.length === 0
              ? `${items.length} mappings agree with what ${live} publishes.`
              : table(['mapping', 'field', 'fault', 'did you mean'], faults, 80),
          );
          if (faults.length > 0) process.exitCode = 1;
        })(options, command);
      }
      const out = createOutput((command.optsWithGlobals() as GlobalOptions).json);
      try {
        const set = await loadMappings(folder ?? builtInFolder('onec'), vocabulary);
        const found = [
          ...set.all().map(({ name, entity }) => ({ name, of: entity })),
          ...set.commands().map(({ name, kind }) => ({ name, of: kind })),
        ];
        out.result(
          found.map((m) => m.name),
          () => `${found.length} mappings are right: ${found.map((m) => m.of).join(', ')}.`,
        );
      } catch (error) {
        if (!(error instanceof MappingError)) throw error;
        out.result({ faults: error.faults }, () => error.faults.map(formatFault).join('\n'));
        process.exitCode = 1;
      }
    });
  map
    .command('test <file...>')
    .description('run the examples of mapping files, and the round-trip law for each')
    .addHelpText('after', '\nExample:\n  hub map test my-mappings/personal-account.yaml')
    .action(async (files: string[], _options: unknown, command: Command) => {
      const out = createOutput((command.optsWithGlobals() as GlobalOptions).json);
      const results: { file: string; example: string; passed: boolean; differences: string[] }[] = [];
      for (const file of files) {
        try {
          for (const o of await testMapping(compileFile(readFileSync(file, 'utf8'), file, vocabulary)))
            results.push({ file, ...o });
        } catch (error) {
          if (!(error instanceof MappingError)) throw error;
          results.push({ file, example: '(file)', passed: false, differences: error.faults.map(formatFault) });
        }
      }
      out.result(results, () =>
        results
          .map(
            (r) =>
              `${r.passed ? 'ok  ' : 'FAIL'} ${r.file}: ${r.example}${r.differences.map((d) => `\n       ${d}`).join('')}`,
          )
          .join('\n'),
      );
      if (results.some((r) => !r.passed)) process.exitCode = 1;
    });
  map
    .command('preview <instance> <entity>')
    .description('native and canonical side by side, from a live pull; nothing is stored')
    .option('--limit <n>', 'records', '3')
    .option('--file <yaml>', 'an edited mapping instead of the one in use')
    .addHelpText('after', '\nExample:\n  hub map preview onec-main PersonalAccount --limit 1')
    .action(
      withApi(async (api, out, [instance, entity], options) => {
        const { limit, file } = options as { limit: string; file?: string };
        const answer = await api.post<{
          items: { key: string; native: unknown; canonical?: unknown; fault?: string }[];
        }>('/v1/mappings/preview', {
          instance,
          entity,
          limit: Number(limit),
          ...(file ? { yaml: readFileSync(file, 'utf8') } : {}),
        });
        out.result(answer, () =>
          answer.items
            .map(
              (i) =>
                `# ${i.key}\nnative    ${JSON.stringify(i.native, null, 2)}\ncanonical ${i.fault ?? JSON.stringify(i.canonical, null, 2)}`,
            )
            .join('\n\n'),
        );
      }),
    );
  map
    .command('diff <instance> <file>')
    .description('what an edited mapping file would change over the stored records')
    .addHelpText('after', '\nExample:\n  hub map diff onec-main my-mappings/building.yaml')
    .action(
      withApi(async (api, out, [instance, file]) => {
        const d = await api.post<{
          mapping: string;
          records: number;
          same: number;
          changed: number;
          faults: number;
          fields: Record<string, number>;
          samples: unknown[];
          examplesFailed: string[];
        }>('/v1/mappings/diff', { instance, yaml: readFileSync(String(file), 'utf8') });
        out.result(d, () =>
          [
            `${d.mapping}: ${d.records} stored records, ${d.same} stay, ${d.changed} change, ${d.faults} could not be translated`,
            ...Object.entries(d.fields).map(([f, n]) => `  ${f}: ${n}`),
            ...d.examplesFailed.map((e) => `  example fails: ${e}`),
            ...d.samples.map((s) => JSON.stringify(s, null, 2)),
          ].join('\n'),
        );
        if (d.faults > 0 || d.examplesFailed.length > 0) process.exitCode = 1;
      }),
    );
}
