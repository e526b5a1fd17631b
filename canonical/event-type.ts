import { z } from 'zod';

/** Which events: a whole type (`message.delivered`), a family (`operation.*`), or `*` for all. */
export const EventTypePattern = z
  .string()
  .max(100)
  .regex(
    /^(\*|[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*(\.\*)?)$/,
    'must be a type such as message.delivered, a family such as operation.*, or *',
  )
  .describe('Event type; a family by .* at its end; * for all');

/** An empty list of patterns takes nothing. */
export function matchesType(patterns: readonly string[], type: string): boolean {
  return patterns.some(
    (pattern) =>
      pattern === '*' || pattern === type || (pattern.endsWith('.*') && type.startsWith(pattern.slice(0, -1))),
  );
}
