import { randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { HubApi } from './api.ts';
import { createKey, HubPlace, type HubSetup } from './hub-processes.ts';
import { submitAll } from './load.ts';
import { makeMischief } from './mischief.ts';
import { type Plan, plans, seeded } from './plan.ts';
import { OwnPostgres, OwnRedis } from './servers.ts';
import { Upstreams } from './upstreams.ts';
import { faultsOf, judge, recovered, type Verdict } from './verdict.ts';

/**
 * Breaks a whole deployment while it works, and counts what came of it.
 *
 *   npm run test:chaos                     short form, both pairs of engine and store
 *   npm run test:chaos -- --long           10,000 messages and 2,000 readings
 *   npm run test:chaos -- --store server --seed 7 --write
 */
const { values: flags } = parseArgs({
  options: {
    long: { type: 'boolean', default: false },
    store: { type: 'string', default: 'both' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    seconds: { type: 'string' },
    write: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const program =
  existsSync('dist/cli/main.js') && process.env.HUB_CHAOS_BUILT === '1'
    ? ['dist/cli/main.js']
    : ['--import', 'tsx', 'cli/main.ts'];

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function configText(upstreams: Upstreams, plan: Plan): string {
  const login = '{ login: hub, password: hub-sandbox }';
  return `organisations:
  - { id: uk, name: УК, timezone: Europe/Moscow }
connectors:
  onec-main: { system: onec, organisation: uk, url: "${upstreams.urls.onec}/uk", timezone: Europe/Moscow, auth: ${login}, settleAfterMs: ${plan.settleMs}, concurrency: 4 }
  sms-main: { system: smsc, organisation: uk, url: "${upstreams.urls.sms}", auth: ${login}, settleAfterMs: ${plan.settleMs}, perSecond: 0, concurrency: 16, timeoutMs: 8000 }
limits: { quietHours: off }
`;
}

async function one(
  store: 'embedded' | 'server',
  plan: Plan,
  seed: number,
): Promise<{ verdict: Verdict; counts: Record<string, number>; versions: string }> {
  const random = seeded(seed);
  const folder = mkdtempSync(join(tmpdir(), 'hub-chaos-'));
  chmodSync(folder, 0o755);
  const upstreams = await Upstreams.start(program, ['onec', 'sms'], Math.max(200, Math.ceil(plan.readings / 2)));
  const servers =
    store === 'server' ? { postgres: new OwnPostgres(join(folder, 'postgres')), redis: new OwnRedis() } : undefined;
  const places: HubPlace[] = [];
  const started = performance.now();
  const at = (line: string): void =>
    say(`  ${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  try {
    await upstreams.settings('sms', { dedupe: false });
    writeFileSync(join(folder, 'hub.yaml'), configText(upstreams, plan));
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

    await upstreams.storm(plan);
    const scene = { plan, random, places, upstreams, say: at, ...(servers ? { servers } : {}) };
    const [load, counts] = await Promise.all([submitAll(api, plan, meters, random), makeMischief(scene)]);
    await upstreams.calm();
    for (const place of places) {
      place.resume();
      place.jump(0);
    }
    for (const place of places) await place.ready();
    at(`all accepted (${load.duplicates} items submitted twice at once); waiting for what is open`);
    const recoverySeconds = await recovered(api, 900_000, at);
    while ((await upstreams.lateWork()) > 0) await new Promise((resolve) => setTimeout(resolve, 500));
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const verdict = await judge(api, load, upstreams, 'sms', recoverySeconds);
    return { verdict, counts, versions };
  } finally {
    for (const place of places) await place.stop();
    await servers?.redis.stop();
    await servers?.postgres.stop();
    await upstreams.stop();
    if (!flags.keep) rmSync(folder, { recursive: true, force: true });
  }
}

const plan = { ...plans[flags.long ? 'long' : 'short'], ...(flags.seconds ? { seconds: Number(flags.seconds) } : {}) };
const stores =
  flags.store === 'both' ? (['embedded', 'server'] as const) : ([flags.store] as ('embedded' | 'server')[]);
let failed = 0;
for (const store of stores) {
  say(`chaos, ${flags.long ? 'long' : 'short'} form, ${store}`);
  const { verdict, counts, versions } = await one(store, plan, Number(flags.seed));
  const million = (n: number): string => ((n / verdict.operations) * 1e6).toFixed(0);
  const lines = [
    ['operations accepted', `${verdict.operations} (${plan.messages} messages, ${plan.readings} readings)`],
    ['on', versions],
    [
      'mischief',
      Object.entries(counts)
        .map(([name, n]) => `${n} × ${name}`)
        .join(', '),
    ],
    [
      'ended as',
      Object.entries(verdict.byStatus)
        .map(([name, n]) => `${n} ${name}`)
        .join(', '),
    ],
    ['lost, per million', `${verdict.lost + verdict.forgotten}, ${million(verdict.lost + verdict.forgotten)}`],
    ['doubled, per million', `${verdict.doubled}, ${million(verdict.doubled)}`],
    [
      'change feed',
      `${verdict.feed.events} events, ${verdict.feed.gaps} gaps, ${verdict.feed.doubles} doubles, ${verdict.feed.outOfOrder} out of order`,
    ],
    ['time to recover after the last mischief', `${verdict.recoverySeconds} s`],
  ];
  for (const [what, figure] of lines) say(`  ${what}: ${figure}`);
  const faults = faultsOf(verdict);
  for (const fault of faults) say(`  FAULT: ${fault}`);
  say(faults.length === 0 ? '  every promise was kept\n' : '');
  failed += faults.length;
  if (flags.write)
    appendFileSync(
      'bench/RESULTS.md',
      `\n## Chaos, ${flags.long ? 'long' : 'short'} form, ${store}, ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, seed ${flags.seed}\n\n| what | figure |\n| --- | --- |\n${[...lines, ['verdict', faults.join('; ') || 'every promise was kept']].map(([a, b]) => `| ${a} | ${b} |`).join('\n')}\n`,
    );
}
process.exitCode = failed === 0 ? 0 : 1;
