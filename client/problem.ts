/** An answer that is not what was asked for: problem+json of the hub (RFC 9457), told by its stable `code`. */
export class HubProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** The same call may well succeed later. */
  readonly isRetryable: boolean;
  /** Faults of the input, one an entry. */
  readonly errors: readonly { pointer: string; message: string }[];
  /** What the other system said, where one did. */
  readonly upstream: Readonly<Record<string, unknown>> | undefined;
  /** Names the call in the hub's log. */
  readonly requestId: string | undefined;
  /** When to come again, milliseconds, where the hub says so. */
  readonly retryAfterMs: number | undefined;
  /** The whole problem with what its code adds. */
  readonly problem: Readonly<Record<string, unknown>>;

  constructor(status: number, problem: Readonly<Record<string, unknown>>, headers: Headers) {
    super(String(problem.detail ?? problem.title ?? `The hub answered ${status}.`));
    this.name = 'HubProblem';
    this.status = status;
    this.code = String(problem.code ?? `HTTP_${status}`);
    this.isRetryable = problem.retryable === true || status === 429 || (problem.code === undefined && status >= 502);
    this.errors = Array.isArray(problem.errors) ? (problem.errors as { pointer: string; message: string }[]) : [];
    this.upstream = problem.upstream as Readonly<Record<string, unknown>> | undefined;
    this.requestId = headers.get('x-request-id') ?? undefined;
    this.retryAfterMs = retryAfter(headers.get('retry-after'));
    this.problem = problem;
  }
}

/**
 * Nothing answered: the connection failed or broke, or the time was over. Whether a call that acts was carried out is not
 * known; sent again with the same idempotency key it takes effect once.
 */
export class HubUnreachable extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'HubUnreachable';
  }
}

/** Reads an answer that is no success. */
export async function problemOf(response: Response): Promise<HubProblem> {
  const text = await response.text();
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed !== null && typeof parsed === 'object' && !Array.isArray(parsed))
      return new HubProblem(response.status, parsed as Record<string, unknown>, response.headers);
  } catch {
    // A proxy in between has its own words.
  }
  return new HubProblem(response.status, { title: text.slice(0, 200) }, response.headers);
}

/** Seconds or a date (RFC 9110 §10.2.3). */
function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
