import { HubError, isHubError, isPassing } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import type { Command, OperationView, Outcome, Reconciled } from '../port.ts';
import { type Ctx, type Json, json, reading } from './client.ts';
import type { OnecConfig } from './config.ts';
import { guidLiteral, keyLiteral, objectName, textLiteral } from './literals.ts';
import { readMetadata } from './metadata.ts';
import { type OnecWrite, parseSource } from './source.ts';

const ENTITY = 'MeterReading';

interface Prepared {
  write: OnecWrite;
  native: Record<string, unknown>;
}

async function prepare(ctx: Ctx, op: OperationView): Promise<Prepared> {
  if (!ctx.mapper)
    throw new HubError('misconfigured', 'MAPPING_ABSENT', 'No mapping of this 1C writes meter readings.');
  const { source, native } = await ctx.mapper.write(ENTITY, op.payload);
  const { write } = parseSource(source);
  if (!write) throw new HubError('misconfigured', 'MAPPING_WRITE', 'The mapping of MeterReading has no write block.');
  return { write, native: { ...native, [write.mark]: op.id } };
}

function writeOf(ctx: Ctx): { write: OnecWrite; hash: string } {
  const mapped = ctx.mapper?.source(ENTITY);
  if (!mapped) throw new HubError('misconfigured', 'MAPPING_ABSENT', 'No mapping of this 1C writes meter readings.');
  const { write } = parseSource(mapped.source);
  if (!write) throw new HubError('misconfigured', 'MAPPING_WRITE', 'The mapping of MeterReading has no write block.');
  return { write, hash: mapped.hash };
}

/** Runs a call that changes the base: once the first byte is out, only a definite answer is believed. */
async function changing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asUncertain('1C');
    // A web server's 5xx, a page with 200 or half a body say nothing about what the base did.
    if (
      isHubError(error) &&
      ['ONEC_UNAVAILABLE', 'ONEC_NOT_ODATA', 'ONEC_NOT_JSON', 'ONEC_UNKNOWN'].includes(error.code)
    ) {
      throw new HubError(
        'uncertain',
        'ANSWER_LOST',
        'The answer of 1C is not one; the write may have taken effect.',
        error.facts,
        { cause: error },
      );
    }
    throw error;
  }
}

async function send(ctx: Ctx, op: OperationView): Promise<Outcome> {
  const { write, native } = await prepare(ctx, op);
  const { body } = await changing(() => json(ctx, { method: 'POST', path: objectName(write.set), body: native }));
  if (write.method === 'record')
    return { status: 'done', result: await onceWritten(() => finishRecord(ctx, write, native, body)) };
  return { status: 'done', result: await onceWritten(() => finish(ctx, write, native, String(body.Ref_Key))) };
}

/** A record has no draft and no posting: what 1C did not keep as it was sent is taken out of the register again. */
async function finishRecord(ctx: Ctx, write: OnecWrite, native: Json, kept: Json): Promise<Record<string, unknown>> {
  const columns = write.key ?? [];
  const key = columns.map((column) => `${objectName(column)}=${keyLiteral(String(kept[column]))}`).join(',');
  const difference = differences(native, kept);
  if (difference.length > 0) {
    await changing(() => json(ctx, { method: 'DELETE', path: `${objectName(write.set)}(${key})` }));
    throw new HubError(
      'rejected',
      'ONEC_WRITE_ALTERED',
      `1C did not keep what was written (${difference.join(', ')}); the record was removed again. Correct the mapping or the length of the value.`,
      { errors: difference.map((field) => ({ pointer: `/${field}`, message: '1C stored another value' })) },
    );
  }
  return { record: Object.fromEntries(columns.map((column) => [column, kept[column]])) };
}

/** The document stands: after any passing trouble it must be looked up, as a second attempt would write another one. */
async function onceWritten<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isHubError(error) && ['transient', 'rate-limited', 'unauthorized'].includes(error.kind))
      throw new HubError(
        'uncertain',
        'ONEC_UNFINISHED',
        'The document is written, but 1C could not be asked about it.',
        error.facts,
        { cause: error },
      );
    throw error;
  }
}

/** Reads the written document back, compares it, and posts it. 1C takes wrong writes with 200, so nothing is trusted. */
async function finish(ctx: Ctx, write: OnecWrite, native: Json, ref: string): Promise<Record<string, unknown>> {
  const path = `${objectName(write.set)}(${guidLiteral(ref)})`;
  const { body: kept } = await changing(() => json(ctx, { path }));
  const difference = differences(native, kept);
  if (difference.length > 0) {
    await markDeleted(ctx, path);
    throw new HubError(
      'rejected',
      'ONEC_WRITE_ALTERED',
      `1C did not keep what was written (${difference.join(', ')}); the draft is marked for deletion. Correct the mapping or the length of the value.`,
      {
        errors: difference.map((field) => ({ pointer: `/${field}`, message: '1C stored another value' })),
      },
    );
  }
  if (write.post && kept.Posted !== true) await post(ctx, path);
  return { ref, number: String(kept.Number ?? '') };
}

