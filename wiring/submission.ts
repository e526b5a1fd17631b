import { HubError, toProblem } from '../canonical/errors.ts';
import { entities } from '../canonical/registry.ts';
import { uuidv7 } from '../canonical/values/uuid.ts';
import type { Clock } from '../connectors/port.ts';
import type { Instances } from '../queues/instances.ts';
import type { Accepted, Journal } from '../queues/journal.ts';
import type { Submission } from '../routes/deps.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import { renderTemplate, type Template } from '../templates/templates.ts';
import type { MessageRules } from './message-rules.ts';

export interface SubmissionOptions {
  clock: Clock;
  random(): number;
  journal: Journal;
  instances: Instances;
  records: RecordRepository;
  templates: ReadonlyMap<string, Template>;
  rules: MessageRules;
  /** Instance that serves a kind for an organisation. @throws HubError NO_ROUTE */
  route(org: string, kind: string): string;
}

/** How parsed requests become operations, and what a preview of one tells. */
export function submissions(o: SubmissionOptions): {
  submit(submission: Submission): Promise<Accepted>;
  dryRun(submission: Submission): Promise<Readonly<Record<string, unknown>>>;
} {
  const { clock, random, journal, instances, records, templates, rules, route } = o;

  /** A message with its text made from the template, and its purpose filled in. */
  const complete = (submission: Submission): Record<string, unknown> => {
    const { payload, command } = submission;
    if (command.kind !== MESSAGE) return payload;
    const { template, text, variables } = payload as {
      template?: string;
      text?: string;
      variables?: Record<string, string>;
    };
    if ((template === undefined) === (text === undefined))
      throw new HubError('rejected', 'INVALID_BODY', '/text: give either a text or a template.', {
        errors: [{ pointer: '/text', message: 'give either text or template, not both and not none' }],
      });
    if (template === undefined) return { purpose: 'service', ...payload };
    const rendered = renderTemplate(templates, template, variables ?? {});
    return { purpose: rendered.purpose, ...payload, text: rendered.text };
  };

  const submit = async (submission: Submission): Promise<Accepted> => {
    const { command, caller, body, idempotencyKey, trace } = submission;
    const payload = complete(submission);
    await checkAccounts(submission, records);
    const instance = route(caller.org, command.kind);
    const now = clock.now();
    const id = uuidv7(now, random);
    const notBefore = dateOf(payload.notBefore);
    const expiresAt = dateOf(payload.expiresAt);
    if (expiresAt && expiresAt.getTime() <= Math.max(now, notBefore?.getTime() ?? 0))
      throw new HubError('rejected', 'INVALID_BODY', '/expiresAt lies before the moment at which it could be sent.', {
        errors: [{ pointer: '/expiresAt', message: 'lies before the moment at which it could be sent' }],
      });
    return journal.accept({
      id,
      org: caller.org,
      client: caller.client,
      command,
      instance,
      payload,
      body,
      ...(idempotencyKey ? { idempotencyKey } : {}),
      ...(typeof payload.reference === 'string' ? { reference: payload.reference } : {}),
      ...(notBefore ? { notBefore } : {}),
      ...(expiresAt ? { expiresAt } : {}),
      ...(trace ? { trace } : {}),
      ...(command.kind === MESSAGE
        ? {
            record: messageRecord(records, caller.org, id, payload),
            admission: await rules.admission(caller.org, payload, new Date(now)),
          }
        : {}),
    });
  };

  const dryRun = async (submission: Submission): Promise<Readonly<Record<string, unknown>>> => {
    const { caller, command } = submission;
    const payload = complete(submission);
    await checkAccounts(submission, records);
    const instance = instances.find(route(caller.org, command.kind));
    const carrier = instance?.connector.commands?.[command.kind];
    if (!instance || !carrier?.dryRun)
      throw new HubError('rejected', 'LIVE_UNSUPPORTED', 'This connector has no preview.');
    const now = clock.now();
    const id = uuidv7(now, random);
    const preview = await carrier.dryRun(instance.context({ signal: AbortSignal.timeout(30_000) }), {
      id,
      kind: command.kind,
      organisation: caller.org,
      subject: null,
      payload,
      attempt: 0,
      acceptedAt: now,
    });
    if (command.kind !== MESSAGE) return preview;
    const refused = await rules.wouldRefuse(caller.org, payload, id, new Date(now));
    return { text: payload.text, purpose: payload.purpose, ...preview, refused: refused ? toProblem(refused) : null };
  };
  return { submit, dryRun };
}

const MESSAGE = 'messages.send';

function dateOf(value: unknown): Date | undefined {
  return typeof value === 'string' ? new Date(value) : undefined;
}

/** A resident may speak of their own accounts only. */
async function checkAccounts({ caller, payload, command }: Submission, records: RecordRepository): Promise<void> {
  if (!caller.accounts) return;
  const refuse = (): never => {
    throw new HubError('rejected', 'SCOPE_MISSING', 'This key is bound to other accounts.');
  };
  if (command.kind === 'meter-readings.submit') {
    const meter = entities.get('Meter');
    const accounts = entities.get('PersonalAccount');
    if (!meter || !accounts) return refuse();
    const found = await records.get(caller.org, meter, String(payload.meter));
    const own = await Promise.all(caller.accounts.map((id) => records.get(caller.org, accounts, id)));
    if (
      !found ||
      !own.some((a) => a && a.canonical.premises !== null && a.canonical.premises === found.canonical.premises)
    )
      refuse();
    return;
  }
  if (typeof payload.account !== 'string' || !caller.accounts.includes(payload.account)) refuse();
}

/** The Message that mirrors an operation, ready to be stored with it. */
export function messageRecord(
  records: RecordRepository,
  org: string,
  id: string,
  payload: Readonly<Record<string, unknown>>,
) {
  const definition = entities.get('Message');
  if (!definition) throw new Error('The canonical model has no Message.');
  const canonical = definition.schema.parse({
    channel: payload.channel,
    to: payload.to,
    text: payload.text,
    template: payload.template ?? null,
    variables: payload.variables ?? null,
    account: payload.account ?? null,
    purpose: payload.purpose,
    sender: payload.sender ?? null,
    reference: payload.reference ?? null,
    operation: id,
    status: 'accepted',
  });
  const { open, personal, blind } = records.seal(org, definition, id, canonical);
  return { entity: 'Message', canonical: open, personal, blind };
}
