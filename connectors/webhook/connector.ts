import { z } from 'zod';
import { deliverWebhook, deliverWebhookInOrder } from '../../canonical/commands/deliver-webhook.ts';
import type { Connector } from '../port.ts';
import type { WebhookPort } from './config.ts';
import { deliver } from './deliver.ts';

/** Outgoing webhooks: built in, one instance per organisation, never in hub.yaml's `connectors`. */
export const webhook: Connector<WebhookPort> = {
  system: 'webhook',
  config: z.custom<WebhookPort>(),
  manyUpstreams: true,
  probe: async (ctx) => {
    const details = await ctx.config.health(ctx.organisation);
    return {
      ok: true,
      details,
      ...(details.disabled + details.failing > 0
        ? { warnings: ['Some endpoints fail or are disabled; `hub webhooks list` names them.'] }
        : {}),
    };
  },
  commands: { [deliverWebhook.kind]: deliver, [deliverWebhookInOrder.kind]: deliver },
};
