import { releaseContact } from './contacts.ts';
import type { TrackSink } from './ports.ts';

/** A sink that gives back the places of operations which ended without having been sent. */
export function releasing(sink: TrackSink): TrackSink {
  return {
    ...sink,
    outcome: (op, status, result, now) => [
      ...sink.outcome(op, status, result, now),
      ...(op.kind === 'messages.send' && ['failed', 'dead', 'cancelled'].includes(status)
        ? [releaseContact(op.org, op.id, now)]
        : []),
    ],
  };
}
