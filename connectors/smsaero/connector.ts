import { z } from 'zod';
import { NetworkFault } from '../kit/http.ts';
import type { Connector, Context } from '../port.ts';
import { call } from './client.ts';
import { SmsAeroConfig } from './config.ts';
import { deliveryReport } from './delivery.ts';
import { sendMessage } from './send-message.ts';

const LOW_BALANCE = 500;
const Balance = z.looseObject({ balance: z.coerce.number() });

/** Names in the account's list of signs; undefined when the answer does not show all of them. */
function signsIn(data: unknown): string[] | undefined {
  const all = (data ?? {}) as Record<string, unknown>;
  const names = Object.keys(all)
    .filter((key) => /^\d+$/.test(key))
    .map((key) => String((all[key] as { name?: unknown } | null)?.name));
  return Number(all.totalCount ?? names.length) > names.length ? undefined : names;
}

async function probe(ctx: Context<SmsAeroConfig>) {
  try {
    const { balance } = Balance.parse(await call(ctx, 'balance', {}, 'read'));
    const signs = signsIn(await call(ctx, 'sign/list', {}, 'read'));
    const { sign } = ctx.config;
    return {
      ok: true,
      details: { balance: balance.toFixed(2), currency: 'RUB', ...(signs ? { signs: signs.length } : {}) },
      warnings: [
        ...(balance < LOW_BALANCE ? ['The balance of the gateway account is low; top it up.'] : []),
        ...(signs && !signs.includes(sign)
          ? [`The sender name '${sign}' is not among the signs of the account; register it or change \`sign\`.`]
          : []),
      ],
    };
  } catch (error) {
    throw error instanceof NetworkFault ? error.asTransient('the text-message gateway') : error;
  }
}

/** SMS Aero v2: text messages with delivery reports. */
export const smsaero: Connector<SmsAeroConfig> = {
  system: 'smsaero',
  config: SmsAeroConfig,
  probe,
  commands: { 'messages.send': sendMessage },
  hook: deliveryReport,
};
