import { HubError, isHubError } from '../../canonical/errors.ts';
import type {
  BatchOutcome,
  Command,
  ElementOutcome,
  ExchangeView,
  OperationView,
  PollOutcome,
  PreparedExchange,
  Reconciled,
  TicketView,
} from '../port.ts';
import { acting, getState, post, prepare } from './client.ts';
import type { GisZhkhConfig } from './config.ts';
import type { Ctx } from './ctx.ts';
import { resultsIn } from './element-results.ts';
import type { GisTools } from './gis-tools.ts';
import { itemOf, requestOf } from './import-item.ts';
import type { ImportItem, ImportKind } from './import-kind.ts';
import { targetOf } from './request-target.ts';
import { pauseAfter } from './schedule.ts';
import { operatorAt, sureFrom } from './settle/when.ts';

/** Signing, directories and attachments may take a while before the request goes out. */
const ATTEMPT_MS = 10 * 60_000;

/**
 * A kind of operation that puts data into ГИС ЖКХ. Operations of one house and request travel together; each has its own outcome. ГИС ЖКХ
 * keeps no number of ours that it could be asked by, so a lost acknowledgement is settled by looking for the object itself.
 */
export function importCommand(kind: ImportKind, tools: GisTools): Command<GisZhkhConfig> {
  return {
    effect: 'once',
    attemptTimeoutMs: ATTEMPT_MS,
    batch: {
      max: kind.max,
      lingerMs: kind.lingerMs,
      key: (op) => kind.key(op.payload),
      prepare: (ctx, ops) => prepareExchange(ctx, kind, tools, ops),
      send: (ctx, exchange) => sendExchange(ctx, kind, tools, exchange),
    },
    send: async (ctx, op) => {
      const prepared = await prepareExchange(ctx, kind, tools, [op]);
      const refused = prepared.refused?.get(op.id);
      if (refused) throw refused;
      const { ticket, pollAfterMs } = await sendExchange(ctx, kind, tools, { id: op.id, ...prepared });
      return { status: 'pending', ticket: ticket as string, pollAfterMs: pollAfterMs as number };
    },
    poll: (ctx, exchange, ops) => poll(ctx, kind, tools, exchange, ops),
    reconcile: (ctx, op) => reconcile(ctx, kind, tools, op),
    dryRun: async (ctx, op) => {
      const item = await itemOf(ctx, kind, tools, op, 'preview');
      const { service, operation } = item;
      const { xml, messageGuid } = await prepare(ctx, service, operation, requestOf([item]));
      return { service, operation, messageGuid, request: xml };
    },
  };
}

async function prepareExchange(
  ctx: Ctx,
  kind: ImportKind,
  tools: GisTools,
  ops: readonly OperationView[],
): Promise<PreparedExchange> {
  const refused = new Map<string, Error>();
  const items: ImportItem[] = [];
  let common: string | undefined;
  for (const op of ops) {
    try {
      const item = await itemOf(ctx, kind, tools, op, 'send');
      const said = JSON.stringify(item.common);
      common ??= said;
      if (said !== common) refused.set(op.id, apart());
      else items.push(item);
    } catch (error) {
      // A fault of this element alone; what concerns all of them (no certificate, no directory) ends the call.
      if (!isHubError(error) || error.kind !== 'rejected') throw error;
      refused.set(op.id, error);
    }
  }
  const elementKeys = new Map(items.map((item) => [item.operationId, item.transportGuid]));
  const [first] = items;
  if (!first) return { request: '', elementKeys, refused };
  const { xml } = await prepare(ctx, first.service, first.operation, requestOf(items));
  return { request: xml, elementKeys, refused };
}

/** Two elements of a request can't say different things about what they share; the second goes by itself soon. */
function apart(): HubError {
  return new HubError('rate-limited', 'GISZHKH_APART', 'The operation goes in a request of its own.', {
    retryAfterMs: 1000,
  });
}

async function sendExchange(
  ctx: Ctx,
  kind: ImportKind,
  tools: GisTools,
  exchange: ExchangeView,
): Promise<BatchOutcome> {
  // An import by official names says in its payload where it goes, and there is none here.
  const { service, operation } = kind.content ? targetOf(exchange.request) : kind.sourceIn(ctx);
  const [, messageGuid = ''] = /<base:MessageGUID>([0-9a-fA-F-]{36})<\/base:MessageGUID>/.exec(exchange.request) ?? [];
  const { ticket } = await acting(() => post(ctx, { service, operation, messageGuid, xml: exchange.request }));
  tools.requests.sent(ctx, service, ticket, 'imports');
  return { ticket, pollAfterMs: pauseAfter(ctx.config, 'imports', 0) };
}

