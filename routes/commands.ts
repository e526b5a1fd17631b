import { z } from 'zod';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError, isHubError } from '../canonical/errors.ts';
import { entity } from '../canonical/registry.ts';
import { parseTraceparent, traced } from '../logging/tracing.ts';
import { finalStatuses } from '../storage/repositories/operation.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { idOf, switchOf } from './cursor.ts';
import type { RouteDeps, Submission } from './deps.ts';
import { showOperation } from './operations.ts';
import { invalid, problemOf } from './problems.ts';
import type { Handling, Route } from './route.ts';

export const MAX_ITEMS = 10_000;
const MAX_WAIT_S = 60;
const keyPattern = /^[\x21-\x7e]{1,200}$/;

/**
 * `POST /v1/{resource}` and its bulk form for every command; `POST /v1/{resource}/{id}/{verb}` for what is done with one
 * record, and nothing for what the hub does of its own.
 */
export function commandRoutes(deps: RouteDeps): Route[] {
  return [...deps.commands.values()].flatMap((command) => {
    if (command.at === undefined) return [single(deps, command), bulk(deps, command)];
    return command.at === 'nowhere' ? [] : [single(deps, command)];
  });
}

function single(deps: RouteDeps, command: CommandDefinition): Route {
  const at = command.at === 'nowhere' ? undefined : command.at;
  return {
    method: 'post',
    path: at ? `/v1/${command.resource}/:id/${at.verb}` : `/v1/${command.resource}`,
    scope: command.scope,
    summary: command.title,
    body: at ? z.strictObject(without(command.schema.shape, at.field)) : command.schema,
    query: { dryRun: 'true shows the upstream request, parts and cost, and sends nothing' },
    answer: 'Operation',
    headers: {
      'Idempotency-Key': 'Of this request: sent again with the same key it takes effect once',
      Prefer: `wait=N: answer when it has ended, at most after N seconds (${MAX_WAIT_S})`,
    },
    responses: {
      202: 'Accepted: the operation',
      200: 'Finished within Prefer: wait, or a preview',
      400: 'Faults in the body',
      ...(at ? { 404: 'None with this id' } : {}),
      409: 'The idempotency key was used with another body',
    },
    handle: async (h) => {
      const { req, res, caller, query } = h;
      const isDryRun = switchOf('dryRun', query.dryRun);
      const given = parseJson(bodyText(req));
      const body = at ? await aboutRecord(deps, h, at, given) : given;
      if (command.idempotencyKey === 'required' && !isDryRun) expectKey(req.headers['idempotency-key']);
      const submission: Submission = {
        command,
        caller,
        payload: parseWith(command.schema, body),
        body,
        ...idempotency(req.headers['idempotency-key']),
      };
      if (isDryRun) {
        res.json(await deps.dryRun(submission));
        return;
      }
      const waitMs = preferredWait(req.headers.prefer);
      const accepted = await accepting(h, command, (trace) => deps.submit({ ...submission, trace }));
      if (waitMs > 0) await deps.waitFor(caller.org, accepted.id, waitMs);
      const op = await deps.journal.get(caller.org, accepted.id);
      const over = waitMs > 0 && finalStatuses.includes(op.status);
      if (waitMs > 0) res.set('Preference-Applied', `wait=${waitMs / 1000}`);
      if (accepted.replayed) res.set('Idempotent-Replayed', 'true');
      res
        .status(over ? 200 : 202)
        .location(`/v1/operations/${op.id}`)
        .json(showOperation(op));
    },
  };
}

/** The body with the id of the record that the path names. @throws HubError not-found/NOT_FOUND, rejected/INVALID_BODY */
async function aboutRecord(
  deps: RouteDeps,
  { req, caller }: Handling,
  at: { field: string; entity: string },
  given: unknown,
): Promise<unknown> {
  const id = idOf(req.params.id);
  const definition = entity(at.entity);
  const record = await deps.records.get(caller.org, definition, id, caller.accounts);
  if (!record || record.deletedAt)
    throw new HubError('not-found', 'NOT_FOUND', `There is no ${definition.title.toLowerCase()} with this id.`);
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given;
  if (at.field in given)
    throw invalid('INVALID_BODY', [{ pointer: `/${at.field}`, message: 'stands in the path already; leave it out' }]);
  return { ...given, [at.field]: id };
}

function without(shape: z.ZodRawShape, field: string): z.ZodRawShape {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => name !== field));
}

/** What may not happen twice is not accepted without a key. */
function expectKey(key: unknown): void {
  if (key === undefined)
    throw new HubError(
      'rejected',
      'IDEMPOTENCY_KEY_MISSING',
      'This request needs the header Idempotency-Key, so that sending it again can not do it twice.',
    );
}

