import type { GisZhkhConfig } from './config.ts';
import { BASE } from './format.ts';

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
/** Identifier of the signed element. ГИС ЖКХ takes any; this is the one of its own samples. */
export const SIGNED_ID = 'signed-data-container';
/** Moscow's time all the year; ГИС ЖКХ compares moments, the offset is for people. */
const MOSCOW_MS = 3 * 3_600_000;

/** A moment as ГИС ЖКХ writes it, in Moscow's time. */
export function moscow(at: number): string {
  return `${new Date(at + MOSCOW_MS).toISOString().slice(0, 23)}+03:00`;
}

export interface Heading {
  readonly kind: 'RequestHeader' | 'ISRequestHeader';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly messageGuid: string;
}

/** A whole SOAP 1.1 message around one request element. */
export function envelope(config: GisZhkhConfig, { kind, at, messageGuid }: Heading, body: string): string {
  const sender =
    kind === 'RequestHeader'
      ? `<base:orgPPAGUID>${config.orgPPAGUID}</base:orgPPAGUID>${config.operatorSignature ? '<base:IsOperatorSignature>true</base:IsOperatorSignature>' : ''}`
      : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<soapenv:Envelope xmlns:soapenv="${SOAP}" xmlns:base="${BASE}"><soapenv:Header><base:${kind}><base:Date>${moscow(at)}</base:Date><base:MessageGUID>${messageGuid}</base:MessageGUID>${sender}</base:${kind}></soapenv:Header><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

/** The question for the answer to a request; it is neither signed nor versioned. */
export function stateQuestion(ticket: string): string {
  return `<base:getStateRequest><base:MessageGUID>${ticket}</base:MessageGUID></base:getStateRequest>`;
}

/** The question which of the requests are done; neither signed nor versioned. */
export function processedQuestion(tickets: readonly string[]): string {
  return `<base:getRequestsStateRequest>${tickets.map((ticket) => `<base:MessageGUIDList>${ticket}</base:MessageGUIDList>`).join('')}</base:getRequestsStateRequest>`;
}
