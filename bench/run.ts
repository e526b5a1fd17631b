import { parseArgs } from 'node:util';
import { acceptBenchmark } from './accept.ts';
import { bulkBenchmark } from './bulk.ts';
import { cmsBenchmark } from './cms.ts';
import { consoleBenchmark } from './console.ts';
import { figuresBenchmark } from './figures.ts';
import { flushBenchmark } from './flush.ts';
import { journalBenchmark } from './journal.ts';
import { liveReadBenchmark } from './live-read.ts';
import { lookupBenchmark } from './lookup.ts';
import { mappingBenchmark } from './mapping.ts';
import { millionBenchmark } from './million.ts';
import { peersBenchmark } from './peers.ts';
import { Report } from './report.ts';
import { securityBenchmark } from './security.ts';
import { signingLoadBenchmark } from './signing-load.ts';
import { syncBenchmark } from './sync.ts';
import { xadesBenchmark } from './xades.ts';

const parts = {
  mapping: mappingBenchmark,
  sync: syncBenchmark,
  journal: journalBenchmark,
  peers: peersBenchmark,
  live: liveReadBenchmark,
  accept: acceptBenchmark,
  flush: flushBenchmark,
  million: millionBenchmark,
  console: consoleBenchmark,
  bulk: bulkBenchmark,
  lookup: lookupBenchmark,
  security: securityBenchmark,
  cms: cmsBenchmark,
  figures: figuresBenchmark,
  xades: xadesBenchmark,
  'signing-load': signingLoadBenchmark,
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    accounts: { type: 'string', default: '34588' },
    operations: { type: 'string' },
    dead: { type: 'string' },
    profile: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const wanted = values.only ?? Object.keys(parts);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0)
  throw new Error(`There is no benchmark '${unknown.join("', '")}'; there are ${Object.keys(parts).join(', ')}.`);

const accounts = Number(values.accounts);
if (!Number.isInteger(accounts) || accounts < 1) throw new Error('--accounts takes a whole number from 1.');

const operations = values.operations === undefined ? {} : { operations: Number(values.operations) };

const report = new Report((line) => process.stdout.write(`${line}\n`));
for (const [name, run] of Object.entries(parts))
  if (wanted.includes(name))
    await run(report, {
      accounts,
      ...operations,
      ...(values.dead ? { dead: Number(values.dead) } : {}),
      ...(values.profile ? { profile: values.profile } : {}),
    });

if (values.write)
  report.append(
    'bench/RESULTS.md',
    'Median, with the smallest and the largest of the rounds in brackets; ratios are taken within a round.',
  );
