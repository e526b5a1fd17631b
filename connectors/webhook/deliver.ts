import { DeliverWebhook } from '../../canonical/commands/deliver-webhook.ts';
import { HubError, toHubError } from '../../canonical/errors.ts';
import type { Command, Context, OperationView, Outcome } from '../port.ts';
import { cloudEvent, type DeliveredEvent } from './cloud-event.ts';
import type { WebhookPort } from './config.ts';
import { faultOf } from './errors.ts';
import { signedHeaders } from './sign.ts';

const MAX_BODY_BYTES = 256 * 1024;

/**
 * One event to one endpoint. `keyed`: the receiver knows a repeat by its webhook-id, so whatever is uncertain is simply
 * sent again.
 */
export const deliver: Command<WebhookPort> = { effect: 'keyed', send };

async function send(ctx: Context<WebhookPort>, op: OperationView): Promise<Outcome> {
  const { config, clock } = ctx;
  const payload = DeliverWebhook.parse(op.payload);
  const isTest = payload.no === 0;
  const target = await config.target(op.organisation, payload.webhook);
  if (!target) throw new HubError('rejected', 'WEBHOOK_UNKNOWN', 'The endpoint was removed.');
  const event = isTest ? testEvent(op, payload) : await config.event(op.organisation, payload.no);
  if (event?.id !== payload.event)
    throw new HubError('rejected', 'WEBHOOK_EVENT_GONE', 'The event is no longer kept in the feed.');
  const body = cloudEvent(op.organisation, event);
  if (Buffer.byteLength(body) > MAX_BODY_BYTES)
    throw new HubError(
      'rejected',
      'WEBHOOK_TOO_LARGE',
      'The event is larger than 256 KB; read it from GET /v1/changes.',
    );
  const now = clock.now();
  if (ctx.deadline !== undefined && now >= ctx.deadline)
    throw new HubError(
      'transient',
      'ATTEMPT_LATE',
      'The attempt waited longer than its lease allows; nothing was sent.',
    );
  const request = {
    url: target.url,
    body,
    headers: {
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'user-agent': 'connector-hub',
      ...signedHeaders(payload.event, now, body, target.secrets),
    },
    timeoutMs: config.timeoutMs,
    signal: ctx.signal,
  };
  const { status, fault } = await config
    .attempt(payload.webhook, async () => {
      const answer = await config.post(request);
      const failed = faultOf(answer, clock.now());
      if (failed) throw failed;
      return { status: answer.status, fault: undefined };
    })
    .catch((error: unknown) => ({ status: undefined, fault: asFailure(toHubError(error)) }));
  // A delivery that only waits its turn says nothing about the endpoint.
  if (!isTest && fault?.code !== 'WEBHOOK_HELD' && (fault || target.failing))
    await config.report(op.organisation, payload.webhook, { attempt: op.attempt, ...(fault ? { error: fault } : {}) });
  if (fault) throw fault;
  return { status: 'done', result: { status: status ?? null } };
}

/** An address can be refused for its form too: then hub.yaml was changed after the endpoint was made. */
function asFailure(error: HubError): HubError {
  return error.code === 'WEBHOOK_ADDRESS_REFUSED'
    ? new HubError('transient', error.code, error.message, error.facts, { cause: error })
    : error;
}

function testEvent(op: OperationView, payload: DeliverWebhook): DeliveredEvent {
  return {
    id: payload.event,
    no: 0,
    type: payload.type,
    entity: null,
    entityId: null,
    operation: op.id,
    data: { webhook: payload.webhook },
    at: new Date(op.acceptedAt),
  };
}
