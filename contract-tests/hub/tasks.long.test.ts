import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, CONTROL_KEY, eventually, startTestHub, type TestHub } from './harness.ts';

let t: TestHub;
/** Keys by what they may do. */
const keys: Record<'operator' | 'chief' | 'reader' | 'resident' | 'stranger', string> = {
  operator: '',
  chief: '',
  reader: '',
  resident: '',
  stranger: '',
};
const as = (who: keyof typeof keys, method: string, path: string, body?: unknown): Promise<Answer> =>
  t.call(method, path, body, { authorization: `Bearer ${keys[who]}` });
let serial = 0;
const send = async (more: object = {}): Promise<string> => {
  const body = { channel: 'sms', to: `+7916${4_000_000 + ++serial}`, text: `Номер ${serial}`, ...more };
  return (await t.call('POST', '/v1/messages', body)).body.id;
};
const operation = async (id: string): Promise<string> => (await t.call('GET', `/v1/operations/${id}`)).body.status;
/** The newest open task of a kind, once it is there. */
const open = async (kind: string) =>
  (
    await eventually(
      () => as('reader', 'GET', `/v1/tasks?status=open&kind=${kind}`),
      (a) => a.body.items.length > 0,
    )
  ).body.items[0];
const simulate = (name: string, body: unknown) =>
  fetch(`${t.sms.url}/__sim/${name}`, { method: 'POST', body: JSON.stringify(body) });

beforeAll(async () => {
  t = await startTestHub({
    extra: `limits: { quietHours: off, brake: { messages.send: { perHour: 3 } } }
people:
  - { id: anna, name: Анна, handles: [approval], substitute: { person: boris, from: 2020-01-01, to: 2090-01-01 } }
  - { id: boris, name: Борис }`,
  });
  const make = async (scopes: string[], more: object = {}): Promise<string> =>
    (await t.call('POST', '/v1/keys', { name: scopes.join(' '), scopes, ...more })).body.key;
  keys.operator = await make(['tasks', 'read:*']);
  keys.chief = await make(['tasks', 'read:tasks', 'approve']);
  keys.reader = await make(['read:tasks']);
  keys.resident = await make(['read:*', 'tasks', 'approve'], { accounts: [randomUUID()] });
  keys.stranger = await make(['*'], { organisation: 'other' });
}, 60_000);
afterAll(() => t.stop(), 30_000);

