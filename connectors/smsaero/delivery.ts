import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { HubError, isHubError, toHubError } from '../../canonical/errors.ts';
import { NetworkFault } from '../kit/http.ts';
import type { Context, Hook, RawRequest, Track, TrackItem, TrackUpdate } from '../port.ts';
import { call } from './client.ts';
import type { SmsAeroConfig } from './config.ts';
import { statuses } from './errors.ts';
import { Text } from './texts.ts';

/** Proof that a callback address was made by this hub: the gateway signs nothing itself. */
function proofOf(config: SmsAeroConfig, operationId: string): string {
  return createHmac('sha256', config.auth.apiKey).update(`smsaero-callback:${operationId}`).digest('hex').slice(0, 32);
}

/** Fields of `sms/send` that make the gateway tell each change; the address carries the operation, as the gateway keeps no id of ours. */
export function callbackOf(config: SmsAeroConfig, operationId: string): { callbackUrl?: string } {
  if (config.callbackUrl === undefined) return {};
  const url = new URL(config.callbackUrl);
  url.searchParams.set('operation', operationId);
  url.searchParams.set('proof', proofOf(config, operationId));
  return { callbackUrl: url.toString() };
}

const Report = z.looseObject({
  id: z.coerce.string().regex(/^\d{1,19}$/),
  status: z.coerce.string().regex(/^\d{1,2}$/),
});

/**
 * Delivery reports. What they say is not signed, so they only make the hub ask `sms/status`; the proof in the address
 * keeps strangers from making it ask.
 */
export const deliveryReport: Hook<SmsAeroConfig> = {
  receive: async (ctx, request) => {
    const { operation = '', proof = '' } = request.query;
    const expected = Buffer.from(proofOf(ctx.config, operation));
    const given = Buffer.from(proof);
    if (!z.uuid().safeParse(operation).success || given.length !== expected.length || !timingSafeEqual(given, expected))
      throw new HubError(
        'unauthorized',
        'SMSAERO_REPORT_FORGED',
        'The address of a delivery report was not made by this hub, or the API key has changed since.',
      );
    const report = Report.safeParse(fieldsOf(request));
    if (!report.success)
      throw new HubError('rejected', 'SMSAERO_REPORT_MALFORMED', 'A delivery report needs id and status.');
    const { id, status } = report.data;
    return {
      events: [
        { kind: 'messages.send', dedupeKey: `${operation}:${id}:${status}`, operationId: operation, hint: true },
      ],
      answer: { status: 200, contentType: 'text/plain', body: 'OK' },
    };
  },
};

function fieldsOf(request: RawRequest): unknown {
  const text = Buffer.from(request.body).toString('utf8');
  if (!(request.headers['content-type'] ?? '').includes('json')) return Object.fromEntries(new URLSearchParams(text));
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Canonical change of a message for a text as the gateway tells it; undefined for a status that no table knows. */
export function updateOf(text: Text): { patch: Record<string, unknown>; final: boolean } | undefined {
  const known = statuses[text.status];
  if (!known) return undefined;
  const at =
    known.status === 'delivered' && text.dateAnswer ? new Date(text.dateAnswer * 1000).toISOString() : undefined;
  return {
    final: known.final,
    patch: { status: known.status, statusReason: known.reason ?? null, ...(at ? { deliveredAt: at } : {}) },
  };
}

/** `sms/status` takes one id a call; the instance's rate (`perSecond`) spreads them. */
async function poll(ctx: Context<SmsAeroConfig>, items: readonly TrackItem[]): Promise<readonly TrackUpdate[]> {
  const updates: TrackUpdate[] = [];
  for (const item of items) {
    const id = item.result.upstreamId;
    if (typeof id !== 'string') continue;
    try {
      const text = Text.safeParse(await call(ctx, 'sms/status', { id: Number(id) }, 'read'));
      const update = text.success ? updateOf(text.data) : undefined;
      if (update) updates.push({ operationId: item.operationId, ...update });
      else {
        const status = text.success ? text.data.status : '(unreadable)';
        ctx.drift?.({ place: 'sms/status', kind: 'code', what: status });
        ctx.log.warn('a delivery status that no table knows', { operation: item.operationId });
      }
    } catch (error) {
      // A text that the gateway does not know says nothing about the others.
      if (isHubError(error) && error.kind === 'rejected') continue;
      // What was learnt so far is kept; the rest is asked for at the next look.
      if (updates.length > 0) return updates;
      throw error instanceof NetworkFault
        ? error.asTransient('the text-message gateway')
        : toHubError(error, 'SMSAERO_FAULT');
    }
  }
  return updates;
}

export const track: Track<SmsAeroConfig> = {
  entity: 'Message',
  firstAfterMs: 10_000,
  everyMs: 60_000,
  giveUpAfterMs: 3 * 24 * 3_600_000,
  // At five calls a second a round stays well under the minute that it may take.
  maxItems: 50,
  poll,
};
