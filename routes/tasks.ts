import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { taskKinds } from '../canonical/task-kinds.ts';
import type { TaskFilter } from '../tasks/repository.ts';
import { showTask } from '../tasks/show.ts';
import { taskStatuses } from '../tasks/task.ts';
import { allows, staffOrganisation } from './auth.ts';
import { bodyText, parseJson, parseWith } from './body.ts';
import { decodeCursor, encodeCursor, idOf, limitOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import { invalid } from './problems.ts';
import type { Handling, Route } from './route.ts';

const version = z.int().min(1).describe('Version of the task that was read');
const AnswerTask = z.strictObject({
  answer: z.string().min(1).max(50).describe('id of one of its answers'),
  note: z.string().max(1000).optional().describe('Why; kept encrypted with the task'),
  version,
});
const AssignTask = z.strictObject({
  assignee: z.string().min(1).max(63).nullable().describe('id of a person in hub.yaml; null for nobody'),
  version,
});

/** What needs a person, and what people do about it. */
export function taskRoutes({ tasks, clock, log }: RouteDeps): Route[] {
  const now = (): Date => new Date(clock.now());
  return [
    {
      method: 'get',
      path: '/v1/tasks',
      scope: 'read:tasks',
      summary: 'What needs a person, newest first',
      query: {
        status: `${taskStatuses.join(', ')}; all when absent`,
        kind: taskKinds.join(', '),
        assignee: 'id of a person: own tasks, those of people they act for now, and those escalated to them',
        instance: 'Connector instance',
        operation: 'id of an operation',
        overdue: 'true: open ones whose deadline has passed',
        limit: '1…500 (100)',
        cursor: 'nextCursor of the page before',
      },
      responses: { 200: 'A page: { items, nextCursor }' },
      handle: async ({ res, caller, query }) => {
        const org = staffOrganisation(caller);
        const limit = limitOf(query.limit, 100, 500);
        const found = await tasks.repository.list(
          org,
          filterOf(query, now(), (id) => tasks.people.actsFor(id, org, now())),
          limit + 1,
          decodeCursor('tasks', query.cursor),
        );
        const page = found.slice(0, limit);
        const last = page.at(-1);
        res.json({
          items: page.map((task) => showTask(task, tasks.people, now())),
          nextCursor: found.length > limit && last ? encodeCursor('tasks', last.id) : null,
        });
      },
    },
    {
      method: 'get',
      path: '/v1/tasks/summary',
      scope: 'read:tasks',
      summary: 'How many tasks are open and overdue',
      responses: { 200: '{ open, overdue, byKind }' },
      handle: async ({ res, caller }) => {
        res.json(await tasks.repository.summary(staffOrganisation(caller), now()));
      },
    },
    {
      method: 'get',
      path: '/v1/tasks/:id',
      scope: 'read:tasks',
      summary: 'One task with its possible answers',
      responses: { 200: 'The task', 404: 'None with this id' },
      handle: async ({ req, res, caller }) => {
        const task = await tasks.repository.get(staffOrganisation(caller), idOf(req.params.id));
        res.json(showTask(task, tasks.people, now()));
      },
    },
    {
      method: 'post',
      path: '/v1/tasks/:id/answer',
      scope: 'tasks',
      summary: 'Answer a task; approving and rejecting need the scope approve too',
      body: AnswerTask,
      responses: {
        200: 'The task; progress tells how far an answer about many has come',
        403: 'The scope approve is missing, or the key submitted the operation itself',
        409: 'Answered by somebody else, closed, or changed since it was read',
      },
      audit: { act: 'tasks.answer' },
      handle: async ({ req, res, caller, note }) => {
        const input = parseWith(AnswerTask, parseJson(bodyText(req)));
        const org = staffOrganisation(caller);
        const id = idOf(req.params.id);
        const { kind } = await tasks.repository.get(org, id);
        note({ kind, answer: input.answer });
        if (kind === 'approval' && !allows(caller.scopes, 'approve'))
          throw new HubError('rejected', 'SCOPE_MISSING', 'The key lacks the scope approve.');
        const task = await tasks.service.answer(org, id, { ...input, by: caller.client });
        log.info('task answered', { task: id, kind, answer: input.answer, by: caller.client });
        res.json(showTask(task, tasks.people, now()));
      },
    },
    {
      method: 'post',
      path: '/v1/tasks/:id/assign',
      scope: 'tasks',
      summary: 'Give a task to somebody',
      body: AssignTask,
      responses: { 200: 'The task', 409: 'Answered, closed, or changed since it was read' },
      audit: { act: 'tasks.assign' },
      handle: async ({ req, res, caller, note }) => {
        const input = parseWith(AssignTask, parseJson(bodyText(req)));
        note({ assignee: input.assignee });
        const task = await tasks.service.assign(staffOrganisation(caller), idOf(req.params.id), {
          ...input,
          by: caller.client,
        });
        res.json(showTask(task, tasks.people, now()));
      },
    },
    {
      method: 'post',
      path: '/v1/tasks/:id/stop',
      scope: 'tasks',
      summary: 'Stop the carrying out of an answer about many operations',
      responses: { 200: 'The task; what is under way still ends', 409: 'Nothing is being carried out' },
      audit: { act: 'tasks.stop' },
      handle: async ({ req, res, caller }) => {
        const task = await tasks.service.stop(staffOrganisation(caller), idOf(req.params.id));
        res.json(showTask(task, tasks.people, now()));
      },
    },
  ];
}

function filterOf(query: Handling['query'], now: Date, actsFor: (id: string) => string[]): TaskFilter {
  const { status, kind, assignee, instance, operation, overdue } = query;
  const oneOf = <T extends string>(name: string, value: string, valid: readonly T[]): T => {
    const found = valid.find((v) => v === value);
    if (found) return found;
    throw invalid('INVALID_QUERY', [{ pointer: `?${name}`, message: `must be one of ${valid.join(', ')}` }]);
  };
  const isOverdue = overdue !== undefined && oneOf('overdue', overdue, ['true', 'false']) === 'true';
  return {
    ...(status === undefined ? {} : { status: oneOf('status', status, taskStatuses) }),
    ...(kind === undefined ? {} : { kind: oneOf('kind', kind, taskKinds) }),
    ...(assignee === undefined ? {} : { people: actsFor(assignee) }),
    ...(instance === undefined ? {} : { instance }),
    ...(operation === undefined ? {} : { operation: idOf(operation) }),
    ...(isOverdue ? { overdueAt: now } : {}),
  };
}
