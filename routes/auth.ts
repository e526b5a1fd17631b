import { timingSafeEqual } from 'node:crypto';
import { HubError } from '../canonical/errors.ts';
import type { ApiKey, KeyRepository } from '../storage/repositories/keys.ts';

/** Who calls. */
export interface Caller {
  client: string;
  org: string;
  scopes: readonly string[];
  /** Resident keys see these accounts only. */
  accounts?: readonly string[];
  /** Why its holder sees personal data, where a request does not say it. */
  purpose?: string;
}

export interface AuthOptions {
  keys: KeyRepository;
  /** Key of the process that started this hub: every scope, never stored. */
  controlKey: string;
  defaultOrg: string;
  now(): number;
}

interface Bucket {
  minute: number;
  used: number;
}

const CACHE_MS = 1_000;
const TOUCH_MS = 60_000;

/** Turns a bearer key into a caller. A revoked key stops working within a second. */
export class Authenticator {
  readonly #o: AuthOptions;
  readonly #cache = new Map<string, { at: number; key: ApiKey }>();
  readonly #buckets = new Map<string, Bucket>();
  readonly #touched = new Map<string, number>();

  constructor(options: AuthOptions) {
    this.#o = options;
  }

  /** @throws HubError MISSING_KEY, INVALID_KEY, RATE_LIMITED */
  async caller(header: string | undefined): Promise<Caller> {
    const token = tokenOf(header);
    if (!token)
      throw new HubError(
        'rejected',
        'MISSING_KEY',
        'Send your key as `Authorization: Bearer hub_…`; `hub keys create` makes one.',
      );
    if (same(token, this.#o.controlKey)) return { client: 'control', org: this.#o.defaultOrg, scopes: ['*'] };
    const now = this.#o.now();
    const key = await this.#find(token, now);
    if (!key) throw new HubError('rejected', 'INVALID_KEY', 'The key is unknown, expired or revoked.');
    this.#limit(key, now);
    if (now - (this.#touched.get(key.id) ?? 0) > TOUCH_MS) {
      this.#touched.set(key.id, now);
      await this.#o.keys.touch(key.id);
    }
    return {
      client: key.id,
      org: key.org,
      scopes: key.scopes,
      ...(key.accounts ? { accounts: key.accounts } : {}),
      ...(key.purpose === null ? {} : { purpose: key.purpose }),
    };
  }

  /** Whether a key that has opened a stream is still good; costs nothing of its rate. */
  async stillGood(header: string | undefined): Promise<boolean> {
    const token = tokenOf(header);
    return (
      token !== undefined && (same(token, this.#o.controlKey) || (await this.#find(token, this.#o.now())) !== undefined)
    );
  }

  /** The key when it may be used now. */
  async #find(token: string, now: number): Promise<ApiKey | undefined> {
    const cached = this.#cache.get(token);
    let key = cached && now - cached.at < CACHE_MS ? cached.key : undefined;
    if (!key) {
      key = await this.#o.keys.find(token);
      if (key) {
        if (this.#cache.size > 5_000) this.#cache.clear();
        this.#cache.set(token, { at: now, key });
      }
    }
    return !key || key.revokedAt || (key.expiresAt && key.expiresAt.getTime() <= now) ? undefined : key;
  }

  /** A key was revoked here: it must not live on in the cache. */
  forget(): void {
    this.#cache.clear();
  }

  #limit(key: ApiKey, now: number): void {
    if (!key.ratePerMinute) return;
    const minute = Math.floor(now / 60_000);
    const bucket = this.#buckets.get(key.id);
    const used = bucket?.minute === minute ? bucket.used + 1 : 1;
    this.#buckets.set(key.id, { minute, used });
    if (used > key.ratePerMinute)
      throw new HubError('rate-limited', 'RATE_LIMITED', `This key may call ${key.ratePerMinute} times a minute.`, {
        retryAfterMs: (minute + 1) * 60_000 - now,
      });
  }
}

function tokenOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S{8,200})$/i.exec(header ?? '')?.[1];
}

function same(a: string, b: string): boolean {
  const x = Buffer.from(a);
  const y = Buffer.from(b);
  return x.length === y.length && timingSafeEqual(x, y);
}

/** Organisation of a caller who is not a resident; for what concerns other people. @throws HubError SCOPE_MISSING */
export function staffOrganisation(caller: Caller): string {
  if (caller.accounts)
    throw new HubError('rejected', 'SCOPE_MISSING', 'A key that is bound to accounts may not do this.');
  return caller.org;
}

/** `read:*` covers `read:accounts`; `*` covers everything. */
export function allows(scopes: readonly string[], wanted: string): boolean {
  return scopes.some(
    (scope) => scope === '*' || scope === wanted || (scope.endsWith(':*') && wanted.startsWith(scope.slice(0, -1))),
  );
}
