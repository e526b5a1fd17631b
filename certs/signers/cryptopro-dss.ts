import { HubError } from '../../canonical/errors.ts';
import type { Signer, SignerCertificate } from '../signer.ts';
import { OctetOrder } from './octet-order.ts';

/** What the adapter needs of HTTP; the hub gives its client. */
export interface SigningHttp {
  request(request: {
    method: 'POST';
    url: string;
    headers: Readonly<Record<string, string>>;
    body: string;
    timeoutMs: number;
    maxResponseBytes: number;
  }): Promise<{ status: number; text(): string }>;
}

export interface CryptoProDssOptions {
  certificate: SignerCertificate;
  spki: Uint8Array;
  algorithm: 'gost2012-256' | 'gost2012-512';
  /** Of the installation, e.g. `https://dss.example.ru`. */
  url: string;
  /** Names of its applications. */
  identityApp?: string | undefined;
  signApp?: string | undefined;
  client: { id: string; secret: string };
  user: { login: string; password: string };
  /** Number of the certificate there; 0 is the user's default one. */
  certificateId: number;
  pin?: string | undefined;
  http: SigningHttp;
  now(): number;
}

const RESOURCE = 'urn:cryptopro:dss:signserver:signserver';
const TIMEOUT_MS = 60_000;
const MAX_ANSWER = 4 * 1024 * 1024;
/** A token is not used in the last moments of its life. */
const MARGIN_MS = 30_000;

/**
 * A key that lies in «КриптоПро DSS», asked over REST for a raw signature. Each one is verified before it is given on. An
 * installation that wants every signature confirmed on a telephone can't be used so: it answers without a signature.
 */
export function cryptoProDssSigner(o: CryptoProDssOptions): Signer {
  const order = new OctetOrder(o.spki);
  let token: { value: string; until: number } | undefined;

  const post = async (path: string, headers: Readonly<Record<string, string>>, body: string) => {
    const url = new URL(path, o.url.endsWith('/') ? o.url : `${o.url}/`).href;
    return o.http.request({ method: 'POST', url, headers, body, timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_ANSWER });
  };

  const tokenOf = async (): Promise<string> => {
    if (token && token.until > o.now()) return token.value;
    const answer = await post(
      `${o.identityApp ?? 'STS'}/oauth/token`,
      {
        authorization: `Basic ${Buffer.from(`${o.client.id}:${o.client.secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams({
        grant_type: 'password',
        username: o.user.login,
        password: o.user.password,
        resource: RESOURCE,
      }).toString(),
    );
    const { access_token, expires_in } = objectOf(answer.text());
    if (answer.status === 400 || answer.status === 401)
      throw new HubError(
        'unauthorized',
        'SIGNER_UNAUTHORIZED',
        'КриптоПро DSS refused the login of the hub or of its user.',
      );
    if (answer.status !== 200 || typeof access_token !== 'string') throw odd(answer.status);
    token = {
      value: access_token,
      until: o.now() + (typeof expires_in === 'number' ? expires_in * 1000 : 300_000) - MARGIN_MS,
    };
    return token.value;
  };

  const ask = async (data: Uint8Array): Promise<{ status: number; text(): string }> =>
    post(
      `${o.signApp ?? 'SignServer'}/rest/api/documents`,
      { authorization: `Bearer ${await tokenOf()}`, 'content-type': 'application/json' },
      JSON.stringify({
        Content: Buffer.from(data).toString('base64'),
        Signature: { Type: 'GOST3410', Parameters: {}, CertificateId: o.certificateId, PinCode: o.pin ?? '' },
      }),
    );

  return {
    algorithm: o.algorithm,
    certificate: async () => o.certificate,
    signRaw: async (data) => {
      let answer = await ask(data);
      if (answer.status === 401) {
        // The token was withdrawn before its time.
        token = undefined;
        answer = await ask(data);
      }
      if (answer.status === 401 || answer.status === 403)
        throw new HubError(
          'unauthorized',
          'SIGNER_UNAUTHORIZED',
          'КриптоПро DSS does not let the user of the hub sign.',
        );
      if (answer.status === 400 && /pin/i.test(answer.text()))
        throw new HubError(
          'needs-operator',
          'SIGNER_PIN_WRONG',
          'КриптоПро DSS refused the PIN of the certificate; it is not tried again.',
        );
      if (answer.status >= 500)
        throw new HubError('transient', 'SIGNER_UNAVAILABLE', `КриптоПро DSS answers with status ${answer.status}.`);
      if (answer.status !== 200) throw odd(answer.status);
      const signature = order.normal(data, signatureOf(answer.text()));
      if (!signature)
        throw new HubError(
          'misconfigured',
          'KEY_MISMATCH',
          'КриптоПро DSS signed with a key that does not belong to the certificate: look at certificateId.',
        );
      return signature;
    },
  };
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The signature stands in the answer as a string of JSON, or in an object under some name. */
function signatureOf(text: string): Uint8Array {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = text;
  }
  if (typeof value === 'object' && value !== null) {
    const { Signature, Content, Result } = value as Record<string, unknown>;
    value = Signature ?? Content ?? Result;
  }
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/=\s]+$/.test(value))
    throw new HubError(
      'unexpected',
      'SIGNER_FAILED',
      'КриптоПро DSS answered without a signature; where it wants a confirmation by telephone, the hub can not sign with it.',
    );
  return new Uint8Array(Buffer.from(value, 'base64'));
}

function odd(status: number): HubError {
  return new HubError(
    'unexpected',
    'SIGNER_FAILED',
    `КриптоПро DSS answers with status ${status}, and not as documented.`,
  );
}
