import type { Identity } from '../x509/subject.ts';
import { type Finding, moscowTime, type Outcome, utcTime } from './findings.ts';

/** `indeterminate`: neither proven nor disproven with what is at hand. Only `valid` may be relied on. */
export type Verdict = 'valid' | 'invalid' | 'indeterminate';

export interface CertificateSummary {
  readonly name: string;
  readonly holder: Identity;
  readonly issuer: string;
  /** Hexadecimal, as certification authorities show it. */
  readonly serial: string;
  /** SHA-1, hexadecimal. */
  readonly thumbprint: string;
  /** Epoch milliseconds. */
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface SignerReport {
  readonly verdict: Verdict;
  readonly level: 'CMS' | 'CAdES-BES' | 'CAdES-T';
  readonly certificate?: CertificateSummary;
  /** When the signer says that it was; nobody vouches for it. Epoch milliseconds. */
  readonly claimedTime?: number;
  /** A proof of when the signature existed at the latest. */
  readonly timeStamp?: {
    readonly time: number;
    readonly serial: string;
    readonly policy: string;
    readonly authority?: CertificateSummary;
  };
  /** The instant whose validity counts: the time-stamp's, else that of the check. */
  readonly judgedAt: number;
  readonly findings: readonly Finding[];
}

export interface SignatureReport {
  readonly verdict: Verdict;
  readonly form?: 'detached' | 'attached';
  readonly document?: { readonly size: number; readonly sha256: string };
  /** About the file as a whole. */
  readonly findings: readonly Finding[];
  /** One for each signature in the file; all must hold. */
  readonly signers: readonly SignerReport[];
}

export function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some((f) => f.outcome === 'failed')) return 'invalid';
  return findings.some((f) => f.outcome === 'unknown') ? 'indeterminate' : 'valid';
}

const words = {
  ru: {
    valid: 'Подпись действительна.',
    invalid: 'Подпись недействительна.',
    indeterminate: 'Действительность подписи не установлена.',
    document: 'Документ',
    octets: 'байт',
    signer: 'Подписал(а)',
    certificate: 'Сертификат',
    issued: 'выдан',
    inForce: 'действует',
    claimed: 'Время подписания (со слов подписанта)',
    stamped: 'Время по штампу времени',
    judged: 'Проверено на момент',
    nobody: 'неизвестно кто',
    kind: 'Вид подписи',
    detached: 'отсоединённая',
    attached: 'присоединённая',
    time: moscowTime,
  },
  en: {
    valid: 'The signature is valid.',
    invalid: 'The signature is not valid.',
    indeterminate: 'Whether the signature is valid could not be established.',
    document: 'Document',
    octets: 'octets',
    signer: 'Signed by',
    certificate: 'Certificate',
    issued: 'issued by',
    inForce: 'in force',
    claimed: 'Time of signing (as the signer claims)',
    stamped: 'Time by time-stamp',
    judged: 'Judged at',
    nobody: 'nobody knows whom',
    kind: 'Kind of signature',
    detached: 'detached',
    attached: 'attached',
    time: utcTime,
  },
} as const;

const marks: Readonly<Record<Outcome, string>> = { ok: '+', failed: '−', unknown: '?', warning: '!' };

/** The report as a text for a person: who, when, what, valid or why not. Holds personal data of the signers. */
export function renderReport(report: SignatureReport, language: 'ru' | 'en', documentName?: string): string {
  const w = words[language];
  const lines: string[] = [w[report.verdict]];
  if (report.document) {
    const { size, sha256 } = report.document;
    lines.push(`${w.document}: ${documentName ? `${documentName}, ` : ''}${size} ${w.octets}, SHA-256 ${sha256}`);
  }
  lines.push(...sentences(report.findings, language));
  for (const [i, signer] of report.signers.entries()) {
    const kind = report.form ? `, ${w[report.form]}` : '';
    lines.push('', `${i + 1}. ${w[signer.verdict]}`, `${w.signer}: ${who(signer, language)}`);
    lines.push(`${w.kind}: ${signer.level}${kind}`);
    if (signer.certificate) {
      const { serial, issuer, notBefore, notAfter } = signer.certificate;
      lines.push(
        `${w.certificate}: ${serial}, ${w.issued} ${issuer}, ${w.inForce} ${w.time(notBefore)} – ${w.time(notAfter)}`,
      );
    }
    if (signer.claimedTime !== undefined) lines.push(`${w.claimed}: ${w.time(signer.claimedTime)}`);
    if (signer.timeStamp) lines.push(`${w.stamped}: ${w.time(signer.timeStamp.time)}`);
    lines.push(`${w.judged}: ${w.time(signer.judgedAt)}`, ...sentences(signer.findings, language));
  }
  return `${lines.join('\n')}\n`;
}

function sentences(findings: readonly Finding[], language: 'ru' | 'en'): string[] {
  return findings.map((f) => `  ${marks[f.outcome]} ${f[language]}`);
}

const numbers = {
  ru: { innLegal: 'ИНН ЮЛ', inn: 'ИНН', ogrn: 'ОГРН', ogrnip: 'ОГРНИП', snils: 'СНИЛС' },
  en: { innLegal: 'INN of the organisation', inn: 'INN', ogrn: 'OGRN', ogrnip: 'OGRNIP', snils: 'SNILS' },
} as const;

function who({ certificate }: SignerReport, language: 'ru' | 'en'): string {
  if (!certificate) return words[language].nobody;
  const { holder, name } = certificate;
  const labels = Object.entries(numbers[language]) as [keyof Identity, string][];
  return [name, holder.title, holder.organization === name ? undefined : holder.organization]
    .concat(labels.map(([key, label]) => (holder[key] ? `${label} ${holder[key]}` : undefined)))
    .filter(Boolean)
    .join(', ');
}
