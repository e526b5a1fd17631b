import { expect, test } from '@jest/globals';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { Breakers } from './breakers.ts';
import { log } from './testing/workbench.ts';

onEachDatabase('breakers of several processes', [], (store) => {
  const clock = { at: Date.UTC(2026, 0, 1), now: () => clock.at };
  const processOf = (process: string) => new Breakers({ db: store.db, clock, log, process });
  const fail = async (breakers: Breakers, instance: string): Promise<void> => {
    for (let n = 0; n < 5; n++) breakers.failed(instance);
    await breakers.drain();
  };

  test('what one has opened the others adopt, and a success of one closes it for all', async () => {
    const [a, b] = [processOf('a'), processOf('b')];
    await fail(a, 'onec');
    expect(b.state('onec')).toBe('closed');
    await b.refresh();
    expect([b.state('onec'), b.openUntil('onec')]).toEqual(['open', a.openUntil('onec')]);
    expect(await b.admit('onec', 8)).toBe(0);
    clock.at = a.openUntil('onec');
    expect([a.state('onec'), b.state('onec')]).toEqual(['half-open', 'half-open']);
    expect(await b.admit('onec', 8)).toBe(1);
    b.succeeded('onec');
    await b.drain();
    await a.refresh();
    expect([a.state('onec'), await a.admit('onec', 8)]).toEqual(['closed', 8]);
  });

  test('half-open, one operation of all processes tries; its failure opens for longer', async () => {
    const [a, b] = [processOf('a'), processOf('b')];
    await fail(a, 'sms');
    await b.refresh();
    const first = a.openUntil('sms') - clock.at;
    clock.at = a.openUntil('sms');
    const admitted = await Promise.all([a, b, a, b].map((process) => process.admit('sms', 4)));
    expect(admitted.reduce((sum, n) => sum + n, 0)).toBe(1);
    const prober = admitted[0] === 1 || admitted[2] === 1 ? a : b;
    const other = prober === a ? b : a;
    prober.failed('sms');
    await prober.drain();
    await other.refresh();
    expect(other.state('sms')).toBe('open');
    expect(other.openUntil('sms') - clock.at).toBe(2 * first);
  });

  test('a try that told nothing is given to another, and one whose process died runs out', async () => {
    const [a, b] = [processOf('a'), processOf('b')];
    await fail(a, 'gis');
    await b.refresh();
    clock.at = a.openUntil('gis');
    expect([await a.admit('gis', 1), await b.admit('gis', 1)]).toEqual([1, 0]);
    await a.unused('gis');
    expect([await b.admit('gis', 1), await a.admit('gis', 1)]).toEqual([1, 0]);
    clock.at += 120_000;
    expect(await a.admit('gis', 1)).toBe(1);
  });

  test('failures of what was under way when it opened change nothing', async () => {
    const a = processOf('a');
    await fail(a, 'bank');
    const until = a.openUntil('bank');
    for (let n = 0; n < 20; n++) a.failed('bank');
    expect(a.openUntil('bank')).toBe(until);
  });
});