describe('tasks', () => {
  let task: { id: string; version: number; answers: { id: string }[] } & Record<string, unknown>;
  let held: string;

  test('an operation beyond a brake is a task with its answers, deadline, assignee and advice', async () => {
    for (let i = 0; i < 3; i++) await send();
    held = await send();
    task = await open('approval');
    expect(task).toMatchObject({
      kind: 'approval',
      status: 'open',
      organisation: 'uk',
      operation: held,
      instance: 'sms-main',
      count: 1,
      assignee: 'anna',
      substitute: 'boris',
      overdue: false,
      version: 1,
      progress: null,
      title: { ru: expect.stringMatching(/[а-я]/), en: expect.stringContaining('Approve') },
      advice: { ru: { who: expect.any(String), press: expect.any(String) } },
    });
    expect(task.answers.map((a) => a.id)).toEqual(['approve', 'reject']);
    expect((await as('reader', 'GET', '/v1/tasks/summary')).body).toMatchObject({
      open: 1,
      overdue: 0,
      byKind: { approval: 1, dead: 0 },
    });
    expect((await as('reader', 'GET', '/v1/tasks?assignee=boris')).body.items).toHaveLength(1);
    expect((await as('reader', 'GET', `/v1/tasks?operation=${held}`)).body.items).toHaveLength(1);
    expect((await as('reader', 'GET', '/v1/tasks?overdue=true')).body.items).toEqual([]);
    const metrics = await eventually(
      async () => (await t.call('GET', '/metrics')).text,
      (text) => text.includes('hub_tasks_open{organisation="uk",kind="approval"} 1'),
    );
    expect(metrics).toContain('hub_tasks_overdue{organisation="uk",kind="approval"} 0');
  }, 30_000);

  test('who may not, may not; and who is elsewhere sees nothing', async () => {
    const answer = { answer: 'approve', version: 1 };
    const path = `/v1/tasks/${task.id}`;
    expect((await as('reader', 'POST', `${path}/answer`, answer)).body.code).toBe('SCOPE_MISSING');
    expect((await as('operator', 'POST', `${path}/answer`, answer)).body).toMatchObject({
      code: 'SCOPE_MISSING',
      detail: expect.stringContaining('approve'),
    });
    for (const [who, wanted] of [
      ['resident', 'SCOPE_MISSING'],
      ['stranger', 'TASK_NOT_FOUND'],
    ] as const) {
      for (const [method, end, body] of [
        ['GET', '', undefined],
        ['POST', '/answer', answer],
        ['POST', '/assign', { assignee: null, version: 1 }],
        ['POST', '/stop', {}],
      ] as const)
        expect([who, end, (await as(who, method, `${path}${end}`, body)).body.code]).toEqual([who, end, wanted]);
    }
    const guessed = await as('stranger', 'GET', `/v1/tasks/${randomUUID()}`);
    const foreign = await as('stranger', 'GET', path);
    expect({ ...foreign.body, instance: '' }).toEqual({ ...guessed.body, instance: '' });
    expect((await as('stranger', 'GET', '/v1/tasks')).body).toEqual({ items: [], nextCursor: null });
    expect((await as('stranger', 'GET', '/v1/tasks/summary')).body.open).toBe(0);
    expect(await operation(held)).toBe('waiting');
  });

  test('bad input names field, fault and cure', async () => {
    const answered = await as('chief', 'POST', `/v1/tasks/${task.id}/answer`, { answer: 'aprove', version: 1 });
    expect(answered.body).toMatchObject({
      status: 400,
      errors: [{ pointer: '/answer', message: expect.stringContaining("'approve'") }],
    });
    expect((await as('chief', 'POST', `/v1/tasks/${task.id}/answer`, { answer: 'approve' })).body.errors).toMatchObject(
      [{ pointer: '/version' }],
    );
    expect((await as('reader', 'GET', '/v1/tasks?status=opne')).body.errors).toMatchObject([{ pointer: '?status' }]);
    expect(
      (await as('chief', 'POST', `/v1/tasks/${task.id}/assign`, { assignee: 'bors', version: 1 })).body.errors[0]
        .message,
    ).toContain("'boris'");
  });

  test('somebody else may take it; the answer does it, and the second to answer hears who was first', async () => {
    const assigned = await as('chief', 'POST', `/v1/tasks/${task.id}/assign`, { assignee: 'boris', version: 1 });
    expect(assigned.body).toMatchObject({ assignee: 'boris', substitute: null, version: 2 });
    expect(
      (await as('chief', 'POST', `/v1/tasks/${task.id}/answer`, { answer: 'approve', version: 1 })).body.code,
    ).toBe('TASK_CHANGED');
    const answered = await as('chief', 'POST', `/v1/tasks/${task.id}/answer`, { answer: 'approve', version: 2 });
    expect(answered.body).toMatchObject({ status: 'answered', answer: 'approve', answers: [], version: 3 });
    await eventually(
      () => operation(held),
      (s) => s === 'succeeded',
    );
    const second = await as('chief', 'POST', `/v1/tasks/${task.id}/answer`, {
      answer: 'reject',
      note: 'нет',
      version: 2,
    });
    expect(second).toMatchObject({
      status: 409,
      body: {
        code: 'TASK_ANSWERED',
        answer: 'approve',
        answeredBy: answered.body.answeredBy,
        answeredAt: answered.body.answeredAt,
      },
    });
    expect(second.body.detail).toContain('tasks read:tasks approve');
  }, 30_000);

  test('what was dealt with elsewhere closes by itself and says so', async () => {
    const id = await send();
    const found = await open('approval');
    await t.call('POST', `/v1/operations/${id}/reject`, { reason: 'не нужно' });
    const closed = await eventually(
      () => as('reader', 'GET', `/v1/tasks/${found.id}`),
      (a) => a.body.status !== 'open',
    );
    expect(closed.body).toMatchObject({
      status: 'closed',
      answers: [],
      closedReason: { ru: expect.stringContaining('исчезла') },
    });
    expect(
      (await as('chief', 'POST', `/v1/tasks/${found.id}/answer`, { answer: 'approve', version: closed.body.version }))
        .body.code,
    ).toBe('TASK_CLOSED');
  }, 30_000);

  test('a gateway without money is one task, and its answer lets the messages go', async () => {
    await simulate('settings', { balance: 0 });
    const id = await send();
    const approval = await open('approval');
    await as('chief', 'POST', `/v1/tasks/${approval.id}/answer`, { answer: 'approve', version: 1 });
    const paused = await open('instance-paused');
    expect(paused).toMatchObject({
      code: 'SMSC_NO_MONEY',
      instance: 'sms-main',
      advice: { ru: { who: 'Бухгалтерия' } },
    });
    await simulate('settings', { balance: 1000 });
    const answered = await as('operator', 'POST', `/v1/tasks/${paused.id}/answer`, { answer: 'resume', version: 1 });
    expect(answered.body.status).toBe('answered');
    await eventually(
      () => operation(id),
      (s) => s === 'succeeded',
    );
  }, 30_000);

  test('refused messages of one code are one task, and are noted together', async () => {
    const ids = [await send({ sender: 'NOBODY' }), await send({ sender: 'NOBODY' })];
    await eventually(
      async () => {
        const { items } = (await as('chief', 'GET', '/v1/tasks?status=open&kind=approval')).body;
        for (const { id, version } of items)
          await as('chief', 'POST', `/v1/tasks/${id}/answer`, { answer: 'approve', version });
        return Promise.all(ids.map(operation));
      },
      (statuses) => statuses.every((s) => s === 'failed'),
    );
    const failed = (
      await eventually(
        () => as('reader', 'GET', '/v1/tasks?status=open&kind=failed'),
        (a) => a.body.items[0]?.count === 2,
      )
    ).body.items[0];
    expect(failed).toMatchObject({
      code: 'SMSC_FORBIDDEN',
      upstreamCode: '6',
      operation: null,
      filter: { status: 'failed', kind: 'messages.send', instance: 'sms-main' },
    });
    expect(JSON.stringify(failed)).not.toContain('7916400');
    const answered = await as('operator', 'POST', `/v1/tasks/${failed.id}/answer`, {
      answer: 'seen',
      version: failed.version,
    });
    expect(answered.body.progress).toMatchObject({ done: 2, failed: 0, total: 2, running: false });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect((await as('reader', 'GET', '/v1/tasks?status=open')).body.items).toEqual([]);
  }, 30_000);

  test('the change feed tells of all of it, without personal data', async () => {
    const { body, text } = await t.call('GET', '/v1/changes?type=task.*');
    const types = new Set((body.items as { type: string }[]).map((e) => e.type));
    expect([...types].sort()).toEqual([
      'task.answered',
      'task.assigned',
      'task.closed',
      'task.completed',
      'task.opened',
    ]);
    expect(text).not.toContain('7916400');
    expect(t.lines.filter((line) => /7916400\d/.test(line))).toEqual([]);
  });

  test('pages of the list follow each other', async () => {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { body } = await as('reader', 'GET', `/v1/tasks?limit=2${cursor}`);
      seen.push(...body.items.map((i: { id: string }) => i.id));
      if (!body.nextCursor) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(seen).toEqual([...new Set(seen)].sort().reverse());
    expect(seen.length).toBeGreaterThan(4);
  });

  test('the command line lists, shows and answers, with exit codes', async () => {
    const id = await send();
    const found = await open('approval');
    const run = (...args: string[]) =>
      promisify(execFile)(process.execPath, [
        '--import',
        'tsx',
        'cli/main.ts',
        'tasks',
        ...args,
        '--url',
        t.hub.url,
        '--key',
        CONTROL_KEY,
      ]).then(
        ({ stdout }) => ({ code: 0, stdout }),
        (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
      );
    const answered = await run('answer', found.id, 'reject', '--note', 'ошибка');
    expect([answered.code, answered.stdout]).toEqual([0, expect.stringContaining('answered: reject, control')]);
    const [list, wrong, again] = await Promise.all([
      run('list', '--status', 'answered', '--limit', '1', '--json'),
      run('assign', found.id),
      run('stop', found.id),
    ]);
    expect(JSON.parse(list.stdout).items).toMatchObject([{ id: found.id, answer: 'reject', note: 'ошибка' }]);
    expect([wrong.code, again.code]).toEqual([2, 1]);
    expect(await operation(id)).toBe('cancelled');
  }, 60_000);
});
