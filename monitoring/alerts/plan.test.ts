import { expect, test } from '@jest/globals';
import type { Condition } from '../conditions.ts';
import type { Figures } from '../figures.ts';
import { type Alert, planAlerts } from './plan.ts';

const start = Date.UTC(2026, 10, 26, 9, 0, 0);
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

/** A world of one condition over one value, looked at every 15 seconds. */
function world(more: Partial<Condition> = {}) {
  let value: number | undefined = 0;
  let now = start;
  let living: Alert[] = [];
  const told: string[] = [];
  const condition = {
    name: 'Lag',
    severity: 'warning',
    comparison: '>',
    threshold: 10,
    forSeconds: 60,
    keepSeconds: 120,
    read: () => (value === undefined ? [] : [{ org: 'uk', labels: { connector: 'sms' }, value }]),
    ...more,
  } as unknown as Condition;
  const look = (): void => {
    for (const step of planAlerts([condition], {} as Figures, living, new Date(now), HOUR)) {
      if (step.notice) told.push(`${(now - start) / SECOND} ${step.notice}`);
      const kept = living.filter((a) => a.target !== step.alert.target);
      living =
        step.isForgotten || step.alert.status === 'resolved'
          ? kept
          : [...kept, { ...step.alert, id: step.before?.id ?? 'new', version: 1 }];
    }
  };
  return {
    told,
    get living() {
      return living;
    },
    /** Lets the value stand for some seconds while it is looked at. */
    stand: (next: number | undefined, seconds: number): void => {
      value = next;
      for (let passed = 0; passed < seconds; passed += 15) {
        look();
        now += 15 * SECOND;
      }
    },
    sleep: (seconds: number): void => {
      now += seconds * SECOND;
    },
  };
}

test('a value that is bad for a moment is nobody told of', () => {
  const w = world();
  w.stand(11, 45);
  w.stand(10, 30);
  w.stand(11, 45);
  w.stand(0, 300);
  expect([w.told, w.living]).toEqual([[], []]);
});

test('what stays bad is told of once, and that it is over once it has stayed good', () => {
  const w = world();
  w.stand(11, 180);
  expect(w.told).toEqual(['60 fired']);
  w.stand(0, 135);
  w.stand(0, 300);
  expect(w.told).toEqual(['60 fired', '300 resolved']);
  expect(w.living).toEqual([]);
});

test('a value that sways raises one alarm', () => {
  const w = world();
  w.stand(11, 90);
  for (let n = 0; n < 20; n++) {
    w.stand(0, 60);
    w.stand(11, 30);
  }
  expect(w.told).toEqual(['60 fired']);
});

test('what stays bad is told of again at most once in the time for it', () => {
  const w = world();
  w.stand(11, 3 * 3_600);
  expect(w.told).toEqual(['60 fired', '3660 repeated', '7260 repeated']);
});

test('after a time in which nobody looked the wait begins anew, and what fires goes on', () => {
  const w = world();
  w.stand(11, 30);
  w.sleep(3_600);
  w.stand(11, 45);
  expect(w.told).toEqual([]);
  w.stand(11, 30);
  expect(w.told).toEqual(['3690 fired']);
  w.sleep(1_800);
  w.stand(11, 30);
  expect(w.told).toHaveLength(1);
});

test('what is no longer there to be measured is over', () => {
  const w = world();
  w.stand(11, 90);
  w.stand(undefined, 300);
  expect(w.told).toEqual(['60 fired', '210 resolved']);
});

test('a condition without a wait fires at the first look', () => {
  const w = world({ forSeconds: 0, keepSeconds: 0 });
  w.stand(11, 15);
  w.stand(0, 15);
  expect(w.told).toEqual(['0 fired', '15 resolved']);
});
