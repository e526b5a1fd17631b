import { createHash, timingSafeEqual } from 'node:crypto';
import { isDerFault } from '../asn1/fault.ts';
import { toDer } from '../asn1/pem.ts';
import { readTime } from '../asn1/time.ts';
import { type NewsSource, withFreshNews } from '../fresh-news.ts';
import { checkTimeStamp, type TimeStampCheck } from '../tsp/token.ts';
import type { Certificate } from '../x509/certificate.ts';
import { Crl } from '../x509/crl.ts';
import { identityOf, identityOfName } from '../x509/subject.ts';
import { type DocumentOctets, pump } from './document.ts';
import { type Finding, finding } from './findings.ts';
import { attribute, content } from './oids.ts';
import { type CertificateSummary, type SignatureReport, type SignerReport, verdictOf } from './report.ts';
import { readSignedData, type SignedData, type SignerInfo } from './signed-data.ts';
import { Digests, type SignerCheck, startSignerCheck } from './signer-check.ts';
import { checkTrust, type Trust } from './trust-check.ts';

export interface VerifyRequest {
  /** The signature file: DER, PEM or base64. */
  signature: Uint8Array;
  /** Needed when the signature is detached; compared with what is inside when it is not. Streams are read once. */
  document?: DocumentOctets;
  trust: Trust;
  /** The time of this check, epoch milliseconds: what has no time-stamp is judged at it. */
  now: number;
  /**
   * What a signature must be at least: `cms` plain, `cades-bes` with signingTime and signingCertificate, `cades-t` with
   * a time-stamp as well. Default `cades-bes`.
   */
  level?: 'cms' | 'cades-bes' | 'cades-t';
  /** Gets news on revocation for paths that lead to a trusted root; without it only what `trust` has counts. */
  revocationSource?: NewsSource | undefined;
}

/** Clocks of signers may be ahead of ours by so much. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Verifies a CMS / CAdES signature and says of each signer who signed, when, what, and whether it is valid. A file that is
 * no signature at all is an invalid one: the report says so, and nothing is thrown for what the file holds.
 */
export async function verifyCms(request: VerifyRequest): Promise<SignatureReport> {
  let data: SignedData;
  try {
    data = readSignedData(toDer(request.signature));
  } catch (error) {
    if (!isDerFault(error)) throw error;
    return withoutSigners([finding('NOT_A_SIGNATURE', { detail: error.message })]);
  }
  if (data.contentType !== content.data) return withoutSigners([finding('NOT_OF_DOCUMENT')]);
  if (data.signers.length === 0) return withoutSigners([finding('NO_SIGNERS')]);
  const form = data.content ? 'attached' : 'detached';
  const document = data.content ?? request.document;
  if (!document) return withoutSigners([finding('DOCUMENT_MISSING')], form);

  const digests = new Digests();
  const candidates = [...data.certificates, ...request.trust.intermediates];
  const checks = data.signers.map((signer) => startSignerCheck(signer, data.contentType, candidates, digests));
  const whole = createHash('sha256');
  const size = await pump(document, [whole, ...digests.takers, ...checks.flatMap(({ takers }) => takers)]);
  const sha256 = whole.digest();
  const findings: Finding[] = [];
  if (data.content && request.document && !(await isSame(request.document, sha256)))
    findings.push(finding('DOCUMENT_DIFFERS'));

  const trust = await withNews(data, checks, withListsOf(data, request.trust), request);
  const signers = data.signers.map((signer, i) =>
    reportOf(signer, checks[i] as SignerCheck, { ...request, trust }, data.certificates),
  );
  return {
    verdict: verdictOf([...findings, ...signers.flatMap((s) => s.findings)]),
    form,
    document: { size, sha256: sha256.toString('hex') },
    findings,
    signers,
  };
}

function withoutSigners(findings: Finding[], form?: 'detached' | 'attached'): SignatureReport {
  return { verdict: verdictOf(findings), ...(form ? { form } : {}), findings, signers: [] };
}

async function isSame(document: DocumentOctets, sha256: Buffer): Promise<boolean> {
  const whole = createHash('sha256');
  await pump(document, [whole]);
  return timingSafeEqual(whole.digest(), sha256);
}

/** Lists that the message brings are evidence like any other: signed by the authority, or nothing. */
function withListsOf({ crlDers }: SignedData, trust: Trust): Trust {
  const brought: Crl[] = [];
  for (const der of crlDers)
    try {
      brought.push(new Crl(der));
    } catch (error) {
      // Other kinds of news on revocation stand there too; what can't be read proves nothing.
      if (!isDerFault(error)) throw error;
    }
  if (brought.length === 0) return trust;
  return { ...trust, evidence: { ...trust.evidence, crls: [...trust.evidence.crls, ...brought] } };
}

/** Asks about the signers, the authorities of their time-stamps, and everybody above them. */
async function withNews(
  data: SignedData,
  checks: readonly SignerCheck[],
  trust: Trust,
  { revocationSource: source, now }: VerifyRequest,
): Promise<Trust> {
  if (!source || trust.revocation === 'off') return trust;
  const stamps = data.signers.map((signer) =>
    timeStampOf(signer, { ...trust, revocation: 'off' }, data.certificates, now, []),
  );
  const certificates = [...checks.map((check) => check.certificate), ...stamps.map((stamp) => stamp?.authority)].filter(
    (certificate) => certificate !== undefined,
  );
  return withFreshNews(trust, { certificates, brought: data.certificates, now, source });
}

