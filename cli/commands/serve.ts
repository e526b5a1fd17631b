import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Role } from '../../queues/membership.ts';
import { removeControlFile, writeControlFile } from '../control-file.ts';
import { configFile, type GlobalOptions, port, whole } from '../globals.ts';
import { type LocalHub, startLocalHub } from '../local-hub.ts';
import { grouped } from '../output.ts';
import { untilStopped } from '../until-stopped.ts';

interface ServeOptions extends GlobalOptions {
  port: number;
  host: string;
  jsonBanner: boolean;
  role: Role;
  drain: number;
  sync: boolean;
}

/** `hub serve`: the hub itself. */
export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the hub; without a configuration the sandbox with simulated systems')
    .addOption(new Option('--port <port>', 'port of the API').env('HUB_PORT').default(8080).argParser(port))
    .addOption(new Option('--host <address>', 'address to listen on').env('HUB_HOST').default('127.0.0.1'))
    .addOption(
      new Option('--role <role>', 'what this process does, where several share a PostgreSQL (DATABASE_URL)')
        .env('HUB_ROLE')
        .choices(['api', 'worker', 'all'])
        .default('all'),
    )
    .addOption(
      new Option('--drain <ms>', 'at a stop: time for a proxy to notice; 5000 is good behind one')
        .env('HUB_DRAIN_MS')
        .default(0)
        .argParser(whole),
    )
    .option('--json-banner', 'print one line of JSON with url, key and simulators when ready', false)
    .option('--no-sync', "don't pull at the start")
    .addHelpText(
      'after',
      '\nExamples:\n  hub serve\n  hub serve --config hub.yaml --port 9000 --data /var/lib/hub\n  HUB_SIM_ACCOUNTS=500 hub serve --data /tmp/hub\n  DATABASE_URL=postgres://… REDIS_URL=redis://… hub serve --role worker',
    )
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals() as ServeOptions;
      const started = Date.now();
      const local = await startLocalHub(options, {
        port: options.port,
        host: options.host,
        active: true,
        role: options.role,
        drainMs: options.drain,
        logFormat: process.stderr.isTTY ? 'text' : 'json',
      });
      const key = await demoKey(local, options);
      const takesRequests = options.role !== 'worker';
      if (takesRequests)
        writeControlFile(options.data, { url: local.controlUrl, key: local.controlKey, pid: process.pid });
      if (options.jsonBanner)
        process.stdout.write(`${JSON.stringify({ url: local.url, key, simulators: local.simulators?.urls ?? {} })}\n`);
      else process.stdout.write(banner(local, key, options));
      if (options.sync && options.role !== 'api') firstSync(local, options, started);
      await untilStopped();
      process.stderr.write('Stopping: finishing what runs…\n');
      if (takesRequests) removeControlFile(options.data);
      await local.close();
    });
}

/** The sandbox gets a key to try with; a real configuration gets its keys by `hub keys create`. */
async function demoKey(local: LocalHub, options: ServeOptions): Promise<string | undefined> {
  if (configFile(options)) return undefined;
  const { key } = await local.hub.keys.create({ org: 'tk-demo', name: 'demo', scopes: ['*'] });
  writeFileSync(join(options.data, 'demo-key'), `${key}\n`, { mode: 0o600 });
  return key;
}

function banner(local: LocalHub, key: string | undefined, options: ServeOptions): string {
  const lines = ['', `  Connector Hub is ready at ${local.url}`, '', `  console         ${local.url}/console`];
  if (local.simulators)
    for (const [name, url] of Object.entries(local.simulators.urls))
      lines.push(`  simulated ${name.padEnd(5)} ${url}/__sim${local.simulators.borrowed ? ' (was running)' : ''}`);
  if (key) {
    lines.push(
      `  key             ${key}   (also in ${join(options.data, 'demo-key')})`,
      '',
      '  Try:',
      `    export KEY=$(cat ${join(options.data, 'demo-key')})`,
      `    curl -H "Authorization: Bearer $KEY" '${local.url}/v1/accounts?limit=2'`,
      `    curl -H "Authorization: Bearer $KEY" -H 'Prefer: wait=10' -d '{"channel":"sms","to":"+79161230001","text":"Привет"}' ${local.url}/v1/messages`,
      `    curl ${local.simulators?.urls.sms ?? ''}/__sim/effects`,
      '',
      '  Quiet hours are off in the sandbox. Everything stays on this machine.',
    );
  } else lines.push(`  configuration   ${configFile(options)}`, '  keys            hub keys create <name> --scopes …');
  return `${lines.join('\n')}\n\n`;
}

/** Pulls what every instance maps, telling how far it is. */
function firstSync(local: LocalHub, options: ServeOptions, started: number): void {
  const tell = (line: string): void => {
    if (!options.jsonBanner) process.stdout.write(`${line}\n`);
  };
  for (const instance of local.hub.instances.all()) {
    if (local.hub.sync.entities(instance.name).length === 0 || instance.connector.pullsSlowly) continue;
    let last = 0;
    let entity = '';
    local.hub.sync
      .run({
        instance: instance.name,
        onProgress: (p) => {
          const now = Date.now();
          if (p.phase === 'done')
            tell(
              `  ${((now - started) / 1000).toFixed(1).padStart(6)} s  ${instance.name} ${p.entity}: ${grouped(p.seen)} read, ${grouped(p.changed)} changed${p.quarantined ? `, ${p.quarantined} in quarantine` : ''}${p.held ? ', removal held for a person' : ''}`,
            );
          else if (now - last > 3_000 || p.entity !== entity)
            tell(
              `  ${((now - started) / 1000).toFixed(1).padStart(6)} s  ${instance.name} ${p.entity}: ${grouped(p.seen)} read…`,
            );
          else return;
          last = now;
          entity = p.entity;
        },
      })
      .then(() => tell(`  ${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${instance.name} is in step.`))
      .catch((error: unknown) =>
        tell(`  ${instance.name}: the pull stopped: ${error instanceof Error ? error.message : String(error)}`),
      );
  }
}
