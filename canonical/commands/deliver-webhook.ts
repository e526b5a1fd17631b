import { z } from 'zod';
import type { CommandDefinition } from '../command.ts';
import { Uuid } from '../values/uuid.ts';

/** One event for one endpoint. The event itself stays in the feed; its address and secret stay with the endpoint. */
export const DeliverWebhook = z.strictObject({
  webhook: Uuid.describe('The endpoint'),
  event: Uuid.describe('Id of the event; the webhook-id of every attempt and replay'),
  no: z.int().min(0).describe('Number of the event in the feed; 0 = a test, which no feed holds'),
  type: z.string().max(100),
  replay: z.boolean().optional().describe('Asked for by a person'),
});
export type DeliverWebhook = z.output<typeof DeliverWebhook>;

const definition = (kind: string, ordering: 'none' | 'fifo'): CommandDefinition => ({
  kind,
  resource: 'webhooks',
  title: 'Deliver an event to an endpoint',
  payloadVersion: 1,
  upcasters: {},
  schema: DeliverWebhook,
  subject: (payload) => webhookSubject(String(payload.webhook)),
  ordering,
  idempotencyKey: 'recommended',
  scope: 'admin',
});

export const deliverWebhook = definition('webhooks.deliver', 'none');
/** For endpoints that want their events in order: a delivery waits for the one before it. */
export const deliverWebhookInOrder = definition('webhooks.deliver-in-order', 'fifo');

/** Made by the hub itself and by nobody else: no route takes them. */
export const deliveryCommands: ReadonlyMap<string, CommandDefinition> = new Map(
  [deliverWebhook, deliverWebhookInOrder].map((c) => [c.kind, c]),
);

/** Deliveries tell nothing to the change feed, or each would cause others without end. */
export function isDelivery(kind: string): boolean {
  return deliveryCommands.has(kind);
}

export function webhookSubject(id: string): string {
  return `webhook:${id}`;
}
