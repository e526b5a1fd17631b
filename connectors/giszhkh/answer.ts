import { HubError } from '../../canonical/errors.ts';
import { elementsOf, isNamed, textOf } from '../../certs/xml/find.ts';
import type { XmlDocument, XmlElement } from '../../certs/xml/nodes.ts';
import { readXml } from '../../certs/xml/read.ts';
import type { HttpResponse } from '../http-port.ts';
import { SOAP } from './envelope.ts';
import { gisError } from './errors.ts';
import { BASE } from './format.ts';
import { isGuid } from './guid.ts';

/** Answers above this are refused before they are read; a house with 1,000 premises takes some 3 MB. */
export const MAX_ANSWER = 32 * 1024 * 1024;

/** The element in the body of an answer, and the whole document for its signature. */
export interface Answer {
  readonly document: XmlDocument;
  readonly body: XmlElement;
  readonly text: string;
}

/** @throws HubError with what stands in place of an answer: a fault, a page of the balancer, something that is no XML. */
export function answerOf(response: HttpResponse): Answer {
  const { status } = response;
  // The header may claim another encoding; the bytes are UTF-8.
  const text = new TextDecoder().decode(response.body);
  const document = documentOf(text, status);
  const body = bodyOf(document);
  if (!body) throw notAnAnswer(status, 'is not a SOAP message');
  if (isNamed(body, SOAP, 'Fault')) throw faultOf(body, status);
  if (status >= 400) throw statusError(status);
  return { document, body, text };
}

function documentOf(text: string, status: number): XmlDocument {
  try {
    return readXml(text, { maxLength: MAX_ANSWER });
  } catch (cause) {
    if (status >= 400) throw statusError(status);
    throw notAnAnswer(status, 'is not XML that may be read (a page of a balancer, a document type, entities)', cause);
  }
}

/** The only element in the body of an envelope. */
function bodyOf({ root }: XmlDocument): XmlElement | undefined {
  if (!isNamed(root, SOAP, 'Envelope')) return undefined;
  const bodies = elementsOf(root).filter((e) => isNamed(e, SOAP, 'Body'));
  const inside = bodies.length === 1 && bodies[0] ? elementsOf(bodies[0]) : [];
  return inside.length === 1 ? inside[0] : undefined;
}

function faultOf(fault: XmlElement, status: number): HubError {
  const detail = elementsOf(fault).find((e) => e.local === 'detail');
  const ours = detail && elementsOf(detail).find((e) => isNamed(e, BASE, 'Fault'));
  const given = ours && elementsOf(ours).find((e) => e.local === 'ErrorCode');
  const words = elementsOf(fault).find((e) => e.local === 'faultstring');
  const code = (given && textOf(given).trim()) || /\b[A-Z]{3}\d{6}\b/.exec(words ? textOf(words) : '')?.[0];
  if (code) return gisError(code, { status });
  return new HubError('transient', 'GISZHKH_FAULT', 'ГИС ЖКХ answered with a fault without a code.', {
    upstream: { system: 'giszhkh', status },
  });
}

/** What an HTTP status without a SOAP message says. */
function statusError(status: number): HubError {
  const upstream = { system: 'giszhkh', status };
  if (status === 400)
    return new HubError(
      'misconfigured',
      'GISZHKH_BAD_REQUEST',
      'ГИС ЖКХ refuses the request as such (400): as a rule the format version of an element is not one that it takes.',
      { upstream },
    );
  if (status === 401 || status === 403)
    return new HubError('unauthorized', 'GISZHKH_LOGIN', `ГИС ЖКХ or the tunnel refuses access (${status}).`, {
      upstream,
    });
  if (status === 404)
    return new HubError('misconfigured', 'GISZHKH_ADDRESS', 'There is no service of ГИС ЖКХ at this address (404).', {
      upstream,
    });
  if (status === 429)
    return new HubError('rate-limited', 'GISZHKH_TOO_OFTEN', 'ГИС ЖКХ asks for a pause (429).', {
      upstream,
      retryAfterMs: 120_000,
    });
  return new HubError('transient', 'GISZHKH_UNAVAILABLE', `ГИС ЖКХ answered ${status}.`, { upstream });
}

function notAnAnswer(status: number, what: string, cause?: unknown): HubError {
  return new HubError(
    'transient',
    'GISZHKH_NOT_SOAP',
    `The answer ${what}.`,
    { upstream: { system: 'giszhkh', status } },
    cause === undefined ? undefined : { cause },
  );
}

/** The receipt of a request. */
export interface Acknowledgement {
  /** Number of the request at ГИС ЖКХ: the ticket. */
  readonly ticket: string;
  readonly requester: string;
}

/** @throws HubError transient/GISZHKH_NO_ACK when the answer is something else */
export function acknowledgementOf({ body }: Answer): Acknowledgement {
  const ack = isNamed(body, BASE, 'AckRequest') ? elementsOf(body).find((e) => isNamed(e, BASE, 'Ack')) : undefined;
  const [ticket, requester] = ['MessageGUID', 'RequesterMessageGUID'].map((name) => {
    const element = ack && elementsOf(ack).find((e) => isNamed(e, BASE, name));
    return element ? textOf(element).trim() : '';
  });
  if (!ticket || !isGuid(ticket))
    throw new HubError('transient', 'GISZHKH_NO_ACK', 'ГИС ЖКХ did not acknowledge the request.', {
      upstream: { system: 'giszhkh' },
    });
  return { ticket, requester: requester ?? '' };
}
