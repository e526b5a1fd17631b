import { isDerFault } from '../asn1/fault.ts';
import type { Certificate } from './certificate.ts';
import { Crl } from './crl.ts';
import { ocspRequest } from './ocsp-request.ts';
import { OcspResponse } from './ocsp-response.ts';
import type { RevocationEvidence } from './revocation.ts';

/** What is needed of HTTP; the hub gives its client. */
export interface RevocationHttp {
  request(request: {
    method: 'GET' | 'POST';
    url: string;
    headers?: Readonly<Record<string, string>>;
    body?: Uint8Array;
    timeoutMs: number;
    maxResponseBytes: number;
  }): Promise<{ status: number; headers: Readonly<Record<string, string>>; body: Uint8Array }>;
}

export interface RevocationSourceOptions {
  http: RevocationHttp;
  clock: { now(): number };
  /** Told of each address that gave nothing; `why` holds no personal data. */
  onFailure(url: string, why: string): void;
  /** Longest time of one question, milliseconds; 10 s by default. */
  timeoutMs?: number;
  /** Largest list that is taken; 64 MB by default. */
  maxListBytes?: number;
  /** Longest time that a list or an answer serves before it is asked for anew, milliseconds; 6 h by default. */
  maxAgeMs?: number;
}

const TIMEOUT_MS = 10_000;
const MAX_LIST_BYTES = 64 * 1024 * 1024;
const MAX_ANSWER_BYTES = 1024 * 1024;
/** Even if a list says that it lasts longer: authorities publish early. */
const MAX_AGE_MS = 6 * 3600_000;
/** An address that failed is left alone for so long. */
const RETRY_AFTER_MS = 5 * 60_000;
const MAX_LISTS = 50;
const MAX_ANSWERS = 5_000;
/** An answer that names no next one serves so long. */
const ANSWER_AGE_MS = 10 * 60_000;

interface Held {
  /** The last good one, used on while its address is down: what is revoked stays so, and its age shows in the verdict. */
  crl: Crl | undefined;
  askAgainAt: number;
}

/**
 * Gets news on revocation from the addresses that certificates name: OCSP first, since it is fresh, else the list. Lists
 * are held until their next update.
 *
 * Give it only paths that lead to a trusted root: addresses in other certificates are whatever a stranger wrote there.
 */
export class RevocationSource {
  readonly #options: RevocationSourceOptions;
  readonly #lists = new Map<string, Held>();
  readonly #answers = new Map<string, { response: OcspResponse; until: number }>();
  /** Questions that were not answered, and until when they are left alone. */
  readonly #silent = new Map<string, number>();
  /** Downloads under way, so that a hundred requests at once are one. */
  readonly #loading = new Map<string, Promise<Crl | undefined>>();

  constructor(options: RevocationSourceOptions) {
    this.#options = options;
  }

  /** @param path from the leaf to the root; of each but the root it is asked. Never throws for what an address answers. */
  async evidenceFor(path: readonly Certificate[]): Promise<RevocationEvidence> {
    const crls: Crl[] = [];
    const ocsp: OcspResponse[] = [];
    for (const [i, certificate] of path.entries()) {
      const issuer = path[i + 1];
      if (!issuer) break;
      const answer = await this.#answer(certificate, issuer);
      if (answer) ocsp.push(answer);
      else {
        const crl = await this.#list(certificate, issuer);
        if (crl) crls.push(crl);
      }
    }
    return { crls, ocsp };
  }

  async #answer(certificate: Certificate, issuer: Certificate): Promise<OcspResponse | undefined> {
    const now = this.#options.clock.now();
    const { maxAgeMs = MAX_AGE_MS, timeoutMs = TIMEOUT_MS } = this.#options;
    const about = `${issuer.thumbprint}/${certificate.serialHex}`;
    const known = this.#answers.get(about);
    if (known && now < known.until) return known.response;
    for (const url of certificate.extensions.ocspUrls) {
      // By certificate: a responder that does not know one may know the next.
      const question = `${url} ${about}`;
      if (now < (this.#silent.get(question) ?? 0)) continue;
      let until = 0;
      const answer = await this.#ask(url, async () => {
        const body = await this.#fetch({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/ocsp-request', accept: 'application/ocsp-response' },
          body: ocspRequest({ certificate, issuer }),
          timeoutMs,
          maxResponseBytes: MAX_ANSWER_BYTES,
        });
        const response = new OcspResponse(body);
        const said = response.answerFor(certificate, issuer);
        if (!said || said.status === 'unknown') throw new Refusal('the responder does not know the certificate');
        if (!response.isSignedFor(issuer)) throw new Refusal('the answer is not signed by who may');
        until = Math.min(said.nextUpdate ?? now + ANSWER_AGE_MS, now + maxAgeMs);
        return response;
      });
      if (answer) {
        if (now < until) remember(this.#answers, about, { response: answer, until }, MAX_ANSWERS);
        return answer;
      }
      remember(this.#silent, question, now + RETRY_AFTER_MS, MAX_ANSWERS);
    }
    return undefined;
  }

  async #list(certificate: Certificate, issuer: Certificate): Promise<Crl | undefined> {
    const now = this.#options.clock.now();
    const old: Crl[] = [];
    for (const url of certificate.extensions.crlUrls) {
      const held = this.#lists.get(url);
      if (held?.crl?.covers(certificate) && held.crl.isSignedBy(issuer)) {
        if (now < held.askAgainAt) return held.crl;
        old.push(held.crl);
      } else if (held && now < held.askAgainAt) continue;
      const crl = await this.#load(url, async (list) => {
        if (!list.covers(certificate) || !list.isSignedBy(issuer))
          throw new Refusal('the list is of another authority, or not signed by this one');
      });
      const askAgainAt = crl
        ? Math.min(Math.max(crl.nextUpdate ?? 0, now + RETRY_AFTER_MS), now + (this.#options.maxAgeMs ?? MAX_AGE_MS))
        : now + RETRY_AFTER_MS;
      remember(this.#lists, url, { crl: crl ?? held?.crl, askAgainAt }, MAX_LISTS);
      // One that another caller has loaded meanwhile need not be of this authority.
      if (crl?.covers(certificate) && crl.isSignedBy(issuer)) return crl;
    }
    return old[0];
  }

  #load(url: string, mustServe: (list: Crl) => Promise<void>): Promise<Crl | undefined> {
    const { timeoutMs = TIMEOUT_MS, maxListBytes = MAX_LIST_BYTES } = this.#options;
    let loading = this.#loading.get(url);
    if (!loading) {
      loading = this.#ask(url, async () => {
        const list = Crl.parse(await this.#fetch({ method: 'GET', url, timeoutMs, maxResponseBytes: maxListBytes }));
        await mustServe(list);
        return list;
      }).finally(() => this.#loading.delete(url));
      this.#loading.set(url, loading);
    }
    return loading;
  }

  async #fetch(request: Parameters<RevocationHttp['request']>[0]): Promise<Uint8Array> {
    const { status, body } = await this.#options.http.request(request);
    if (status !== 200) throw new Refusal(`HTTP ${status}`);
    return body;
  }

  /** An address that gives nothing useful is told of, and the next one is asked. */
  async #ask<T>(url: string, question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#options.onFailure(url, isDerFault(error) || error instanceof Refusal ? error.message : error.name);
      return undefined;
    }
  }
}

/** Puts an entry last and drops the oldest beyond the limit. */
function remember<T>(map: Map<string, T>, key: string, value: T, most: number): void {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= most && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
}

class Refusal extends Error {}
