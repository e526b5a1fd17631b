import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command } from 'commander';
import { UsageError } from '../globals.ts';
import { grouped, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Job {
  id: string;
  status: 'running' | 'done' | 'failed';
  total: number;
  compared: number;
  counts: Record<string, Partial<Record<string, number>>>;
  asOf: Record<string, string | null>;
  error: { message?: string; detail?: string } | null;
}

interface Item {
  id: string;
  entity: string;
  kind: string;
  record: string | null;
  nativeKey: string | null;
  differences: { field: string; ours: unknown; theirs: unknown }[];
  reason: string | null;
  operation: string | null;
}

interface Applied {
  made: { item: string; operation: string }[];
  refused: { item: string; reason: string }[];
  nextCursor: string | null;
}

/** Rows of the table; `--json` has all. */
const SHOWN = 30;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `hub giszhkh reconcile`: what ГИС ЖКХ lacks of ours, has too much, or has otherwise. */
export function addGiszhkh(program: Command, withApi: WithApi): void {
  program
    .command('giszhkh')
    .description('ГИС ЖКХ: compare it with our records')
    .command('reconcile')
    .description('compare our accounts, meters and payment documents with what ГИС ЖКХ has')
    .option('--instance <name>', 'connector; the only one of ГИС ЖКХ by default')
    .option('--house <id>', 'one house, by our id or its ФИАС GUID')
    .option('--entity <names>', 'PersonalAccount, Meter, PaymentDocument, separated by commas')
    .option('--period <month>', 'month of the payment documents, YYYY-MM')
    .option('--apply', 'import what is missing there', false)
    .option('--supplement <file>', 'JSON with what our records do not say: paymentDocuments, meters')
    .addHelpText(
      'after',
      '\nExamples:\n  hub giszhkh reconcile\n  hub giszhkh reconcile --house 6b1c0c1e-8a0e-41ee-9f2a-005056a20101 --entity PersonalAccount --apply\n  hub giszhkh reconcile --entity PaymentDocument --period 2026-10 --json',
    )
    .action(
      withApi(async (api, out, _args, options) => {
        const o = options as {
          instance?: string;
          house?: string;
          entity?: string;
          period?: string;
          apply: boolean;
          supplement?: string;
        };
        const supplement = o.supplement === undefined ? {} : supplementOf(o.supplement);
        const instance = o.instance ?? (await onlyInstance(api));
        const building = o.house === undefined ? undefined : await buildingOf(api, o.house);
        let job = await api.post<Job>('/v1/reconciliations', {
          instance,
          ...(building ? { building } : {}),
          ...(o.entity ? { entities: o.entity.split(',').map((e) => e.trim()) } : {}),
          ...(o.period ? { period: o.period } : {}),
        });
        const started = Date.now();
        for (let told = started; job.status === 'running'; ) {
          await delay(300);
          job = await api.get<Job>(`/v1/reconciliations/${job.id}`);
          if (job.status !== 'running' || Date.now() - told < 2_000) continue;
          told = Date.now();
          const rate = job.compared / Math.max(1, (told - started) / 1000);
          out.note(`${grouped(job.compared)} of ${grouped(job.total)} compared, ${grouped(rate)}/s`);
        }
        const items = await allItems(api, job.id);
        const applied = o.apply && job.status === 'done' ? await applyAll(api, job.id, supplement) : undefined;
        out.result({ ...job, items, ...(applied ? { applied } : {}) }, () => shown(job, items, applied));
        if (job.status === 'failed') process.exitCode = 1;
      }),
    );
}

/** Of a file: what is given with each call of the apply. The hub names what is wrong in it. */
function supplementOf(file: string): object {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Never the text of the fault: it quotes the file.
    const { code } = error as { code?: string };
    throw new UsageError(`--supplement ${file} ${code ? `can't be read: ${code}` : 'is not JSON'}.`);
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new UsageError(`--supplement ${file} must hold an object with \`paymentDocuments\`, \`meters\` or both.`);
  return value;
}

type Caller = Parameters<Parameters<WithApi>[0]>[0];

async function onlyInstance(api: Caller): Promise<string> {
  const { items } = await api.get<{ items: { instance: string; system: string }[] }>('/v1/connectors');
  const found = items.filter((i) => i.system === 'giszhkh');
  const [only] = found;
  if (found.length === 1 && only) return only.instance;
  throw new UsageError(
    found.length === 0
      ? 'hub.yaml has no connector of ГИС ЖКХ.'
      : `Say which with --instance: ${found.map((i) => i.instance).join(', ')}.`,
  );
}

/** Our id of a house that was named by it or by its ФИАС GUID. */
async function buildingOf(api: Caller, house: string): Promise<string> {
  if (!UUID.test(house)) throw new UsageError('--house takes our id of a house or its ФИАС GUID.');
  const { items } = await api.get<{ items: { id: string }[] }>(`/v1/buildings?gar=${house.toLowerCase()}&limit=1`);
  return items[0]?.id ?? house.toLowerCase();
}

async function allItems(api: Caller, id: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: Item[]; nextCursor: string | null } = await api.get(
      `/v1/reconciliations/${id}/items?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}

async function applyAll(api: Caller, id: string, supplement: object): Promise<Omit<Applied, 'nextCursor'>> {
  const total: Omit<Applied, 'nextCursor'> = { made: [], refused: [] };
  for (let cursor: string | null = ''; cursor !== null; ) {
    const part: Applied = await api.post(`/v1/reconciliations/${id}/apply`, {
      ...supplement,
      ...(cursor === '' ? {} : { cursor }),
    });
    total.made.push(...part.made);
    total.refused.push(...part.refused);
    cursor = part.nextCursor;
  }
  return total;
}

function shown(job: Job, items: readonly Item[], applied: Omit<Applied, 'nextCursor'> | undefined): string {
  const read = Object.entries(job.asOf).map(([entity, at]) => `${entity} as of ${at ?? 'never'}`);
  const counts = table(
    ['entity', 'missing there', 'extra there', 'different', 'ambiguous'],
    Object.entries(job.counts).map(([entity, n]) => [
      entity,
      n['missing-there'] ?? 0,
      n['extra-there'] ?? 0,
      n.different ?? 0,
      n.ambiguous ?? 0,
    ]),
  );
  const rows = items
    .slice(0, SHOWN)
    .map((i) => [
      i.entity,
      i.kind,
      i.record ?? '',
      i.nativeKey ?? '',
      i.reason ?? i.differences.map((d) => `${d.field}: ${plain(d.ours)} / ${plain(d.theirs)}`).join('; '),
    ]);
  return [
    job.status === 'failed' ? `The comparison failed: ${job.error?.detail ?? job.error?.message ?? ''}` : '',
    items.length === 0 ? 'Both have the same.' : counts,
    items.length === 0 ? '' : table(['entity', 'kind', 'ours', 'theirs', 'what'], rows),
    items.length > SHOWN
      ? `… and ${grouped(items.length - SHOWN)} more: --json, or /v1/reconciliations/${job.id}/items`
      : '',
    read.join('; '),
    applied ? `${applied.made.length} imports made; ${applied.refused.length} refused` : '',
    ...(applied?.refused.slice(0, SHOWN).map((r) => `  ${r.item}: ${r.reason}`) ?? []),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return '—';
  return typeof value === 'object' && 'amount' in value ? String(value.amount) : String(value);
}
