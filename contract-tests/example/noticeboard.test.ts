import { expect, test } from '@jest/globals';
import { connectorConformance } from '../../connectors/kit/conformance/conformance.ts';
import { testContext } from '../../connectors/kit/testing/context.ts';
import { NoticeboardConfig } from './config.ts';
import { noticeboard } from './connector.ts';
import { boardError, codes } from './errors.ts';
import { startNoticeboard } from './simulator.ts';

const token = 'token-of-the-sandbox';

connectorConformance({
  connector: noticeboard,
  readme: new URL('./README.md', import.meta.url),
  errors: { table: codes, toError: boardError },
  start: () => startNoticeboard({ token }),
  settings: (url) => ({ url, token }),
  commands: {
    'notices.post': { payload: { house: 'house-1', text: 'No water on Monday' }, effect: 'notices.shown' },
  },
});

// The suite knows nothing of texts and houses: what is particular to a system is tested by hand.
test('a text that the board does not take is the sender’s to mend', async () => {
  const board = await startNoticeboard({ token });
  const { ctx, close } = testContext(NoticeboardConfig.parse({ url: board.url, token }), { clock: board.clock });
  const payload = { house: 'house-1', text: 'x'.repeat(501) };
  const op = {
    id: 'op-1',
    kind: 'notices.post',
    organisation: 'test',
    subject: null,
    payload,
    attempt: 1,
    acceptedAt: 0,
  };
  await expect(noticeboard.commands?.['notices.post']?.send(ctx, op)).rejects.toMatchObject({ kind: 'rejected' });
  close();
  await board.close();
});
