import { describe, expect, test } from '@jest/globals';
import { HubError } from '../../canonical/errors.ts';
import { codesAreDocumented, unknownCodeIsUnexpected } from '../../connectors/kit/conformance/code-law.ts';
import {
  cutsEndInTheRightClass,
  lostAnswersAreFound,
  neverActsTwice,
  nothingIsFoundTooEarly,
  silenceIsNoAnswer,
  waitsForWord,
} from '../../connectors/kit/conformance/cut-law.ts';
import { everyFaultIsNamed, everySecretIsTried } from '../../connectors/kit/conformance/settings-law.ts';
import type { CommandSpec, ConformanceSpec } from '../../connectors/kit/conformance/spec.ts';
import { abortedMeanwhile, leavesNothingOpen } from '../../connectors/kit/conformance/stop-law.ts';
import { NetworkFault } from '../../connectors/kit/http.ts';
import type { Command } from '../../connectors/port.ts';
import { type Ctx, call } from './client.ts';
import { NoticeboardConfig } from './config.ts';
import { noticeboard } from './connector.ts';
import { boardError, codes } from './errors.ts';
import { postNotice } from './post-notice.ts';
import { startNoticeboard } from './simulator.ts';

const token = 'token-of-the-sandbox';
const KIND = 'notices.post';
const right: ConformanceSpec<NoticeboardConfig> = {
  connector: noticeboard,
  readme: new URL('./README.md', import.meta.url),
  errors: { table: codes, toError: boardError },
  start: () => startNoticeboard({ token }),
  settings: (url) => ({ url, token }),
  commands: { [KIND]: { payload: { house: 'house-1', text: 'No water on Monday' }, effect: 'notices.shown' } },
};
/** The example with one mistake in its command. */
const mistaken = (change: Partial<Command<NoticeboardConfig>>): ConformanceSpec<NoticeboardConfig> => ({
  ...right,
  connector: { ...noticeboard, commands: { [KIND]: { ...postNotice, ...change } } },
});
/** The example, of which the suite is told something else. */
const told = (more: Partial<CommandSpec>, change: Partial<Command<NoticeboardConfig>> = {}) => {
  const spec = mistaken(change);
  return { ...spec, commands: { [KIND]: { ...(spec.commands[KIND] as CommandSpec), ...more } } };
};
const post = (ctx: Ctx, id: string) => call(ctx, 'POST', 'notices', { reference: id, house: 'house-1', text: 'x' });
const naive: Command<NoticeboardConfig>['send'] = async (ctx, op) => {
  try {
    await post(ctx, op.id);
    return { status: 'done', result: { notice: 1 } };
  } catch (error) {
    throw error instanceof NetworkFault ? error.asTransient('The board') : error;
  }
};

