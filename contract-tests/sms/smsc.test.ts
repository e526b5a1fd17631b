import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import { segment } from '../../connectors/kit/segmentation.ts';
import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import type { OperationView } from '../../connectors/port.ts';
import { SmscConfig } from '../../connectors/smsc/config.ts';
import { smsc } from '../../connectors/smsc/connector.ts';
import { codes, smscError, statuses } from '../../connectors/smsc/errors.ts';
import { sendMessage } from '../../connectors/smsc/send-message.ts';
import type { Simulator } from '../../simulators/kit/server.ts';
import { startSmsSimulator } from '../../simulators/sms/simulator.ts';
import { testWithFacts } from '../facts.ts';

let sim: Simulator;
let test_: TestContext<SmscConfig>;
beforeEach(async () => {
  sim = await startSmsSimulator({ port: 0 });
  test_ = testContext(
    SmscConfig.parse({ url: sim.url, auth: { login: 'hub', password: 'hub-sandbox' }, perSecond: 0 }),
    { clock: sim.clock },
  );
});
afterEach(async () => {
  test_.close();
  await sim.close();
});

const op = (
  ownId: number,
  payload: Record<string, unknown> = {},
  more: Partial<OperationView> = {},
): OperationView => ({
  id: `op-${ownId}`,
  kind: 'messages.send',
  organisation: 'test',
  subject: null,
  attempt: 1,
  acceptedAt: 0,
  ownId,
  payload: { channel: 'sms', to: '+79160000001', text: 'Ёлка № 5 «дом» 😀', ...payload },
  ...more,
});
const kindOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'ok',
    (e: { kind?: string; code?: string }) => `${e.kind}/${e.code}`,
  );

// That the gateway refuses the same text within a minute is only believed, so it must make no difference.
describe.each([true, false])('with a gateway that refuses repeats: %s', (dedupe) => {
  connectorConformance({
    connector: smsc,
    readme: new URL('../../connectors/smsc/README.md', import.meta.url),
    errors: { table: codes, toError: smscError },
    start: () => startSmsSimulator({ port: 0, dedupe, password: 'hub-sandbox-password' }),
    settings: (url) => ({
      url,
      auth: { login: 'hub', password: 'hub-sandbox-password' },
      callbackSecret: 'callback-secret',
      perSecond: 0,
    }),
    commands: {
      'messages.send': {
        payload: { channel: 'sms', to: '+79160000001', text: 'Долг по счёту 4417 оплатите до 10-го' },
        effect: 'sms.sent',
      },
    },
    personal: ['9160000001', 'Долг по счёту'],
  });
});

describe('SMSC against its simulator', () => {
  test('every sign arrives, and the parts that we compute are the parts that are billed', async () => {
    const outcome = await sendMessage.send(test_.ctx, op(1));
    const text = String(op(1).payload.text);
    expect(outcome).toMatchObject({ status: 'done', result: { upstreamId: 1, segments: segment(text).segments } });
    const stored = (await (
      await fetch(`${sim.url}/__sim/messages`, {
        method: 'POST',
        body: JSON.stringify({ id: 1, phone: '79160000001' }),
      })
    ).json()) as { text: string };
    expect(stored.text).toBe(text);
  });

  test('error 9 is settled by a look at our own id before anything is sent again', async () => {
    await sendMessage.send(test_.ctx, op(1));
    expect(await sendMessage.send(test_.ctx, op(1))).toMatchObject({ status: 'done', result: { upstreamId: 1 } });
    expect(await kindOf(sendMessage.send(test_.ctx, op(2)))).toBe('rate-limited/SMSC_TOO_OFTEN');
  });

  test.each([
    ['unauthorized', 'unauthorized/SMSC_CREDENTIALS'],
    ['no-money', 'needs-operator/SMSC_NO_MONEY'],
    ['http-500', 'uncertain/ANSWER_LOST'],
    ['maintenance', 'uncertain/ANSWER_LOST'],
    ['html', 'uncertain/ANSWER_LOST'],
    ['empty-answer', 'uncertain/ANSWER_LOST'],
  ])('fault %s is %s', async (fault, kind) => {
    sim.faults.add({ fault });
    expect(await kindOf(sendMessage.send(test_.ctx, op(1)))).toBe(kind);
  });

  test('delivery is asked for many messages in one request', async () => {
    const items = [
      ['+79160000001', 1],
      ['+79160000020', 2],
      ['+79160000025', 3],
    ] as const;
    for (const [to, id] of items) await sendMessage.send(test_.ctx, op(id, { to, text: `t${id}` }));
    sim.clock.advance(10_000);
    const updates = await sendMessage.track?.poll(
      test_.ctx,
      items.map(([to, id]) => ({ operationId: `op-${id}`, ownId: id, payload: { to }, result: {} })),
    );
    expect(updates?.map((u) => [u.operationId, u.patch.status, u.final])).toEqual([
      ['op-1', 'delivered', true],
      ['op-2', 'undelivered', true],
      ['op-3', 'undelivered', true],
    ]);
  });

  test('a preview tells parts and price and sends nothing', async () => {
    const { ownId: _own, ...preview } = op(1, { text: 'я'.repeat(71) });
    expect(await sendMessage.dryRun?.(test_.ctx, preview)).toMatchObject({
      segments: 2,
      encoding: 'ucs2',
      cost: { amount: '9.00' },
    });
    expect(sim.effects.report()).toEqual({});
  });
});

