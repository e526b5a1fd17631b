import { createHash } from 'node:crypto';
import { z } from 'zod';
import { HubError, isHubError } from '../../canonical/errors.ts';
import type { NativeObject, NativeRecord, Page, Pull, PullOptions } from '../port.ts';
import type { GisZhkhConfig } from './config.ts';
import type { Ctx } from './ctx.ts';
import { nameElements } from './directories.ts';
import { list } from './element-results.ts';
import { moscow } from './envelope.ts';
import type { Question } from './exports.ts';
import { isService } from './format.ts';
import type { GisTools } from './gis-tools.ts';
import { housesOf } from './houses.ts';

/** The `source` of a mapping that reads from ГИС ЖКХ. */
export const GisSource = z.looseObject({
  service: z.string().refine(isService, 'is no service of ГИС ЖКХ that the hub speaks to'),
  operation: z.string().min(1).describe('Export operation'),
  element: z.string().min(1).describe('Element of the result that repeats'),
  inside: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe(
      'Path from there to the list of records, or several: ApartmentHouse.ResidentialPremises; a record has it as $inside',
    ),
  key: z.string().min(1).describe('Path of the key in a record'),
  version: z.string().optional().describe('Path of its version; a digest of the record otherwise'),
  per: z
    .enum(['house', 'accounts', 'all'])
    .default('house')
    .describe('One question a house, one a house and month about its accounts, or one for everything'),
  content: z.record(z.string(), z.unknown()).default({}).describe('What the question says besides the house'),
  house: z.string().default('FIASHouseGuid').describe('Element of the question that names the house'),
  paged: z
    .strictObject({
      next: z.string().describe('Path of the next page in the result'),
      as: z.string().describe('Element of the question that names it'),
    })
    .optional(),
  window: z
    .union([
      z.strictObject({ from: z.string(), to: z.string(), days: z.int().min(1).max(184) }),
      z.strictObject({
        from: z.string(),
        interval: z.string().describe('Element that says how many days a question is about'),
        step: z.int().min(1).max(31).describe('Days of one question'),
        days: z.int().min(1).max(184),
      }),
      z.strictObject({
        months: z.int().min(1).max(24).describe('With `per: accounts`: this month and those before it'),
      }),
    ])
    .optional()
    .describe(
      'Elements of the question for the first and the last day, and how many days back; or several questions of some days each',
    ),
});
export type GisSource = z.infer<typeof GisSource>;

/** Codes that say of one house that it is none of ours (any more). */
const NOT_OURS = new Set([
  'GISZHKH_NOT_OURS',
  'GISZHKH_ABSENT_VALUE',
  'GISZHKH_HOUSE_OBSOLETE',
  'GISZHKH_OBJECT_INACTIVE',
]);
const MOST_PAGES = 10_000;
const DAY_MS = 86_400_000;
const ALL = '*';

/** Reads what a mapping's `source` names: house by house, page by page. A page's cursor is the last house that is wholly in. */
export function gisPull(tools: GisTools): Pull<GisZhkhConfig> {
  return {
    pages: (ctx, source, cursor, options) => pages(ctx, tools, parse(source), cursor, options ?? {}),
  };
}

function parse(source: unknown): GisSource {
  const parsed = GisSource.safeParse(source);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new HubError(
    'misconfigured',
    'GISZHKH_SOURCE',
    `\`source.${issue?.path.join('.')}\` of a mapping ${issue?.message}.`,
  );
}

async function* pages(
  ctx: Ctx,
  tools: GisTools,
  source: GisSource,
  cursor: string | null,
  { limit }: PullOptions,
): AsyncGenerator<Page> {
  const houses = source.per === 'all' ? [ALL] : await housesOf(ctx, tools.exports);
  const left = cursor === null ? houses : houses.filter((house) => house > cursor);
  let seen = 0;
  if (left.length === 0) yield { records: [], cursor: null };
  for (const [i, house] of left.entries()) {
    const last = i === left.length - 1;
    const read = source.per === 'accounts' ? ofAccounts(ctx, tools, source, house) : ofHouse(ctx, tools, source, house);
    for await (const { records, whole } of read) {
      seen += records.length;
      const enough = limit !== undefined && seen >= limit;
      yield {
        records: limit === undefined ? records : records.slice(0, Math.max(0, limit - (seen - records.length))),
        // A house is read anew when its pages were not all in.
        cursor: whole ? (last || enough ? null : house) : (left[i - 1] ?? cursor ?? ''),
      };
      if (enough) return;
    }
  }
}

async function* ofHouse(
  ctx: Ctx,
  tools: GisTools,
  source: GisSource,
  house: string,
): AsyncGenerator<{ records: NativeRecord[]; whole: boolean }> {
  const spans = spansOf(ctx, source);
  for (const [i, span] of spans.entries()) {
    let page: string | undefined;
    for (let n = 0; ; n++) {
      if (n === MOST_PAGES)
        throw new HubError('unexpected', 'GISZHKH_PAGES', `An export of ГИС ЖКХ has more than ${MOST_PAGES} pages.`);
      const result = await answer(ctx, tools, await questionOf(ctx, tools, source, { house, page, span }), house);
      const records = list(result?.[source.element]).flatMap((element) => recordsIn(source, element, house));
      const next = source.paged && result ? textAt(result, source.paged.next) : undefined;
      const isEnd = !next || next === page;
      yield { records, whole: isEnd && i === spans.length - 1 };
      if (isEnd) break;
      page = next;
    }
  }
}

