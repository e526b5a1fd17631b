import { parseArgs } from 'node:util';
import { journalBenchmark } from './journal.ts';
import { mappingBenchmark } from './mapping.ts';
import { Report } from './report.ts';

const parts = { mapping: mappingBenchmark, journal: journalBenchmark };

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
  },
});
const wanted = values.only ?? Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`There is no benchmark '${unknown.join("', '")}'; there are ${Object.keys(parts).join(', ')}.`);

const report = new Report((line) => process.stdout.write(`${line}\n`));
for (const [name, run] of Object.entries(parts)) if (wanted.includes(name)) await run(report);

if (values.write)
  report.append(
    'bench/RESULTS.md',
    'Median, with the smallest and the largest of the rounds in brackets; ratios are taken within a round.',
  );
