import { readFile, stat } from 'node:fs/promises';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import type { JwtConfig } from '../config/auth.ts';
import type { Caller, TokenReader } from './auth.ts';

/** An unknown key is looked for at the provider no more often than this, however many tokens name one, milliseconds. */
const COOLDOWN_MS = 30_000;
const FETCH_TIMEOUT_MS = 5_000;
/** Keys are fetched anew after this at the latest, so that a withdrawn one is not believed for ever, milliseconds. */
const MAX_AGE_MS = 10 * 60_000;
const MAX_KEY_FILE_BYTES = 1024 * 1024;
const SCOPE = /^(\*|[a-z-]+(:(\*|[a-z-]+))?)$/;
const Accounts = z.array(z.uuid()).min(1).max(100);

/**
 * Reads tokens of an identity provider (RFC 7519): signature by its published keys (RFC 7517), issuer, audience, expiry.
 * Only algorithms by key pairs are taken, so a public key can't be used as a shared secret (RFC 8725 §3.1).
 */
export function tokenReader(
  config: JwtConfig,
  o: { organisations: readonly string[]; now(): number; cooldownMs?: number },
): TokenReader {
  const keyOf = keysOf(config.jwks, o.cooldownMs ?? COOLDOWN_MS);
  return {
    ratePerMinute: config.ratePerMinute,
    caller: async (token) => {
      let payload: JWTPayload;
      try {
        ({ payload } = await jwtVerify(token, keyOf, {
          issuer: config.issuer,
          audience: config.audience,
          algorithms: config.algorithms,
          clockTolerance: config.leewaySeconds,
          currentDate: new Date(o.now()),
          requiredClaims: ['exp', 'sub'],
        }));
      } catch (error) {
        throw refusal(error);
      }
      return callerOf(config, payload, o.organisations);
    },
  };
}

/** Keys at an address or in a file; an unknown `kid` makes them be read again. */
function keysOf(jwks: string, cooldownMs: number): JWTVerifyGetKey {
  if (/^https?:\/\//.test(jwks))
    return createRemoteJWKSet(new URL(jwks), {
      cooldownDuration: cooldownMs,
      timeoutDuration: FETCH_TIMEOUT_MS,
      cacheMaxAge: MAX_AGE_MS,
    });
  let keys: JWTVerifyGetKey | undefined;
  let changedAt = -1;
  return async (header, token) => {
    const { mtimeMs, size } = await stat(jwks);
    if (!keys || mtimeMs !== changedAt) {
      if (size > MAX_KEY_FILE_BYTES) throw new Error(`${jwks} is too large for a set of keys.`);
      keys = createLocalJWKSet(JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet);
      changedAt = mtimeMs;
    }
    return keys(header, token);
  };
}

function callerOf(
  { claims, organisation, roles, bearers }: JwtConfig,
  payload: JWTPayload,
  known: readonly string[],
): Caller {
  const org = claims.organisation === undefined ? organisation : at(payload, claims.organisation);
  if (typeof org !== 'string' || !known.includes(org)) throw invalid('names no organisation of this hub');
  const words = at(payload, claims.scopes);
  const named = (typeof words === 'string' ? words.split(' ') : Array.isArray(words) ? words : []).filter(
    (word): word is string => typeof word === 'string',
  );
  const scopes = (
    roles ? named.flatMap((role) => (Object.hasOwn(roles, role) ? (roles[role] ?? []) : [])) : named
  ).filter((scope) => SCOPE.test(scope));
  const given = claims.accounts === undefined ? undefined : at(payload, claims.accounts);
  const whose = bearers ?? (claims.accounts === undefined ? 'staff' : 'residents');
  const accounts = Accounts.safeParse(given);
  // A resident whose accounts can't be read must not become one of staff.
  if (whose !== 'staff' && !accounts.success && !(whose === 'both' && given === undefined))
    throw invalid(`lacks a list of account ids in '${claims.accounts}'`);
  const purpose = claims.purpose === undefined ? undefined : at(payload, claims.purpose);
  return {
    client: `token:${String(payload.sub).slice(0, 100)}`,
    org,
    scopes,
    ...(whose !== 'staff' && accounts.success ? { accounts: accounts.data } : {}),
    ...(typeof purpose === 'string' && purpose !== '' ? { purpose: purpose.slice(0, 200) } : {}),
  };
}

/** Value at a dotted path; a claim whose own name has dots comes first. */
function at(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const step of path.split('.'))
    value =
      value !== null && typeof value === 'object' && Object.hasOwn(value, step)
        ? (value as Record<string, unknown>)[step]
        : undefined;
  return value;
}

function invalid(what: string): HubError {
  return new HubError('rejected', 'INVALID_KEY', `The token ${what}.`);
}

/** Says which check failed; the token itself is never repeated. */
function refusal(error: unknown): HubError {
  if (error instanceof errors.JWTExpired) return invalid('has expired');
  if (error instanceof errors.JWTClaimValidationFailed) return invalid(`fails in '${error.claim}' (${error.reason})`);
  if (error instanceof errors.JOSEAlgNotAllowed)
    return invalid('is signed by an algorithm that is not taken here (auth.jwt.algorithms)');
  if (error instanceof errors.JWKSNoMatchingKey)
    return invalid('is signed by a key that the provider does not publish');
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid('has a signature that does not fit');
  if (
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  )
    return invalid('is not one that can be checked');
  return new HubError(
    'transient',
    'KEYS_UNAVAILABLE',
    'The keys of the identity provider can not be read now; send again in a moment.',
    { retryAfterMs: 5_000 },
    { cause: error },
  );
}
