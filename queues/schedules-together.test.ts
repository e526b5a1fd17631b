import { expect, test } from '@jest/globals';
import { migrate } from '../storage/migrate.ts';
import { onServer } from '../storage/testing/databases.ts';
import { Schedules } from './schedules.ts';
import { log } from './testing/workbench.ts';

onServer('several processes with one calendar', (open) => {
  test('fire each moment once, and make up for a stop of all of them once', async () => {
    const { db, remove } = await open();
    try {
      await migrate(db);
      const clock = { at: Date.parse('2026-11-26T01:00:30Z'), now: () => clock.at };
      const fired: string[] = [];
      const processes = Array.from(
        { length: 5 },
        (_, n) =>
          new Schedules({
            db,
            clock,
            log,
            schedules: [
              {
                name: 'minute',
                cron: '* * * * *',
                timezone: 'Europe/Moscow',
                run: async () => void fired.push(`${n}`),
              },
            ],
          }),
      );
      const tickAll = () => Promise.all(processes.flatMap((p) => [p.tick(), p.tick()]));
      await tickAll();
      expect(fired).toHaveLength(0);
      for (let minute = 1; minute <= 10; minute++) {
        clock.at += 60_000;
        await tickAll();
        expect(fired).toHaveLength(minute);
      }
      clock.at += 3 * 3_600_000;
      await tickAll();
      await tickAll();
      expect(fired).toHaveLength(11);
    } finally {
      await remove();
    }
  }, 60_000);
});
