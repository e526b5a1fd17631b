import { HubError } from '../../canonical/errors.ts';

/** Code of a fault whose answer was longer than the request allowed. */
export const TOO_BIG = 'TOO_BIG';

/**
 * No whole answer came. `sent` is false only when it is certain that no byte of the request went out: no connection was
 * had. Everything else may have taken effect.
 */
export class NetworkFault extends Error {
  readonly sent: boolean;
  readonly code: string;
  constructor(code: string, sent: boolean, options?: { cause?: unknown }) {
    super(`No whole answer (${code}).`, options);
    this.name = 'NetworkFault';
    this.code = code;
    this.sent = sent;
  }

  /** Meaning for a call that may be repeated freely; an answer over the limit of size will be no shorter the next time. */
  asTransient(system: string): HubError {
    if (this.code === TOO_BIG)
      return new HubError(
        'misconfigured',
        TOO_BIG,
        `The answer of ${system} is longer than allowed; lower the page size of the instance.`,
        {},
        { cause: this },
      );
    return new HubError('transient', 'NETWORK', `${system} did not answer (${this.code}).`, {}, { cause: this });
  }

  /** Meaning for a call that must not be repeated blindly. */
  asUncertain(system: string): HubError {
    if (!this.sent) return this.asTransient(system);
    return new HubError(
      'uncertain',
      'ANSWER_LOST',
      `The answer of ${system} was lost (${this.code}); the call may have taken effect.`,
      {},
      { cause: this },
    );
  }
}
