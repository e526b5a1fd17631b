import { expect, test } from '@jest/globals';
import type { OperationGroup } from './operation-causes.ts';
import { causesOf, groupCause, groupOf, type LivingTask, planRound } from './plan.ts';

const group = (n: number, more: Partial<OperationGroup> = {}): OperationGroup => ({
  org: 'uk',
  class: 'uncertain',
  kind: 'messages.send',
  instance: 'sms-main',
  code: 'ANSWER_LOST',
  sample: Array.from({ length: n }, (_, i) => ({ id: `id-${i}`, subject: null })),
  ...more,
});
const living = (g: OperationGroup, more: Partial<LivingTask> = {}): LivingTask => ({
  org: g.org,
  id: 'task',
  cause: groupCause(g),
  kind: g.class,
  status: 'open',
  isPending: false,
  isGroup: true,
  count: 21,
  operation: null,
  opKind: g.kind,
  instance: g.instance,
  code: g.code,
  upstreamCode: null,
  assignee: null,
  ...more,
});

test('nothing is opened beside a task about many whose answer is being carried out, however few are left', () => {
  const pending = living(group(21), { status: 'answered', isPending: true });
  expect(planRound([pending], [group(3)], [])).toEqual({ open: [], close: [], refresh: [] });
});

test('what is left when the answer has been carried out is opened anew', () => {
  expect(planRound([], [group(3)], []).open).toHaveLength(3);
  expect(planRound([], [group(3, { class: 'dead' })], []).open).toMatchObject([{ count: 3, isGroup: true }]);
});

test('a code of the upstream that holds a colon is kept whole, so that the group is found again', () => {
  const odd = group(2, { class: 'dead', code: 'ONEC_UNKNOWN:a:b' });
  const [cause] = causesOf(odd, false);
  expect(cause).toMatchObject({ code: 'ONEC_UNKNOWN', upstreamCode: 'a:b' });
  expect(groupOf(living(odd, { code: 'ONEC_UNKNOWN', upstreamCode: 'a:b' })).code).toBe(odd.code);
});
