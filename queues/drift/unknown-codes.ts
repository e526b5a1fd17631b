import type { Entry } from '../entry.ts';
import type { DriftBook } from './book.ts';

/** A code that no table of a connector knows comes as an error of the kind `unexpected`, whatever the connector. */
export function noteUnknownCodes(drift: Pick<DriftBook, 'note'>, entries: readonly Entry[]): void {
  for (const { op, attempt } of entries) {
    const { kind, code, facts } = attempt?.error ?? {};
    if (kind !== 'unexpected' || code === undefined || facts?.upstream?.code === undefined) continue;
    drift.note(op.org, op.instance, { place: code, kind: 'code', what: String(facts.upstream.code) });
  }
}
