import type { HttpResponse } from '../http-port.ts';
import { isNoLicence } from './errors.ts';

/** How long no new session is asked for after the base could not make one. */
const REFUSED_MS = 60_000;
/** The same where the publication does not know the header: settings of a web server change rarely. */
const IGNORED_MS = 600_000;

export type SessionHeaders = Readonly<Record<string, string>>;
type Send = (headers: SessionHeaders) => Promise<HttpResponse>;

/**
 * Sessions that one instance keeps (header `IBSession`, platform 8.3.9 and later). Opening a session costs the base more
 * than most requests, so one that is open is used again; it serves one request at a time and may hold a client licence,
 * so there are never more of them than requests at once. Where none can be had, requests go without.
 */
export class Sessions {
  readonly #limit: number;
  readonly #now: () => number;
  /** Cookies of sessions that wait; the last one was used last, so that surplus ones expire in the base. */
  readonly #idle: string[] = [];
  #busy = 0;
  #notBefore = 0;

  constructor(limit: number, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  /**
   * Sends one request in a session. It is repeated only when the base says that the session is lost or cannot be made,
   * which it says before it does anything.
   *
   * @throws whatever `send` throws; the session is given up then, as it may still be at work
   */
  async send(send: Send): Promise<HttpResponse> {
    const cookie = this.#idle.pop();
    if (cookie !== undefined) {
      const response = await this.#use(() => send({ cookie: `ibsession=${cookie}` }), cookie);
      if (!isSessionLost(response)) return response;
    }
    if (this.#now() >= this.#notBefore && this.#idle.length + this.#busy < this.#limit) {
      const response = await this.#use(() => send({ ibsession: 'start' }));
      if (!isSessionLost(response)) return response;
    }
    return send({});
  }

  /** Takes out every session that waits, to be finished. */
  drain(): string[] {
    return this.#idle.splice(0);
  }

  async #use(send: () => Promise<HttpResponse>, cookie?: string): Promise<HttpResponse> {
    this.#busy++;
    try {
      const response = await send();
      const started = sessionCookie(response);
      const kept = started ?? cookie;
      if (isSessionLost(response)) {
        if (cookie === undefined) this.#notBefore = this.#now() + REFUSED_MS;
      } else if (response.status >= 400 && isNoLicence(response.status, response.text()))
        this.#notBefore = this.#now() + REFUSED_MS;
      else if (kept !== undefined && response.status !== 401) this.#idle.push(kept);
      else if (response.status < 300) this.#notBefore = this.#now() + IGNORED_MS;
      return response;
    } finally {
      this.#busy--;
    }
  }
}

/** An expired session and one that cannot be made look alike; code 3 of the interface has the same status. */
function isSessionLost(response: HttpResponse): boolean {
  if (response.status < 400) return false;
  const text = response.text();
  return response.status === 406 ? !/odata\.error|<m:code>/.test(text) : /<exception[^>]*\sreason="406"/.test(text);
}

function sessionCookie(response: HttpResponse): string | undefined {
  return /(?:^|[,;]\s*)ibsession=([^;,\s]+)/.exec(response.headers['set-cookie'] ?? '')?.[1];
}
