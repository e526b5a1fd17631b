import { X509Certificate } from 'node:crypto';
import { streebog } from '../../simulators/giszhkh/streebog.ts';
import { BASE, child, children, DS, descendants, type Element, parse, text } from '../../simulators/giszhkh/xml.ts';
import type { Exchange } from './recorded-run.ts';
import { POLL_S } from './recorded-run.ts';

/** An operation as its official WSDL describes it. */
export interface OfficialOperation {
  path: string;
  action: string;
  header: string;
  element: string;
}

/** A message taken apart. */
interface Message {
  exchange: Exchange;
  header: Element;
  body: Element;
  action: string;
}

const MINUTE = 60_000;
const ZONED = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const ISSUER_KEY = /^(C|ST|L|STREET|O|OU|CN|\d+(\.\d+)+)$/;
/** Names that OpenSSL gives to parts of an issuer, where a signature may hold only the OID. */
const OIDS: Readonly<Record<string, string>> = {
  emailAddress: '1.2.840.113549.1.9.1',
  title: '2.5.4.12',
  GN: '2.5.4.42',
  SN: '2.5.4.4',
  OGRN: '1.2.643.100.1',
  INN: '1.2.643.3.131.1.1',
  SNILS: '1.2.643.100.3',
  street: 'STREET',
};

function messageOf(exchange: Exchange): Message {
  const envelope = parse(exchange.request ?? '').documentElement;
  const [header] = children(child(envelope, 'Header'));
  const [body] = children(child(envelope, 'Body'));
  if (!header || !body) throw new Error('A request has no header or body.');
  return { exchange, header, body, action: exchange.headers.soapaction?.replaceAll('"', '') ?? '' };
}

/** Messages of a log; calls of the file store are left out. */
export function messagesIn(log: readonly Exchange[]): Message[] {
  return log.filter((e) => e.request !== undefined).map(messageOf);
}

/** 2: one header of the right kind, its date and identifier. 3: address and SOAPAction. */
export function headersAndAddresses(log: readonly Exchange[], official: readonly OfficialOperation[]): string[] {
  const seen = new Set<string>();
  return messagesIn(log).flatMap(({ exchange, header, body, action }) => {
    const faults: string[] = [];
    const operation = official.find((o) => o.path === exchange.path && o.element === body.localName);
    if (!operation) return [`${exchange.path} takes no ${body.localName}`];
    if (action !== operation.action) faults.push(`SOAPAction ${action} instead of ${operation.action}`);
    if (header.localName !== operation.header) faults.push(`${header.localName} for ${body.localName}`);
    if (descendants(header.parentNode as Element).filter((e) => /RequestHeader$/.test(e.localName ?? '')).length !== 1)
      faults.push('not one header');
    const date = text(header, 'Date') ?? '';
    if (!ZONED.test(date) || Math.abs(Date.parse(date) - exchange.at) > 5 * MINUTE) faults.push(`Date ${date}`);
    const guid = (text(header, 'MessageGUID') ?? '').toLowerCase();
    if (guid === '' || seen.has(guid)) faults.push(`MessageGUID ${guid} twice`);
    seen.add(guid);
    return faults;
  });
}

const signaturesIn = (element: Element): Element[] =>
  descendants(element).filter((e) => e.localName === 'Signature' && e.namespaceURI === DS);

/** 4: where the signature stands, and that getState has none. */
export function placesOfSignatures(log: readonly Exchange[]): string[] {
  return messagesIn(log).flatMap(({ body }) => {
    const name = body.localName;
    const id = body.getAttribute('Id');
    const root = body.ownerDocument?.documentElement as Element;
    const signatures = signaturesIn(root);
    if (name === 'getStateRequest' || name === 'getRequestsStateRequest')
      return id || signatures.length > 0 ? [`${name} is signed`] : [];
    const faults: string[] = [];
    const [first] = children(body);
    if (signatures.length !== 1 || first !== signatures[0])
      faults.push(`${name}: the signature is not the first child`);
    const [reference] = descendants(body).filter((e) => e.localName === 'Reference');
    if (!id || reference?.getAttribute('URI') !== `#${id}`) faults.push(`${name}: the first reference is not #${id}`);
    if (descendants(root).filter((e) => e.getAttribute('Id') === id).length !== 1)
      faults.push(`${name}: Id is not unique`);
    return faults;
  });
}

