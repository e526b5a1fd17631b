/**
 * Where a call can break off:
 *
 * - `late`           the attempt's deadline has passed, so the call does not go out
 * - `before-connect` nobody listens; no byte of the request left
 * - `before-commit`  the connection breaks before the other system has done anything
 * - `after-commit`   the other system has done it, and the connection breaks before the answer
 * - `mid-answer`     half of the answer arrives
 */
export const stages = ['late', 'before-connect', 'before-commit', 'after-commit', 'mid-answer'] as const;
export type Stage = (typeof stages)[number];

/** The simulators' names of the stages that they bring about. */
export const simulatorFault = {
  'before-commit': 'cut-before-commit',
  'after-commit': 'cut-after-commit',
  'mid-answer': 'cut-half-way',
} as const;

/** Stages at which it is certain that this call did nothing. */
export function nothingSent(stage: Stage): boolean {
  return stage === 'late' || stage === 'before-connect';
}