async function poll(
  ctx: Ctx,
  kind: ImportKind,
  tools: GisTools,
  exchange: TicketView,
  ops: readonly OperationView[],
): Promise<PollOutcome> {
  const { service } = kind.sourceIn(ctx, ops[0]?.payload);
  const state = await tools.requests.state(ctx, service, exchange.ticket, { asked: exchange.polls, pace: 'imports' });
  if (!state.done) return { pollAfterMs: pauseAfter(ctx.config, 'imports', exchange.polls + 1), outcomes: new Map() };
  if (state.error) {
    await forgetRefusedFiles(ctx, [state.error]);
    const error = wholeFailure(state.error);
    return { outcomes: new Map(ops.map((op) => [op.id, error])) };
  }
  const results = resultsIn(state.result);
  await forgetRefusedFiles(
    ctx,
    results.map((r) => r.error),
  );
  const outcomes = new Map<string, ElementOutcome>();
  const byGuid = new Map<string, number>();
  for (const [i, { transportGuid }] of results.entries()) {
    const guid = transportGuid?.toLowerCase();
    if (guid && !byGuid.has(guid)) byGuid.set(guid, i);
  }
  const seen = new Set<number>();
  for (const op of ops) {
    const key = exchange.elementKeys.get(op.id);
    const at = kind.whole ? wholeAt(results) : byGuid.get(key?.toLowerCase() ?? '');
    const result = at === undefined ? undefined : results[at];
    if (at === undefined || !result) continue;
    seen.add(at);
    if (result.error && kind.isDone?.(result.code))
      outcomes.set(op.id, { status: 'done', result: { alreadyDone: true } });
    else if (result.error) {
      if (result.error.code === 'GISZHKH_DIRECTORY') tools.directories.forget(ctx.instance);
      outcomes.set(op.id, result.error);
    } else outcomes.set(op.id, { status: 'done', result: kind.result?.(op, result.data) ?? result.data });
  }
  const alien = results.length - seen.size - (exchange.elementKeys.size - ops.length);
  if (alien > 0)
    ctx.log.warn('ГИС ЖКХ answered about elements that were not in the request', {
      instance: ctx.instance,
      exchange: exchange.id,
      alien,
    });
  return { outcomes };
}

/** What is noted of files that were sent is not so any more: they are sent anew when they are next needed. */
async function forgetRefusedFiles(ctx: Ctx, errors: readonly (HubError | undefined)[]): Promise<void> {
  if (errors.some((error) => error?.code === 'GISZHKH_ATTACHMENT')) await ctx.uploads?.forget();
}

/** Of a request that is one operation: what failed in it, else anything that it answered. */
function wholeAt(results: readonly { error: HubError | undefined }[]): number {
  const failed = results.findIndex((r) => r.error);
  return failed >= 0 ? failed : results.length - 1;
}

/** A request that failed inside may have been carried out in part: each of its elements is looked for. */
function wholeFailure(error: HubError): HubError {
  if (error.kind !== 'transient' && error.kind !== 'unexpected') return error;
  return new HubError(
    'uncertain',
    'GISZHKH_REQUEST_FAILED',
    `The request failed as a whole (${error.message}); what became of the element is looked for.`,
    error.facts,
    { cause: error },
  );
}

const STILL_IN_WORK_MS = 10 * 60_000;

/** What a request that ГИС ЖКХ still works on has not done yet it may do any day: it is no reason to send another one. */
async function isInWork(ctx: Ctx, kind: ImportKind, op: OperationView): Promise<boolean> {
  const ticket = op.exchange?.ticket;
  if (ticket === undefined) return false;
  try {
    const state = await getState(ctx, kind.sourceIn(ctx, op.payload).service, ticket);
    return !state.done;
  } catch (error) {
    if (isHubError(error) && error.code === 'GISZHKH_TICKET_UNKNOWN') return false;
    throw error;
  }
}

async function reconcile(ctx: Ctx, kind: ImportKind, tools: GisTools, op: OperationView): Promise<Reconciled> {
  const now = ctx.clock.now();
  const since = op.uncertainSince ?? op.acceptedAt;
  const until = operatorAt(ctx.config, since);
  if (!kind.settle) return { status: 'unknown', askAfterMs: Math.max(1000, until - now), operatorAt: until };
  const item = await itemOf(ctx, kind, tools, op, 'preview');
  const sure = sureFrom(ctx.config, op, since);
  // An answer from before that moment can't say "absent", however often it is looked at: it is asked for anew.
  const verdict = await kind.settle(ctx, tools, { item, op, notBefore: now >= sure ? sure : since });
  if (verdict.status === 'happened')
    return { status: 'happened', result: kind.result?.(op, verdict.result) ?? verdict.result };
  if (verdict.status === 'asked') return { status: 'unknown', askAfterMs: verdict.askAfterMs, operatorAt: until };
  if (verdict.status === 'ambiguous')
    return { status: 'unknown', askAfterMs: Math.max(60_000, until - now), operatorAt: now };
  if (verdict.askedAt >= sure) {
    if (!(await isInWork(ctx, kind, op))) return { status: 'absent' };
    return { status: 'unknown', askAfterMs: STILL_IN_WORK_MS, operatorAt: until };
  }
  return { status: 'unknown', askAfterMs: Math.max(1000, sure - now), operatorAt: Math.max(until, sure + 60_000) };
}
