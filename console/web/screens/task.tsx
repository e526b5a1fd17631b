import { useState } from 'preact/hooks';
import type { Advice } from '../advice.ts';
import { api, Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { link } from '../router.ts';
import { can, language, t } from '../session.ts';
import { Act, Badge, Bar, Card, Facts, Page, ProblemWords, Shown, Time } from '../ui/parts.tsx';
import { entityWord, number } from '../words.ts';
import { assigneeOf, deadlineOf, said, type TaskItem, taskStatus } from './task-rows.tsx';

/** One task with its possible answers as buttons. */
export function TaskScreen({ id }: { id: string }) {
  const task = useLoaded<TaskItem>(can('read:tasks') ? `/v1/tasks/${id}` : undefined, 3_000);
  /** Stays when the answers go, since somebody else was faster. */
  const [refusal, setRefusal] = useState<Problem>();
  const status = task.data && taskStatus(task.data);
  return (
    <Page
      title={task.data ? said(task.data.title) : t('Задача', 'Task')}
      lead={<a href={link('tasks')}>{t('← Все задачи', '← All tasks')}</a>}
      aside={status && <Badge tone={status.tone}>{status.text}</Badge>}
    >
      {refusal && (
        <p class="stale" role="alert">
          <ProblemWords problem={refusal} />
        </p>
      )}
      <Shown of={task} scope="read:tasks">
        {(data) => (
          <div class="columns">
            <div class="column wide">
              <Card title={t('Что случилось', 'What happened')}>
                <p>{said(data.reason)}</p>
                {data.advice && <AdviceShown advice={data.advice[language.value]} reason={said(data.reason)} />}
                {data.code && (
                  <p class="small muted">
                    <code>{data.code}</code>
                  </p>
                )}
                {data.operation && (
                  <p>
                    <a href={link(`operations/${data.operation}`)}>
                      {t('Посмотреть операцию', 'Look at the operation')}
                    </a>
                  </p>
                )}
              </Card>
              {data.status === 'open' && <Answers task={data} reload={task.reload} onRefused={setRefusal} />}
              {data.progress && <Progress task={data} reload={task.reload} />}
            </div>
            <div class="column">
              <Card title={t('Сведения', 'Facts')}>
                <Facts
                  rows={[
                    [t('Создана', 'Created'), <Time at={data.createdAt} />],
                    [t('Срок', 'Deadline'), <Time at={deadlineOf(data)} />],
                    [t('Кому', 'Assignee'), assigneeOf(data) || t('никому', 'nobody')],
                    ...(data.instance ? [[t('Коннектор', 'Connector'), data.instance] as const] : []),
                    ...(data.entity ? [[t('Записи', 'Records'), entityWord(data.entity)] as const] : []),
                    ...(data.count !== null ? [[t('Операций', 'Operations'), number(data.count)] as const] : []),
                    ...(data.answeredAt ? [[t('Ответ дан', 'Answered'), <Time at={data.answeredAt} />] as const] : []),
                    ...(data.answeredBy
                      ? [[t('Кем', 'By'), <code class="clip">{data.answeredBy}</code>] as const]
                      : []),
                    ...(data.answer ? [[t('Ответ', 'Answer'), answerOf(data)] as const] : []),
                    ...(data.note ? [[t('Примечание', 'Note'), data.note] as const] : []),
                  ]}
                />
              </Card>
            </div>
          </div>
        )}
      </Shown>
    </Page>
  );
}

function AdviceShown({ advice, reason }: { advice: Advice; reason: string }) {
  return (
    <Facts
      rows={[
        ...(advice.what === reason ? [] : [[t('Что это значит', 'What it means'), advice.what] as const]),
        [t('Кто поправит', 'Who mends it'), advice.who],
        [t('Что нажать', 'What to press'), advice.press],
      ]}
    />
  );
}

function answerOf(task: TaskItem): string {
  const found = task.answers.find((a) => a.id === task.answer);
  return found ? said(found.label) : (task.answer ?? '');
}

function Answers(p: { task: TaskItem; reload: () => void; onRefused: (problem?: Problem) => void }) {
  const { task, reload, onRefused } = p;
  const [note, setNote] = useState('');
  const needsNote = task.answers.some((a) => a.needsNote);
  return (
    <Card title={t('Что сделать', 'What to do')}>
      <ul class="plain answers">
        {task.answers.map((a) => {
          const missing = a.needsNote && note.trim() === '';
          return (
            <li key={a.id}>
              <div>
                <strong>{said(a.label)}</strong>
                <p class="muted small">{said(a.effect)}</p>
                {missing && <p class="small muted">{t('Сначала напишите примечание.', 'Write a note first.')}</p>}
              </div>
              {!missing && (
                <Act
                  scope="tasks"
                  look={a.danger ? 'danger' : 'primary'}
                  {...(a.danger ? { confirm: `${said(a.label)}. ${said(a.effect)}` } : {})}
                  run={() => {
                    onRefused();
                    return api(`/v1/tasks/${task.id}/answer`, {
                      body: { answer: a.id, version: task.version, ...(note.trim() ? { note: note.trim() } : {}) },
                    })
                      .catch((error: unknown) => {
                        if (!(error instanceof Problem)) throw error;
                        onRefused(error);
                      })
                      .finally(reload);
                  }}
                >
                  {said(a.label)}
                </Act>
              )}
            </li>
          );
        })}
      </ul>
      <label for="note">
        {needsNote
          ? t('Примечание (нужно для части ответов)', 'Note (some answers need one)')
          : t('Примечание', 'Note')}
      </label>
      <textarea id="note" rows={2} maxLength={1000} value={note} onInput={(e) => setNote(e.currentTarget.value)} />
    </Card>
  );
}

function Progress({ task, reload }: { task: TaskItem; reload: () => void }) {
  const { progress } = task;
  if (!progress) return null;
  const bad = progress.refused ?? progress.failed ?? 0;
  return (
    <Card title={t('Исполнение', 'Progress')}>
      <Bar
        done={progress.done}
        bad={bad}
        total={progress.total}
        label={t('Исполнение ответа', 'Carrying out the answer')}
      />
      <p class="small">
        {number(progress.done)} {t('из', 'of')} {number(progress.total)}
        {bad > 0 && (
          <span class="bad-text">
            {' '}
            · {t('отказано', 'refused')}: {number(bad)}
          </span>
        )}
      </p>
      {(task.status === 'running' || progress.running) && (
        <Act scope="tasks" look="danger" run={() => api(`/v1/tasks/${task.id}/stop`, { body: {} }).then(reload)}>
          {t('Остановить', 'Stop')}
        </Act>
      )}
    </Card>
  );
}
