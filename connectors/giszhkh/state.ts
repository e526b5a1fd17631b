import { HubError } from '../../canonical/errors.ts';
import { attributeOf, elementsOf, textOf } from '../../certs/xml/find.ts';
import type { XmlElement } from '../../certs/xml/nodes.ts';
import type { NativeObject } from '../port.ts';
import { gisError } from './errors.ts';
import type { ServiceName } from './format.ts';
import { isGuid, sameGuid } from './guid.ts';
import { readResult } from './read-message.ts';

/** How far a request has come, and what it gave. */
export type State =
  | { readonly done: false }
  /** The request failed as a whole. */
  | { readonly done: true; readonly error: HubError; readonly code: string }
  /** By local names, as the service's getStateResult has it; nothing besides the heading is an empty result. */
  | { readonly done: true; readonly result: NativeObject; readonly error?: undefined };

/** Version of the answer's format, for notes about its changes. */
export function versionOf(result: XmlElement): string | undefined {
  return attributeOf(result, 'version') ?? result.attributes.find((a) => a.local === 'version')?.value;
}

/**
 * @param ticket number of the request that was asked for
 * @throws HubError transient/GISZHKH_FOREIGN_STATE for an answer about another request
 */
export function stateOf(service: ServiceName, element: XmlElement, ticket: string): State {
  const result = readResult(service, element);
  if (typeof result.MessageGUID === 'string' && !sameGuid(result.MessageGUID, ticket))
    throw new HubError('transient', 'GISZHKH_FOREIGN_STATE', 'ГИС ЖКХ answered about another request.', {
      upstream: { system: 'giszhkh' },
    });
  const failed = errorIn(result.ErrorMessage);
  // A failure has come without a state as well.
  if (failed && result.RequestState !== '1' && result.RequestState !== '2')
    return { done: true, error: gisError(failed), code: failed };
  if (result.RequestState === '3') return { done: true, result };
  if (result.RequestState === '1' || result.RequestState === '2') return { done: false };
  throw new HubError('unexpected', 'GISZHKH_STATE', 'ГИС ЖКХ answered with a state that the format does not have.', {
    upstream: { system: 'giszhkh' },
  });
}

/**
 * Numbers of the requests that are done, lower case, from a getRequestsStateResult.
 *
 * @throws HubError unexpected/GISZHKH_STATE for a list that is none
 */
export function processedIn(element: XmlElement): ReadonlySet<string> {
  const listed = elementsOf(element)
    .filter((e) => e.local === 'MessageGUIDList')
    .map((e) => textOf(e).trim().toLowerCase());
  if (!listed.every(isGuid))
    throw new HubError('unexpected', 'GISZHKH_STATE', 'ГИС ЖКХ answered with a list of requests that can’t be read.', {
      upstream: { system: 'giszhkh' },
    });
  return new Set(listed);
}

/** Code in an ErrorMessage; the text is not kept, as it may name people. */
export function errorIn(message: unknown): string | undefined {
  const first = Array.isArray(message) ? message[0] : message;
  if (first === null || typeof first !== 'object') return undefined;
  const { ErrorCode: code, Description: text } = first as { ErrorCode?: unknown; Description?: unknown };
  if (typeof code === 'string' && /^[A-Z]{3}\d{6}$/.test(code.trim())) return code.trim();
  const inText = typeof text === 'string' ? /\b[A-Z]{3}\d{6}\b/.exec(text)?.[0] : undefined;
  return inText ?? (typeof code === 'string' && code !== '' ? code.slice(0, 40) : 'without code');
}
