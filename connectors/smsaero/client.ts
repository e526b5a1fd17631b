import { z } from 'zod';
import { HubError } from '../../canonical/errors.ts';
import type { HttpResponse } from '../http-port.ts';
import { NetworkFault } from '../kit/http.ts';
import { serverTime } from '../kit/server-time.ts';
import type { Context } from '../port.ts';
import type { SmsAeroConfig } from './config.ts';
import { fieldIn, smsAeroError } from './errors.ts';

/** `read` may be asked again anywhere; `once` goes to another gate only while no byte of it has left. */
export type Repeat = 'read' | 'once';

const Envelope = z.looseObject({
  success: z.boolean().optional(),
  data: z.unknown().optional(),
  message: z.unknown().optional(),
  result: z.string().optional(),
  reason: z.unknown().optional(),
});

/** The `data` of a good answer; see `ask`. */
export async function call(...question: Parameters<typeof ask>): Promise<unknown> {
  return (await ask(...question)).data;
}

/**
 * One call of the gateway: POST JSON with Basic authentication in the header.
 *
 * @returns the `data` of a good answer, and the gateway's own time in epoch milliseconds where it tells it
 * @throws NetworkFault of the last gate that was tried, or HubError for a refusal or for an answer that isn't the gateway's
 */
export async function ask(
  ctx: Context<SmsAeroConfig>,
  selector: string,
  fields: Readonly<Record<string, unknown>>,
  repeat: Repeat,
): Promise<{ data: unknown; at: number | undefined }> {
  const { url, spares, auth, timeoutMs } = ctx.config;
  const authorization = `Basic ${Buffer.from(`${auth.email}:${auth.apiKey}`).toString('base64')}`;
  let fault: NetworkFault | undefined;
  for (const gate of [url, ...spares]) {
    try {
      const response = await ctx.http.request({
        method: 'POST',
        url: `${gate.replace(/\/$/, '')}/v2/${selector}`,
        headers: { 'content-type': 'application/json', accept: 'application/json', authorization },
        body: JSON.stringify(fields),
        timeoutMs,
        maxResponseBytes: 4 * 1024 * 1024,
      });
      return { data: dataOf(response), at: serverTime(response) };
    } catch (error) {
      if (!(error instanceof NetworkFault)) throw error;
      fault = error;
      if (ctx.signal.aborted || (repeat === 'once' && error.sent)) break;
    }
  }
  throw fault ?? new NetworkFault('NO_GATE', false);
}

function dataOf(response: HttpResponse): unknown {
  const { status } = response;
  if (status >= 500)
    throw new HubError('transient', 'SMSAERO_UNAVAILABLE', `The gateway answered ${status}.`, {
      upstream: { system: 'smsaero', status },
    });
  if (status === 401 || status === 402 || status === 429) throw smsAeroError(String(status), status);
  const { success, data, message, result, reason } = envelopeOf(response);
  if (result === 'no credits') throw smsAeroError('no credits', status);
  if (result === 'reject') throw smsAeroError(fieldIn(String(reason)) ?? 'reject', status);
  if (success === false) {
    const named = data !== null && typeof data === 'object' ? Object.keys(data).join(' ') : '';
    throw smsAeroError(fieldIn(named) ?? fieldIn(String(message)) ?? 'refused', status);
  }
  if (success !== true) throw smsAeroError(`answer ${status}`, status);
  return data;
}

function envelopeOf(response: HttpResponse): z.infer<typeof Envelope> {
  const upstream = { system: 'smsaero', status: response.status };
  try {
    return Envelope.parse(JSON.parse(response.text().replace(/^\ufeff/, '')));
  } catch (cause) {
    throw new HubError(
      'transient',
      'SMSAERO_NOT_JSON',
      'The answer is not one of the gateway (a page or an empty answer).',
      { upstream },
      { cause },
    );
  }
}
