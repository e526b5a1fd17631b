import type { Page } from 'playwright-core';

const pair = (ru: string, en: string) => ({ ru, en });
const hour = 3_600_000;

/** Answers of the tasks API as its contract has them, for pages that are looked at without a hub that has tasks. */
export function someTasks(now: number, operation: string): Record<string, unknown>[] {
  const base = {
    status: 'open',
    subject: null,
    operation: null,
    count: 1,
    entity: null,
    assignee: null,
    escalatedTo: null,
    answeredBy: null,
    answeredAt: null,
    answer: null,
    note: null,
    version: 1,
    progress: null,
    createdAt: new Date(now - 2 * hour).toISOString(),
  };
  return [
    {
      ...base,
      id: '0192f0c4-7a1b-7c3d-8e4f-000000000001',
      kind: 'instance-paused',
      code: 'SMSC_NO_MONEY',
      instance: 'sms-main',
      title: pair('Пополнить счёт шлюза SMSC', 'Top up the account at SMSC'),
      reason: pair(
        'На счёте кончились деньги; сообщения ждут и не теряются.',
        'The balance is used up; messages wait and are not lost.',
      ),
      answers: [
        {
          id: 'resume',
          label: pair('Счёт пополнен', 'It is topped up'),
          effect: pair(
            'Коннектор возобновит отправку, ждущие сообщения уйдут.',
            'The connector goes on, and what waits goes out.',
          ),
          danger: false,
          needsNote: false,
        },
      ],
      deadlineAt: new Date(now - hour).toISOString(),
      overdue: true,
      assignee: 'Смирнова А. В.',
    },
    {
      ...base,
      id: '0192f0c4-7a1b-7c3d-8e4f-000000000002',
      kind: 'uncertain',
      code: 'NETWORK',
      instance: 'onec-main',
      operation,
      title: pair('Узнать, дошло ли показание счётчика', 'Find out whether a meter reading arrived'),
      reason: pair(
        'Ответ 1С потерялся, и спросить её не получается.',
        'The answer of 1C was lost, and it can’t be asked.',
      ),
      answers: [
        {
          id: 'happened',
          label: pair('Документ в 1С есть', 'The document is in 1C'),
          effect: pair('Операция завершится, ничего не будет отправлено.', 'The operation ends; nothing is sent.'),
          danger: false,
          needsNote: true,
        },
        {
          id: 'absent',
          label: pair('Документа в 1С нет', 'It is not in 1C'),
          effect: pair('Показание будет отправлено снова.', 'The reading is sent again.'),
          danger: true,
          needsNote: false,
        },
      ],
      deadlineAt: new Date(now + 5 * hour).toISOString(),
      overdue: false,
    },
    {
      ...base,
      id: '0192f0c4-7a1b-7c3d-8e4f-000000000003',
      kind: 'approval',
      code: null,
      instance: 'sms-main',
      count: 1_240,
      title: pair('Одобрить рассылку сверх предела', 'Approve messages beyond the limit'),
      reason: pair('За час принято больше 5 000 сообщений.', 'More than 5,000 messages were taken within an hour.'),
      answers: [],
      deadlineAt: new Date(now + 20 * hour).toISOString(),
      overdue: false,
    },
  ];
}

/** @param failWith status with which every call is refused */
export async function standInForTasks(
  page: Page,
  tasks: readonly Record<string, unknown>[],
  failWith?: number,
): Promise<void> {
  await page.route('**/v1/tasks**', async (route) => {
    const { pathname } = new URL(route.request().url());
    const json = (status: number, body: unknown) =>
      route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
    if (failWith !== undefined)
      return json(failWith, { code: 'STORE_UNAVAILABLE', detail: 'The store does not answer.', status: failWith });
    if (pathname.endsWith('/summary'))
      return json(200, {
        open: tasks.filter((x) => x.status === 'open').length,
        overdue: tasks.filter((x) => x.overdue).length,
        byKind: {},
      });
    const [, id, verb] = /\/v1\/tasks\/([0-9a-f-]{36})(?:\/(\w+))?$/.exec(pathname) ?? [];
    if (id === undefined) return json(200, { items: tasks, nextCursor: null });
    const found = tasks.find((x) => x.id === id);
    if (!found) return json(404, { code: 'NOT_FOUND', detail: 'There is nothing with this id.', status: 404 });
    if (verb === 'answer') {
      const sent = JSON.parse(route.request().postData() ?? '{}') as { answer: string; note?: string; version: number };
      if (found.status !== 'open' || sent.version !== found.version)
        return json(409, { code: 'TASK_ANSWERED', detail: 'Смирнова А. В. answered it at 10:00.', status: 409 });
      Object.assign(found, {
        status: 'answered',
        answer: sent.answer,
        note: sent.note ?? null,
        answeredBy: 'test',
        answeredAt: new Date().toISOString(),
        version: Number(found.version) + 1,
      });
    }
    return json(200, found);
  });
}
