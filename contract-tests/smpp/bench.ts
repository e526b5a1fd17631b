import { type TestContext, testContext } from '../../connectors/kit/testing/context.ts';
import type { Context, OperationView, PartNote, PartView } from '../../connectors/port.ts';
import { SmppConfig } from '../../connectors/smpp/config.ts';
import { smpp } from '../../connectors/smpp/connector.ts';

export const sender = 'UK-PRIMER';

export interface SmppBench {
  ctx: Context<SmppConfig>;
  lines: TestContext<SmppConfig>['lines'];
  /** Notes of parts as the hub would keep them for one operation. */
  notes: Map<number, PartView>;
  close(): Promise<void>;
}

/** An instance of the connector with notes kept in memory. */
export function smppBench(
  url: string,
  settings: Record<string, unknown> = {},
  more: Partial<Context<SmppConfig>> = {},
): SmppBench {
  const config = SmppConfig.parse({
    url,
    auth: { systemId: 'hub', password: 'sandbox' },
    sender,
    perSecond: 0,
    timeoutMs: 1_000,
    ...settings,
  });
  const notes = new Map<number, PartView>();
  const test = testContext(config, {
    ...more,
    keepParts: async (list: readonly PartNote[]) => {
      for (const note of list) notes.set(note.part, { ...note, notedAt: test.ctx.clock.now() });
    },
  });
  return {
    ctx: test.ctx,
    lines: test.lines,
    notes,
    close: async () => {
      await smpp.close?.(test.ctx);
      test.close();
    },
  };
}

export function messageOf(
  n: number,
  text: string,
  more: Partial<OperationView> = {},
  payload: Record<string, unknown> = {},
): OperationView {
  return {
    id: `0192f0c4-7a1b-7c3d-8e4f-${String(n).padStart(12, '0')}`,
    kind: 'messages.send',
    organisation: 'test',
    subject: null,
    attempt: 1,
    acceptedAt: 0,
    ownId: n,
    payload: { channel: 'sms', to: '+79160000001', text, ...payload },
    ...more,
  };
}

/** Waits until `is` holds. */
export async function until(is: () => boolean, what: string, limitMs = 5_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!is()) {
    if (Date.now() > end) throw new Error(`Not in ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
