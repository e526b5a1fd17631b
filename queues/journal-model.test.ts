import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HubError } from '../canonical/errors.ts';
import { onEachDatabase, type TestStore, testCipher } from '../storage/testing/databases.ts';
import { absent, afterError, couldNotAsk, type Decision, stillUnknown, succeeded } from './decide.ts';
import { type Leased, lease } from './lease.ts';
import { OutcomeWriter } from './outcome.ts';
import { defaultPolicy, type RetryPolicy } from './policy.ts';
import { log, sink, workbench } from './testing/workbench.ts';

/**
 * The journal's state machine against a reference: the same random steps are taken by the real journal and by a model
 * that knows nothing of SQL. After each step every operation must have the status, the attempts and the reason that the
 * model says, and the upstream must have acted at most once.
 */

const ATTEMPT_MS = 10_000;
const LEASE_MS = 15_000;
const policy: RetryPolicy = { ...defaultPolicy, baseMs: 1, maxAttempts: 3, maxAsks: 2, maxAgeMs: 1e12 };
const kinds = ['test.none', 'test.fifo', 'test.latestWins'] as const;

interface ModelOp {
  id: string;
  kind: (typeof kinds)[number];
  subject: string;
  status: string;
  waitingFor: string | null;
  attempts: number;
  asks: number;
  due: number | null;
  holds: boolean;
  mayHaveActed: boolean;
  leaseUntil: number | null;
  fence: number;
  effects: number;
}

interface Hand {
  leased: Leased;
  fence: number;
  deadline: number;
}

interface Model {
  now: number;
  ops: ModelOp[];
}

interface Real {
  t: ReturnType<typeof workbench>;
  store: TestStore;
  writer: OutcomeWriter;
  hands: Hand[];
}

type Step = fc.AsyncCommand<Model, Real>;

const find = (m: Model, id: string): ModelOp => {
  const op = m.ops.find((o) => o.id === id);
  if (!op) throw new Error('an operation that the model does not know');
  return op;
};
const free = (m: Model, o: ModelOp): boolean => o.leaseUntil === null || o.leaseUntil <= m.now;

async function compare(m: Model, r: Real): Promise<void> {
  const { rows } = await r.store.db.query(
    'select id, status, waiting_for, attempts, asks, holds, due_at is null as never from operation where instance = $1 order by seq',
    [r.t.name],
  );
  expect(rows.map((o) => [o.id, o.status, o.waiting_for, o.attempts, o.asks, o.holds, o.never])).toEqual(
    m.ops.map((o) => [o.id, o.status, o.waitingFor, o.attempts, o.asks, o.holds, o.due === null]),
  );
  for (const o of m.ops) {
    expect(o.effects).toBeLessThanOrEqual(1);
    if (o.status === 'succeeded') expect(o.effects).toBe(1);
    if (o.status === 'cancelled' || o.status === 'failed') expect(o.effects).toBe(0);
  }
}

class Accept implements Step {
  readonly kind: (typeof kinds)[number];
  readonly subject: string;
  constructor(kind: (typeof kinds)[number], subject: string) {
    this.kind = kind;
    this.subject = subject;
  }
  check = () => true;
  async run(m: Model, r: Real): Promise<void> {
    const { id } = await r.t.journal.accept(
      r.t.request(m.ops.length, { kind: this.kind, subject: `${r.t.name}-${this.subject}` }),
    );
    if (this.kind === 'test.latestWins')
      for (const o of m.ops)
        if (
          o.kind === this.kind &&
          o.subject === this.subject &&
          o.attempts === 0 &&
          ['accepted', 'waiting', 'retrying'].includes(o.status)
        )
          Object.assign(o, { status: 'cancelled', holds: false, due: null });
    m.ops.push({
      id,
      kind: this.kind,
      subject: this.subject,
      status: 'accepted',
      waitingFor: null,
      attempts: 0,
      asks: 0,
      due: m.now,
      holds: true,
      mayHaveActed: false,
      leaseUntil: null,
      fence: 0,
      effects: 0,
    });
    await compare(m, r);
  }
  toString = () => `accept ${this.kind} ${this.subject}`;
}