describe('delivery reports', () => {
  const receive = (config: object, form: Record<string, string>) =>
    smsc.hook?.receive(
      { ...test_.ctx, config: SmscConfig.parse({ auth: { login: 'a', password: 'b' }, ...config }) } as never,
      { method: 'POST', path: '', query: {}, headers: {}, body: Buffer.from(new URLSearchParams(form).toString()) },
    );
  const form = { id: '7', phone: '79160000001', status: '1', ts: '1790000000' };
  const md5 = '6f1ed002ab5595859014ebf0951522d9';

  test('a wrong hash is refused, and without a secret a report is a hint only', async () => {
    await expect(receive({ callbackSecret: 'secret' }, { ...form, md5 })).rejects.toMatchObject({
      kind: 'unauthorized',
    });
    await expect(receive({ callbackSecret: 'secret' }, form)).rejects.toMatchObject({ kind: 'unauthorized' });
    expect((await receive({}, form))?.events).toEqual([expect.objectContaining({ ownId: 7, hint: true })]);
  });

  test('a right hash is believed', async () => {
    const { createHash } = await import('node:crypto');
    const sha1 = createHash('sha1').update('79160000001:7:1:secret').digest('hex');
    expect((await receive({ callbackSecret: 'secret' }, { ...form, sha1 }))?.events).toEqual([
      expect.objectContaining({ patch: expect.objectContaining({ status: 'delivered' }), final: true }),
    ]);
  });
});

describe('statuses', () => {
  const readme = readFileSync(new URL('../../connectors/smsc/README.md', import.meta.url), 'utf8');
  test.each(Object.entries(statuses))('status %s stands in the README', (code, { status }) =>
    expect(readme).toMatch(new RegExp(`\\| ${code} +\\| ${status} +\\|`)),
  );
});

describe('segmentation', () => {
  testWithFacts('gives the published vectors', 'sms-voice/vectors/segmentation.json', (file) => {
    const vectors = JSON.parse(readFileSync(file, 'utf8')) as {
      name: string;
      text: string;
      encoding: string;
      units: number;
      segments: number;
      segmentUnits?: number[];
    }[];
    for (const v of vectors) {
      expect({ name: v.name, ...segment(v.text) }).toMatchObject({
        name: v.name,
        encoding: v.encoding,
        units: v.units,
        segments: v.segments,
        ...(v.segmentUnits ? { segmentUnits: v.segmentUnits } : {}),
      });
    }
    expect(vectors.length).toBeGreaterThan(20);
  });

  test('parts hold the whole text and none is too long', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 1000 }), (text) => {
        const s = segment(text);
        expect(s.segmentUnits.reduce((a, b) => a + b, 0)).toBe(s.units);
        const limit = s.segments === 1 ? (s.encoding === 'gsm7' ? 160 : 70) : s.encoding === 'gsm7' ? 153 : 67;
        expect(Math.max(...s.segmentUnits)).toBeLessThanOrEqual(limit);
        expect(s.segments).toBe(s.segmentUnits.length);
      }),
    );
  });
});
