import { type Child, startChild, until } from './child.ts';
import type { Fault } from './gateways.ts';

/** The simulated systems, in a process of their own that chaos leaves alone. */
export class Upstreams {
  readonly #child: Child;
  /** Control pages by simulator. */
  readonly #controls: Readonly<Record<string, string>>;
  /** Addresses by simulator, as the hub calls them. */
  readonly urls: Readonly<Record<string, string>>;

  private constructor(child: Child, controls: Readonly<Record<string, string>>, urls: Record<string, string>) {
    this.#child = child;
    this.#controls = controls;
    this.urls = urls;
  }

  static async start(program: readonly string[], systems: readonly string[], accounts: number): Promise<Upstreams> {
    const child = startChild('simulators', process.execPath, [
      ...program,
      ...['sim', systems.join(','), '--port', '0', '--accounts', String(accounts), '--json'],
    ]);
    let controls: Record<string, string> = {};
    await until('the simulators start', 60_000, async () => {
      const text = child.tail().trim();
      if (!text.endsWith('}')) return false;
      controls = JSON.parse(text) as Record<string, string>;
      return true;
    });
    const urls = { ...controls };
    const upstreams = new Upstreams(child, controls, urls);
    // The message centre listens beside its control page.
    if (controls.smpp) urls.smpp = String((await upstreams.state('smpp')).smpp);
    return upstreams;
  }

  async #control(system: string, method: string, name: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#controls[system]}/__sim/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${system} ${name}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async settings(system: string, settings: unknown): Promise<void> {
    await this.#control(system, 'POST', 'settings', settings);
  }

  async hurt(system: string, faults: readonly Fault[]): Promise<void> {
    for (const fault of faults) await this.#control(system, 'POST', 'faults', fault);
  }

  /** Switches one fault off. */
  async heal(system: string, fault: string): Promise<void> {
    await this.#control(system, 'DELETE', 'faults', { fault });
  }

  async calm(): Promise<void> {
    for (const system of Object.keys(this.#controls)) await this.#control(system, 'DELETE', 'faults');
  }

  /** How often each fault has struck. */
  async struck(system: string): Promise<Readonly<Record<string, number>>> {
    return ((await this.#control(system, 'GET', 'faults')) as { struck: Record<string, number> }).struck;
  }

  /** How often each natural key of an effect was counted. */
  async effects(system: string, of: string): Promise<Readonly<Record<string, number>>> {
    return (await this.#control(system, 'GET', `effects?of=${of}`)) as Record<string, number>;
  }

  async state(system: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#control(system, 'GET', 'state')) as Record<string, unknown>;
  }

  /** Requests that a system still will carry out. */
  async lateWork(): Promise<number> {
    const states = await Promise.all(Object.keys(this.#controls).map((system) => this.state(system)));
    return states.reduce((sum, s) => sum + Number(s.lateWork ?? 0), 0);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
