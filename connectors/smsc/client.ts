import { HubError } from '../../canonical/errors.ts';
import type { HttpResponse } from '../http-port.ts';
import type { Context } from '../port.ts';
import type { SmscConfig } from './config.ts';
import { smscError } from './errors.ts';

export type Answer = Readonly<Record<string, unknown>>;

/**
 * One call of the gateway: POST form (so that no secret stands in a URL), JSON answer, UTF-8 named each time (the
 * gateway's own default is windows-1251).
 *
 * @throws NetworkFault, or HubError for an HTTP status or an answer that isn't the gateway's
 */
export async function call(
  ctx: Context<SmscConfig>,
  page: 'send' | 'status' | 'balance',
  fields: Readonly<Record<string, string>>,
): Promise<Answer | readonly Answer[]> {
  const { url, auth, timeoutMs } = ctx.config;
  const body = new URLSearchParams({
    login: auth.login,
    psw: auth.password,
    fmt: '3',
    charset: 'utf-8',
    ...fields,
  }).toString();
  const response = await ctx.http.request({
    method: 'POST',
    url: `${url.replace(/\/$/, '')}/sys/${page}.php`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    timeoutMs,
    maxResponseBytes: 4 * 1024 * 1024,
  });
  return parse(response);
}

function parse(response: HttpResponse): Answer | readonly Answer[] {
  if (response.status >= 500)
    throw new HubError('transient', 'SMSC_UNAVAILABLE', `The gateway answered ${response.status}.`, {
      upstream: { system: 'smsc', status: response.status },
    });
  if (response.status === 429) throw smscError('9');
  let answer: unknown;
  try {
    answer = JSON.parse(response.text().replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new HubError(
      'transient',
      'SMSC_NOT_JSON',
      'The answer is not one of the gateway (a page or an empty answer).',
      { upstream: { system: 'smsc', status: response.status } },
      { cause },
    );
  }
  if (Array.isArray(answer)) return answer as Answer[];
  if (answer === null || typeof answer !== 'object')
    throw new HubError('transient', 'SMSC_NOT_JSON', 'The answer is not one of the gateway.', {
      upstream: { system: 'smsc', status: response.status },
    });
  const { error_code: code } = answer as Answer;
  if (code !== undefined) throw smscError(String(code));
  return answer as Answer;
}
