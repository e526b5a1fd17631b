import type { Request, Response } from 'express';
import { HubError } from '../canonical/errors.ts';
import { maskText } from '../logging/mask.ts';
import type { AuditLog } from '../storage/audit/log.ts';
import type { Caller } from './auth.ts';
import type { Note, Route } from './route.ts';

export interface RecordKeeping {
  audit: AuditLog;
  /** Looks at personal data are entered; acts always are. */
  views: boolean;
  /** A look at personal data without a purpose is refused. */
  requirePurpose: boolean;
}

export interface Keeper {
  /** What is known so far; entered when the answer is ready. */
  note(note: Note): void;
  /** Enters now: for answers that go out in pieces. */
  record(): Promise<void>;
}

const MAX_PURPOSE = 200;
/** Nothing was done and nothing was seen. */
const UNSEEN = new Set([400, 401, 405, 413, 429]);

/**
 * Enters a call into the audit log before its answer goes out: what is not on record is not shown. When the entry can't
 * be made durable the caller gets 503 instead of the answer.
 *
 * @param failed answers a fault as every other fault is answered
 */
export function keepRecord(
  { audit, views, requirePurpose }: RecordKeeping,
  route: Route,
  { req, res, caller }: { req: Request; res: Response; caller: Caller },
  failed: (error: unknown) => void,
): Keeper {
  const rule = route.audit;
  const isView = rule !== undefined && 'view' in rule;
  if (!rule || (isView && !views)) return { note: () => {}, record: async () => {} };
  const purpose = purposeOf(req) ?? caller.purpose;
  if (isView && requirePurpose && purpose === undefined)
    throw new HubError(
      'rejected',
      'PURPOSE_REQUIRED',
      'Say why you look at personal data: send X-Purpose, or give the key a purpose (hub keys create --purpose).',
    );
  let known: Note = {};
  let isDone = false;
  const record = async (): Promise<void> => {
    isDone = true;
    const { subject, ...details } = known;
    const status = res.statusCode;
    await audit.append({
      org: caller.org,
      actor: caller.client,
      action: 'view' in rule ? rule.view : rule.act,
      subject: subject ?? subjectOf(req),
      purpose: purpose ?? null,
      request: String(res.locals.requestId),
      details: { ...details, from: req.ip ?? null, ...(status >= 400 ? { status } : {}) },
    });
  };
  const end = res.end;
  res.end = ((...args: unknown[]) => {
    res.end = end;
    const seen = isView ? res.statusCode < 300 : !UNSEEN.has(res.statusCode);
    if (isDone || !seen || res.headersSent) return (end as (...a: unknown[]) => Response).apply(res, args);
    record().then(
      () => (end as (...a: unknown[]) => Response).apply(res, args),
      (error: unknown) => {
        for (const name of ['Content-Length', 'Content-Type', 'ETag', 'Location']) res.removeHeader(name);
        failed(error);
      },
    );
    return res;
  }) as typeof res.end;
  return {
    note: (more) => {
      known = { ...known, ...more };
    },
    record: async () => {
      if (!isDone) await record();
    },
  };
}

/** Ids and names in the path say what a call is about. */
function subjectOf(req: Request): string | null {
  const parts = Object.entries(req.params).flatMap(([name, value]) =>
    /^[a-z0-9][a-z0-9-]{0,62}$/.test(String(value)) ? [`${name}:${String(value)}`] : [],
  );
  return parts.length > 0 ? parts.join(' ') : null;
}

/** Why personal data are looked at, in the words of the caller: UTF-8, percent-encoded where a client can't send that. */
function purposeOf(req: Request): string | undefined {
  const header = req.headers['x-purpose'] ?? req.headers.purpose;
  if (header === undefined) return undefined;
  const bytes = Buffer.from(String(header), 'latin1');
  const utf8 = bytes.toString('utf8');
  let text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
  try {
    text = decodeURIComponent(text);
  } catch {
    // A plain percent sign.
  }
  const clean = [...text]
    .filter((sign) => sign >= ' ' && sign !== '\u007f')
    .join('')
    .trim();
  if (clean === '') return undefined;
  if (clean.length > MAX_PURPOSE)
    throw new HubError('rejected', 'INVALID_HEADER', `X-Purpose has at most ${MAX_PURPOSE} signs.`, {
      errors: [{ pointer: 'X-Purpose', message: `has more than ${MAX_PURPOSE} signs` }],
    });
  return maskText(clean);
}
