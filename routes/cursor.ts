import { HubError } from '../canonical/errors.ts';
import { invalid } from './problems.ts';

/** A cursor names its list, so that one of another list is told apart. */
export function encodeCursor(list: string, id: string): string {
  return Buffer.from(`${list}:${id}`).toString('base64url');
}

/** @throws HubError BAD_CURSOR */
export function decodeCursor(list: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const [, name, id] =
    /^([a-z-]+):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$/.exec(
      Buffer.from(cursor, 'base64url').toString('latin1'),
    ) ?? [];
  if (name !== list || !id)
    throw new HubError('rejected', 'BAD_CURSOR', 'cursor is not one that this list gave; begin again without it.', {
      errors: [{ pointer: '?cursor', message: 'is not one that this list gave' }],
    });
  return id;
}

/** Page size from a query. @throws HubError INVALID_QUERY */
export function limitOf(text: string | undefined, standard: number, most: number): number {
  if (text === undefined) return standard;
  const n = Number(text);
  if (!/^\d{1,6}$/.test(text) || n < 1 || n > most)
    throw new HubError('rejected', 'INVALID_QUERY', `limit must be a whole number from 1 to ${most}.`, {
      errors: [{ pointer: '?limit', message: `must be from 1 to ${most}` }],
    });
  return n;
}

/** A switch in a query, off when it is not there. @throws HubError INVALID_QUERY */
export function switchOf(name: string, text: string | undefined): boolean {
  if (text !== undefined && !['true', 'false'].includes(text))
    throw invalid('INVALID_QUERY', [{ pointer: `?${name}`, message: 'must be true or false' }]);
  return text === 'true';
}

/** An instant in a query. @throws HubError INVALID_QUERY */
export function instantOf(name: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw invalid('INVALID_QUERY', [
      { pointer: `?${name}`, message: 'must be an instant, such as 2026-11-24T10:00:00+03:00' },
    ]);
  return at;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id in a path; anything else is not there. @throws HubError NOT_FOUND */
export function idOf(text: string | string[] | undefined): string {
  if (typeof text === 'string' && uuid.test(text)) return text;
  throw new HubError('not-found', 'NOT_FOUND', 'There is nothing with this id.');
}
