import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseConfig } from '../../config/load.ts';
import { connectorSchemas } from '../../connectors/registry.ts';
import { startHub } from '../../hub.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { onServer } from '../../storage/testing/databases.ts';
import { HubApi } from '../chaos/api.ts';
import { postgresFolder } from '../chaos/servers.ts';
import { CONTROL_KEY, configText, eventually } from '../hub/harness.ts';
import { ownDatabase } from './own-database.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

onServer('a database that is restored from a dump', () => {
  test('asks about everything that was open in it: what happened since is not done again, and nothing is forgotten', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'hub-restore-'));
    const onec = await startOnecSimulator({ port: 0, accounts: 20, buildings: 2 });
    const sms = await startSmsSimulator({ port: 0 });
    const [before, after] = [await ownDatabase(), await ownDatabase()];
    process.env.HUB_MASTER_KEY = randomBytes(32).toString('base64');
    const start = async (databaseUrl: string) => {
      const hub = await startHub({
        config: parseConfig(configText(onec.url, sms.url), 'hub.yaml', connectorSchemas(), {}),
        dataDir,
        databaseUrl,
        port: 0,
        host: '127.0.0.1',
        active: true,
        controlKey: CONTROL_KEY,
        log,
      });
      return { hub, api: new HubApi([hub.url], CONTROL_KEY) };
    };
    const closing: (() => Promise<void>)[] = [];
    try {
      const first = await start(before.url);
      closing.push(() => first.hub.close());
      const { api } = first;
      const send = async (n: number, more: object = {}): Promise<string> => {
        const to = `+7916555${String(n).padStart(4, '0')}`;
        const answer = await api.sure(
          'POST',
          '/v1/messages',
          { channel: 'sms', to, text: `Сообщение ${n}`, ...more },
          [202],
        );
        return String(answer.id);
      };
      const statusOf = async (at: HubApi, id: string) => await at.sure('GET', `/v1/operations/${id}`);
      const ended = (at: HubApi, ids: readonly string[], wanted: string) =>
        eventually(
          () => Promise.all(ids.map((id) => statusOf(at, id))),
          (list) => list.every((o) => o.status === wanted),
          60_000,
        );
      await api.sure('POST', '/v1/connectors/onec-main/sync', { entity: 'Meter' }, [202]);
      const meters = await eventually(
        async () => (await api.sure('GET', '/v1/meters')).items as { id: string }[],
        (items) => items.length > 4,
      );
      const done = await Promise.all([1, 2, 3].map((n) => send(n)));
      await ended(api, done, 'succeeded');

      for (const instance of ['sms-main', 'onec-main']) await api.sure('POST', `/v1/connectors/${instance}/pause`, {});
      const messages = await Promise.all([11, 12, 13, 14].map((n) => send(n)));
      const later = await send(15, { notBefore: '2099-01-01T00:00:00Z' });
      const readings = await Promise.all(
        meters.slice(0, 4).map(async ({ id }) => {
          const body = { meter: id, readAt: '2026-11-24T10:00:00+03:00', values: ['91000'] };
          return String((await api.sure('POST', '/v1/meter-readings', body, [202])).id);
        }),
      );
      const dump = join(dataDir, 'hub.dump');
      execFileSync(join(postgresFolder(), 'pg_dump'), ['-Fc', '-f', dump, before.url]);

      // What nobody will know of any more: all but one are carried out.
      const [given, ...sent] = messages;
      await api.sure('POST', `/v1/operations/${given}/cancel`);
      for (const instance of ['sms-main', 'onec-main']) await api.sure('POST', `/v1/connectors/${instance}/resume`);
      await ended(api, [...sent, ...readings], 'succeeded');
      await first.hub.close();
      expect(sms.effects.report()['sms.sent']).toEqual({ count: 6, distinct: 6 });

      execFileSync(join(postgresFolder(), 'pg_restore'), ['--no-owner', '-d', after.url, dump]);
      const second = await start(after.url);
      closing.push(() => second.hub.close());
      for (const instance of ['sms-main', 'onec-main'])
        await second.api.sure('POST', `/v1/connectors/${instance}/resume`);
      // The base of 1C finds our mark by the operation's id; the gateway's numbers were given after the dump.
      await ended(second.api, readings, 'succeeded');
      const asked = await eventually(
        () => Promise.all(messages.map((id) => statusOf(second.api, id))),
        (list) => list.every((o) => o.waitingFor === 'operator'),
        60_000,
      );
      expect(asked.map((o) => [o.status, (o.error as { code: string }).code])).toEqual(
        messages.map(() => ['uncertain', 'RESTORED_UNKNOWN']),
      );
      expect(await statusOf(second.api, later)).toMatchObject({ status: 'waiting', waitingFor: 'time' });
      expect(await Promise.all(done.map((id) => statusOf(second.api, id)))).toMatchObject(
        done.map(() => ({ status: 'succeeded' })),
      );
      // A person looks at the gateway.
      for (const id of sent) await second.api.sure('POST', `/v1/operations/${id}/resolve`, { answer: 'happened' });
      await second.api.sure('POST', `/v1/operations/${given}/resolve`, { answer: 'absent' });
      await ended(second.api, messages, 'succeeded');
      expect(sms.effects.report()['sms.sent']).toEqual({ count: 7, distinct: 7 });
      expect(onec.effects.report()['readings.posted']).toEqual({ count: 4, distinct: 4 });
      // New numbers are far from those that were given after the dump.
      const { rows } = await second.hub.store.db.query(`select value from upstream_sequence where name = 'own-id'`);
      expect(Number(rows[0]?.value)).toBeGreaterThan(1_000_000);
    } finally {
      for (const close of closing) await close();
      delete process.env.HUB_MASTER_KEY;
      await onec.close();
      await sms.close();
      await before.remove();
      await after.remove();
      rmSync(dataDir, { recursive: true, force: true });
    }
  }, 180_000);
});
