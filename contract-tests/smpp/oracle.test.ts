import type { AddressInfo, Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import npmSmpp, { type Pdu, type Session } from 'smpp';
import type { InboundEvent } from '../../connectors/port.ts';
import { smpp } from '../../connectors/smpp/connector.ts';
import { sendMessage } from '../../connectors/smpp/send-message.ts';
import { type SmppSimulator, startSmppSimulator } from '../../simulators/smpp/simulator.ts';
import { messageOf, type SmppBench, sender, smppBench, until } from './bench.ts';

// A codec bug in our connector could hide behind the same bug in our stand-in; the npm package `smpp` is neither.

describe('our connector at the server of the npm package', () => {
  let server: Server;
  let url: string;
  let bench: SmppBench | undefined;
  let seen: Pdu[];
  let peer: Session | undefined;
  const sessions = new Set<Session>();
  beforeEach(async () => {
    seen = [];
    sessions.clear();
    server = npmSmpp.createServer((session) => {
      sessions.add(session);
      peer = session;
      session.on('error', () => session.destroy());
      session.on('pdu', (pdu: Pdu) => seen.push(pdu));
      for (const name of ['bind_transceiver', 'bind_transmitter'])
        session.on(name, (pdu: Pdu) => session.send(pdu.response({ system_id: 'npm' })));
      session.on('submit_sm', (pdu: Pdu) =>
        session.send(pdu.response({ message_id: `id-${seen.filter((p) => p.command === 'submit_sm').length}` })),
      );
      session.on('enquire_link', (pdu: Pdu) => session.send(pdu.response()));
      session.on('unbind', (pdu: Pdu) => session.send(pdu.response()));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `smpp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await bench?.close();
    for (const session of sessions) session.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const submits = (): Pdu[] => seen.filter((p) => p.command === 'submit_sm');
  const textOf = (pdu: Pdu | undefined): string => String(pdu?.short_message?.message ?? '');

  test('binds with its account and version 3.4, and says goodbye', async () => {
    bench = smppBench(url);
    expect(await smpp.probe(bench.ctx)).toMatchObject({ ok: true, details: { centre: 'npm', boundAs: 'transmitter' } });
    expect(seen.map((p) => p.command)).toEqual(['bind_transmitter', 'enquire_link']);
    expect(seen[0]).toMatchObject({ system_id: 'hub', password: 'sandbox', interface_version: 0x34 });
    await bench.close();
    await until(() => seen.at(-1)?.command === 'unbind', 'unbind');
  });

  test('a text in the GSM alphabet is read as it was meant, with its sender, validity and wish for a report', async () => {
    bench = smppBench(url);
    const text = 'Bill 4417 @ [home] ~ 5€ {Ä}';
    expect(await sendMessage.send(bench.ctx, messageOf(1, text))).toEqual({
      status: 'done',
      result: { upstreamIds: ['id-1'], segments: 1 },
    });
    const [pdu] = submits();
    expect(pdu).toMatchObject({
      source_addr: sender,
      source_addr_ton: 5,
      source_addr_npi: 0,
      destination_addr: '79160000001',
      data_coding: 0,
      esm_class: 0,
      registered_delivery: 1,
    });
    expect(textOf(pdu)).toBe(text);
  });

  test('a text in Cyrillic arrives letter by letter', async () => {
    bench = smppBench(url);
    const text = 'Ёлка № 5 «дом» ₽ 😀';
    await sendMessage.send(bench.ctx, messageOf(1, text));
    expect(submits()[0]).toMatchObject({ data_coding: 8 });
    expect(textOf(submits()[0])).toBe(text);
  });

  test('a longer text comes as parts with a header, and the parts are the text', async () => {
    bench = smppBench(url);
    const text = 'Уважаемый житель! '.repeat(12).trim();
    const outcome = await sendMessage.send(bench.ctx, messageOf(0x1234, text));
    expect(outcome).toMatchObject({ result: { upstreamIds: ['id-1', 'id-2', 'id-3', 'id-4'], segments: 4 } });
    expect(submits().map((p) => p.short_message?.udh?.map((b) => b.toString('hex')))).toEqual(
      [1, 2, 3, 4].map((n) => [`00033404${String(n).padStart(2, '0')}`]),
    );
    expect(submits().map(textOf).join('')).toBe(text);
    expect(submits().every((p) => p.esm_class === 0x40)).toBe(true);
  });

  test.each(['sar', 'payload'] as const)('a longer text comes by %s fields', async (concatenation) => {
    bench = smppBench(url, { concatenation });
    const text = 'x'.repeat(150) + '€'.repeat(20);
    await sendMessage.send(bench.ctx, messageOf(7, text));
    if (concatenation === 'payload') {
      expect(submits()).toHaveLength(1);
      expect(submits()[0]?.message_payload?.message).toBe(text);
    } else {
      expect(submits().map((p) => [p.sar_msg_ref_num, p.sar_total_segments, p.sar_segment_seqnum])).toEqual([
        [7, 2, 1],
        [7, 2, 2],
      ]);
      expect(submits().map(textOf).join('')).toBe(text);
    }
  });

  test('a report of the package is understood and acknowledged only when it is stored', async () => {
    bench = smppBench(url, { referenceEcho: true });
    const events: InboundEvent[] = [];
    let store: () => void = () => {};
    const stored = new Promise<void>((resolve) => {
      store = resolve;
    });
    const stop = new AbortController();
    const listening = smpp.listen?.({ ...bench.ctx, signal: stop.signal }, async (list) => {
      events.push(...list);
      await stored;
    });
    await until(() => seen[0]?.command === 'bind_transceiver', 'bound');
    let answer: Pdu | undefined;
    peer?.deliver_sm(
      {
        source_addr: '79160000001',
        destination_addr: sender,
        esm_class: 4,
        short_message:
          'id:000A1F sub:001 dlvrd:001 submit date:2601151000 done date:2601151003 stat:DELIVRD err:000 text:stat:UNDELIV',
        receipted_message_id: 'A1F',
        message_state: 2,
        user_message_reference: 41,
      },
      (pdu) => {
        answer = pdu;
      },
    );
    await until(() => events.length === 1, 'the report');
    expect(events[0]).toMatchObject({
      kind: 'messages.send',
      ref: 'a1f',
      ownId: 41,
      recipient: '+79160000001',
      final: true,
      patch: { status: 'delivered', deliveredAt: '2026-01-15T07:03:00.000Z' },
    });
    expect(answer).toBeUndefined();
    store();
    await until(() => answer !== undefined, 'the acknowledgement');
    expect(answer?.command_status).toBe(0);
    stop.abort();
    await listening;
  });

  test('a report that can not be stored is not acknowledged', async () => {
    bench = smppBench(url);
    const stop = new AbortController();
    const listening = smpp.listen?.({ ...bench.ctx, signal: stop.signal }, async () => {
      throw new Error('the store is away');
    });
    await until(() => seen[0]?.command === 'bind_transceiver', 'bound');
    let answer: Pdu | undefined;
    peer?.deliver_sm({ source_addr: '79160000001', esm_class: 4, short_message: 'id:1 stat:DELIVRD' }, (pdu) => {
      answer = pdu;
    });
    await until(() => answer !== undefined, 'an answer');
    expect(answer?.command_status).toBe(0x64);
    stop.abort();
    await listening;
  });

  test('the other side may ask whether we are there', async () => {
    bench = smppBench(url);
    await smpp.probe(bench.ctx);
    const answer = await new Promise<Pdu>((resolve) => peer?.enquire_link(resolve));
    expect(answer).toMatchObject({ command: 'enquire_link_resp', command_status: 0 });
  });

  test('bytes that are no PDU end the link, and the next message goes over a new one', async () => {
    bench = smppBench(url);
    await smpp.probe(bench.ctx);
    (peer as unknown as { socket: { write(b: Buffer): void } }).socket.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await until(() => bench?.lines.some((l) => l.message.includes('no PDU')) === true, 'the fault');
    expect(await sendMessage.send(bench.ctx, messageOf(1, 'again'))).toMatchObject({ status: 'done' });
    expect(sessions.size).toBe(2);
  });
});

describe('the client of the npm package at our simulator', () => {
  let sim: SmppSimulator;
  let session: Session;
  beforeEach(async () => {
    sim = await startSmppSimulator({ port: 0, responseIds: 'hex', reportIds: 'decimal' });
    session = npmSmpp.connect({ url: sim.smppUrl });
    session.on('error', () => session.destroy());
  });
  afterEach(async () => {
    session.destroy();
    await sim.close();
  });
  const bind = (password = 'sandbox', system_id = 'hub') =>
    new Promise<Pdu>((resolve) => session.bind_transceiver({ system_id, password, interface_version: 0x34 }, resolve));
  const submit = (fields: Record<string, unknown>) =>
    new Promise<Pdu>((resolve) =>
      session.submit_sm(
        { source_addr: sender, source_addr_ton: 5, destination_addr: '79160000001', registered_delivery: 1, ...fields },
        resolve,
      ),
    );
  const stored = async (phone = '79160000001') =>
    (
      (await (
        await fetch(`${sim.url}/__sim/messages`, { method: 'POST', body: JSON.stringify({ phone }) })
      ).json()) as { parts: { id: string; text: string; part: number; parts: number }[] }
    ).parts;

  test('is bound, asked, and let go', async () => {
    expect(await submit({ short_message: 'too early' })).toMatchObject({ command_status: 0x04 });
    expect(await bind('wrong')).toMatchObject({ command_status: 0x0e });
    expect(await bind('sandbox', 'nobody')).toMatchObject({ command_status: 0x0f });
    expect(await bind()).toMatchObject({ command_status: 0, system_id: 'SIM' });
    expect(await bind()).toMatchObject({ command_status: 0x05 });
    expect(await new Promise<Pdu>((r) => session.enquire_link(r))).toMatchObject({ command_status: 0 });
    expect(await new Promise<Pdu>((r) => session.unbind(r))).toMatchObject({ command_status: 0 });
  });

  test('its texts arrive letter by letter in both alphabets, in parts and as payload', async () => {
    await bind();
    const texts = ['A @ [b] 5€', 'Ёлка №5 😀'];
    await submit({ data_coding: 0, short_message: texts[0] });
    await submit({ data_coding: 8, short_message: texts[1] });
    for (const n of [2, 1])
      await submit({
        data_coding: 8,
        short_message: { udh: Buffer.from([5, 0, 3, 9, 2, n]), message: n === 1 ? 'Первая ' : 'вторая' },
      });
    await submit({ data_coding: 0, short_message: '', message_payload: 'x'.repeat(400) });
    expect((await stored()).map((p) => p.text)).toEqual([...texts, 'вторая', 'Первая ', 'x'.repeat(400)]);
    // Parts in any order are one text.
    expect(sim.effects.report()['sms.sent']).toEqual({ count: 4, distinct: 4 });
  });

  test('gets a report with its id in another base, again until it acknowledges, and may query', async () => {
    await fetch(`${sim.url}/__sim/settings`, { method: 'POST', body: JSON.stringify({ repeatReportMs: 100 }) });
    await bind();
    const reports: Pdu[] = [];
    session.on('deliver_sm', (pdu: Pdu) => {
      reports.push(pdu);
      // The first one is left unanswered.
      if (reports.length > 1) session.send(pdu.response());
    });
    const { message_id: id = '' } = await submit({ data_coding: 0, short_message: 'hello' });
    expect(await new Promise<Pdu>((r) => session.query_sm({ message_id: id }, r))).toMatchObject({ message_state: 1 });
    sim.clock.advance(10_000);
    await until(() => sim.effects.report()['report.acknowledged']?.count === 1, 'acknowledged');
    const decimal = String(Number.parseInt(id, 16));
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatchObject({ esm_class: 4, message_state: 2, receipted_message_id: decimal });
    expect(String(reports[0]?.short_message?.message)).toContain(`id:${decimal} sub:001 dlvrd:001`);
    expect(await new Promise<Pdu>((r) => session.query_sm({ message_id: id }, r))).toMatchObject({ message_state: 2 });
  });

  test.each([
    [{ destination_addr: '123' }, 0x0b],
    [{ source_addr: 'STRANGER' }, 0x0a],
    [{ short_message: 'я'.repeat(80), data_coding: 8 }, 0x01],
  ])('refuses %j', async (fields, status) => {
    await bind();
    expect(await submit({ short_message: 'x', data_coding: 0, ...fields })).toMatchObject({ command_status: status });
    expect(sim.effects.report()['sms.sent']).toBeUndefined();
  });
});
