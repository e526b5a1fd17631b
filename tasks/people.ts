import { wallClock } from '../calendars/local-day.ts';
import type { TaskKind } from '../canonical/task-kinds.ts';
import type { PersonConfig } from '../config/people.ts';

export interface PeopleOptions {
  people: readonly PersonConfig[];
  timezone(org: string): string;
}

/** Who gets a task, and who acts for them. */
export class People {
  readonly #o: PeopleOptions;
  readonly #byId: ReadonlyMap<string, PersonConfig>;

  constructor(options: PeopleOptions) {
    this.#o = options;
    this.#byId = new Map(options.people.map((p) => [p.id, p]));
  }

  find(id: string | null): PersonConfig | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  /** Ids, in the order of hub.yaml. */
  get ids(): string[] {
    return [...this.#byId.keys()];
  }

  isOf(person: PersonConfig, org: string): boolean {
    return person.organisations === undefined || person.organisations.includes(org);
  }

  /**
   * Who gets a new task: of those whose organisation it is and who name its kind (else those who take all kinds by `*`),
   * the one with the fewest open tasks; of equals the first in hub.yaml. Nobody when nobody handles it.
   *
   * @param load open tasks by person
   */
  assign(org: string, kind: TaskKind, load: ReadonlyMap<string, number>): string | null {
    const own = this.#o.people.filter((p) => this.isOf(p, org));
    const named = own.filter((p) => p.handles.includes(kind));
    const able = named.length > 0 ? named : own.filter((p) => p.handles.includes('*'));
    let best: PersonConfig | undefined;
    for (const person of able) if (!best || (load.get(person.id) ?? 0) < (load.get(best.id) ?? 0)) best = person;
    return best?.id ?? null;
  }

  /** Who acts for a person now; null when they are there themselves. Nobody stands in for a substitute. */
  substitute(id: string | null, org: string, now: Date): string | null {
    const substitute = this.find(id)?.substitute;
    if (!substitute) return null;
    const { date } = wallClock(now, this.#o.timezone(org));
    return substitute.from <= date && date <= substitute.to ? substitute.person : null;
  }

  /** A person and those for whom they act now. */
  actsFor(id: string, org: string, now: Date): string[] {
    return [id, ...this.ids.filter((other) => other !== id && this.substitute(other, org, now) === id)];
  }

  /** Who is written to about a task of this person: the one who acts. */
  reader(id: string | null, org: string, now: Date): string | null {
    const acting = this.substitute(id, org, now) ?? id;
    return this.find(acting)?.email === undefined ? null : acting;
  }
}
