import { isHubError, isPassing } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import { segment } from '../kit/segmentation.ts';
import type { Command, Context, OperationView, Outcome, Reconciled, TrackItem, TrackUpdate } from '../port.ts';
import { type Answer, call } from './client.ts';
import type { SmscConfig } from './config.ts';
import { statuses } from './errors.ts';

type Ctx = Context<SmscConfig>;

/** Status of a message that the gateway does not know. */
const NOT_FOUND = '-3';

/** Digits as the gateway wants them: 7XXXXXXXXXX. */
function digits(op: { payload: Readonly<Record<string, unknown>> }): string {
  return String(op.payload.to).slice(1);
}

function form(ctx: Ctx, op: OperationView): Record<string, string> {
  const sender = op.payload.sender ?? ctx.config.sender;
  return {
    phones: digits(op),
    mes: String(op.payload.text),
    ...(op.ownId === undefined ? {} : { id: String(op.ownId) }),
    ...(typeof sender === 'string' ? { sender } : {}),
    ...(op.expiresAt === undefined ? {} : { valid: validity(op.expiresAt - ctx.clock.now()) }),
  };
}

/** `hh:mm` between a minute and a day, as the gateway takes it. */
function validity(ms: number): string {
  const minutes = Math.min(24 * 60, Math.max(1, Math.floor(ms / 60_000)));
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

async function send(ctx: Ctx, op: OperationView): Promise<Outcome> {
  try {
    const answer = (await call(ctx, 'send', { ...form(ctx, op), cost: '2' })) as Answer;
    if (answer.id === undefined && answer.cnt === undefined) throw new NetworkFault('UNKNOWN_ANSWER', true);
    return { status: 'done', result: resultOf(op, answer) };
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asUncertain('the text-message gateway');
    // A page, an empty answer or a 5xx may hide an accepted message.
    if (isHubError(error) && ['SMSC_NOT_JSON', 'SMSC_UNAVAILABLE'].includes(error.code))
      throw new NetworkFault(error.code, true, { cause: error }).asUncertain('the text-message gateway');
    // Error 9 guards against a repeated send: the first one is probably accepted, so look it up before anything else.
    if (isHubError(error) && error.facts.upstream?.code === '9') {
      const earlier = await lookUp(ctx, op);
      if (earlier) return { status: 'done', result: earlier };
    }
    throw error;
  }
}

function resultOf(op: OperationView, answer: Answer): Record<string, unknown> {
  const cost =
    typeof answer.cost === 'string' && /^\d+(\.\d{1,2})?$/.test(answer.cost)
      ? Number(answer.cost).toFixed(2)
      : undefined;
  return {
    upstreamId: op.ownId ?? null,
    segments: Number(answer.cnt ?? segment(String(op.payload.text)).segments),
    ...(cost === undefined ? {} : { cost: { amount: cost, currency: 'RUB' } }),
  };
}

/** The message under our own id; undefined when the gateway does not know it. */
async function lookUp(ctx: Ctx, op: OperationView): Promise<Record<string, unknown> | undefined> {
  const answer = (await call(ctx, 'status', { phone: digits(op), id: String(op.ownId), all: '1' })) as Answer;
  if (String(answer.status) === NOT_FOUND) return undefined;
  return resultOf(op, answer);
}

async function reconcile(ctx: Ctx, op: OperationView): Promise<Reconciled> {
  try {
    const found = await lookUp(ctx, op);
    if (found) return { status: 'happened', result: found };
    const since = ctx.clock.now() - (op.uncertainSince ?? ctx.clock.now());
    if (since < ctx.config.settleAfterMs) return { status: 'unknown', askAfterMs: ctx.config.settleAfterMs - since };
    return { status: 'absent' };
  } catch (error) {
    if (error instanceof NetworkFault) return { status: 'unknown', askAfterMs: 10_000 };
    if (isHubError(error) && isPassing(error))
      return { status: 'unknown', askAfterMs: error.facts.retryAfterMs ?? 10_000 };
    throw error;
  }
}

async function poll(ctx: Ctx, items: readonly TrackItem[]): Promise<readonly TrackUpdate[]> {
  const answer = await call(ctx, 'status', {
    phone: items.map(digits).join(','),
    id: items.map((i) => String(i.ownId)).join(','),
  });
  const answers = Array.isArray(answer) ? (answer as readonly Answer[]) : [answer as Answer];
  return items.flatMap((item, i) => {
    const entry =
      answers.length === 1 && items.length === 1
        ? answers[0]
        : (answers.find((a) => String(a.id) === String(item.ownId)) ?? answers[i]);
    const update = entry ? updateOf(entry) : undefined;
    if (entry && !update && String(entry.status) !== NOT_FOUND) unknownStatus(ctx, entry.status);
    return update ? [{ operationId: item.operationId, ...update }] : [];
  });
}

/** A status that no table knows: the message keeps the one it had. */
export function unknownStatus(ctx: Ctx, status: unknown): void {
  ctx.drift?.({ place: 'status', kind: 'code', what: String(status ?? ''), sample: status });
}

/** Canonical change of a message for a status of the gateway; undefined for one that says nothing new. */
export function updateOf(entry: Answer): { patch: Record<string, unknown>; final: boolean } | undefined {
  const known = statuses[String(entry.status)];
  if (!known) return undefined;
  const stamp = Number(entry.last_timestamp ?? entry.ts);
  return {
    final: known.final,
    patch: {
      status: known.status,
      statusReason: known.reason ?? null,
      ...((known.status === 'delivered' || known.status === 'read') && stamp > 0
        ? { deliveredAt: new Date(stamp * 1000).toISOString() }
        : {}),
    },
  };
}

/**
 * `messages.send`. One request a message: the gateway shares one id among all numbers of a request, and an id of its own
 * is what lets a lost answer be settled.
 */
export const sendMessage: Command<SmscConfig> = {
  effect: 'once',
  ownId: { min: 1, max: 2_147_483_647 },
  settleAfterMs: 90_000,
  attemptTimeoutMs: 30_000,
  send,
  reconcile,
  dryRun: async (ctx, op) => {
    const parts = segment(String(op.payload.text));
    const { id: _own, ...request } = form(ctx, op);
    const price = (await call(ctx, 'send', { ...request, cost: '1' })) as Answer;
    return {
      ...parts,
      ...(typeof price.cost === 'string' ? { cost: { amount: Number(price.cost).toFixed(2), currency: 'RUB' } } : {}),
      request: { method: 'POST', path: '/sys/send.php', form: request },
    };
  },
  track: {
    entity: 'Message',
    firstAfterMs: 5_000,
    everyMs: 30_000,
    giveUpAfterMs: 3 * 24 * 3_600_000,
    maxItems: 100,
    poll,
  },
};
