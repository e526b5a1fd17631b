import { type ErrorKind, HubError } from '../../canonical/errors.ts';

/** Numbers that the board answers with → what happens next. */
export const codes: Readonly<Record<string, readonly [ErrorKind, string, string]>> = {
  '10': ['rejected', 'BOARD_TEXT', 'The text is empty or longer than 500 signs.'],
  '20': ['unauthorized', 'BOARD_TOKEN', 'The board does not accept the token; make a new one on the page «Access».'],
  '30': ['not-found', 'BOARD_HOUSE', 'The board knows no such house.'],
  '40': ['rate-limited', 'BOARD_TOO_FAST', 'The board takes no more requests for a moment.'],
};

/** An error answer as a hub error; a number that the table lacks is `unexpected`. */
export function boardError(code: string): HubError {
  const known = codes[code];
  const upstream = { system: 'noticeboard', code };
  if (!known)
    return new HubError('unexpected', 'BOARD_UNKNOWN', 'The board answered with an unknown number.', { upstream });
  const [kind, ours, message] = known;
  return new HubError(kind, ours, message, { upstream, ...(kind === 'rate-limited' ? { retryAfterMs: 2_000 } : {}) });
}
