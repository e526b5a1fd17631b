/**
 * What people have to do, by cause.
 *
 * - `approval`          operations beyond a brake wait to be let go
 * - `uncertain`         it can't be found out whether an operation took effect
 * - `operator`          operations wait until something is put right (hub.yaml, a mapping, rights upstream)
 * - `dead`              attempts are used up without effect
 * - `failed`            the other system has said a final no
 * - `quarantine`        records that a mapping can't read
 * - `removals`          a sweep would remove too much and has stopped
 * - `instance-paused`   a connector was stopped: login refused, balance empty
 * - `webhook-disabled`  nothing more is sent to an endpoint
 * - `drift`             an upstream says things that no table or mapping knows
 * - `certificate`       a certificate or a power of attorney ends soon, or is over
 * - `debt-inquiry`      what a social office is to be answered the records don't say
 * - `debt-answer`       an answer to a social office waits to be let go
 * - `flow`              a reaction across systems can't go on
 */
export const taskKinds = [
  'approval',
  'uncertain',
  'operator',
  'dead',
  'failed',
  'quarantine',
  'removals',
  'instance-paused',
  'webhook-disabled',
  'drift',
  'certificate',
  'debt-inquiry',
  'debt-answer',
  'flow',
] as const;
export type TaskKind = (typeof taskKinds)[number];