class Lease implements Step {
  readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }
  check = () => true;
  async run(m: Model, r: Real): Promise<void> {
    const taken = await lease(r.store.db, testCipher, {
      instance: r.t.name,
      kinds: kinds.map((kind) => ({ kind, version: 1, once: true })),
      limit: this.limit,
      worker: 'w',
      now: new Date(m.now),
      attemptMs: ATTEMPT_MS,
      leaseMs: LEASE_MS,
    });
    const due = m.ops
      .filter((o) => o.due !== null && o.due <= m.now && free(m, o))
      .filter(
        (o) =>
          o.kind !== 'test.fifo' ||
          !m.ops.slice(0, m.ops.indexOf(o)).some((p) => p.kind === o.kind && p.subject === o.subject && p.holds),
      )
      .sort((a, b) => (a.due ?? 0) - (b.due ?? 0) || m.ops.indexOf(a) - m.ops.indexOf(b))
      .slice(0, this.limit);
    expect(taken.map((l) => l.op.id).sort()).toEqual(due.map((o) => o.id).sort());
    for (const o of due) {
      if (o.status === 'running') Object.assign(o, { status: 'uncertain', mayHaveActed: true });
      else if (o.status !== 'uncertain') Object.assign(o, { status: 'running', attempts: o.attempts + 1 });
      Object.assign(o, { fence: o.fence + 1, leaseUntil: m.now + LEASE_MS, due: m.now + LEASE_MS });
    }
    for (const leased of taken) {
      const o = find(m, leased.op.id);
      expect(leased.action).toBe(o.status === 'uncertain' ? 'reconcile' : 'send');
      r.hands.push({ leased, fence: o.fence, deadline: m.now + ATTEMPT_MS });
    }
    await compare(m, r);
  }
  toString = () => `lease ${this.limit}`;
}

const ends = [
  'done',
  'crash-before',
  'crash-after',
  'cut-before',
  'cut-after',
  'transient',
  'rate-limited',
  'rejected',
  'misconfigured',
  'unexpected',
  'told',
  'unknown',
  'down',
] as const;

/** A worker ends what it holds, perhaps so late that another one has taken over; no request goes out past its deadline. */
class Finish implements Step {
  readonly which: number;
  readonly end: (typeof ends)[number];
  constructor(which: number, end: (typeof ends)[number]) {
    this.which = which;
    this.end = end;
  }
  check = () => true;
  async run(m: Model, r: Real): Promise<void> {
    const [hand] = r.hands.splice(this.which % Math.max(1, r.hands.length), 1);
    if (!hand) return;
    const { op, action } = hand.leased;
    const o = find(m, op.id);
    const now = new Date(m.now);
    const situation = { op, policy, now, random: () => 0 };
    const fault = (kind: ConstructorParameters<typeof HubError>[0]): Decision =>
      afterError(situation, new HubError(kind, 'X', 'x'));
    let decision: Decision | undefined;
    if (action === 'send') {
      if (m.now >= hand.deadline) return;
      const acts = ['done', 'crash-after', 'cut-after', 'told', 'unknown', 'down'].includes(this.end);
      if (acts) o.effects++;
      if (this.end === 'done') decision = succeeded(op, {});
      else if (this.end === 'cut-before' || this.end === 'cut-after') decision = fault('uncertain');
      else if (
        this.end === 'transient' ||
        this.end === 'rate-limited' ||
        this.end === 'rejected' ||
        this.end === 'misconfigured' ||
        this.end === 'unexpected'
      )
        decision = fault(this.end);
    } else if (this.end === 'unknown') decision = stillUnknown(situation, 1_000);
    else if (this.end === 'down') decision = couldNotAsk(situation, new HubError('transient', 'X', 'x'));
    else if (!this.end.startsWith('crash')) decision = o.effects > 0 ? succeeded(op, {}) : absent(situation);
    if (decision) {
      await r.writer.write({ op, decision, attempt: { action, startedAt: now, outcome: this.end, traffic: [] } });
      if (o.fence === hand.fence) Object.assign(o, this.#expected(m, o, action));
    }
    await compare(m, r);
  }

  /** What the journal must hold after the write, in the words of the specification. */
  #expected(m: Model, o: ModelOp, action: string): Partial<ModelOp> {
    const to = (
      status: string,
      waitingFor: string | null,
      due: number | null,
      more: Partial<ModelOp> = {},
    ): Partial<ModelOp> => {
      const isOver = ['succeeded', 'failed'].includes(status);
      return { status, waitingFor, due, holds: !isOver, leaseUntil: null, fence: o.fence + 1, ...more };
    };
    if (action === 'reconcile') {
      if (this.end === 'unknown' || this.end === 'down') {
        const asks = o.asks + 1;
        const person = asks >= policy.maxAsks;
        const rest = this.end === 'unknown' ? 1_000 : 5_000;
        return to('uncertain', person ? 'operator' : 'settle', person ? null : m.now + rest, { asks });
      }
      if (o.effects > 0) return to('succeeded', null, null, { mayHaveActed: false });
      if (o.attempts >= policy.maxAttempts) return to('dead', null, null, { asks: 0, mayHaveActed: false });
      return to('retrying', null, m.now, { asks: 0, mayHaveActed: false });
    }
    switch (this.end) {
      case 'done':
        return to('succeeded', null, null);
      case 'cut-before':
      case 'cut-after':
        return to('uncertain', 'settle', m.now + 500, { mayHaveActed: true });
      case 'transient':
        return o.attempts >= policy.maxAttempts ? to('dead', null, null) : to('retrying', null, m.now);
      case 'rate-limited':
        return to('retrying', null, m.now + 1_000, { attempts: o.attempts - 1 });
      case 'misconfigured':
        return to('waiting', 'operator', m.now + 600_000, { attempts: o.attempts - 1 });
      case 'unexpected':
        return to('dead', null, null);
      case 'rejected':
        return to('failed', null, null);
      default:
        throw new Error(`nothing is written for ${this.end}`);
    }
  }
  toString = () => `finish ${this.which} ${this.end}`;
}

