import type { HubApi } from './api.ts';
import { sleep } from './child.ts';
import { backupOf, type Gateway, type GatewayName, gateways } from './gateways.ts';
import type { HubPlace } from './hub-processes.ts';
import { type Plan, shuffled } from './plan.ts';
import type { OwnPostgres, OwnRedis } from './servers.ts';
import type { Upstreams } from './upstreams.ts';

export interface Scene {
  plan: Plan;
  gateway: GatewayName;
  /** For what a person does meanwhile. */
  api: HubApi;
  random: () => number;
  places: readonly HubPlace[];
  upstreams: Upstreams;
  servers?: { postgres: OwnPostgres; redis: OwnRedis };
  say(line: string): void;
}

/** Leases of attempts at the gateway last a minute, those at 1C two and a half. */
const PAST_THE_LEASE_MS = 65_000;

/** Longer than an instance may fail before its operations move on. */
const OUTAGE_MS = 12_000;
const ONEC_ERRORS = [
  { fault: 'http-500', rate: 0.3, times: 400 },
  { fault: 'throttle', rate: 0.2, times: 8 },
];

/** Does everything in the plan once, in an order that the seed decides, spread over the plan's time. Returns what was done how often,
 * and how many processes that send were killed or stopped. */
export async function makeMischief(scene: Scene): Promise<{ counts: Record<string, number>; interruptions: number }> {
  const { plan, random, say } = scene;
  const counts: Record<string, number> = {};
  let interruptions = 0;
  const times = (n: number, name: string, act: () => Promise<void>) => Array.from({ length: n }, () => ({ name, act }));
  const server = scene.servers;
  const main = gateways[scene.gateway];
  const acts = shuffled(
    [
      ...times(plan.kills, 'kill -9', async () => {
        if ((await kill(scene)).role !== 'api') interruptions++;
      }),
      ...times(plan.clockJumps, 'clock jump', () => jump(scene)),
      ...times(4, 'errors and throttling upstream', async () => {
        if (random() < 0.7) await scene.upstreams.hurt(main.simulator, main.errors);
        else await scene.upstreams.hurt('onec', ONEC_ERRORS);
      }),
      ...(backupOf(scene.gateway) ? main.outages : []).map((outage) => ({
        name: outage.name,
        act: () => failOver(scene, main, outage),
      })),
      ...(server
        ? [
            ...times(plan.flushes, 'FLUSHALL', () => server.redis.flush()),
            ...times(plan.redisRestarts, 'Redis stopped and started', () =>
              server.redis.restart(2_000 + random() * 3_000),
            ),
            ...times(Math.ceil(plan.postgresRestarts / 2), 'PostgreSQL restart (fast)', () =>
              server.postgres.restart('fast', random() * 2_000),
            ),
            ...times(Math.floor(plan.postgresRestarts / 2), 'PostgreSQL restart (immediate)', () =>
              server.postgres.restart('immediate', random() * 2_000),
            ),
          ]
        : []),
    ],
    random,
  );
  // Pauses run beside the rest and begin early, so that what they held is taken over while the rest goes on.
  const pauses = Array.from({ length: plan.pauses }, async (_, i) => {
    await sleep((5 + (i * plan.seconds) / plan.pauses) * 1000 * (0.8 + 0.4 * random()));
    interruptions++;
    await pause(scene);
    counts['SIGSTOP past the lease'] = (counts['SIGSTOP past the lease'] ?? 0) + 1;
  });
  const gap = (plan.seconds * 1000) / (acts.length + 1);
  for (const { name, act } of acts) {
    await sleep(gap * (0.4 + 1.2 * random()));
    try {
      await act();
      counts[name] = (counts[name] ?? 0) + 1;
      say(name);
    } catch (error) {
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      throw error;
    }
  }
  await Promise.all(pauses);
  for (const { fault } of main.errors) await scene.upstreams.heal(main.simulator, fault);
  for (const { fault } of ONEC_ERRORS) await scene.upstreams.heal('onec', fault);
  return { counts, interruptions };
}

/** Lost answers, late effects, errors and throttling, as one stormy mixture for all systems. */
export async function storm({
  plan,
  gateway,
  upstreams,
}: Pick<Scene, 'plan' | 'gateway' | 'upstreams'>): Promise<void> {
  await upstreams.hurt('onec', [
    { fault: 'cut-after-commit', rate: 0.06, method: 'POST' },
    { fault: 'cut-before-commit', rate: 0.03 },
    { fault: 'late-commit', rate: 0.01, delayMs: plan.lateMs, method: 'POST' },
  ]);
  for (const name of [gateway, backupOf(gateway)])
    if (name) await upstreams.hurt(gateways[name].simulator, gateways[name].storm(plan));
}

/** The main gateway carries nothing for a while; then it is back, and a person says so where the hub waits for one. */
async function failOver(
  { upstreams, api, say, places }: Scene,
  main: Gateway,
  outage: Gateway['outages'][number],
): Promise<void> {
  // While nobody sends, nobody would notice.
  while (!places.some((p) => p.running && p.role !== 'api' && !paused.has(p))) await sleep(500);
  await upstreams.hurt(main.simulator, [{ fault: outage.fault, rate: 1 }]);
  say(`${outage.name}: from now on`);
  await sleep(OUTAGE_MS);
  await upstreams.heal(main.simulator, outage.fault);
  if (outage.ask !== 'person') return;
  // What was under way may still hear of it.
  await sleep(2_000);
  await api.sure('POST', '/v1/connectors/sms-main/resume', {}, [200]);
}

function pick(places: readonly HubPlace[], random: () => number): HubPlace | undefined {
  return places[Math.floor(random() * places.length)];
}

const paused = new Set<HubPlace>();

async function kill({ places, random }: Scene): Promise<HubPlace> {
  let place: HubPlace | undefined;
  // All may be stopped or just starting; a kill that strikes nobody would be counted for nothing.
  while (!place) {
    place = pick(
      places.filter((p) => p.running && !paused.has(p)),
      random,
    );
    if (!place) await sleep(500);
  }
  await place.kill();
  await sleep(random() * 2_000);
  place.start();
  return place;
}

/** A process that sleeps past its leases wakes up with results that nobody may want any more. */
async function pause({ places, random, say }: Scene): Promise<void> {
  let place: HubPlace | undefined;
  while (!place) {
    place = pick(
      places.filter((p) => p.running && p.role !== 'api' && !paused.has(p)),
      random,
    );
    if (!place) await sleep(500);
  }
  paused.add(place);
  place.pause();
  say(`SIGSTOP ${place.name}`);
  await sleep(PAST_THE_LEASE_MS);
  place.resume();
  paused.delete(place);
  say(`SIGCONT ${place.name}`);
}

async function jump({ places, random }: Scene): Promise<void> {
  const place = pick(places, random);
  const hours = random() < 0.5 ? -2 : 2;
  place?.jump(Math.round(hours * 3_600 * (0.1 + random())));
}