function reportOf(
  signer: SignerInfo,
  check: SignerCheck,
  { trust, now, level = 'cades-bes' }: VerifyRequest,
  brought: readonly Certificate[],
): SignerReport {
  const findings = check.finish();
  const { certificate } = check;
  const claimed = claimedTime(signer, findings);
  const stamp = timeStampOf(signer, trust, brought, now, findings);
  const isNamed = findings.some((f) => f.code === 'SIGNING_CERT_NAMED');
  if (level !== 'cms') {
    if (claimed === undefined) findings.push(finding('ATTRIBUTE_MISSING', { detail: 'signingTime' }));
    if (certificate && !isNamed && !findings.some((f) => f.code === 'SIGNING_CERT_OTHER'))
      findings.push(finding('ATTRIBUTE_MISSING', { detail: 'signingCertificateV2' }));
    if (level === 'cades-t' && !stamp) findings.push(finding('TIMESTAMP_MISSING'));
  }
  const stamped = stamp?.outcome === 'valid' ? stamp.info?.time : undefined;
  const at = stamped ?? now;
  if (certificate)
    findings.push(...judge(certificate, { trust, brought, at, now, claimed, isStamped: stamped !== undefined }));
  return {
    verdict: verdictOf(findings),
    level: !isNamed || claimed === undefined ? 'CMS' : stamp ? 'CAdES-T' : 'CAdES-BES',
    ...(certificate ? { certificate: summaryOf(certificate) } : {}),
    ...(claimed === undefined ? {} : { claimedTime: claimed }),
    ...(stamp?.info && stamp.outcome === 'valid'
      ? {
          timeStamp: {
            time: stamp.info.time,
            serial: stamp.info.serial.toString(10),
            policy: stamp.info.policy,
            ...(stamp.authority ? { authority: summaryOf(stamp.authority) } : {}),
          },
        }
      : {}),
    judgedAt: at,
    findings,
  };
}

interface Judged {
  trust: Trust;
  brought: readonly Certificate[];
  at: number;
  now: number;
  claimed: number | undefined;
  isStamped: boolean;
}

function judge(certificate: Certificate, { trust, brought, at, now, claimed, isStamped }: Judged): Finding[] {
  const findings: Finding[] = [];
  const { keyUsage, privateKeyUsage } = certificate.extensions;
  if (keyUsage && !keyUsage.has('digitalSignature') && !keyUsage.has('nonRepudiation'))
    findings.push(finding('KEY_USAGE_WRONG'));
  const signedAt = isStamped ? at : (claimed ?? at);
  const { notBefore = -Infinity, notAfter = Infinity } = privateKeyUsage ?? {};
  if (signedAt < notBefore || signedAt > notAfter)
    findings.push(
      finding('KEY_PERIOD_OVER', { from: notBefore, ...(Number.isFinite(notAfter) ? { to: notAfter } : {}) }),
    );
  const isClaimInside = claimed !== undefined && certificate.coversTime(claimed);
  if (claimed !== undefined && !isClaimInside) findings.push(finding('SIGNING_TIME_OUTSIDE', { time: claimed }));
  if (claimed !== undefined && claimed > now + CLOCK_SKEW_MS)
    findings.push(finding('SIGNING_TIME_FUTURE', { time: claimed }));
  const { findings: trusted } = checkTrust(trust, { certificate, brought, at, now, laterRevocation: 'harmless' });
  // Over by now, but in force when the signer says: neither proven nor disproven without a time-stamp.
  const mayBeOlder = !isStamped && isClaimInside;
  for (const found of trusted)
    findings.push(
      found.code === 'CERT_EXPIRED' && mayBeOlder
        ? finding('CERT_EXPIRED_SINCE', { name: summaryOf(certificate).name, to: certificate.notAfter })
        : found,
    );
  return findings;
}

function claimedTime({ signed }: SignerInfo, findings: Finding[]): number | undefined {
  try {
    const value = signed?.attributes.single(attribute.signingTime);
    return value && readTime(value, 'signingTime');
  } catch (error) {
    if (!isDerFault(error)) throw error;
    findings.push(finding('ATTRIBUTES_DAMAGED', { detail: error.message }));
    return undefined;
  }
}

/** The earliest valid time-stamp over the signature, else what is wrong with the first; undefined without any. */
function timeStampOf(
  { unsigned, signature }: SignerInfo,
  trust: Trust,
  brought: readonly Certificate[],
  now: number,
  findings: Finding[],
): TimeStampCheck | undefined {
  const tokens = unsigned?.values(attribute.timeStampToken) ?? [];
  const checks = tokens.map((token) => checkTimeStamp(token.der, signature, { trust, brought, now }));
  const valid = checks
    .filter((check) => check.outcome === 'valid')
    .sort((a, b) => (a.info?.time ?? 0) - (b.info?.time ?? 0));
  for (const { outcome, why } of checks)
    if (outcome !== 'valid' && why) {
      const code = outcome === 'invalid' ? 'TIMESTAMP_WRONG' : 'TIMESTAMP_UNPROVEN';
      findings.push({
        ...finding(code),
        ru: finding(code, { detail: why.ru }).ru,
        en: finding(code, { detail: why.en }).en,
      });
    }
  const [first] = valid;
  if (first?.info)
    findings.push(
      finding('TIMESTAMP_TRUSTED', {
        time: first.info.time,
        ...(first.authority ? { name: summaryOf(first.authority).name } : {}),
      }),
    );
  return first ?? checks[0];
}

function summaryOf(certificate: Certificate): CertificateSummary {
  const holder = identityOf(certificate);
  const issuer = identityOfName(certificate.issuer);
  return {
    name: holder.person ?? holder.commonName ?? holder.organization ?? certificate.subject.toText(),
    holder,
    issuer: issuer.commonName ?? issuer.organization ?? certificate.issuer.toText(),
    serial: certificate.serialHex,
    thumbprint: certificate.thumbprint,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
  };
}
