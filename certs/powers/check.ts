import type { SignatureReport } from '../cms/report.ts';
import type { SigningOrganisation } from '../fitness.ts';
import type { Certificate } from '../x509/certificate.ts';
import { type Identity, identityOf } from '../x509/subject.ts';
import type { Party, PowerOfAttorney } from './emchd.ts';

const DAY_MS = 86_400_000;

/** One thing that was looked at of a power of attorney. */
export interface PowerFinding {
  code:
    | 'POWER_IN_TIME'
    | 'POWER_NOT_YET'
    | 'POWER_OVER'
    | 'POWER_REVOKED'
    | 'POWER_SIGNATURE'
    | 'POWER_SIGNER'
    | 'POWER_PRINCIPAL'
    | 'POWER_HOLDER'
    | 'POWER_CODES'
    | 'POWER_TRANSFER'
    | 'POWER_JOINT';
  outcome: 'ok' | 'failed' | 'unknown' | 'warning';
  ru: string;
  en: string;
}

export interface PowerQuestion {
  power: PowerOfAttorney;
  /** Of its detached signature over its octets; absent where it is not asked about. */
  report?: SignatureReport;
  organisation: SigningOrganisation | undefined;
  /** Whose powers they must be; absent where nobody is asked about. */
  holder?: Certificate;
  /** Codes that are needed, of the state's classifier. */
  needs?: readonly string[];
  revokedAt: number | undefined;
  /** Epoch milliseconds. */
  now: number;
}

/** The end of the last day, in Moscow: the form names days, and no zone. Epoch milliseconds. */
export function endOfPower({ endsOn }: Pick<PowerOfAttorney, 'endsOn'>): number {
  return Date.parse(`${endsOn}T00:00:00+03:00`) + DAY_MS;
}

/** Dates, signature, principal, representative, codes and revocation. `failed` in any: it does not serve. */
export function checkPower(question: PowerQuestion): PowerFinding[] {
  const { power, report, organisation, holder, needs = [], revokedAt, now } = question;
  const findings: PowerFinding[] = [];
  const tell = (code: PowerFinding['code'], outcome: PowerFinding['outcome'], ru: string, en: string): void => {
    findings.push({ code, outcome, ru, en });
  };
  if (now < Date.parse(`${power.issuedOn}T00:00:00+03:00`))
    tell(
      'POWER_NOT_YET',
      'failed',
      `Доверенность выдана ${power.issuedOn}: срок ещё не начался.`,
      `It is issued on ${power.issuedOn} only.`,
    );
  else if (now >= endOfPower(power))
    tell('POWER_OVER', 'failed', `Срок доверенности истёк ${power.endsOn}.`, `It ended on ${power.endsOn}.`);
  else
    tell('POWER_IN_TIME', 'ok', `Доверенность действует до ${power.endsOn}.`, `It is in force until ${power.endsOn}.`);
  if (revokedAt !== undefined && revokedAt <= now)
    tell('POWER_REVOKED', 'failed', 'Доверенность отозвана.', 'It was revoked.');
  if (power.isTransfer)
    tell(
      'POWER_TRANSFER',
      'unknown',
      'Это передоверие: исходную доверенность надо проверить отдельно.',
      'It passes powers on: the original one has to be looked at too.',
    );
  if (power.representatives.length > 1)
    tell(
      'POWER_JOINT',
      'warning',
      'Представителей несколько: могут ли они действовать порознь, решает человек.',
      'There are several representatives: whether each may act alone a person has to judge.',
    );
  findings.push(...(report ? signatureFindings(power, report) : []));
  const principal = principalFinding(power, organisation);
  if (principal) findings.push(principal);
  if (holder) findings.push(holderFinding(power, identityOf(holder)));
  const missing = needs.filter((code) => !power.powers.machine.some((one) => one.code === code));
  if (missing.length > 0)
    tell(
      'POWER_CODES',
      'failed',
      `Нет полномочий с кодами ${missing.join(', ')}.`,
      `It lacks the powers ${missing.join(', ')}.`,
    );
  else if (power.powers.machine.length === 0)
    tell(
      'POWER_CODES',
      'warning',
      'В доверенности нет полномочий с кодами: программа не может их проверить.',
      'It has no powers with codes: a program can not check them.',
    );
  else
    tell(
      'POWER_CODES',
      'ok',
      `Полномочий с кодами: ${power.powers.machine.length}.`,
      `Powers with codes: ${power.powers.machine.length}.`,
    );
  return findings;
}

