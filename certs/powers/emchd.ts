import { HubError, isHubError } from '../../canonical/errors.ts';
import { attributeOf, elementsOf, isNamed, textOf } from '../xml/find.ts';
import type { XmlElement } from '../xml/nodes.ts';
import { readXml } from '../xml/read.ts';

/** Namespace of the single form of machine-readable powers of attorney (единая форма МЧД, ВерсФорм EMCHD_1). */
export const EMCHD = 'urn://x-artefacts/EMCHD_1';

/** Somebody in a power of attorney. Digits only in inn, ogrn and snils. */
export interface Party {
  kind: 'organisation' | 'sole-trader' | 'person' | 'other';
  name?: string;
  inn?: string;
  ogrn?: string;
  snils?: string;
}

/** A machine-readable power of attorney (машиночитаемая доверенность, МЧД), as its document says. */
export interface PowerOfAttorney {
  /** Its single registration number, a UUID in lower case. */
  number: string;
  /** Number that the principal gave it. */
  internalNumber?: string;
  /** `YYYY-MM-DD`; the last day is inside. */
  issuedOn: string;
  endsOn: string;
  /** Передоверие: it passes powers of another one on, which has to be seen too. */
  isTransfer: boolean;
  /** For whom it is acted (доверители). */
  principals: readonly Party[];
  /** Who acts (представители). */
  representatives: readonly Party[];
  powers: {
    machine: readonly { code: string; name: string }[];
    text?: string;
  };
}

const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 40, maxElements: 20_000 };
const MAX_PARTIES = 100;
const MAX_POWERS = 1_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Reads the form EMCHD_1. Elements are found by their names alone, since publications of the form differ in the codes of
 * ТипДоверит and ТипПред.
 *
 * @param document UTF-8, octet by octet as it was signed
 * @throws HubError rejected/POWER_UNREADABLE
 */
export function readPower(document: Uint8Array): PowerOfAttorney {
  const root = rootOf(document);
  if (!isNamed(root, EMCHD, 'Доверенность'))
    throw unreadable(`its root is not Доверенность of ${EMCHD}; other forms are not known`);
  const body = child(root, 'Документ');
  const direct = body && child(body, 'Довер');
  const transfer = body && child(body, 'Передов');
  const power = direct ?? transfer;
  if (!power) throw unreadable('it holds neither Довер nor Передов');
  const facts = child(power, direct ? 'СвДов' : 'СвПереДовер');
  if (!facts) throw unreadable(`it has no ${direct ? 'СвДов' : 'СвПереДовер'}`);
  const number = attributeOf(facts, 'НомДовер')?.trim().toLowerCase();
  if (number === undefined || !UUID.test(number)) throw unreadable('НомДовер is no registration number (UUID)');
  const issuedOn = dateOf(facts, 'ДатаВыдДовер');
  const endsOn = dateOf(facts, 'СрокДейст');
  if (endsOn < issuedOn) throw unreadable('СрокДейст is before ДатаВыдДовер');
  const internalNumber = attributeOf(facts, 'ВнНомДовер');
  const granted = child(power, 'СвПолн');
  const text = granted && child(granted, 'ТекстПолн');
  return {
    number,
    ...(internalNumber === undefined ? {} : { internalNumber }),
    issuedOn,
    endsOn,
    isTransfer: direct === undefined,
    principals: partiesOf(power, direct ? 'СвДоверит' : 'СвПередПолн'),
    representatives: partiesOf(power, direct ? 'СвУпПред' : 'СвПолучПолн'),
    powers: {
      machine: machinePowers(granted),
      ...(text ? { text: textOf(text).slice(0, 20_000) } : {}),
    },
  };
}

function rootOf(document: Uint8Array): XmlElement {
  try {
    return readXml(document, LIMITS).root;
  } catch (error) {
    if (!isHubError(error)) throw error;
    throw unreadable(error.message, error);
  }
}

function unreadable(why: string, cause?: unknown): HubError {
  return new HubError(
    'rejected',
    'POWER_UNREADABLE',
    `The file is no machine-readable power of attorney that can be read: ${why}.`,
    { errors: [{ pointer: '/document', message: why }] },
    { cause },
  );
}

