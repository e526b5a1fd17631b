import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Api } from '../api.ts';
import { createApi } from '../api.ts';
import { readControlFile } from '../control-file.ts';
import { type GlobalOptions, UsageError, whole } from '../globals.ts';
import { startLocalHub } from '../local-hub.ts';
import { createOutput, duration, grouped, type Output, table } from '../output.ts';
import { demoGisZhkh } from './demo-giszhkh.ts';

interface Item {
  index: number;
  operation?: string;
  problem?: { code: string };
}

/** `hub demo`: a whole job on the sandbox, with progress and a table at the end. */
export function addDemo(program: Command): void {
  program
    .command('demo <name>')
    .description(
      'run a whole job on the sandbox: messages (debt reminders by template), readings (meter readings into 1C), or giszhkh (readings, payment documents and debt requests of ГИС ЖКХ, with faults)',
    )
    .option('--count <n>', 'how many', whole, 200)
    .addHelpText('after', '\nExamples:\n  hub demo messages\n  hub demo readings --count 50\n  hub demo giszhkh')
    .action(async (name: string, own: { count: number }, command: Command) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      if (name === 'giszhkh') return demoGisZhkh(options, createOutput(options.json));
      const job = jobs[name];
      if (!job)
        throw new UsageError(`There is no demo '${name}'; there are ${[...Object.keys(jobs), 'giszhkh'].join(', ')}.`);
      const out = createOutput(options.json);
      const running = readControlFile(options.data);
      if (running) return job(createApi(running.url, running.key), out, own.count);
      const local = await startLocalHub(options, { active: true });
      try {
        out.note('No hub runs here; a sandbox was started for the demo.');
        await job(createApi(local.url, local.controlKey), out, own.count);
      } finally {
        await local.close();
      }
    });
}

const jobs: Readonly<Record<string, (api: Api, out: Output, count: number) => Promise<void>>> = {
  messages: async (api, out, count) => {
    const run = Date.now().toString(36);
    const items = Array.from({ length: count }, (_, i) => ({
      channel: 'sms',
      to: `+7916${String(1_000_000 + i)}`,
      template: 'payment-due',
      variables: {
        account: String(100000001 + i + (Date.now() % 100_000) * 1_000),
        amount: `${1000 + i},00`,
        dueDate: '10.12.2026',
      },
      reference: `demo-${run}`,
      idempotencyKey: `demo-${run}-${i}`,
    }));
    await follow(api, out, '/v1/messages/bulk', items);
  },
  readings: async (api, out, count) => {
    const meters: string[] = [];
    let cursor: string | null = '';
    while (meters.length < count && cursor !== null) {
      const page: { items: { id: string; removed: boolean }[]; nextCursor: string | null } = await api.get(
        `/v1/meters?limit=500${cursor ? `&cursor=${cursor}` : ''}`,
      );
      meters.push(...page.items.filter((m) => !m.removed).map((m) => m.id));
      cursor = page.nextCursor;
    }
    if (meters.length === 0)
      throw new UsageError('No meters have been pulled yet; run hub sync first, or wait for the first pull.');
    const run = Date.now().toString(36);
    const value = String(90_000 + (Math.floor(Date.now() / 1000) % 9_000));
    const items = meters.slice(0, count).map((meter, i) => ({
      meter,
      readAt: new Date().toISOString(),
      values: [value],
      reference: `demo-${run}`,
      idempotencyKey: `demo-${run}-${i}`,
    }));
    await follow(api, out, '/v1/meter-readings/bulk', items);
  },
};

async function follow(api: Api, out: Output, path: string, items: readonly unknown[]): Promise<void> {
  const started = Date.now();
  const answer = await api.post<{ accepted: number; rejected: number; items: Item[] }>(path, items);
  out.note(
    `${grouped(answer.accepted)} accepted in ${duration((Date.now() - started) / 1000)}, ${answer.rejected} rejected`,
  );
  const open = new Set(answer.items.flatMap((i) => (i.operation ? [i.operation] : [])));
  const counts: Record<string, number> = {};
  let told = 0;
  while (open.size > 0) {
    for (const id of [...open].slice(0, 50)) {
      const op = await api.get<{ status: string }>(`/v1/operations/${id}`);
      if (!['succeeded', 'failed', 'dead', 'cancelled'].includes(op.status)) {
        // Looked at again in a later round, after the others.
        open.delete(id);
        open.add(id);
        continue;
      }
      open.delete(id);
      counts[op.status] = (counts[op.status] ?? 0) + 1;
    }
    if (Date.now() - told > 2_000) {
      told = Date.now();
      out.note(`${grouped(answer.accepted - open.size)} of ${grouped(answer.accepted)} done`);
    }
    if (open.size > 0) await delay(200);
  }
  const seconds = (Date.now() - started) / 1000;
  out.result(
    { ...counts, seconds },
    () =>
      `${table(['status', 'operations'], Object.entries(counts))}\n${duration(seconds)}, ${grouped(answer.accepted / seconds)} a second`,
  );
}
