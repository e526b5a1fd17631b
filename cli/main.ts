#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { isHubError } from '../canonical/errors.ts';
import { ConfigError } from '../config/load.ts';
import { version } from '../hub.ts';
import { MappingError } from '../mappings/faults.ts';
import { addAlerts } from './commands/alerts.ts';
import { addAudit } from './commands/audit.ts';
import { addBackup } from './commands/backup.ts';
import { addCerts } from './commands/certs.ts';
import { addDemo } from './commands/demo.ts';
import { addDoctor } from './commands/doctor.ts';
import { addErase } from './commands/erase.ts';
import { addFlows } from './commands/flows.ts';
import { addGiszhkh } from './commands/giszhkh.ts';
import { addInit } from './commands/init.ts';
import { addKeys } from './commands/keys.ts';
import { addLookup } from './commands/lookup.ts';
import { addMap } from './commands/map.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOps } from './commands/ops.ts';
import { addOptOuts } from './commands/opt-outs.ts';
import { addPause } from './commands/pause.ts';
import { addRecord } from './commands/record.ts';
import { addServe } from './commands/serve.ts';
import { addSign } from './commands/sign.ts';
import { addSim } from './commands/sim.ts';
import { addStatus } from './commands/status.ts';
import { addSync } from './commands/sync.ts';
import { addTasks } from './commands/tasks.ts';
import { addTemplates } from './commands/templates.ts';
import { addWebhooks } from './commands/webhooks.ts';
import { addGlobalOptions, UsageError } from './globals.ts';
import { withApi } from './session.ts';

const program = addGlobalOptions(new Command('hub'))
  .description('Connector Hub: one dependable API over the outside systems of a housing-management company')
  .version(version)
  .showHelpAfterError('(hub --help tells more)')
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 failed, 2 called wrongly.\n\nExamples:\n  hub serve                 the sandbox at http://127.0.0.1:8080\n  hub doctor                what is wrong, and what to do about it\n  hub ops list --status dead',
  );
addServe(program);
addInit(program);
addSync(program, withApi);
addMap(program, withApi);
addOps(program, withApi);
addTasks(program, withApi);
addLookup(program, withApi);
addStatus(program, withApi);
addAlerts(program, withApi);
addPause(program, withApi);
addTemplates(program, withApi);
addOptOuts(program, withApi);
addKeys(program, withApi);
addWebhooks(program, withApi);
addAudit(program, withApi);
addCerts(program, withApi);
addFlows(program, withApi);
addSign(program, withApi);
addErase(program, withApi);
addGiszhkh(program, withApi);
addDoctor(program);
addDemo(program);
addSim(program);
addRecord(program);
addBackup(program);
addMigrate(program);
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
// A one-shot command ends here even when a library keeps a timer.
process.exit();

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const known = isHubError(error) || error instanceof ConfigError || error instanceof MappingError;
  const text =
    error instanceof Error
      ? known
        ? `${isHubError(error) ? `${error.code}: ` : ''}${error.message}`
        : error.message
      : String(error);
  process.stderr.write(process.argv.includes('--json') ? `${JSON.stringify({ error: text })}\n` : `${text}\n`);
  if (!known && process.env.HUB_LOG_LEVEL === 'debug' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  return 1;
}
