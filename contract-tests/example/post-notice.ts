import { isHubError } from '../../canonical/errors.ts';
import { NetworkFault } from '../../connectors/kit/http.ts';
import type { Command, OperationView, Reconciled } from '../../connectors/port.ts';
import { type Ctx, call } from './client.ts';
import type { NoticeboardConfig } from './config.ts';

interface Notice {
  id: number;
}

async function send(ctx: Ctx, op: OperationView): Promise<{ status: 'done'; result: Record<string, unknown> }> {
  const { house, text } = op.payload;
  try {
    // The operation's id goes along, so that the notice can be found again.
    const notice = (await call(ctx, 'POST', 'notices', { reference: op.id, house, text })) as Notice;
    return { status: 'done', result: { notice: notice.id } };
  } catch (error) {
    if (error instanceof NetworkFault) throw error.asUncertain('the board');
    // A page of a proxy hides what the board did.
    if (isHubError(error) && error.code === 'BOARD_NO_ANSWER')
      throw new NetworkFault(error.code, true, { cause: error }).asUncertain('the board');
    throw error;
  }
}

async function reconcile(ctx: Ctx, op: OperationView): Promise<Reconciled> {
  try {
    const [found] = (await call(ctx, 'GET', `notices?reference=${encodeURIComponent(op.id)}`)) as Notice[];
    if (found) return { status: 'happened', result: { notice: found.id } };
  } catch (error) {
    if (error instanceof NetworkFault) return { status: 'unknown', askAfterMs: 5_000 };
    if (isHubError(error) && (error.kind === 'transient' || error.kind === 'rate-limited'))
      return { status: 'unknown', askAfterMs: error.facts.retryAfterMs ?? 5_000 };
    throw error;
  }
  const since = ctx.clock.now() - (op.uncertainSince ?? ctx.clock.now());
  const { settleAfterMs } = ctx.config;
  return since < settleAfterMs ? { status: 'unknown', askAfterMs: settleAfterMs - since } : { status: 'absent' };
}

/** `notices.post`: a notice on the screen of a house. The board would show it twice, so a lost answer is looked up. */
export const postNotice: Command<NoticeboardConfig> = { effect: 'once', settleAfterMs: 5_000, send, reconcile };
