import type { Changes, NativeRecord } from '../../connectors/port.ts';
import type { FakeUpstream } from './fake-upstream.ts';

/**
 * A feed of changes over the fake upstream, as exchange plans have one: what changed is registered; making a packet
 * gives registrations its number; acknowledging forgets those up to it; a later change registers anew.
 */
export class FakeFeed {
  /** Registered keys with the number of the packet that they went into. */
  readonly registered = new Map<string, number | null>();
  acknowledged = 0;
  packets = 0;
  acknowledgements = 0;
  /** Making a packet again takes in what has changed since (the platform does), or gives the same (as the vendor's manual reads). */
  growing = true;
  /** Physical deletions are reported. */
  tombstones = false;
  name: string | undefined = 'plan/HUB';
  promise = false;
  skip: string | undefined;
  unfit: string | undefined;
  /** Called before a packet is made, and before and after an acknowledgement takes effect. */
  before: (what: 'packet' | 'ack' | 'acked') => void = () => {};
  readonly #upstream: FakeUpstream;

  constructor(upstream: FakeUpstream) {
    this.#upstream = upstream;
  }

  /** Something happened to these objects. */
  register(...keys: readonly string[]): void {
    for (const key of keys) this.registered.set(key, null);
  }

  changes(): Changes<never> {
    const record = (key: string): NativeRecord[] => {
      const found = this.#upstream.native(key);
      return found ? [found] : this.tombstones ? [{ key, deleted: true, data: {} }] : [];
    };
    return {
      feed: () => this.name,
      unfit: () => this.unfit,
      promised: () => this.promise,
      comparable: () => true,
      next: async () => {
        this.before('packet');
        this.packets++;
        const no = this.acknowledged + 1;
        const again = [...this.registered.values()].includes(no);
        if (this.growing || !again) for (const key of this.registered.keys()) this.registered.set(key, no);
        const keys = [...this.registered].filter(([, n]) => n === no).map(([key]) => key);
        const records = keys.flatMap(record);
        return {
          no,
          acknowledged: this.acknowledged,
          ...(this.skip === undefined ? {} : { skipped: this.skip }),
          of: () => (records.length > 0 && this.skip === undefined ? { records, whole: [] } : undefined),
        };
      },
      acknowledge: async (_ctx, no) => {
        this.before('ack');
        this.acknowledgements++;
        for (const [key, n] of this.registered) if (n !== null && n <= no) this.registered.delete(key);
        this.acknowledged = no;
        this.before('acked');
      },
    };
  }
}