/** What a question says of the time it is about, by paths of its elements. */
type Span = Readonly<Record<string, string>>;

/** The window of a mapping in the questions that it takes, the oldest first; one without limits where it has none. */
function spansOf(ctx: Ctx, { window }: GisSource): readonly Span[] {
  if (!window || 'months' in window) return [{}];
  const now = ctx.clock.now();
  const dayBack = (days: number): string => moscow(now - days * DAY_MS).slice(0, 10);
  if ('to' in window) return [{ [window.to]: dayBack(0), [window.from]: dayBack(window.days) }];
  const { from, interval, step, days } = window;
  const questions = Math.ceil((days + 1) / step);
  return Array.from({ length: questions }, (_, i) => ({
    [from]: dayBack((questions - i) * step - 1),
    [interval]: String(step),
  }));
}

/** Accounts of one question. Source: bills, exportPaymentDocumentRequest, 1…1000. */
const MOST_ACCOUNTS = 1_000;

/** What the accounts of a house have, month by month: `$period` of a record says which. */
async function* ofAccounts(
  ctx: Ctx,
  tools: GisTools,
  source: GisSource,
  house: string,
): AsyncGenerator<{ records: NativeRecord[]; whole: boolean }> {
  const question: Question = {
    service: 'house-management',
    operation: 'exportAccountData',
    content: { FIASHouseGuid: house },
  };
  const result = await answer(ctx, tools, question, house);
  const accounts = list(result?.exportAccountResult).flatMap((account) => textAt(account, 'AccountGUID') ?? []);
  for (const { year, month } of monthsBack(ctx, source)) {
    for (let i = 0; i < accounts.length; i += MOST_ACCOUNTS) {
      const some = { Year: year, Month: month, AccountGUID: accounts.slice(i, i + MOST_ACCOUNTS) };
      const asked = await questionOf(
        ctx,
        tools,
        { ...source, content: { ...source.content, ...some } },
        { house: ALL, page: undefined, span: {} },
      );
      const found = await answer(ctx, tools, asked, house);
      // An error about one account stands in its place, beside the others.
      const records = list(found?.[source.element]).flatMap((element) => recordsIn(source, element, house));
      const $period = `${year}-${month.padStart(2, '0')}`;
      yield { records: records.map((r) => ({ ...r, data: { ...r.data, $period } })), whole: false };
    }
  }
  yield { records: [], whole: true };
}

function monthsBack(ctx: Ctx, { window }: GisSource): { year: string; month: string }[] {
  const months = window && 'months' in window ? window.months : 1;
  const today = moscow(ctx.clock.now());
  const last = Number(today.slice(0, 4)) * 12 + Number(today.slice(5, 7)) - 1;
  return Array.from({ length: months }, (_, back) => {
    const n = last - back;
    return { year: String(Math.floor(n / 12)), month: String((n % 12) + 1) };
  });
}

async function answer(ctx: Ctx, tools: GisTools, question: Question, house: string): Promise<NativeObject | undefined> {
  try {
    return await tools.exports.whole(ctx, question);
  } catch (error) {
    if (house === ALL || !isHubError(error) || !NOT_OURS.has(error.code)) throw error;
    ctx.log.warn('a house is not served by the organisation at ГИС ЖКХ; it is left out', {
      instance: ctx.instance,
      house,
      code: error.code,
    });
    return undefined;
  }
}

async function questionOf(
  ctx: Ctx,
  tools: GisTools,
  source: GisSource,
  { house, page, span }: { house: string; page: string | undefined; span: Span },
): Promise<Question> {
  const { service, operation, content } = source;
  const out: Record<string, unknown> = { ...(await nameElements(ctx, tools.directories, content)) };
  if (house !== ALL) out[source.house] = house;
  for (const [path, value] of Object.entries(span)) put(out, path, value);
  if (page && source.paged) put(out, source.paged.as, page);
  return { service: service as Question['service'], operation, content: out };
}

function put(target: Record<string, unknown>, path: string, value: string): void {
  const steps = path.split('.');
  let at = target;
  for (const step of steps.slice(0, -1)) {
    at[step] = { ...(at[step] as Record<string, unknown> | undefined) };
    at = at[step] as Record<string, unknown>;
  }
  at[steps.at(-1) as string] = value;
}

function recordsIn(source: GisSource, element: NativeObject, house: string): NativeRecord[] {
  const paths = typeof source.inside === 'string' ? [source.inside] : (source.inside ?? []);
  const inside = paths.flatMap((path) => within(element, path.split('.')).map((o) => ({ ...o, $inside: path })));
  return (source.inside ? inside : [element]).flatMap((object: NativeObject) => {
    const data: NativeObject = house === ALL ? object : { ...object, $house: house };
    const key = textAt(data, source.key);
    if (key === undefined) return [];
    return [
      { key: key.toLowerCase(), version: (source.version && textAt(data, source.version)) ?? digest(data), data },
    ];
  });
}

function within(element: NativeObject, path: readonly string[]): NativeObject[] {
  return path.reduce<NativeObject[]>((objects, step) => objects.flatMap((o) => list(o[step])), [element]);
}

function textAt(object: NativeObject, path: string): string | undefined {
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (Array.isArray(value)) value = value[0];
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as NativeObject)[step];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function digest(data: NativeObject): string {
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 24);
}