function signatureFindings(power: PowerOfAttorney, { verdict, signers }: SignatureReport): PowerFinding[] {
  const made: PowerFinding[] = [
    verdict === 'valid'
      ? {
          code: 'POWER_SIGNATURE',
          outcome: 'ok',
          ru: 'Подпись доверенности действительна.',
          en: 'Its signature is valid.',
        }
      : verdict === 'invalid'
        ? {
            code: 'POWER_SIGNATURE',
            outcome: 'failed',
            ru: 'Подпись доверенности недействительна.',
            en: 'Its signature is not valid.',
          }
        : {
            code: 'POWER_SIGNATURE',
            outcome: 'unknown',
            ru: 'Подпись доверенности не подтверждена: проверьте signing.trust.',
            en: 'Its signature could not be proven: look at signing.trust.',
          },
  ];
  if (verdict === 'invalid') return made;
  const inns = signers.flatMap(({ certificate }) => certificate?.holder.innLegal ?? []);
  const isOfPrincipal = power.principals.some(({ inn }) => inn !== undefined && inns.includes(inn));
  made.push(
    isOfPrincipal
      ? { code: 'POWER_SIGNER', outcome: 'ok', ru: 'Подписана доверителем.', en: 'The principal has signed it.' }
      : inns.length > 0
        ? {
            code: 'POWER_SIGNER',
            outcome: 'failed',
            ru: 'Подписана не доверителем: в сертификате ИНН другой организации.',
            en: 'Another than the principal has signed it.',
          }
        : {
            code: 'POWER_SIGNER',
            outcome: 'unknown',
            ru: 'В сертификате подписавшего нет ИНН организации: кто он, решает человек.',
            en: 'The signer’s certificate names no organisation: a person has to judge.',
          },
  );
  return made;
}

function principalFinding(
  { principals }: PowerOfAttorney,
  organisation: SigningOrganisation | undefined,
): PowerFinding | undefined {
  if (!organisation?.inn) return undefined;
  return principals.some(({ inn }) => inn === organisation.inn)
    ? {
        code: 'POWER_PRINCIPAL',
        outcome: 'ok',
        ru: 'Выдана этой организацией.',
        en: 'This organisation has issued it.',
      }
    : {
        code: 'POWER_PRINCIPAL',
        outcome: 'failed',
        ru: 'Выдана другой организацией: ИНН доверителя не тот, что в hub.yaml.',
        en: 'Another organisation has issued it.',
      };
}

/** Whether a power of attorney speaks of the holder of a certificate: by СНИЛС and ИНН of the person. */
export function isHolder(party: Party, { inn, snils }: Identity): boolean {
  const pairs = [
    [party.inn, inn],
    [party.snils, snils?.replace(/\D/g, '')],
  ] as const;
  const known = pairs.filter(([a, b]) => a !== undefined && b !== undefined);
  return known.length > 0 && known.every(([a, b]) => a === b);
}

function holderFinding({ representatives }: PowerOfAttorney, identity: Identity): PowerFinding {
  return representatives.some((party) => isHolder(party, identity))
    ? {
        code: 'POWER_HOLDER',
        outcome: 'ok',
        ru: 'Представитель — владелец сертификата.',
        en: 'Its representative holds the certificate.',
      }
    : {
        code: 'POWER_HOLDER',
        outcome: 'failed',
        ru: 'Представитель — не владелец сертификата: ИНН или СНИЛС другие.',
        en: 'Its representative is not the holder of the certificate.',
      };
}
