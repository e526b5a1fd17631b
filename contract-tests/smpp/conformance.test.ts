import { createServer, type Socket } from 'node:net';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import type { SilentServer } from '../../connectors/kit/conformance/silent-server.ts';
import { smpp } from '../../connectors/smpp/connector.ts';
import { codes, smppError } from '../../connectors/smpp/errors.ts';
import { startSmppSimulator } from '../../simulators/smpp/simulator.ts';

const password = 'pass-w0r';

/** Answers binds and then nothing, in raw bytes. */
async function silentCentre(): Promise<SilentServer> {
  const closed: Promise<unknown>[] = [];
  let tell: () => void = () => {};
  const asked = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.on('data', (pdu: Buffer) => {
      const command = pdu.readUInt32BE(4);
      if (command !== 0x02 && command !== 0x09) return tell();
      const answer = Buffer.from('00000011800000000000000000000001' + '00', 'hex');
      answer.writeUInt8(command, 7);
      answer.writeUInt32BE(pdu.readUInt32BE(12), 12);
      socket.write(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  return {
    url: `smpp://127.0.0.1:${address.port}`,
    asked,
    left: async () => void (await Promise.all(closed)),
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

connectorConformance({
  connector: smpp,
  readme: new URL('../../connectors/smpp/README.md', import.meta.url),
  errors: { table: codes, toError: smppError },
  start: async () => {
    const sim = await startSmppSimulator({ port: 0, password });
    return { ...sim, url: sim.smppUrl };
  },
  settings: (url) => ({
    url: url.replace(/^http/, 'smpp'),
    auth: { systemId: 'hub', password },
    sender: 'UK-PRIMER',
    perSecond: 0,
    timeoutMs: 500,
  }),
  commands: {
    'messages.send': {
      payload: { channel: 'sms', to: '+79160000001', text: 'Долг по счёту 4417 оплатите до 10-го' },
      effect: 'sms.sent',
      unanswerable: true,
    },
  },
  personal: ['9160000001', 'Долг по счёту'],
  wire: {
    calls: (standIn) => standIn.effects.report()['sms.part']?.count ?? 0,
    // A shut account is told at the bind, everything else by the answer to submit_sm.
    fault: (fault, call) =>
      fault === 'unauthorized' ? { fault, times: 1 } : { fault, times: 1, method: 'submit_sm', skip: call - 1 },
    silent: silentCentre,
  },
});