/** 6: what the signature says of its certificate. 7: when it was signed. */
export function certificatesAndTimes(log: readonly Exchange[]): string[] {
  return messagesIn(log).flatMap(({ exchange, body }) => {
    const [signature] = signaturesIn(body);
    if (!signature) return [];
    const inside = descendants(signature);
    const value = (name: string): string => inside.find((e) => e.localName === name)?.textContent?.trim() ?? '';
    const faults: string[] = [];
    const der = Buffer.from(value('X509Certificate'), 'base64');
    const certificate = new X509Certificate(der);
    const digest =
      text(
        inside.find((e) => e.localName === 'CertDigest'),
        'DigestValue',
      ) ?? '';
    if (Buffer.from(digest, 'base64').compare(streebog(der, 256)) !== 0) faults.push('CertDigest');
    if (value('X509SerialNumber') !== BigInt(`0x${certificate.serialNumber}`).toString()) faults.push('serial number');
    const named = partsOf(value('X509IssuerName').split(/(?<!\\), ?/));
    if (named.some((part) => !ISSUER_KEY.test(part.split('=')[0] ?? ''))) faults.push('key of the issuer');
    const wanted = partsOf(certificate.issuer.split('\n'));
    if (named.sort().join('|') !== wanted.sort().join('|')) faults.push(`issuer ${named} instead of ${wanted}`);
    const signed = value('SigningTime');
    const at = Date.parse(signed);
    if (!ZONED.test(signed) || !(at >= exchange.at - 5 * MINUTE && at <= exchange.at + MINUTE))
      faults.push('SigningTime');
    if (!(at >= Date.parse(certificate.validFrom) && at <= Date.parse(certificate.validTo))) faults.push('certificate');
    return faults.map((fault) => `${body.localName}: ${fault}`);
  });
}

function partsOf(names: readonly string[]): string[] {
  return names.map((part) => {
    const [, key = '', value = ''] = /^\s*([^=]+)=(.*)$/.exec(part) ?? [];
    return `${OIDS[key] ?? key}=${value.replace(/\\(.)/g, '$1').replace(/^"|"$/g, '')}`;
  });
}

/** 8: identifiers and attachments. @param hashOf GOST R 34.11-94 of bytes, hex, by somebody else than the hub */
export function identifiers(
  log: readonly Exchange[],
  given: ReadonlySet<string>,
  files: ReadonlyMap<string, Buffer>,
  hashOf: (bytes: Buffer) => string,
): string[] {
  return messagesIn(log).flatMap(({ body }) => {
    const faults: string[] = [];
    const inside = descendants(body);
    const guids = inside
      .filter((e) => e.localName === 'TransportGUID' && e.namespaceURI === BASE)
      .map((e) => e.textContent?.toLowerCase() ?? '');
    if (new Set(guids).size !== guids.length) faults.push('a TransportGUID twice');
    for (const guid of guids) if (!given.has(guid)) faults.push(`TransportGUID ${guid} is not one of ours`);
    for (const hash of inside.filter((e) => e.localName === 'AttachmentHASH')) {
      const bytes = files.get(text(hash.parentNode as Element, 'Attachment', 'AttachmentGUID')?.toLowerCase() ?? '');
      if (!bytes) faults.push('an attachment that was not uploaded');
      else if (hash.textContent?.toLowerCase() !== hashOf(bytes)) faults.push('AttachmentHASH');
    }
    return faults.map((fault) => `${body.localName}: ${fault}`);
  });
}

