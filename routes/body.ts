import type { Request } from 'express';
import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { inputFaults } from '../canonical/input-faults.ts';
import { invalid } from './problems.ts';

const MAX_DEPTH = 64;

/** What no text of the store can hold: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /\0|\p{Surrogate}/u;
/** The only way in which JSON can bring them. */
const SUSPECT = /\\u(?:0000|d[89a-f])|\0/i;

/** JSON of a body. @throws HubError BROKEN_JSON with the place, BODY_TOO_DEEP, INVALID_BODY for signs that no text can hold */
export function parseJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH)
    throw new HubError('rejected', 'BODY_TOO_DEEP', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
    const where = position === undefined ? '' : ` at character ${Number(position) + 1}`;
    throw new HubError('rejected', 'BROKEN_JSON', `The body is not JSON${where}. Send application/json in UTF-8.`);
  }
  if (SUSPECT.test(text)) refuseUnstorable(value, '');
  return value;
}

/** JSON of a body that may be left out: then an object without members. */
export function optionalJson(req: Request): unknown {
  const text = bodyText(req);
  return text === '' ? {} : parseJson(text);
}

function refuseUnstorable(value: unknown, pointer: string): void {
  if (typeof value === 'string') {
    if (UNSTORABLE.test(value))
      throw invalid('INVALID_BODY', [{ pointer, message: 'holds NUL or half of a surrogate pair' }]);
  } else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      if (UNSTORABLE.test(name))
        throw invalid('INVALID_BODY', [{ pointer, message: 'has a name with NUL or half of a surrogate pair' }]);
      refuseUnstorable(inner, `${pointer}/${name}`);
    }
  }
}

/** Deepest nesting, counted without building anything. Texts are leapt over: one of them may be a document of megabytes. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i);
    if (sign === 34) i = endOfText(text, i + 1);
    else if (sign === 91 || sign === 123) deepest = Math.max(deepest, ++depth);
    else if (sign === 93 || sign === 125) depth--;
  }
  return deepest;
}

/** Where the quotation mark stands that ends a text; the end of all when none does. */
function endOfText(text: string, from: number): number {
  let backslash = text.indexOf('\\', from);
  for (let at = from; ; ) {
    const mark = text.indexOf('"', at);
    if (mark < 0) return text.length;
    if (backslash < 0 || backslash > mark) return mark;
    // What stands after a backslash is no mark, whatever it is.
    at = backslash + 2;
    backslash = text.indexOf('\\', at);
  }
}

export function bodyText(req: Request): string {
  return typeof req.body === 'string' ? req.body : '';
}

/** Parses with a schema. @throws HubError INVALID_BODY naming each field */
export function parseWith<T>(schema: z.ZodType<T>, value: unknown, prefix = ''): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  throw invalid('INVALID_BODY', inputFaults(result.error, known, prefix));
}
