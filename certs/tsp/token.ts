import { isDerFault } from '../asn1/fault.ts';
import type { Finding } from '../cms/findings.ts';
import { content } from '../cms/oids.ts';
import { readSignedData } from '../cms/signed-data.ts';
import { Digests, startSignerCheck } from '../cms/signer-check.ts';
import { checkTrust, type Trust } from '../cms/trust-check.ts';
import type { Certificate } from '../x509/certificate.ts';
import { digest } from '../x509/digest.ts';
import { extension, purpose } from '../x509/oids.ts';
import { readTimeStampInfo, type TimeStampInfo } from './info.ts';

export type TimeStampFault =
  /** Not a token, or damaged. */
  | 'TOKEN_DAMAGED'
  /** Over other octets than those at hand. */
  | 'TOKEN_IMPRINT'
  /** The authority's signature does not hold. */
  | 'TOKEN_SIGNATURE'
  /** The certificate is not for time-stamps, or not for them alone (RFC 3161 §2.3). */
  | 'TOKEN_PURPOSE'
  /** The authority's certificate was not in force, revoked, or leads to no trusted root. */
  | 'TOKEN_TRUST'
  /** From a time that has not come yet. */
  | 'TOKEN_FUTURE'
  /** An algorithm that nobody here knows. */
  | 'TOKEN_ALGORITHM';

export interface TimeStampCheck {
  readonly outcome: 'valid' | 'invalid' | 'unproven';
  readonly fault?: TimeStampFault;
  /** What went wrong, in both languages. */
  readonly why?: { readonly ru: string; readonly en: string };
  /** What the token says; believe it only when valid. */
  readonly info?: TimeStampInfo;
  readonly authority?: Certificate;
}

export interface TimeStampTrust {
  trust: Trust;
  /** Further certificates that may be the authority's, from around the token. */
  brought?: readonly Certificate[];
  /** Epoch milliseconds of this check. */
  now: number;
}

/** The clocks of authorities may be ahead of ours by so much. */
const CLOCK_SKEW_MS = 5 * 60_000;

const faults: Readonly<Record<TimeStampFault, { ru: string; en: string }>> = {
  TOKEN_DAMAGED: { ru: 'штамп повреждён.', en: 'the token is damaged.' },
  TOKEN_IMPRINT: { ru: 'он относится к другой подписи.', en: 'it belongs to another signature.' },
  TOKEN_SIGNATURE: { ru: 'подпись службы штампов времени неверна.', en: "the authority's signature is wrong." },
  TOKEN_PURPOSE: {
    ru: 'сертификат службы не предназначен для штампов времени.',
    en: "the authority's certificate is not for time-stamps.",
  },
  TOKEN_TRUST: { ru: 'сертификату службы нет доверия.', en: "the authority's certificate is not trusted." },
  TOKEN_FUTURE: { ru: 'его время ещё не наступило.', en: 'its time has not come yet.' },
  TOKEN_ALGORITHM: { ru: 'алгоритм не проверяется.', en: 'its algorithm is not verified here.' },
};

/**
 * Verifies a time-stamp token over octets (RFC 3161 §2.3, §2.4.2): imprint, signature with signingCertificate, purpose of
 * the certificate, and trust at the time that the token gives.
 */
export function checkTimeStamp(
  token: Uint8Array,
  octets: Uint8Array,
  { trust, brought = [], now }: TimeStampTrust,
): TimeStampCheck {
  try {
    return check(token, octets, trust, brought, now);
  } catch (error) {
    if (!isDerFault(error)) throw error;
    return error.code === 'DER_UNSUPPORTED' ? bad('unproven', 'TOKEN_ALGORITHM') : bad('invalid', 'TOKEN_DAMAGED');
  }
}

function bad(
  outcome: 'invalid' | 'unproven',
  fault: TimeStampFault,
  known: Pick<TimeStampCheck, 'info' | 'authority'> = {},
  because?: Finding,
): TimeStampCheck {
  const { ru, en } = faults[fault];
  return {
    outcome,
    fault,
    why: because ? { ru: `${ru} ${because.ru}`, en: `${en} ${because.en}` } : { ru, en },
    ...known,
  };
}

function check(
  token: Uint8Array,
  octets: Uint8Array,
  trust: Trust,
  brought: readonly Certificate[],
  now: number,
): TimeStampCheck {
  const data = readSignedData(token);
  const [signer, ...others] = data.signers;
  if (data.contentType !== content.timeStampInfo || !data.content || !signer || others.length > 0)
    return bad('invalid', 'TOKEN_DAMAGED');
  const info = readTimeStampInfo(data.content);
  if (Buffer.compare(digest(info.imprint.digest, octets), info.imprint.hash) !== 0)
    return bad('invalid', 'TOKEN_IMPRINT', { info });

  const digests = new Digests();
  const certificates = [...data.certificates, ...brought, ...trust.intermediates];
  const signerCheck = startSignerCheck(signer, data.contentType, certificates, digests);
  for (const taker of [...digests.takers, ...signerCheck.takers]) taker.update(data.content);
  const findings = signerCheck.finish();
  const authority = signerCheck.certificate;
  const known = { info, ...(authority ? { authority } : {}) };
  const failed = findings.find((f) => f.outcome === 'failed');
  // signingCertificate is not a choice here: RFC 3161 §2.4.2 demands it.
  if (failed || (authority && !findings.some((f) => f.code === 'SIGNING_CERT_NAMED')))
    return bad('invalid', 'TOKEN_SIGNATURE', known, failed);
  if (!authority) return bad('unproven', 'TOKEN_TRUST', known, findings[0]);
  if (findings.some((f) => f.outcome === 'unknown')) return bad('unproven', 'TOKEN_ALGORITHM', known);
  if (!isForTimeStamps(authority)) return bad('invalid', 'TOKEN_PURPOSE', known);

  if (info.time > now + CLOCK_SKEW_MS) return bad('invalid', 'TOKEN_FUTURE', known);
  const { findings: judged } = checkTrust(trust, {
    certificate: authority,
    brought: certificates,
    at: info.time,
    now,
    laterRevocation: 'harmful',
  });
  const distrusted = judged.find((f) => f.outcome === 'failed');
  if (distrusted) return bad('invalid', 'TOKEN_TRUST', known, distrusted);
  const unproven = judged.find((f) => f.outcome === 'unknown');
  if (unproven) return bad('unproven', 'TOKEN_TRUST', known, unproven);
  return { outcome: 'valid', ...known };
}

/** RFC 3161 §2.3: extendedKeyUsage is critical and has timeStamping only. */
function isForTimeStamps(certificate: Certificate): boolean {
  const { extendedKeyUsage, keyUsage } = certificate.extensions;
  return (
    extendedKeyUsage?.length === 1 &&
    extendedKeyUsage[0] === purpose.timeStamping &&
    certificate.isCritical(extension.extendedKeyUsage) &&
    (!keyUsage || keyUsage.has('digitalSignature') || keyUsage.has('nonRepudiation'))
  );
}