/** 9: when the questions for an answer came. */
export function polls(log: readonly Exchange[]): string[] {
  const tickets = new Map<string, { path: string; last: number; done: boolean }>();
  const faults: string[] = [];
  for (const { exchange, body } of messagesIn(log)) {
    if (body.localName !== 'getStateRequest') {
      const ack = /<(?:\w+:)?Ack>\s*<(?:\w+:)?MessageGUID>([^<]+)/.exec(exchange.answer)?.[1]?.toLowerCase();
      if (ack) tickets.set(ack, { path: exchange.path, last: exchange.at, done: false });
      continue;
    }
    const ticket = tickets.get((text(body, 'MessageGUID') ?? '').toLowerCase());
    if (!ticket || ticket.path !== exchange.path) {
      faults.push('a question for what was not acknowledged there');
      continue;
    }
    if (ticket.done) faults.push('a question after the result');
    // The ack came some milliseconds after the request that the log dates.
    if (exchange.at - ticket.last < POLL_S * 1000 - 2) faults.push(`a question after ${exchange.at - ticket.last} ms`);
    ticket.last = exchange.at;
    ticket.done = /RequestState>3</.test(exchange.answer);
  }
  return faults;
}

/** Most elements of a request. */
const LIMITS: Readonly<Record<string, readonly [string, number]>> = {
  importAccountRequest: ['Account', 100],
  importMeteringDeviceDataRequest: ['MeteringDevice', 100],
  importMeteringDeviceValuesRequest: ['MeteringDevicesValues', 1000],
  importPaymentDocumentRequest: ['PaymentDocument', 500],
  importSupplierNotificationsOfOrderExecutionRequest: ['SupplierNotificationOfOrderExecution', 250],
  importDSRResponsesRequest: ['action', 100],
  importDebtRequest: ['Debt', 100],
  importAnswerRequest: ['AnswerAction', 1000],
  importContractRequest: ['Contract', 100],
  importAcknowledgmentRequest: ['AcknowledgmentRequestInfo', 100],
};

/** 10: counts, sums, readings and references. */
export function counts(log: readonly Exchange[]): string[] {
  const known = new Set<string>();
  for (const { answer } of log)
    for (const [, code, guid] of answer.matchAll(
      /NsiElement>\s*<(?:\w+:)?Code>([^<]+)<\/(?:\w+:)?Code>\s*<(?:\w+:)?GUID>([^<]+)/g,
    ))
      known.add(`${code} ${guid?.toLowerCase()}`);
  return messagesIn(log).flatMap(({ body }) => {
    const faults: string[] = [];
    const inside = descendants(body);
    const [name, most] = LIMITS[body.localName ?? ''] ?? ['', 0];
    if (children(body).filter((e) => e.localName === name).length > most) faults.push(`more than ${most} of ${name}`);
    for (const e of inside) {
      const own = children(e).map((c) => c.localName);
      if (own[0] === 'Code' && own[1] === 'GUID') {
        const pair = `${text(e, 'Code')} ${text(e, 'GUID')?.toLowerCase()}`;
        if (!known.has(pair)) faults.push(`no element ${pair} in the directories`);
      }
      if (/^MeteringValue(T\d)?$/.test(e.localName ?? '') && !/^\d{1,15}(\.\d{1,7})?$/.test(e.textContent ?? ''))
        faults.push(`reading ${e.textContent}`);
    }
    for (const document of children(body).filter((e) => e.localName === 'PaymentDocument')) {
      const sum = descendants(document)
        .filter((e) => e.localName === 'TotalPayable')
        .reduce((all, e) => all + kopecks(e.textContent ?? ''), 0);
      if (sum !== kopecks(text(document, 'TotalPayableByPD') ?? '')) faults.push(`sum of ${sum} kopecks`);
    }
    return faults.map((fault) => `${body.localName}: ${fault}`);
  });
}

const kopecks = (amount: string): number => Math.round(Number(amount) * 100);
