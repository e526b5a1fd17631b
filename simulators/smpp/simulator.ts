import { type AddressInfo, createServer, type Socket } from 'node:net';
import { SimClock } from '../kit/clock.ts';
import { Effects } from '../kit/effects.ts';
import { type Fault, Faults } from '../kit/faults.ts';
import { seeded } from '../kit/random.ts';
import { type Simulator, startSimulator } from '../kit/server.ts';
import {
  BadPdu,
  COMMAND,
  commandName,
  cString,
  deliverBody,
  type Frame,
  frame,
  readBind,
  readQuery,
  readSubmit,
  STATUS,
} from './codec.ts';
import { Messages, type Part, STAT } from './messages.ts';
import { Peer, type Role } from './peer.ts';
import { type Base, reportBody, writtenId } from './reports.ts';

/** Settings of the simulated message centre and its one account; they can be changed by POST /__sim/settings. */
export interface SmppSettings {
  /** Sessions of the account at once; one more is refused with 0x05. */
  maxBinds: number;
  /** Unanswered submit_sm of one session; more are refused with 0x58. As many reports go out at once. */
  window: number;
  /** submit_sm a second of one session; 0 = no limit. */
  perSecond: number;
  /** How message ids are written in submit_sm_resp and in reports. */
  responseIds: Base;
  reportIds: Base;
  /** receipted_message_id and message_state stand in reports. */
  reportFields: boolean;
  /** Believed of few gateways: user_message_reference comes back in reports. */
  echo: boolean;
  /** A report is sent before the answer to submit_sm. */
  reportBeforeResponse: boolean;
  /** Time after which a report that was not acknowledged is sent again, milliseconds. */
  repeatReportMs: number;
}

export interface SmppSimulatorOptions extends Partial<SmppSettings> {
  /** Port of the control page; 0 takes free ones. */
  port: number;
  /** Port of the message centre; default: the control page's plus 1000. */
  smppPort?: number;
  seed?: number;
  systemId?: string;
  password?: string;
  senders?: readonly string[];
  /** Virtual milliseconds until the phone has a message. */
  deliveredAfterMs?: number;
  maxValidityMs?: number;
  /** How often the centre asks whether the other side is there, and how long it waits for the answer; milliseconds. */
  enquireMs?: number;
  enquireTimeoutMs?: number;
}

export interface SmppSimulator extends Simulator {
  /** Where the message centre itself listens: smpp://host:port. */
  readonly smppUrl: string;
}

const ROLES: Readonly<Record<number, Role>> = {
  [COMMAND.bind_receiver]: 'receiver',
  [COMMAND.bind_transmitter]: 'transmitter',
  [COMMAND.bind_transceiver]: 'transceiver',
};
const KNOWN_FAULTS = [
  'latency',
  'cut-before-commit',
  'cut-after-commit',
  'cut-half-way',
  'throttle',
  'queue-full',
  'unauthorized',
  'maintenance',
  'generic-nack',
  'silent',
];

