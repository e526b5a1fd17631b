import { randomUUID } from 'node:crypto';
import { type AnswerKey, answerKey, signAnswer } from './answer-signer.ts';
import { space, stamp } from './answers.ts';
import { services } from './services/index.ts';
import { BASE, SOAP } from './xml.ts';

/** A key of a client that has nothing to do with the hub. */
export const clientKey: AnswerKey = answerKey('Client of a test', 42, Date.now());
export const ORG = '7c9e6679-7425-40de-944b-e07fc1f90ae7';

export interface Wish {
  /** Operation with its request element, version and content; `s:` is the service, `b:` base, `n:` nsi-base. */
  operation: string;
  content: string;
  version: string;
  now?: number;
  org?: string;
  messageGuid?: string;
  /** Signs with another key than that of the client. */
  key?: AnswerKey;
}

const serviceOf = (operation: string) => {
  const service = services.find((s) => Object.hasOwn(s.operations, operation));
  if (!service) throw new Error(`No service has ${operation}.`);
  return service;
};

function envelope(kind: string, o: { now: number; org: string; guid: string }, body: string): string {
  const sender = kind === 'RequestHeader' ? `<b:orgPPAGUID>${o.org}</b:orgPPAGUID>` : '';
  return `<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="${SOAP}" xmlns:b="${BASE}"><soap:Header><b:${kind}><b:Date>${stamp(o.now)}</b:Date><b:MessageGUID>${o.guid}</b:MessageGUID>${sender}</b:${kind}></soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

/** A signed request of an operation. */
export function message(wish: Wish): string {
  const { operation, content, version, now = Date.now(), org = ORG, messageGuid = randomUUID(), key } = wish;
  const service = serviceOf(operation);
  const element = service.operations[operation]?.element ?? '';
  const body = `<s:${element} xmlns:s="${service.namespace}" xmlns:n="${space('nsi-base')}" Id="signed-data-container" b:version="${version}">${content}</s:${element}>`;
  // The header alone carries the date of a wish; it is not signed.
  const at = `${stamp(Date.now()).slice(0, 19)}+03:00`;
  return signAnswer(
    envelope(service.header, { now, org, guid: messageGuid }, body),
    key ?? clientKey,
    at,
    randomUUID(),
  );
}

/** What comes back over the wire. */
export interface Said {
  status: number;
  text: string;
  /** Text of the first element of this local name. */
  of(name: string): string;
}

export async function post(url: string, path: string, action: string, body: string): Promise<Said> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: `"urn:${action}"` },
    body,
  });
  const text = await response.text();
  return {
    status: response.status,
    text,
    of: (name) => new RegExp(`<(?:\\w+:)?${name}(?: [^>]*)?>([^<]*)<`).exec(text)?.[1] ?? '',
  };
}

export const send = (url: string, wish: Wish): Promise<Said> =>
  post(url, serviceOf(wish.operation).path, wish.operation, message(wish));

/** One question for the answer to an acknowledged request. */
export function ask(url: string, operation: string, ack: Said, now = Date.now(), path?: string): Promise<Said> {
  const service = serviceOf(operation);
  const ticket = /Ack>\s*<(?:\w+:)?MessageGUID>([^<]+)/.exec(ack.text)?.[1] ?? '';
  const body = `<b:getStateRequest><b:MessageGUID>${ticket}</b:MessageGUID></b:getStateRequest>`;
  const text = envelope(path ? 'RequestHeader' : service.header, { now, org: ORG, guid: randomUUID() }, body);
  return post(url, path ?? service.path, 'getState', text);
}
