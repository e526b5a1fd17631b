import type { HubError } from '../../canonical/errors.ts';
import type { NativeObject } from '../port.ts';
import { gisError } from './errors.ts';
import { errorIn } from './state.ts';

/** What ГИС ЖКХ says of one element of an import. */
export interface ElementResult {
  /** Absent for a failure that names none. */
  readonly transportGuid: string | undefined;
  readonly code: string;
  readonly error: HubError | undefined;
  /** GUID, UniqueNumber, UpdateDate and what the operation adds, by our names. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The results of an import, in whichever of its forms the service writes them. */
export function resultsIn(result: NativeObject): readonly ElementResult[] {
  return [...list(result.ImportResult), ...list(result.importResult)].flatMap((entry) =>
    'CommonResult' in entry ? list(entry.CommonResult).map(elementOf) : [elementOf(entry)],
  );
}

function elementOf(entry: NativeObject): ElementResult {
  const { TransportGUID, GUID, UniqueNumber, UpdateDate, Error: errors, ErrorMessage, ...more } = entry;
  const code = errorIn(errors) ?? errorIn(ErrorMessage);
  return {
    transportGuid: typeof TransportGUID === 'string' ? TransportGUID.trim() : undefined,
    code: code ?? '',
    error: code === undefined ? undefined : gisError(code),
    data: {
      ...(typeof GUID === 'string' ? { guid: GUID.toLowerCase() } : {}),
      ...(typeof UniqueNumber === 'string' ? { uniqueNumber: UniqueNumber } : {}),
      ...(typeof UpdateDate === 'string' ? { updatedAt: UpdateDate } : {}),
      ...(Object.keys(more).length > 0 ? { details: more } : {}),
    },
  };
}

/** Groups of elements, whether there is one, several or none. */
export function list(value: unknown): NativeObject[] {
  const all = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return all.filter((v): v is NativeObject => v !== null && typeof v === 'object');
}