async function post(ctx: Ctx, path: string): Promise<void> {
  try {
    await changing(() =>
      json(ctx, { method: 'POST', path: `${path}/Post`, options: { PostingModeOperational: 'false' } }),
    );
  } catch (error) {
    // "Inner error" of posting: written but perhaps not posted. The look-up finds out.
    if (
      isHubError(error) &&
      error.code === 'ONEC_CONFIGURATION' &&
      /внутренняя ошибка/i.test(error.facts.upstream?.text ?? '')
    ) {
      throw new HubError(
        'uncertain',
        'ONEC_POSTING_BROKE',
        'Posting broke off inside 1C; the document may stand unposted.',
        error.facts,
        { cause: error },
      );
    }
    if (isHubError(error) && error.kind === 'transient')
      throw new HubError(
        'uncertain',
        'ONEC_POSTING_BUSY',
        'The document is written but 1C could not post it now.',
        error.facts,
        { cause: error },
      );
    if (isHubError(error) && error.kind === 'rejected') await markDeleted(ctx, path);
    throw error;
  }
}

async function markDeleted(ctx: Ctx, path: string): Promise<void> {
  await changing(() => json(ctx, { method: 'PATCH', path, body: { DeletionMark: true } }));
}

/** Names of what differs between what was sent and what 1C kept; rows are compared column by column. */
export function differences(sent: Json, kept: Json): string[] {
  const out: string[] = [];
  for (const [name, value] of Object.entries(sent)) {
    const there = kept[name];
    if (Array.isArray(value)) {
      const rows = Array.isArray(there) ? (there as Json[]) : [];
      if (rows.length !== value.length) out.push(name);
      for (const [i, row] of (value as Json[]).entries()) {
        out.push(...differences(row, rows[i] ?? {}).map((column) => `${name}/${i}/${column}`));
      }
    } else if (!same(value, there)) out.push(name);
  }
  return out;
}

/** Int64 comes back as text, and GUIDs in any case. */
function same(a: unknown, b: unknown): boolean {
  if (typeof a === 'number') return Number(b) === a;
  if (typeof a === 'string' && typeof b === 'string')
    return a === b || (a.length === 36 && a.toLowerCase() === b.toLowerCase());
  return a === b;
}

async function find(ctx: Ctx, write: OnecWrite, mark: string): Promise<Json[]> {
  const filter =
    write.markMatch === 'contains'
      ? `substringof(${textLiteral(mark)},${objectName(write.mark)})`
      : `${objectName(write.mark)} eq ${textLiteral(mark)}`;
  const { body } = await reading(() =>
    json(ctx, { path: objectName(write.set), options: { $filter: filter, $top: 5 } }),
  );
  return Array.isArray(body.value) ? (body.value as Json[]) : [];
}

async function reconcile(ctx: Ctx, op: OperationView): Promise<Reconciled> {
  const { write, native } = await prepare(ctx, op);
  let found: Json[];
  try {
    found = (await find(ctx, write, op.id)).filter((object) => object.DeletionMark !== true);
  } catch (error) {
    if (isHubError(error) && isPassing(error))
      return { status: 'unknown', askAfterMs: error.facts.retryAfterMs ?? 5_000 };
    throw error;
  }
  const [first] = found;
  if (!first) {
    const since = ctx.clock.now() - (op.uncertainSince ?? ctx.clock.now());
    if (since < ctx.config.settleAfterMs) return { status: 'unknown', askAfterMs: ctx.config.settleAfterMs - since };
    return { status: 'absent' };
  }
  if (write.method === 'record') return { status: 'happened', result: await finishRecord(ctx, write, native, first) };
  return { status: 'happened', result: await finish(ctx, write, native, String(first.Ref_Key)) };
}

/** A draft with a mark of its own shows that the base keeps the field and finds by it; it is marked for deletion at once. */
async function prove(ctx: Ctx): Promise<{ hash: string; evidence: string }> {
  const { write, hash } = writeOf(ctx);
  const attributes = (await readMetadata(ctx)).get(write.set);
  if (!attributes?.has(write.mark)) {
    throw new HubError(
      'misconfigured',
      'ONEC_MARK_MISSING',
      `${write.set} has no attribute '${write.mark}', so an operation could not be found again. Publish it, or name another text attribute in write.mark.`,
    );
  }
  if (write.method === 'record') return { hash, evidence: `attribute ${write.mark} is published` };
  // As long as an operation id, so that a field which cuts it is found out.
  const mark = `hub-proof-${hash}`.padEnd(36, '0');
  let [draft] = await find(ctx, write, mark);
  if (!draft) {
    await changing(() =>
      json(ctx, {
        method: 'POST',
        path: objectName(write.set),
        body: { Date: '2000-01-01T00:00:00', [write.mark]: mark },
      }),
    );
    [draft] = await find(ctx, write, mark);
  }
  if (!draft) {
    throw new HubError(
      'misconfigured',
      'ONEC_MARK_NOT_KEPT',
      `1C did not keep '${write.mark}' of ${write.set} or does not find by it; name another text attribute of at least 36 characters in write.mark.`,
    );
  }
  const ref = String(draft.Ref_Key);
  if (draft.DeletionMark !== true) await markDeleted(ctx, `${objectName(write.set)}(${guidLiteral(ref)})`);
  return { hash, evidence: `draft ${ref}` };
}

/** `meter-readings.submit`: a document (or a register record) that carries the operation id and is posted. */
export const submitMeterReading: Command<OnecConfig> = {
  effect: 'once',
  settleAfterMs: 30_000,
  attemptTimeoutMs: 120_000,
  send,
  reconcile,
  prove,
  proofHash: (ctx) => writeOf(ctx).hash,
  dryRun: async (ctx, op) => {
    const { write, native } = await prepare(ctx, op);
    return { request: { method: 'POST', set: write.set, body: native }, posts: write.post };
  },
};
