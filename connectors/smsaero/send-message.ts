import { isHubError, isPassing } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import { segment } from '../kit/segmentation.ts';
import type { Command, Context, OperationView, Outcome, Reconciled } from '../port.ts';
import { call } from './client.ts';
import type { SmsAeroConfig } from './config.ts';
import { callbackOf, track } from './delivery.ts';
import { digits, findTexts, resultOf, sameText, Text } from './texts.ts';

type Ctx = Context<SmsAeroConfig>;

const ATTEMPT_MS = 30_000;
/** Pause before the next question while another operation with the same text is under way. */
const RIVAL_MS = 5_000;
const AMBIGUOUS_MS = 60_000;
const UNREACHABLE_MS = 10_000;

/** What the gateway sees of an operation; two with the same can't be told apart there. */
function likeness(op: OperationView): string {
  return `${digits(op)}\0${sameText(String(op.payload.text))}`;
}

function body(ctx: Ctx, op: OperationView): Record<string, unknown> {
  return { number: digits(op), text: String(op.payload.text), sign: op.payload.sender ?? ctx.config.sign };
}

async function send(ctx: Ctx, op: OperationView): Promise<Outcome> {
  await ctx.claims?.begin(op, likeness(op));
  const taken = await sendOnce(ctx, { ...body(ctx, op), ...callbackOf(ctx.config, op.id) });
  await ctx.claims?.keep(op, taken.id);
  return { status: 'done', result: resultOf(op, taken) };
}

async function sendOnce(ctx: Ctx, fields: Record<string, unknown>): Promise<Text> {
  try {
    const answer = Text.safeParse(await call(ctx, 'sms/send', fields, 'once'));
    if (answer.success) return answer.data;
    throw new NetworkFault('UNKNOWN_ANSWER', true);
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asUncertain('the text-message gateway');
    // A page, an empty answer, a 5xx or an answer that no table knows may hide an accepted text.
    if (isHubError(error) && ['SMSAERO_NOT_JSON', 'SMSAERO_UNAVAILABLE', 'SMSAERO_UNKNOWN'].includes(error.code))
      throw new NetworkFault(error.code, true, { cause: error }).asUncertain('the text-message gateway');
    throw error;
  }
}

async function reconcile(ctx: Ctx, op: OperationView): Promise<Reconciled> {
  const now = ctx.clock.now();
  try {
    const found = await findTexts(ctx, op);
    if (!found) return { status: 'unknown', askAfterMs: AMBIGUOUS_MS };
    const ids = found.map((text) => text.id);
    const claim = ids.length === 0 ? ({ status: 'none' } as const) : await take(ctx, op, ids);
    if (claim.status === 'rivals') return { status: 'unknown', askAfterMs: RIVAL_MS };
    if (claim.status === 'ambiguous') return { status: 'unknown', askAfterMs: AMBIGUOUS_MS };
    const own = claim.status === 'taken' ? found.find((text) => text.id === claim.upstreamId) : undefined;
    if (own) return { status: 'happened', result: resultOf(op, own) };
    const waited = now - (op.uncertainSince ?? now);
    const { settleAfterMs } = ctx.config;
    return waited < settleAfterMs ? { status: 'unknown', askAfterMs: settleAfterMs - waited } : { status: 'absent' };
  } catch (error) {
    if (error instanceof NetworkFault) return { status: 'unknown', askAfterMs: UNREACHABLE_MS };
    if (isHubError(error) && isPassing(error))
      return { status: 'unknown', askAfterMs: error.facts.retryAfterMs ?? UNREACHABLE_MS };
    throw error;
  }
}

/** Without the hub's claims only a single text can be this operation's. */
function take(ctx: Ctx, op: OperationView, ids: readonly string[]) {
  const [first = ''] = ids;
  return (
    ctx.claims?.take(op, likeness(op), ids) ??
    (ids.length === 1 ? { status: 'taken' as const, upstreamId: first } : { status: 'ambiguous' as const })
  );
}

/**
 * `messages.send`. The gateway keeps no id of ours: a lost answer is settled by the list of what was sent to the number,
 * where each text belongs to one operation only.
 */
export const sendMessage: Command<SmsAeroConfig> = {
  effect: 'once',
  settleAfterMs: 90_000,
  attemptTimeoutMs: ATTEMPT_MS,
  send,
  reconcile,
  dryRun: async (ctx, op) => ({
    ...segment(String(op.payload.text)),
    request: { method: 'POST', path: '/v2/sms/send', json: body(ctx, op) },
  }),
  track,
};
