/** Most operations that one job names. */
const MAX_BUNDLE = 50;
/** Jobs of one instance that a process may hold at once. */
const MAX_JOBS = 16;

/**
 * How many operations that were committed together one job may name: a small part of what the instance takes at once, so
 * that several workers find something to do; one where the instance takes little.
 *
 * @param concurrency operations at once
 */
export function bundleSize(concurrency: number): number {
  return Math.min(MAX_BUNDLE, Math.max(1, Math.floor(concurrency / 8)));
}

/** Jobs that a process takes at once: enough to fill its places. */
export function jobsAtOnce(concurrency: number): number {
  return Math.min(MAX_JOBS, Math.max(1, Math.ceil(concurrency / bundleSize(concurrency))));
}
