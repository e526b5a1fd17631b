import { canonicalJson } from '../canonical/canonical-json.ts';
import type { CommandDefinition } from '../canonical/command.ts';
import { HubError, toHubError, toProblem } from '../canonical/errors.ts';
import type { Traffic } from '../connectors/kit/http.ts';
import type { Clock } from '../connectors/port.ts';
import type { Instances } from '../queues/instances.ts';
import type { Journal } from '../queues/journal.ts';
import { readLife } from '../queues/life.ts';
import type { ReplayPlan, ReplaySide, Replays } from '../routes/deps.ts';
import type { Cipher } from '../storage/cipher.ts';
import type { Database, Statement } from '../storage/port.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import type { RecordRepository } from '../storage/repositories/records.ts';
import { renderTemplate, type Template } from '../templates/templates.ts';
import type { MessageRules } from './message-rules.ts';
import { messageRecord } from './submission.ts';

export interface ReplayOptions {
  db: Database;
  cipher: Cipher;
  clock: Clock;
  journal: Journal;
  instances: Instances;
  records: RecordRepository;
  templates: ReadonlyMap<string, Template>;
  commands: ReadonlyMap<string, CommandDefinition>;
  rules: MessageRules;
  /** Instance that serves a kind for an organisation. @throws HubError NO_ROUTE */
  route(org: string, kind: string): string;
}

const MESSAGE = 'messages.send';
const PREVIEW_MS = 30_000;

/** Makes operations anew that failed or died, with what templates and mappings say now. */
export function replaysOf(o: ReplayOptions): Replays {
  const payloadNow = (op: Operation): Record<string, unknown> => {
    const payload = { ...op.payload };
    // What lies in the past would only refuse the new one.
    for (const name of ['notBefore', 'expiresAt'])
      if (typeof payload[name] === 'string' && Date.parse(payload[name]) <= o.clock.now()) delete payload[name];
    if (op.kind !== MESSAGE || typeof payload.template !== 'string') return payload;
    const variables = (payload.variables ?? {}) as Record<string, string>;
    return { ...payload, text: renderTemplate(o.templates, payload.template, variables).text };
  };

  const preview = async (op: Operation, instanceName: string, payload: ReplaySide['payload']): Promise<ReplaySide> => {
    const instance = o.instances.find(instanceName);
    const carrier = instance?.connector.commands?.[op.kind];
    if (!instance || !carrier?.dryRun) return { payload, request: null, fault: null };
    try {
      const shown = await carrier.dryRun(instance.context({ signal: AbortSignal.timeout(PREVIEW_MS) }), {
        id: op.id,
        kind: op.kind,
        organisation: op.org,
        subject: op.subject,
        payload,
        attempt: 0,
        acceptedAt: op.acceptedAt.getTime(),
      });
      return { payload, request: shown, fault: null };
    } catch (error) {
      return { payload, request: null, fault: toProblem(toHubError(error)) };
    }
  };

  const lastSent = async (op: Operation): Promise<ReplaySide> => {
    const { attempts } = await readLife(o.db, o.cipher, op);
    const sent = attempts.findLast((a) => a.action === 'send' && a.traffic.length > 0)?.traffic.at(-1);
    return { payload: op.payload, request: sent ? sentRequest(sent) : null, fault: null };
  };

  const planned = async (op: Operation): Promise<{ plan: ReplayPlan; instance: string }> => {
    const known = o.commands.get(op.kind);
    if (!known || !['failed', 'dead'].includes(op.status))
      throw new HubError(
        'conflict',
        'OPERATION_NOT_REPLAYABLE',
        `Only an operation that failed or died can be made anew; this one is ${op.status}.`,
      );
    const payload = payloadNow(op);
    const isNew = canonicalJson(payload) !== canonicalJson(op.payload);
    const instance = isNew ? o.route(op.org, op.kind) : op.instance;
    const [before, after, refused] = await Promise.all([
      // What is made by the mapping, which may have changed, is compared with what really went out.
      isNew ? preview(op, op.instance, op.payload) : lastSent(op),
      preview(op, instance, payload),
      op.kind === MESSAGE ? o.rules.wouldRefuse(op.org, payload, op.id, new Date(o.clock.now())) : undefined,
    ]);
    const mark = o.cipher.hmac(
      'replay',
      canonicalJson([op.org, op.id, op.status, op.attempts, payload, after.request ? bodyOf(after.request) : null]),
    );
    return {
      instance,
      plan: {
        way: isNew ? 'resubmit' : 'retry',
        before: { ...before, fault: op.error },
        after,
        refused: refused ? toProblem(refused) : null,
        fingerprint: Buffer.from(mark).toString('base64url'),
      },
    };
  };

  return {
    plan: async (op) => (await planned(op)).plan,
    carryOut: async (op, fingerprint, by) => {
      const { plan, instance } = await planned(op);
      if (plan.fingerprint !== fingerprint)
        throw new HubError(
          'conflict',
          'REPLAY_CHANGED',
          'What would be sent is no longer what was shown. Look at the preview again.',
        );
      if (plan.way === 'retry') return (await o.journal.retry(op.org, op.id)).id;
      const command = o.commands.get(op.kind) as CommandDefinition;
      const { payload } = plan.after;
      const id = op.kind === MESSAGE ? o.journal.newId() : undefined;
      try {
        const [made] = await o.journal.acceptTogether(
          [
            {
              org: op.org,
              client: by,
              command,
              instance,
              payload,
              body: payload,
              trace: { parent: op.id },
              ...(id ? { id, record: messageRecord(o.records, op.org, id, payload) } : {}),
              ...(op.reference ? { reference: op.reference } : {}),
              ...dates(payload),
            },
          ],
          [replacedStatement(op, new Date(o.clock.now()))],
        );
        return made ?? op.id;
      } catch (error) {
        if ((error as { expectation?: string }).expectation !== 'replaced') throw error;
        throw new HubError('conflict', 'REPLAY_CHANGED', 'The operation has changed meanwhile. Look at it again.');
      }
    },
  };
}

