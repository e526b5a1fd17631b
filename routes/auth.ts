import { timingSafeEqual } from 'node:crypto';
import { HubError, isHubError } from '../canonical/errors.ts';
import type { KeyRates } from '../queues/redis/key-rates.ts';
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

/** Reads tokens of an identity provider. */
export interface TokenReader {
  /** @throws HubError rejected/INVALID_KEY saying what is wrong with the token, transient/KEYS_UNAVAILABLE */
  caller(token: string): Promise<Caller>;
  ratePerMinute: number | undefined;
}

export interface AuthOptions {
  keys: KeyRepository;
  /** Key of the process that started this hub: every scope, never stored. */
  controlKey: string;
  defaultOrg: string;
  /** How often each key may call, counted for all processes together. */
  rates: KeyRates;
  /** Tokens of an identity provider; absent where there is none. */
  tokens?: TokenReader | undefined;
  now(): number;
}

const CACHE_MS = 1_000;
const TOUCH_MS = 60_000;

/** Turns a bearer key into a caller. A revoked key stops working within a second. */
export class Authenticator {
  readonly #o: AuthOptions;
  readonly #cache = new Map<string, { at: number; key: ApiKey }>();
  readonly #touched = new Map<string, number>();

  constructor(options: AuthOptions) {
    this.#o = options;
  }

  /** @throws HubError MISSING_KEY, INVALID_KEY, RATE_LIMITED, KEYS_UNAVAILABLE */
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
    const { tokens } = this.#o;
    if (tokens && isToken(token)) {
      const caller = await tokens.caller(token);
      if (tokens.ratePerMinute) await this.#limit(`${caller.org}:${caller.client}`, tokens.ratePerMinute);
      return caller;
    }
    const key = await this.#find(token, now);
    if (!key) throw new HubError('rejected', 'INVALID_KEY', 'The key is unknown, expired or revoked.');
    if (key.ratePerMinute) await this.#limit(key.id, key.ratePerMinute);
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
    if (token === undefined) return false;
    if (same(token, this.#o.controlKey)) return true;
    const { tokens } = this.#o;
    if (!tokens || !isToken(token)) return (await this.#find(token, this.#o.now())) !== undefined;
    try {
      await tokens.caller(token);
      return true;
    } catch (error) {
      if (isHubError(error) && error.kind === 'rejected') return false;
      throw error;
    }
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

  async #limit(id: string, perMinute: number): Promise<void> {
    const retryAfterMs = await this.#o.rates.take(id, perMinute);
    if (retryAfterMs > 0)
      throw new HubError('rate-limited', 'RATE_LIMITED', `This key may call ${perMinute} times a minute.`, {
        retryAfterMs,
      });
  }
}

/** Three parts of base64url: no API key has dots. */
function isToken(text: string): boolean {
  return !text.startsWith('hub_') && text.split('.').length === 3;
}

function tokenOf(header: string | undefined): string | undefined {
  return /^Bearer\s+(\S{8,8000})$/i.exec(header ?? '')?.[1];
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