/** The stand-in of a message centre that speaks SMPP 3.4 (issue 1.2). */
export async function startSmppSimulator(options: SmppSimulatorOptions): Promise<SmppSimulator> {
  const settings: SmppSettings = {
    maxBinds: options.maxBinds ?? 4,
    window: options.window ?? 10,
    perSecond: options.perSecond ?? 0,
    responseIds: options.responseIds ?? 'hex',
    reportIds: options.reportIds ?? 'hex',
    reportFields: options.reportFields ?? true,
    echo: options.echo ?? false,
    reportBeforeResponse: options.reportBeforeResponse ?? false,
    repeatReportMs: options.repeatReportMs ?? 5_000,
  };
  const account = { systemId: options.systemId ?? 'hub', password: options.password ?? 'sandbox', locked: 0 };
  const senders = new Set(options.senders ?? ['UK-PRIMER', 'SMSC.RU', '79160000000', '4417']);
  const clock = new SimClock();
  const effects = new Effects();
  const faults = new Faults(KNOWN_FAULTS, seeded(options.seed ?? 1));
  const messages = new Messages(clock, effects, {
    deliveredAfterMs: options.deliveredAfterMs ?? 4_000,
    maxValidityMs: options.maxValidityMs ?? 3 * 24 * 3_600_000,
  });
  const peers = new Set<Peer>();
  const lastTold = new Map<number, number>();
  let rejectedBinds = 0;
  /** Reports that wait for their acknowledgement. */
  let reportsOpen = 0;
  let peak = 0;

  const bind = (peer: Peer, pdu: Frame, role: Role): void => {
    const refuse = (status: number): never => {
      rejectedBinds++;
      throw new BadPdu(status, 'The bind is refused.');
    };
    if (peer.role) refuse(STATUS.alreadyBound);
    const { systemId, password, version } = readBind(pdu.body);
    if (account.locked > 0) {
      account.locked--;
      refuse(STATUS.password);
    }
    if (systemId !== account.systemId) refuse(STATUS.systemId);
    if (password !== account.password) refuse(STATUS.password);
    if (version < 0x33 || version > 0x50) refuse(STATUS.bindFailed);
    if ([...peers].filter((p) => p.bound && p.account === systemId).length >= settings.maxBinds)
      refuse(STATUS.alreadyBound);
    peer.role = role;
    peer.account = systemId;
    peer.answer(pdu, STATUS.ok, cString('SIM'));
  };

  const overRate = (peer: Peer): boolean => {
    if (settings.perSecond <= 0) return false;
    const now = Date.now();
    peer.recent = peer.recent.filter((at) => at > now - 1_000);
    if (peer.recent.length >= settings.perSecond) return true;
    peer.recent.push(now);
    return false;
  };

  const submit = async (peer: Peer, pdu: Frame, struck: ReadonlyMap<string, Fault>): Promise<void> => {
    if (peer.role === undefined || peer.role === 'receiver') return peer.answer(pdu, STATUS.bindState);
    if (struck.has('throttle')) return peer.answer(pdu, STATUS.throttled);
    if (struck.has('queue-full')) return peer.answer(pdu, STATUS.queueFull);
    if (struck.has('maintenance')) return peer.answer(pdu, STATUS.systemError);
    if (peer.open >= settings.window || overRate(peer)) return peer.answer(pdu, STATUS.throttled);
    peer.open++;
    peer.peak = Math.max(peer.peak, peer.open);
    peak = Math.max(peak, peer.open);
    try {
      await new Promise((resolve) => setImmediate(resolve));
      if (struck.has('latency')) await pause(struck.get('latency')?.delayMs ?? 500);
      const request = readSubmit(pdu.body);
      if (!senders.has(request.source)) return peer.answer(pdu, STATUS.sourceAddress);
      const part = messages.accept(peer.account ?? '', request);
      const id = cString(writtenId(part.number, settings.responseIds));
      if (struck.has('cut-after-commit')) return peer.cut();
      if (struck.has('cut-half-way')) return peer.answerHalf(pdu, STATUS.ok, id);
      if (settings.reportBeforeResponse && part.wantsReport) {
        clock.advance(messages.timing.deliveredAfterMs);
        await report(part);
      }
      peer.answer(pdu, STATUS.ok, id);
    } finally {
      peer.open--;
    }
  };

  const query = (peer: Peer, pdu: Frame): void => {
    if (!peer.role) throw new BadPdu(STATUS.bindState, 'Not bound.');
    const { messageId } = readQuery(pdu.body);
    const part = [...messages.parts.values()].find((p) => writtenId(p.number, settings.responseIds) === messageId);
    if (!part) throw new BadPdu(STATUS.messageId, 'No such message.');
    peer.answer(
      pdu,
      STATUS.ok,
      Buffer.concat([cString(messageId), cString(''), Buffer.from([messages.state(part), 0])]),
    );
  };

  const request = async (peer: Peer, pdu: Frame): Promise<void> => {
    const struck = faults.strike(commandName(pdu.id), '');
    try {
      if (struck.has('silent')) {
        peer.deaf = true;
        return;
      }
      if (struck.has('cut-before-commit')) return peer.cut();
      if (struck.has('generic-nack')) return peer.send(frame(COMMAND.generic_nack, STATUS.commandId, pdu.sequence));
      if (struck.has('unauthorized')) {
        account.locked++;
        // An account that was shut loses its sessions, and hears why at its next bind.
        if (!ROLES[pdu.id]) for (const p of peers) if (p.account === account.systemId) p.cut();
      }
      const role = ROLES[pdu.id];
      if (role) {
        if (struck.has('maintenance')) return peer.answer(pdu, STATUS.systemError);
        return bind(peer, pdu, role);
      }
      switch (pdu.id) {
        case COMMAND.submit_sm:
          return await submit(peer, pdu, struck);
        case COMMAND.query_sm:
          return query(peer, pdu);
        case COMMAND.enquire_link:
          return peer.answer(pdu, STATUS.ok);
        case COMMAND.unbind:
          peer.answer(pdu, STATUS.ok);
          peer.role = undefined;
          return;
        default:
          peer.send(frame(COMMAND.generic_nack, STATUS.commandId, pdu.sequence));
      }
    } catch (error) {
      if (!(error instanceof BadPdu)) throw error;
      peer.answer(pdu, error.status);
    }
  };

  const report = async (part: Part): Promise<void> => {
    const listener = [...peers].find(
      (p) => p.bound && !p.deaf && p.account === part.account && p.role !== 'transmitter',
    );
    const state = messages.state(part);
    if (!listener || state === 1 || reportsOpen >= settings.window) return;
    lastTold.set(part.number, Date.now());
    part.reportedAt ??= clock.now();
    const body = reportBody(part, state, part.reportedAt, {
      ids: settings.reportIds,
      fields: settings.reportFields,
      echo: settings.echo,
    });
    effects.add('report.sent', String(part.number));
    reportsOpen++;
    const status = await listener.ask(COMMAND.deliver_sm, body, settings.repeatReportMs);
    reportsOpen--;
    if (status !== STATUS.ok) return;
    part.acknowledged = true;
    effects.add('report.acknowledged', String(part.number));
  };

  const beat = setInterval(() => {
    for (const part of messages.parts.values()) {
      if (!part.wantsReport || part.acknowledged) continue;
      const last = lastTold.get(part.number);
      if (last === undefined || Date.now() - last >= settings.repeatReportMs) void report(part);
    }
  }, 50);
  beat.unref();
  const enquiry = setInterval(() => {
    for (const peer of peers)
      if (peer.bound)
        void peer.ask(COMMAND.enquire_link, Buffer.alloc(0), options.enquireTimeoutMs ?? 10_000).then((status) => {
          effects.add('link.asked', status === 0 ? 'answered' : 'unanswered');
          if (status !== 0) peer.cut();
        });
  }, options.enquireMs ?? 30_000);
  enquiry.unref();

  const centre = createServer((socket: Socket) => {
    peers.add(new Peer(socket, { request, closed: (peer) => void peers.delete(peer) }));
  });
  await new Promise<void>((resolve, reject) => {
    const port = options.smppPort ?? (options.port === 0 ? 0 : options.port + 1000);
    centre.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EADDRINUSE' ? new Error(`Port ${port} of the message centre is taken.`) : error),
    );
    centre.listen(port, '127.0.0.1', resolve);
  });
  const smppUrl = `smpp://127.0.0.1:${(centre.address() as AddressInfo).port}`;
  const stop = (): void => {
    clearInterval(beat);
    clearInterval(enquiry);
    for (const peer of peers) peer.cut();
    centre.close();
  };

  try {
    const control = await startSimulator(
      {
        system: 'smpp',
        effects,
        faults,
        clock,
        handle: () => ({ status: 404, body: `This is the control page; the message centre is ${smppUrl}.` }),
        onClose: stop,
        state: () => ({
          smpp: smppUrl,
          sessions: [...peers].map(String),
          rejectedBinds,
          parts: messages.parts.size,
          unfinished: messages.unfinished(),
          reportsWaiting: [...messages.parts.values()].filter((p) => p.wantsReport && !p.acknowledged).length,
          windowPeak: peak,
          settings,
          last: [...messages.parts.values()].slice(-5).map((p) => ({
            id: writtenId(p.number, settings.responseIds),
            phone: `7***${p.phone.slice(-4)}`,
            part: `${p.sequence}/${p.total}`,
            state: STAT[messages.state(p)],
          })),
        }),
        controls: {
          settings: (input) => {
            const unknown = Object.keys(input as object).filter((key) => !(key in settings));
            if (unknown.length > 0) throw new Error(`There is no setting ${unknown.join(', ')}.`);
            return Object.assign(settings, input);
          },
          /** Parts that a phone got, in the order of their acceptance. */
          messages: (input) => ({
            parts: [...messages.parts.values()]
              .filter((p) => p.phone === (input as { phone?: string }).phone)
              .map((p) => ({
                id: writtenId(p.number, settings.responseIds),
                text: p.text,
                sender: p.source,
                part: p.sequence,
                parts: p.total,
                validUntil: new Date(p.validUntil).toISOString(),
                state: STAT[messages.state(p)],
              })),
          }),
          /** Every connection is cut. */
          drop: () => {
            const dropped = peers.size;
            for (const peer of peers) peer.cut();
            return { dropped };
          },
          /** All reports are told once more. */
          repeat: () => {
            for (const part of messages.parts.values()) part.acknowledged = false;
            lastTold.clear();
          },
          /** A subscriber writes to the sender. */
          incoming: (input) => {
            const { phone, to, text } = input as { phone: string; to: string; text: string };
            const body = deliverBody({
              source: phone,
              destination: to,
              esmClass: 0,
              dataCoding: 8,
              text: Buffer.from(text, 'utf16le').swap16(),
            });
            for (const peer of peers)
              if (peer.bound && peer.role !== 'transmitter')
                void peer.ask(COMMAND.deliver_sm, body, settings.repeatReportMs);
            return {};
          },
        },
      },
      options.port,
    );
    return { ...control, smppUrl };
  } catch (error) {
    stop();
    throw error;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