class Tick implements Step {
  readonly ms: number;
  constructor(ms: number) {
    this.ms = ms;
  }
  check = () => true;
  async run(m: Model, r: Real): Promise<void> {
    m.now += this.ms;
    r.t.clock.now = () => m.now;
  }
  toString = () => `tick ${this.ms}`;
}

/** What a person asks for; the journal must take it or refuse it exactly as the model does. */
class Person implements Step {
  readonly verb: 'cancel' | 'retry' | 'resolve' | 'skip';
  readonly which: number;
  constructor(verb: 'cancel' | 'retry' | 'resolve' | 'skip', which: number) {
    this.verb = verb;
    this.which = which;
  }
  check = (m: Readonly<Model>) => m.ops.length > 0;
  async run(m: Model, r: Real): Promise<void> {
    const o = m.ops[this.which % m.ops.length] as ModelOp;
    const { journal } = r.t;
    const acts = {
      cancel: () => journal.cancel('uk', o.id, () => []),
      retry: () => journal.retry('uk', o.id),
      resolve: () => journal.resolve('uk', o.id, o.effects > 0 ? 'happened' : 'absent', () => []),
      skip: () => journal.skip('uk', o.id),
    };
    const refused = await acts[this.verb]().then(
      () => false,
      (error: unknown) => {
        if (error instanceof HubError && error.kind === 'conflict') return true;
        throw error;
      },
    );
    expect([this.verb, o.status, refused]).toEqual([this.verb, o.status, !this.#allowed(m, o)]);
    if (!refused) this.#expect(m, o);
    await compare(m, r);
  }

  #allowed(m: Model, o: ModelOp): boolean {
    if (this.verb === 'skip') return o.status === 'dead';
    if (!free(m, o)) return false;
    if (this.verb === 'cancel')
      return ['accepted', 'waiting', 'retrying', 'dead'].includes(o.status) && !o.mayHaveActed;
    if (this.verb === 'retry') return ['dead', 'failed', 'retrying', 'waiting', 'uncertain'].includes(o.status);
    return o.status === 'uncertain';
  }

  #expect(m: Model, o: ModelOp): void {
    if (this.verb === 'skip') {
      o.holds = false;
      return;
    }
    o.fence++;
    o.waitingFor = null;
    if (this.verb === 'cancel') Object.assign(o, { status: 'cancelled', holds: false, due: null });
    else if (this.verb === 'resolve' && o.effects > 0)
      Object.assign(o, { status: 'succeeded', holds: false, due: null });
    else if (this.verb === 'resolve')
      Object.assign(o, { status: 'retrying', due: m.now, asks: 0, mayHaveActed: false });
    else {
      const status = o.attempts > 0 ? 'uncertain' : 'retrying';
      Object.assign(o, { status, due: m.now, asks: 0, holds: true, mayHaveActed: status === 'uncertain' });
    }
  }
  toString = () => `${this.verb} ${this.which}`;
}

const steps = [
  fc
    .tuple(fc.constantFrom(...kinds), fc.constantFrom('s1', 's2'))
    .map(([kind, subject]): Step => new Accept(kind, subject)),
  fc.integer({ min: 1, max: 4 }).map((n): Step => new Lease(n)),
  fc.integer({ min: 1, max: 4 }).map((n): Step => new Lease(n)),
  fc.tuple(fc.nat(7), fc.constantFrom(...ends)).map(([n, end]): Step => new Finish(n, end)),
  fc.tuple(fc.nat(7), fc.constantFrom(...ends)).map(([n, end]): Step => new Finish(n, end)),
  fc.constantFrom(1, 700, 6_000, 16_000, 700_000).map((ms): Step => new Tick(ms)),
  fc
    .tuple(fc.constantFrom('cancel', 'retry', 'resolve', 'skip'), fc.nat(9))
    .map(([verb, n]): Step => new Person(verb as 'cancel', n)),
];

onEachDatabase('the state machine', [{ name: 'Message', filters: [] }], (store) => {
  test('does what the reference model does, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 60, size: 'max' }), async (commands) => {
        await fc.asyncModelRun(() => {
          const t = workbench(store, { effect: 'once', send: async () => ({ status: 'done', result: {} }) });
          const model: Model = { now: Date.UTC(2026, 0, 1), ops: [] };
          t.clock.now = () => model.now;
          const writer = new OutcomeWriter({
            db: store.db,
            cipher: testCipher,
            clock: t.clock,
            random: Math.random,
            log,
            sink,
            onChange: () => {},
          });
          return { model, real: { t, store, writer, hands: [] } };
        }, commands);
      }),
      { numRuns: 50 },
    );
  }, 240_000);
});