function bulk(deps: RouteDeps, command: CommandDefinition): Route {
  return {
    method: 'post',
    path: `/v1/${command.resource}/bulk`,
    scope: command.scope,
    summary: `${command.title}: up to ${MAX_ITEMS} at once, as a JSON array or NDJSON`,
    bodyKind: 'bulk',
    body: z
      .array(command.schema.extend({ idempotencyKey: z.string().optional().describe('Key of this item') }))
      .max(MAX_ITEMS),
    answer: 'BulkOutcome',
    responses: { 207: 'An outcome per item, in their order: { accepted, rejected, items }', 413: 'Too many items' },
    handle: async (h) => {
      const items = itemsOf(bodyText(h.req), String(h.req.headers['content-type'] ?? ''));
      if (items.length > MAX_ITEMS)
        throw new HubError(
          'rejected',
          'TOO_MANY_ITEMS',
          `A bulk call takes ${MAX_ITEMS} items; this one has ${items.length}. Nothing was accepted: send it in parts.`,
        );
      const outcomes = await accepting(h, command, (trace) =>
        Promise.all(items.map((item, index) => oneOf(deps, command, h, trace, item, index))),
      );
      const rejected = outcomes.filter((o) => 'problem' in o).length;
      h.res.status(207).json({ accepted: outcomes.length - rejected, rejected, items: outcomes });
    },
  };
}

async function oneOf(
  deps: RouteDeps,
  command: CommandDefinition,
  h: Handling,
  trace: Record<string, unknown>,
  item: unknown,
  index: number,
): Promise<Record<string, unknown>> {
  try {
    if (item instanceof HubError) throw item;
    if (item === null || typeof item !== 'object' || Array.isArray(item))
      throw invalid('INVALID_BODY', [{ pointer: `/${index}`, message: 'must be an object' }]);
    const { idempotencyKey, ...body } = item as Record<string, unknown>;
    if (idempotencyKey !== undefined && typeof idempotencyKey !== 'string')
      throw invalid('INVALID_BODY', [{ pointer: `/${index}/idempotencyKey`, message: 'must be of type string' }]);
    const accepted = await deps.submit({
      command,
      caller: h.caller,
      payload: parseWith(command.schema, body, `/${index}`),
      body,
      ...idempotency(idempotencyKey),
      trace,
    });
    return { index, operation: accepted.id, ...(accepted.replayed ? { replayed: true } : {}) };
  } catch (error) {
    // A full store concerns every item: the whole call is answered 503 and may be sent again.
    if (!isHubError(error)) throw error;
    return { index, problem: problemOf(error) };
  }
}

function itemsOf(text: string, type: string): unknown[] {
  const start = text.trimStart();
  if (!type.includes('ndjson') && start.startsWith('[')) return parseJson(text) as unknown[];
  if (!type.includes('ndjson'))
    throw invalid('INVALID_BODY', [
      { pointer: '', message: 'must be a JSON array, or NDJSON with Content-Type: application/x-ndjson' },
    ]);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(0, MAX_ITEMS + 1).map((line) => {
    try {
      return parseJson(line);
    } catch (error) {
      return error;
    }
  });
}

function idempotency(key: unknown): { idempotencyKey?: string } {
  if (key === undefined) return {};
  if (typeof key !== 'string' || !keyPattern.test(key))
    throw new HubError(
      'rejected',
      'IDEMPOTENCY_KEY_INVALID',
      'An idempotency key has 1 to 200 printable ASCII signs without spaces.',
    );
  return { idempotencyKey: key };
}

/** Accepts something with what is kept of who asked: the request, and the trace that attempts go on with. */
async function accepting<T>(
  { req, res }: Handling,
  { kind }: CommandDefinition,
  run: (trace: Record<string, unknown>) => Promise<T>,
): Promise<T> {
  return traced(`accept ${kind}`, 'producer', { 'hub.operation.kind': kind }, (span) => {
    const traceparent = span?.traceparent ?? parseTraceparent(req.headers.traceparent);
    return run({ requestId: res.locals.requestId, ...(traceparent ? { traceparent } : {}) });
  });
}

/** Seconds of `Prefer: wait=N` (RFC 7240 §4.3), at most a minute, as milliseconds. */
function preferredWait(header: string | string[] | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait=(\d{1,4})(?:$|[,;\s])/.exec(String(header ?? '')) ?? [];
  return Math.min(MAX_WAIT_S, Number(seconds ?? 0)) * 1000;
}
