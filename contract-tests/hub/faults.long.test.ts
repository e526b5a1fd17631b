import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { readControlFile } from '../../cli/control-file.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startOnecSimulator } from '../../simulators/onec/simulator.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { prepareStore } from '../../storage/testing/prepared-store.ts';
import { type ChildHub, startChildHub } from './child-hub.ts';
import { configText, eventually, startTestHub } from './harness.ts';

let onec: Simulator;
let sms: Simulator;
let folder: string;
const children: ChildHub[] = [];

beforeAll(async () => {
  onec = await startOnecSimulator({ port: 0, accounts: 20, buildings: 1 });
  sms = await startSmsSimulator({ port: 0 });
  folder = mkdtempSync(join(tmpdir(), 'hub-faults-'));
  writeFileSync(join(folder, 'hub.yaml'), configText(onec.url, sms.url));
});
afterEach(async () => {
  for (const child of children.splice(0)) await child.stop('SIGKILL');
});
afterAll(async () => {
  await onec.close();
  await sms.close();
  rmSync(folder, { recursive: true, force: true });
});

function serve(data: string, port = 0): ChildHub {
  const child = startChildHub({ config: join(folder, 'hub.yaml'), data, port });
  children.push(child);
  return child;
}

describe('a start that can not be', () => {
  test('a taken port is named, with the option that chooses another', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await prepareStore(join(folder, 'port'));
    const child = serve(join(folder, 'port'), port);
    expect(await child.exit).toBeGreaterThan(0);
    expect(child.output()).toContain(`Port ${port} is taken`);
    expect(child.output()).toContain('--port');
    expect(readControlFile(join(folder, 'port'))).toBeUndefined();
    other.close();
  }, 180_000);

  test('a data directory in use is refused, and the hub that uses it goes on', async () => {
    const data = join(folder, 'locked');
    await prepareStore(data);
    const { url, key } = await serve(data).ready();
    const second = serve(data);
    expect(await second.exit).toBeGreaterThan(0);
    expect(second.output()).toContain(data);
    expect(second.output()).toMatch(/another (hub|process)|in use|is used/i);
    const answer = await fetch(`${url}/v1/operations`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(200);
  }, 180_000);
});

/** A real file system of a few megabytes; undefined where this user may not mount one. */
function smallDisk(megabytes: number): { path: string; remove(): void } | undefined {
  const path = mkdtempSync(join(tmpdir(), 'hub-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true, force: true });
    return undefined;
  }
  return {
    path,
    remove: () => {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' });
      rmSync(path, { recursive: true, force: true });
    },
  };
}

describe('a full disk', () => {
  const disk = smallDisk(240);
  afterAll(() => disk?.remove());
  const onDisk = disk ? test : test.skip;

  onDisk(
    'accepts answer 503 with Retry-After, nothing is half-done, and with space again everything accepted is there',
    async () => {
      const data = join(disk?.path ?? '', 'data');
      await prepareStore(data);
      const hub = await serve(data).ready();
      const call = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
        fetch(`${hub.url}${path}`, {
          method: body === undefined ? 'GET' : 'POST',
          headers: { authorization: `Bearer ${hub.key}`, 'content-type': 'application/json', ...headers },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      const message = (n: number) => ({
        channel: 'sms',
        to: '+79161230001',
        text: `Сообщение ${n} ${'x'.repeat(900)}`,
        notBefore: '2099-01-01T00:00:00Z',
        idempotencyKey: `full-${n}`,
      });
      // Ballast takes most of the room, so that the store fills it soon; it is what an operator would remove.
      const ballast = join(disk?.path ?? '', 'ballast');
      const { bavail, bsize } = statfsSync(disk?.path ?? '/');
      writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 60 * 1024 * 1024), 1));
      const accepted: string[] = [];
      let refused: Response | undefined;
      for (let batch = 0; batch < 400 && !refused; batch++) {
        const items = Array.from({ length: 100 }, (_, i) => message(batch * 100 + i));
        const answer = await call('/v1/messages/bulk', items);
        if (answer.status === 503) refused = answer;
        else {
          const body = (await answer.json()) as { items: { operation: string }[] };
          accepted.push(...body.items.map((i) => i.operation));
        }
      }
      expect(refused?.status).toBe(503);
      expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused?.json()).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect(accepted.length).toBeGreaterThan(0);
      rmSync(ballast);
      const { idempotencyKey: _key, ...single } = message(1_000_000);
      await eventually(
        () => call('/v1/messages', single, { 'idempotency-key': 'after' }).then((r) => r.status),
        (status) => status === 202,
        60_000,
      );
      const seen = new Set<string>();
      for (let cursor = ''; ; ) {
        const page = (await (await call(`/v1/operations?limit=500${cursor}`)).json()) as {
          items: { id: string; status: string }[];
          nextCursor: string | null;
        };
        for (const op of page.items) seen.add(op.id);
        if (page.nextCursor === null) break;
        cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
      }
      for (const id of accepted) expect(seen.has(id)).toBe(true);
      // The refused batch is not there by halves: all of it, or nothing.
      expect([0, 100]).toContain(seen.size - accepted.length - 1);
      expect(existsSync(data) && readdirSync(data).length).toBeTruthy();
    },
    400_000,
  );
});

describe('a clock that jumps', () => {
  test('two days on and back again lose nothing and send nothing twice', async () => {
    let offset = 0;
    const t = await startTestHub({ accounts: 10, clock: { now: () => Date.now() + offset } });
    try {
      const send = async (n: number): Promise<string> =>
        (await t.call('POST', '/v1/messages', { channel: 'sms', to: '+79161230001', text: `clock ${n}` })).body.id;
      const fault = (body: unknown) =>
        fetch(`${t.sms.url}/__sim/faults`, { method: 'POST', body: JSON.stringify(body) });
      await fault({ fault: 'latency', rate: 1, times: 20, delayMs: 400 });
      await fault({ fault: 'cut-after-commit', rate: 0.3, times: 10 });
      const ids: string[] = [];
      const steps = [0, 2 * 86_400_000, 2 * 86_400_000, 0, -86_400_000, 3_600_000];
      for (const [i, step] of steps.entries()) {
        offset = step;
        for (let n = 0; n < 5; n++) ids.push(await send(i * 5 + n));
        await new Promise((r) => setTimeout(r, 300));
      }
      const op = async (id: string) => (await t.call('GET', `/v1/operations/${id}`)).body;
      for (const id of ids)
        expect(
          (
            await eventually(
              () => op(id),
              (o) => ['succeeded', 'failed', 'dead'].includes(o.status),
              60_000,
            )
          ).status,
        ).toBe('succeeded');
      const effects = (await (await fetch(`${t.sms.url}/__sim/effects`)).json()) as Record<string, unknown>;
      expect(effects['sms.sent']).toEqual({ count: ids.length, distinct: ids.length });
    } finally {
      await t.stop();
    }
  }, 120_000);
});