function child(element: XmlElement, local: string): XmlElement | undefined {
  return elementsOf(element).find((one) => isNamed(one, EMCHD, local));
}

function dateOf(element: XmlElement, name: string): string {
  const text = attributeOf(element, name)?.trim() ?? '';
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text);
  if (!isDate) throw unreadable(`${name} is no date such as 2026-01-31`);
  return text;
}

function partiesOf(power: XmlElement, outer: string): Party[] {
  const all = elementsOf(power).filter((one) => isNamed(one, EMCHD, outer));
  if (all.length === 0) throw unreadable(`it has no ${outer}`);
  if (all.length > MAX_PARTIES) throw unreadable(`it has over ${MAX_PARTIES} of ${outer}`);
  return all.map(partyOf);
}

/**
 * The first element inside that bears a tax number says who it is; how the elements around it are called depends on the
 * kind of party and differs between a power and its transfer.
 */
function partyOf(holder: XmlElement): Party {
  const path = firstNumbered(holder, 6);
  const said = path?.at(-1);
  if (!path || !said) return { kind: 'other' };
  const names = path.map(({ local }) => local);
  const name = attributeOf(said, 'НаимОрг');
  // Foreign organisations hold persons that act for them: those are not the party.
  if (names.some((local) => /^(ИнОрг|СведИО)/.test(local))) return drop({ kind: 'other', name });
  if (attributeOf(said, 'ИННЮЛ') !== undefined)
    return drop({
      kind: 'organisation',
      name,
      inn: digits(attributeOf(said, 'ИННЮЛ')),
      ogrn: digits(attributeOf(said, 'ОГРН')),
    });
  const trader = path.find(({ local }) => /ИП/.test(local));
  return drop({
    kind: trader ? 'sole-trader' : 'person',
    name: fullName(said),
    inn: digits(attributeOf(said, 'ИННФЛ')),
    ogrn: digits(trader && attributeOf(trader, 'ОГРНИП')),
    snils: digits(attributeOf(said, 'СНИЛС')),
  });
}

/** Elements from the outermost to the first, in the order of the document, that bears ИНН or СНИЛС. */
function firstNumbered(element: XmlElement, depth: number): XmlElement[] | undefined {
  if (['ИННЮЛ', 'ИННФЛ', 'СНИЛС'].some((name) => attributeOf(element, name) !== undefined)) return [element];
  if (depth === 0) return undefined;
  for (const inner of elementsOf(element)) {
    const found = firstNumbered(inner, depth - 1);
    if (found) return [element, ...found];
  }
  return undefined;
}

function fullName(element: XmlElement): string | undefined {
  const found = [element, ...elementsOf(element), ...elementsOf(element).flatMap(elementsOf)]
    .flatMap(elementsOf)
    .find((one) => isNamed(one, EMCHD, 'ФИО'));
  const parts = found && ['Фамилия', 'Имя', 'Отчество'].map((name) => attributeOf(found, name)).filter(Boolean);
  return parts && parts.length > 0 ? parts.join(' ') : undefined;
}

function machinePowers(granted: XmlElement | undefined): { code: string; name: string }[] {
  const all = granted ? elementsOf(granted).filter((one) => isNamed(one, EMCHD, 'МашПолн')) : [];
  if (all.length > MAX_POWERS) throw unreadable(`it has over ${MAX_POWERS} powers`);
  return all.map((one) => {
    const code = attributeOf(one, 'КодПолн')?.trim();
    if (!code) throw unreadable('a МашПолн has no КодПолн');
    return { code, name: attributeOf(one, 'НаимПолн') ?? '' };
  });
}

function digits(text: string | undefined): string | undefined {
  const only = text?.replace(/\D/g, '');
  return only === '' ? undefined : only;
}

function drop(party: { [K in keyof Party]: Party[K] | undefined } & { kind: Party['kind'] }): Party {
  return Object.fromEntries(Object.entries(party).filter(([, value]) => value !== undefined)) as unknown as Party;
}