/** The old operation is over for good in the transaction that accepts the new one: nobody can send both. */
function replacedStatement(op: Operation, now: Date): Statement {
  return {
    sql: `update operation set status = 'cancelled', waiting_for = null, holds = false, due_at = null, finished_at = $3, updated_at = $3, lease_no = lease_no + 1,
            error = '{"kind":"rejected","code":"REPLACED","message":"A new operation was made in its place.","retryable":false}'::jsonb
          where org = $1 and id = $2 and lease_no = $4 and status in ('failed', 'dead') and uncertain_since is null and (lease_until is null or lease_until <= $3)`,
    params: [op.org, op.id, now, op.leaseNo],
    expect: { rows: 1, name: 'replaced' },
  };
}

function dates(payload: ReplaySide['payload']): { notBefore?: Date; expiresAt?: Date } {
  const of = (name: string): Date | undefined =>
    typeof payload[name] === 'string' ? new Date(payload[name]) : undefined;
  const [notBefore, expiresAt] = [of('notBefore'), of('expiresAt')];
  return { ...(notBefore ? { notBefore } : {}), ...(expiresAt ? { expiresAt } : {}) };
}

/** The request alone: prices and the like may change between two looks. */
function bodyOf(preview: unknown): unknown {
  return (preview as { request?: unknown }).request ?? null;
}

/** A request that was sent, without what signs in. */
function sentRequest({ method, url, request }: Traffic): Record<string, unknown> {
  const { pathname } = new URL(url);
  const path = decodeURIComponent(pathname);
  if (/^[[{]/.test(request)) {
    try {
      return { request: { method, path, body: JSON.parse(request) as unknown } };
    } catch {
      return { request: { method, path, body: request } };
    }
  }
  const form = Object.fromEntries(
    [...new URLSearchParams(request)].filter(([name]) => !/^(login|psw|password|apikey|token)$/i.test(name)),
  );
  return { request: { method, path, form } };
}
