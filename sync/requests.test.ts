import { expect, test } from '@jest/globals';
import { HubError } from '../canonical/errors.ts';
import { onEachDatabase } from '../storage/testing/databases.ts';
import { SyncRequests } from './requests.ts';
import { RunLease } from './run-lease.ts';
import type { RunRequest, Sync } from './sync.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
let number = 0;

onEachDatabase('pulls that were asked for', [], (store) => {
  const clock = { offset: 0, now: () => Date.now() + clock.offset };
  const processOf = (process: string, instance: string, run: Sync['run']) =>
    new SyncRequests({ db: store.db, clock, random: Math.random, log, sync: { run }, instances: [instance], process });
  const wanted = (instance: string) => ({ org: 'uk', instance, full: true, acceptRemovals: false });
  const waiting = async (instance: string): Promise<number> =>
    (await store.db.query('select 1 from sync_request where instance = $1', [instance])).count;

  test('are carried out once, by a process that works, whoever was asked and how often', async () => {
    const instance = `i-${number++}`;
    const ran: RunRequest[] = [];
    const api = processOf('api', instance, () => Promise.reject(new Error('an api process pulls nothing')));
    const workers = ['w1', 'w2', 'w3'].map((name) =>
      processOf(name, instance, async (request) => {
        ran.push(request);
        return [];
      }),
    );
    await api.ask({ ...wanted(instance), entity: 'Meter' });
    await api.ask({ ...wanted(instance), entity: 'Meter' });
    await Promise.all(workers.map((w) => w.round()));
    await Promise.all(workers.map((w) => w.stop()));
    expect(ran).toEqual([{ instance, entity: 'Meter', full: true, acceptRemovals: false }]);
    expect(await waiting(instance)).toBe(0);
  });

  test('go to another process when the one that had them has died', async () => {
    const instance = `i-${number++}`;
    const dead = processOf('dead', instance, () => new Promise(() => {}));
    await dead.ask(wanted(instance));
    await dead.round();
    let ran = 0;
    const heir = processOf('heir', instance, async () => {
      ran++;
      return [];
    });
    await heir.round();
    expect(ran).toBe(0);
    clock.offset += 60_000;
    await heir.round();
    await heir.stop();
    expect(ran).toBe(1);
    expect(await waiting(instance)).toBe(0);
  });

  test('stay when the process stops in the middle, and when another one was faster', async () => {
    const instance = `i-${number++}`;
    let stop = (_error: Error): void => {};
    const stopping = processOf('stopping', instance, () => new Promise((_resolve, reject) => (stop = reject)));
    await stopping.ask(wanted(instance));
    await stopping.round();
    const stopped = stopping.stop();
    stop(new HubError('transient', 'SYNC_STOPPED', 'Stopped.'));
    await stopped;
    expect(await waiting(instance)).toBe(1);
    const slower = processOf('slower', instance, () =>
      Promise.reject(new HubError('conflict', 'SYNC_ELSEWHERE', 'Another process pulls it.')),
    );
    await slower.round();
    await slower.stop();
    expect(await waiting(instance)).toBe(1);
  });

  test('a pull whose process died is taken up with what it was asked for', async () => {
    const instance = `i-${number++}`;
    const request = { entity: 'Meter', full: true, acceptRemovals: false };
    await RunLease.take({ db: store.db, clock, log, process: 'dead', org: 'uk', instance, request, onLost: () => {} });
    // The dead one renews nothing: its timer is this process's, so the lease is made old by hand.
    await store.db.query(`update sync_lease set lease_no = lease_no + 1, lease_until = $2 where instance = $1`, [
      instance,
      new Date(clock.now() - 1),
    ]);
    const ran: RunRequest[] = [];
    const heir = processOf('heir', instance, async (r) => {
      ran.push(r);
      return [];
    });
    await heir.round();
    await heir.stop();
    expect(ran).toEqual([{ instance, ...request }]);
  });
});
