import type { Certificate } from './certificate.ts';
import { type DistinguishedName, nameOid } from './name.ts';

/** Who a certificate speaks of, as Russian certification authorities write it. Absent means the certificate doesn't say. */
export interface Identity {
  commonName?: string;
  organization?: string;
  /** Surname, given name and patronymic together. */
  person?: string;
  title?: string;
  /** ИНН of the organisation, ten digits. */
  innLegal?: string;
  /** ИНН of the person, twelve digits. */
  inn?: string;
  ogrn?: string;
  ogrnip?: string;
  snils?: string;
  email?: string;
  locality?: string;
}

export function identityOf(certificate: Certificate): Identity {
  return identityOfName(certificate.subject);
}

export function identityOfName(name: DistinguishedName): Identity {
  const text = (key: keyof typeof nameOid): string | undefined => name.first(nameOid[key]);
  const rawInn = text('inn');
  // Older certificates of organisations have no field of their own: two zeros before the ten digits.
  const legalInPersonal = rawInn?.match(/^00(\d{10})$/)?.[1];
  const person = [text('surname'), text('givenName')].filter(Boolean).join(' ');
  const all: Record<keyof Identity, string | undefined> = {
    commonName: text('commonName'),
    organization: text('organization'),
    person: person || undefined,
    title: text('title'),
    innLegal: text('innLegal') ?? legalInPersonal,
    inn: legalInPersonal === undefined ? rawInn : undefined,
    ogrn: text('ogrn'),
    ogrnip: text('ogrnip'),
    snils: text('snils'),
    email: text('email'),
    locality: text('locality'),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Identity;
}

/** The shortest name a reader knows the holder by. */
export function displayName(identity: Identity): string {
  const who = identity.person ?? identity.commonName ?? identity.organization ?? '—';
  return identity.person && identity.organization ? `${who} (${identity.organization})` : who;
}
