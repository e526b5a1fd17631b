import type { Connector } from '../port.ts';
import { SmppConfig } from './config.ts';
import { closeLink, linkOf } from './link.ts';
import { sendMessage } from './send-message.ts';

/** A message centre by SMPP 3.4: text messages with delivery reports. */
export const smpp: Connector<SmppConfig> = {
  system: 'smpp',
  config: SmppConfig,
  probe: async (ctx) => {
    const started = ctx.clock.now();
    const session = await linkOf(ctx).enquire(ctx.signal);
    return {
      ok: true,
      version: '3.4',
      details: {
        centre: session.peer,
        boundAs: session.role,
        answeredInMs: ctx.clock.now() - started,
        window: ctx.config.window,
      },
    };
  },
  commands: { 'messages.send': sendMessage },
  listen: (ctx, emit) => linkOf(ctx).listen(emit, ctx.signal),
  close: closeLink,
};
