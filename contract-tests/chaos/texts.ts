import type { HubApi } from './api.ts';
import type { Load } from './load.ts';
import type { Upstreams } from './upstreams.ts';

type Operations = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** What the phones have got, through whichever gateway, against what was asked for. */
export class Texts {
  readonly #upstreams: Upstreams;
  readonly #simulators: readonly string[];
  /** A person had texts sent again of which some parts may have gone out before. */
  #settled = false;

  constructor(upstreams: Upstreams, simulators: readonly string[]) {
    this.#upstreams = upstreams;
    this.#simulators = simulators;
  }

  /** Texts that phones got, by phone and text, from all gateways together. */
  async #sent(): Promise<Map<string, number>> {
    const sent = new Map<string, number>();
    for (const simulator of this.#simulators)
      for (const [key, count] of Object.entries(await this.#upstreams.effects(simulator, 'sms.sent'))) {
        // Some gateways count by the caller's number too, which is the third field.
        const [phone = '', text = ''] = key.split('\0');
        const message = `${phone}\0${text}`;
        sent.set(message, (sent.get(message) ?? 0) + count);
      }
    return sent;
  }

  async compare(load: Load, operations: Operations): Promise<{ lost: number; doubled: number }> {
    const sent = await this.#sent();
    const wanted = new Map<string, { done: number; most: number }>();
    for (const [key, id] of load.messages) {
      const message = load.texts.get(key) ?? '';
      const entry = wanted.get(message) ?? { done: 0, most: 0 };
      const status = operations.get(id)?.status;
      if (status === 'succeeded') entry.done++;
      // What is open may have taken effect or not; what was refused has not.
      if (status === 'succeeded' || status === 'uncertain' || status === 'running') entry.most++;
      wanted.set(message, entry);
    }
    let [lost, doubled] = [0, await this.#repeatedParts()];
    for (const [message, { done, most }] of wanted) {
      const got = sent.get(message) ?? 0;
      lost += Math.max(0, done - got);
      doubled += Math.max(0, got - most);
    }
    for (const [message, got] of sent) if (!wanted.has(message)) doubled += got;
    return { lost, doubled };
  }

  /** Parts of longer texts that one centre took twice under the same number: a phone shows them twice, or shows none. */
  async #repeatedParts(): Promise<number> {
    if (this.#settled || !this.#simulators.includes('smpp')) return 0;
    const parts = Object.entries(await this.#upstreams.effects('smpp', 'sms.part'));
    return parts.reduce((sum, [key, count]) => sum + (key.split('\0')[1] === '0' ? 0 : count - 1), 0);
  }

  /** Does the work of the person who looks at the gateway: settles what is left to them by what the phones have got. */
  async settle(api: HubApi, load: Load, operations: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    this.#settled = true;
    const left = await this.#sent();
    const byId = new Map(operations.map((o) => [String(o.id), o]));
    const asked: [string, string][] = [];
    for (const [key, id] of load.messages) {
      const message = load.texts.get(key) ?? '';
      const operation = byId.get(id);
      if (operation?.status === 'succeeded') left.set(message, (left.get(message) ?? 0) - 1);
      if (operation?.status === 'uncertain') asked.push([id, message]);
    }
    for (const [id, message] of asked) {
      const got = left.get(message) ?? 0;
      left.set(message, got - 1);
      await api.sure('POST', `/v1/operations/${id}/resolve`, { answer: got > 0 ? 'happened' : 'absent' });
    }
  }
}
