import { NetworkFault } from '../kit/http.ts';
import type { Connector } from '../port.ts';
import { type Answer, call } from './client.ts';
import { SmscConfig } from './config.ts';
import { deliveryReport } from './delivery-report.ts';
import { sendMessage } from './send-message.ts';

/** SMSC.ru: text messages with delivery reports. */
export const smsc: Connector<SmscConfig> = {
  system: 'smsc',
  config: SmscConfig,
  probe: async (ctx) => {
    try {
      const answer = (await call(ctx, 'balance', { cur: '1' })) as Answer;
      const balance = Number(answer.balance);
      return {
        ok: true,
        details: { balance: String(answer.balance), currency: String(answer.currency ?? 'RUR') },
        ...(balance < 500 ? { warnings: ['The balance of the gateway account is low; top it up.'] } : {}),
      };
    } catch (error) {
      throw error instanceof NetworkFault ? error.asTransient('the text-message gateway') : error;
    }
  },
  commands: { 'messages.send': sendMessage },
  hook: deliveryReport,
};
