import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HubApi } from './api.ts';
import { brokenPromises } from './broken-promises.ts';
import { sleep } from './child.ts';
import { cutsOf } from './cuts.ts';
import { backupOf, gateways } from './gateways.ts';
import { configText } from './hub-config.ts';
import { createKey, HubPlace, type HubSetup } from './hub-processes.ts';
import { submitAll } from './load.ts';
import { makeMischief, storm } from './mischief.ts';
import { type Options, optionsOf, type Store, usage } from './options.ts';
import { type Plan, plans, seeded } from './plan.ts';
import { mostTried, recovered } from './recovery.ts';
import { type Findings, rowsOf } from './report.ts';
import { OwnPostgres, OwnRedis } from './servers.ts';
import { Texts } from './texts.ts';
import { Upstreams } from './upstreams.ts';
import { judge } from './verdict.ts';

/** Breaks a whole deployment while it works, and counts what came of it; `--help` tells the flags. */
const parsed = optionsOf(process.argv.slice(2), Date.now());
if (parsed === 'help') {
  process.stdout.write(usage);
  process.exit(0);
}
const options: Options = parsed;
const program =
  existsSync('dist/cli/main.js') && process.env.HUB_CHAOS_BUILT === '1'
    ? ['dist/cli/main.js']
    : ['--import', 'tsx', 'cli/main.ts'];

/** Longest wait until nothing is open any more. */
const RECOVERY_MS = 900_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function one(store: Store, plan: Plan): Promise<Findings> {
  const { gateway, seed } = options;
  const backup = backupOf(gateway);
  const carriers = [gateway, ...(backup ? [backup] : [])].map((name) => gateways[name].simulator);
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'hub-chaos-'));
  chmodSync(folder, 0o755);
  const upstreams = await Upstreams.start(program, ['onec', ...carriers], Math.max(200, Math.ceil(plan.readings / 2)));
  const servers =
    store === 'server' ? { postgres: new OwnPostgres(join(folder, 'postgres')), redis: new OwnRedis() } : undefined;
  const places: HubPlace[] = [];
  const started = performance.now();
  const at = (line: string): void =>
    say(`  ${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  try {
    if (carriers.includes('sms')) await upstreams.settings('sms', { dedupe: false });
    writeFileSync(join(folder, 'hub.yaml'), configText(gateway, upstreams.urls, plan));
    const versions = servers
      ? `PostgreSQL ${await servers.postgres.create()}, Redis ${await servers.redis.create()}`
      : 'embedded store';
    const setup: HubSetup = {
      folder,
      program,
      roles: servers !== undefined,
      sharedData: servers === undefined,
      fakeTime: true,
      env: {
        DATABASE_URL: servers?.postgres.url ?? '',
        REDIS_URL: servers?.redis.url ?? '',
        ...(servers ? { HUB_MASTER_KEY: randomBytes(32).toString('base64') } : {}),
      },
    };
    const names = servers
      ? [
          ...Array.from({ length: plan.apis }, (_, i) => [`api-${i + 1}`, 'api'] as const),
          ...Array.from({ length: plan.workers }, (_, i) => [`worker-${i + 1}`, 'worker'] as const),
        ]
      : [['hub', 'all'] as const];
    for (const [name, role] of names) places.push(await HubPlace.create(name, role, setup));
    for (const place of places) place.start();
    for (const place of places) await place.ready();
    const key = createKey(setup);
    const api = new HubApi(
      places.filter((p) => p.role !== 'worker').map((p) => p.url),
      key,
    );
    await api.sure('POST', '/v1/connectors/onec-main/sync', { entity: 'Meter' }, [202]);
    let meters: string[] = [];
    while (meters.length < plan.readings) meters = (await api.all('/v1/meters')).map((m) => String(m.id));
    at(
      `${names.map(([n]) => n).join(', ')} on ${versions}; ${plan.messages} messages, ${plan.readings} readings, seed ${seed}`,
    );

    await storm({ plan, gateway, upstreams });
    const scene = { plan, gateway, api, random, places, upstreams, say: at, ...(servers ? { servers } : {}) };
    const [load, { counts, interruptions }] = await Promise.all([
      submitAll(api, plan, meters, random),
      makeMischief(scene),
    ]);
    await mostTried(api, plan.messages + plan.readings, at);
    await upstreams.calm();
    for (const place of places) {
      place.resume();
      place.jump(0);
    }
    for (const place of places) await place.ready();
    if (backup) await api.sure('POST', '/v1/connectors/sms-main/resume', {}, [200]);
    at(`all accepted (${load.duplicates} items submitted twice at once); waiting for what is open`);
    const recoverySeconds = await recovered(api, RECOVERY_MS, at);
    while ((await upstreams.lateWork()) > 0) await sleep(500);
    await sleep(3_000);
    const texts = new Texts(upstreams, carriers);
    const verdict = await judge(api, load, upstreams, texts);
    const cuts = await cutsOf(upstreams, gateway, interruptions);
    const found = { verdict, cuts, mischief: counts, versions, recoverySeconds };
    if (verdict.asked === 0) return { ...found, settled: undefined };
    at(`a person settles ${verdict.asked} operations by what the phones have got`);
    await texts.settle(api, load, await api.all('/v1/operations'));
    await recovered(api, RECOVERY_MS, at);
    return { ...found, settled: await judge(api, load, upstreams, texts) };
  } finally {
    for (const place of places) await place.stop();
    await servers?.redis.stop();
    await servers?.postgres.stop();
    await upstreams.stop();
    if (!options.keep) rmSync(folder, { recursive: true, force: true });
  }
}

const plan = { ...plans[options.form], ...(options.seconds === undefined ? {} : { seconds: options.seconds }) };
let failed = 0;
for (const store of options.stores) {
  const title = `${options.form} form, ${options.gateway}, ${store}`;
  say(`chaos, ${title}`);
  const findings = await one(store, plan);
  const rows = rowsOf(findings, plan);
  for (const [what, figure] of rows) say(`  ${what}: ${figure}`);
  const faults = brokenPromises(findings, backupOf(options.gateway) !== undefined);
  for (const fault of faults) say(`  FAULT: ${fault}`);
  say(faults.length === 0 ? '  every promise was kept\n' : '');
  failed += faults.length;
  if (!options.write) continue;
  const table = [...rows, ['verdict', faults.join('; ') || 'every promise was kept']];
  appendFileSync(
    'bench/RESULTS.md',
    `\n## Chaos, ${title}, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, seed ${options.seed}\n\n| what | figure |\n| --- | --- |\n${table.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`,
  );
}
process.exitCode = failed === 0 ? 0 : 1;
