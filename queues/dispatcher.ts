/** A committed operation as the queue sees it: enough to find it, nothing about people. */
export interface Announced {
  org: string;
  id: string;
  instance: string;
  /** Fencing number of the state that was committed: the same state is queued once. */
  leaseNo: number;
  /** Epoch milliseconds. */
  dueAt: number;
  /** The end of this operation let it go on: the same state again, for another reason. */
  after?: string;
}

/**
 * Brings committed operations to a worker. The journal is the truth and a dispatcher only saves time: whatever it loses
 * is found again by looking at the journal, so none of its methods fails because of what happens to a queue.
 */
export interface Dispatcher {
  /** Begins to carry out operations. */
  start(): void;
  /** Operations were committed and are due, or will be. */
  announce(operations: readonly Announced[]): void;
  /** Something may be due: look at the journal at once. */
  notify(): void;
  /** Takes nothing more and waits for what runs; past the limit (milliseconds) running attempts are aborted and left to their leases. */
  stop(limitMs?: number): Promise<void>;
}
