import { type Child, startChild, until } from './child.ts';
import type { Plan } from './plan.ts';

export interface Effects {
  [name: string]: { count: number; distinct: number };
}

/** The simulated 1C and gateway, in a process of their own that chaos leaves alone. */
export class Upstreams {
  readonly #child: Child;
  readonly urls: Readonly<Record<string, string>>;
  /** Faults that were switched on, by name. */
  readonly injected = new Map<string, number>();

  private constructor(child: Child, urls: Readonly<Record<string, string>>) {
    this.#child = child;
    this.urls = urls;
  }

  static async start(program: readonly string[], systems: readonly string[], accounts: number): Promise<Upstreams> {
    const child = startChild('simulators', process.execPath, [
      ...program,
      ...['sim', systems.join(','), '--port', '0', '--accounts', String(accounts), '--json'],
    ]);
    let urls: Record<string, string> = {};
    await until('the simulators start', 60_000, async () => {
      const text = child.tail().trim();
      if (!text.endsWith('}')) return false;
      urls = JSON.parse(text) as Record<string, string>;
      return true;
    });
    return new Upstreams(child, urls);
  }

  async #control(system: string, method: string, name: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.urls[system]}/__sim/${name}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${system} ${name}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async settings(system: string, settings: unknown): Promise<void> {
    await this.#control(system, 'POST', 'settings', settings);
  }

  /** Lost answers, late effects, errors and throttling, as one stormy mixture for all systems. */
  async storm(plan: Plan): Promise<void> {
    for (const system of Object.keys(this.urls)) {
      const write = system === 'onec' ? { method: 'POST' } : system === 'sms' ? { match: 'send.php' } : {};
      await this.#add(system, { fault: 'cut-after-commit', rate: 0.06, ...write });
      await this.#add(system, { fault: 'cut-before-commit', rate: 0.03 });
      if (system === 'onec' || system === 'sms')
        await this.#add(system, { fault: 'late-commit', rate: 0.01, delayMs: plan.lateMs, ...write });
    }
  }

  /** A while of 30 % errors, then calm again. */
  async errors(system: string): Promise<() => Promise<void>> {
    await this.#add(system, { fault: 'http-500', rate: 0.3, times: 400 });
    // More errors than twenty a minute would make the gateway shut the door for minutes.
    await this.#add(system, { fault: 'throttle', rate: 0.2, times: 8 });
    return async () => undefined;
  }

  async #add(system: string, fault: { fault: string; [more: string]: unknown }): Promise<void> {
    await this.#control(system, 'POST', 'faults', fault);
    this.injected.set(fault.fault, (this.injected.get(fault.fault) ?? 0) + 1);
  }

  async calm(): Promise<void> {
    for (const system of Object.keys(this.urls)) await this.#control(system, 'DELETE', 'faults');
  }

  async effects(system: string): Promise<Effects> {
    return (await this.#control(system, 'GET', 'effects')) as Effects;
  }

  /** Requests that a system still will carry out. */
  async lateWork(): Promise<number> {
    const states = await Promise.all(
      Object.keys(this.urls).map((system) => this.#control(system, 'GET', 'state') as Promise<{ lateWork?: number }>),
    );
    return states.reduce((sum, s) => sum + (s.lateWork ?? 0), 0);
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
