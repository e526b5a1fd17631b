import { createHash, timingSafeEqual } from 'node:crypto';
import { HubError } from '../../canonical/errors.ts';
import type { Hook, InboundEvent } from '../port.ts';
import type { SmscConfig } from './config.ts';
import { unknownStatus, updateOf } from './send-message.ts';

/** Delivery reports that the gateway posts as a form. */
export const deliveryReport: Hook<SmscConfig> = {
  receive: async (ctx, request) => {
    const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
    const id = form.get('id') ?? '';
    const phone = form.get('phone') ?? '';
    const status = form.get('status') ?? '';
    if (!/^\d{1,10}$/.test(id) || !/^\d{11}$/.test(phone) || !/^-?\d{1,2}$/.test(status))
      throw new HubError('rejected', 'SMSC_REPORT_MALFORMED', 'A delivery report needs id, phone and status.');
    const { callbackSecret, callbackHash } = ctx.config;
    if (callbackSecret !== undefined) {
      const text = callbackHash.replace(/\{(phone|id|status|secret)\}/g, (_w, name: string) =>
        name === 'secret' ? callbackSecret : (form.get(name) ?? ''),
      );
      const genuine = matches(form.get('sha1'), 'sha1', text) || matches(form.get('md5'), 'md5', text);
      if (!genuine)
        throw new HubError(
          'unauthorized',
          'SMSC_REPORT_FORGED',
          'The hash of a delivery report is wrong; compare callbackSecret and callbackHash with the account page.',
        );
    }
    const update = updateOf({ status, ts: form.get('ts') });
    // Without a secret anybody could have posted it.
    if (callbackSecret !== undefined && !update) unknownStatus(ctx, status);
    const event: InboundEvent = {
      kind: 'messages.send',
      dedupeKey: `${id}:${phone}:${status}`,
      ownId: Number(id),
      // Without a secret anybody could post this: it only makes the hub ask.
      ...(callbackSecret === undefined || !update ? { hint: true } : { patch: update.patch, final: update.final }),
    };
    return { events: [event], answer: { status: 200, contentType: 'text/plain', body: 'OK' } };
  },
};

function matches(given: string | null, algorithm: 'md5' | 'sha1', text: string): boolean {
  if (given === null) return false;
  const expected = createHash(algorithm).update(text).digest();
  const actual = Buffer.from(given, 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}
