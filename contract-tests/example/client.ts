import { HubError } from '../../canonical/errors.ts';
import type { Context } from '../../connectors/port.ts';
import type { NoticeboardConfig } from './config.ts';
import { boardError } from './errors.ts';

export type Ctx = Context<NoticeboardConfig>;

/**
 * One call of the board.
 * @throws NetworkFault when no whole answer came; HubError by the table of codes; transient/BOARD_NO_ANSWER for an answer
 *         that is not the board's own and so says nothing about what it did
 */
export async function call(ctx: Ctx, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
  const response = await ctx.http.request({
    method,
    url: `${ctx.config.url.replace(/\/$/, '')}/api/${path}`,
    // In a header, as addresses end up in logs.
    headers: { authorization: `Token ${ctx.config.token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    timeoutMs: ctx.config.timeoutMs,
  });
  const answer = parse(response.text());
  if (!answer)
    throw new HubError('transient', 'BOARD_NO_ANSWER', 'Something else answered in the place of the board.', {
      upstream: { system: 'noticeboard', status: response.status },
    });
  if (response.status >= 400) throw boardError(String(answer.error));
  return answer;
}

function parse(text: string): { error?: unknown } | undefined {
  try {
    return JSON.parse(text) as { error?: unknown };
  } catch {
    // A page of a proxy or half an answer: the caller says what that means.
    return undefined;
  }
}