describe('the suite catches a connector that', () => {
  test('takes a lost answer for one that may be asked for again', async () => {
    const spec = mistaken({ send: naive });
    await expect(cutsEndInTheRightClass(spec, KIND)).rejects.toThrow('transient instead of uncertain');
    await expect(neverActsTwice(spec, KIND)).rejects.toThrow('Effects after');
  });

  test('sends again by itself', async () => {
    const spec = mistaken({
      send: async (ctx, op) => naive(ctx, op).catch(() => naive(ctx, op)),
    });
    await expect(neverActsTwice(spec, KIND)).rejects.toThrow('Effects after');
  });

  test('calls what cannot have been sent uncertain', async () => {
    const spec = mistaken({
      send: async (ctx, op) => {
        try {
          return await postNotice.send(ctx, op);
        } catch (error) {
          throw new HubError('uncertain', 'ANY', 'Any trouble.', {}, { cause: error });
        }
      },
    });
    await expect(cutsEndInTheRightClass(spec, KIND)).rejects.toThrow('uncertain instead of transient');
  });

  test('believes "absent" at once', async () => {
    const spec = mistaken({ reconcile: async () => ({ status: 'absent' }) });
    await expect(nothingIsFoundTooEarly(spec, KIND)).rejects.toThrow('before it has settled');
    await expect(lostAnswersAreFound(spec, KIND)).rejects.toThrow('after-commit');
    await expect(silenceIsNoAnswer(spec, KIND)).rejects.toThrow('says absent');
  });

  test('takes silence at its second question for "absent"', async () => {
    const spec = mistaken({
      reconcile: async (ctx, op) => {
        const there = await call(ctx, 'GET', 'houses').catch(() => undefined);
        if (!there) return { status: 'unknown', askAfterMs: 1_000 };
        await call(ctx, 'GET', `notices?reference=${op.id}`).catch(() => undefined);
        return { status: 'absent' };
      },
    });
    await expect(silenceIsNoAnswer(spec, KIND)).rejects.toThrow('at call 2: reconcile of notices.post says absent');
  });

  test('believes "absent" after less time than it says, or than its settings say', async () => {
    let asked = 0;
    const hasty = mistaken({
      reconcile: async () => (asked++ === 0 ? { status: 'unknown', askAfterMs: 1_000 } : { status: 'absent' }),
    });
    await expect(nothingIsFoundTooEarly(hasty, KIND)).rejects.toThrow('before it has settled');
    await expect(nothingIsFoundTooEarly(told({ settleAfterMs: 60_000 }), KIND)).rejects.toThrow(
      'before it has settled',
    );
  });

  test('gives up when a read breaks off that it is said to repeat, or repeats what is not said to be a read', async () => {
    const houses = (ctx: Ctx) =>
      call(ctx, 'GET', 'houses').catch((error) => {
        throw error instanceof NetworkFault ? error.asTransient('The board') : error;
      });
    const once: Partial<Command<NoticeboardConfig>> = {
      send: (ctx, op) => houses(ctx).then(() => postNotice.send(ctx, op)),
    };
    const twice: Partial<Command<NoticeboardConfig>> = {
      send: (ctx, op) =>
        houses(ctx)
          .catch(() => houses(ctx))
          .then(() => postNotice.send(ctx, op)),
    };
    const mends = { firstActing: 2, mendsReads: true };
    await expect(cutsEndInTheRightClass(told(mends, once), KIND)).rejects.toThrow('transient instead of done');
    await cutsEndInTheRightClass(told(mends, twice), KIND);
    await expect(cutsEndInTheRightClass(told({ firstActing: 2 }, twice), KIND)).rejects.toThrow(
      'done instead of transient',
    );
  });

  test('takes what may be another’s for its own, or tells nobody of it', async () => {
    const alike = { tellsOnlyAbsence: true };
    await expect(waitsForWord(told(alike), KIND)).rejects.toThrow('after-commit');
    const waits = (more: { operatorAt?: number }): Partial<Command<NoticeboardConfig>> => ({
      reconcile: async () => ({ status: 'unknown', askAfterMs: 1_000, ...more }),
    });
    await expect(waitsForWord(told(alike, waits({})), KIND)).rejects.toThrow('no person is asked');
    await waitsForWord(told(alike, waits({ operatorAt: 0 })), KIND);
  });

  test('tells less when it finds a notice than when it posts it', async () => {
    const spec = mistaken({ reconcile: async () => ({ status: 'happened', result: {} }) });
    await expect(lostAnswersAreFound(spec, KIND)).rejects.toThrow('after-commit');
  });

  test('does not listen to the signal', async () => {
    const spec = mistaken({
      send: async (ctx, op) => {
        await postNotice.send(ctx, op).catch(() => undefined);
        return { status: 'done', result: {} };
      },
    });
    await expect(abortedMeanwhile(spec)).rejects.toThrow('as if it had been answered');
  });

  test('leaves a timer behind', async () => {
    const timers: NodeJS.Timeout[] = [];
    const spec = mistaken({
      send: async (ctx, op) => {
        timers.push(setTimeout(() => undefined, 3_600_000));
        return postNotice.send(ctx, op);
      },
    });
    await expect(leavesNothingOpen(spec)).rejects.toThrow('Left open');
    for (const timer of timers) clearTimeout(timer);
  });

  test('tells a secret in an error or in an address', async () => {
    const told = mistaken({
      send: async (ctx) => {
        throw new HubError('rejected', 'ANY', `The board refuses ${ctx.config.token}.`);
      },
    });
    await expect(leavesNothingOpen(told)).rejects.toThrow('A secret stands in an error');
    const inAddress = mistaken({
      send: async (ctx, op) => {
        await call(ctx, 'GET', `notices?token=${ctx.config.token}`);
        return postNotice.send(ctx, op);
      },
    });
    await expect(leavesNothingOpen(inAddress)).rejects.toThrow('A secret stands in an address');
  });

  test('lets some faults of its settings pass, or hides a secret from the suite', () => {
    const lenient = NoticeboardConfig.extend({ timeoutMs: NoticeboardConfig.shape.timeoutMs.catch(10_000) });
    expect(() => everyFaultIsNamed({ ...right, connector: { ...noticeboard, config: lenient } })).toThrow('timeoutMs');
    expect(() => everySecretIsTried({ ...right, settings: (url) => ({ url }) })).toThrow('token');
  });

  test('has codes that its README lacks, or takes unknown ones for passing', () => {
    const more = { ...codes, '50': ['rejected', 'BOARD_FULL', 'The board is full.'] } as const;
    expect(() => codesAreDocumented({ ...right, errors: { ...right.errors, table: more } })).toThrow('differ');
    const toError = (): HubError => new HubError('transient', 'ANY', 'Later.');
    expect(() => unknownCodeIsUnexpected({ ...right, errors: { table: codes, toError } })).toThrow();
  });
});
