import { useEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { go, link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Badge, Bar, Card, Empty, Page, Shown, Time } from '../ui/parts.tsx';
import { bulkWord, codeWord, isKnownCode, kindWord, number, operationsWord, waitWord } from '../words.ts';

interface Cause {
  status: string;
  kind: string;
  instance: string;
  code: string | null;
  upstreamCode: string | null;
  waitingFor: string | null;
  count: number;
  firstAt: string;
  lastAt: string;
  example: string;
  message: string | null;
  holding: number;
}

interface Job {
  id: string;
  action: string;
  filter: { kind?: string; instance?: string; code?: string | null };
  status: 'running' | 'stopped' | 'done';
  total: number;
  done: number;
  refused: number;
  /** The task whose answer it carries out. */
  task: string | null;
  createdAt: string;
}

const tabs = [
  { status: 'dead', ru: 'Остановлены', en: 'Dead' },
  { status: 'failed', ru: 'Отказы', en: 'Failed' },
  { status: 'uncertain', ru: 'Исход неясен', en: 'Uncertain' },
  { status: 'retrying', ru: 'Повторяются', en: 'Retrying' },
  { status: 'waiting', ru: 'Ждут', en: 'Waiting' },
] as const;

const acts: Record<string, readonly string[]> = {
  dead: ['retry', 'cancel', 'skip'],
  failed: ['retry'],
  uncertain: ['retry'],
  retrying: ['retry', 'cancel'],
  waiting: ['cancel'],
};

/** What did not go out, by what ails it; the same action for a whole group. */
export function Failures() {
  const status = tabs.find((tab) => tab.status === place.value.query.get('status'))?.status ?? 'dead';
  const causes = useLoaded<{ items: Cause[] }>(
    can('read:operations') ? `/v1/operations/causes?status=${status}` : undefined,
    5_000,
  );
  const [turn, setTurn] = useState(0);
  const begun = (): void => {
    causes.reload();
    setTurn(turn + 1);
  };
  return (
    <Page
      title={t('Сбои', 'Failures')}
      lead={t(
        'Операции, которые не прошли, — по причинам. Устраните причину и повторите всю группу.',
        'Operations that did not go through, by cause. Mend the cause and retry the whole group.',
      )}
    >
      <div class="segments" role="group" aria-label={t('Состояние', 'Status')}>
        {tabs.map((tab) => (
          <button
            key={tab.status}
            type="button"
            aria-pressed={tab.status === status}
            onClick={() => go(link('failures', { status: tab.status }))}
          >
            {t(tab.ru, tab.en)}
          </button>
        ))}
      </div>
      <Jobs key={turn} onDone={causes.reload} />
      <Shown of={causes} scope="read:operations">
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title={t('Здесь пусто', 'Nothing here')}>
                {t('В этом состоянии нет ни одной операции.', 'No operation is in this state.')}
              </Empty>
            </Card>
          ) : (
            <div class="causes">
              {items.map((c) => (
                <CauseCard
                  key={`${c.kind}${c.instance}${c.code}${c.upstreamCode}${c.waitingFor}`}
                  cause={c}
                  onBegun={begun}
                />
              ))}
            </div>
          )
        }
      </Shown>
    </Page>
  );
}

function CauseCard({ cause: c, onBegun }: { cause: Cause; onBegun: () => void }) {
  const filter = { status: c.status, kind: c.kind, instance: c.instance, code: c.code, upstreamCode: c.upstreamCode };
  const run = (action: string) => () => api<Job>('/v1/operations/bulk', { body: { action, filter } }).then(onBegun);
  const title = c.code ? codeWord(c.code) : c.waitingFor ? waitWord(c.waitingFor) : codeWord(null);
  const n = operationsWord(c.count);
  const words: Record<string, [label: string, ask: string]> = {
    retry: [t('Повторить все', 'Retry all'), t(`Повторить ${n}?`, `Retry ${n}?`)],
    cancel: [
      t('Отменить все', 'Cancel all'),
      t(`Отменить ${n}? Они больше не будут отправлены.`, `Cancel ${n}? They are not sent any more.`),
    ],
    skip: [
      t('Пропустить все', 'Skip all'),
      t(`Пропустить ${n}? Те, что ждали их, пойдут дальше.`, `Skip ${n}? Those that waited for them go on.`),
    ],
  };
  return (
    <article class="card cause">
      <div class="cause-n">
        <b>{number(c.count)}</b>
        <span class="muted small">{operationsWord(c.count).replace(/^[\d\s  ,]+/, '')}</span>
      </div>
      <div class="cause-words">
        <h2>{title}</h2>
        <p class="muted small">
          {kindWord(c.kind)} · {c.instance} · <Time at={c.firstAt} /> — <Time at={c.lastAt} />
        </p>
        {c.message && (!c.code || !isKnownCode(c.code)) && <p class="small">{c.message}</p>}
        <p class="small">
          {c.code && <code>{c.code}</code>}{' '}
          {c.upstreamCode && (
            <Badge tone="plain">
              {t('код другой системы', 'upstream code')} {c.upstreamCode}
            </Badge>
          )}{' '}
          {c.holding > 0 && (
            <Badge tone="warn">
              {t('держат очередь', 'hold others back')}: {number(c.holding)}
            </Badge>
          )}
        </p>
        <p class="small">
          <a href={link(`operations/${c.example}`)}>{t('Посмотреть последнюю', 'Look at the latest')}</a> ·{' '}
          <a
            href={link('operations', {
              status: c.status,
              kind: c.kind,
              instance: c.instance,
              ...(c.code ? { code: c.code } : {}),
            })}
          >
            {t('Весь список', 'Whole list')}
          </a>
        </p>
      </div>
      <div class="cause-acts">
        {(acts[c.status] ?? [])
          .filter((a) => a !== 'skip' || c.holding > 0)
          .map((a) => (
            <Act
              key={a}
              scope="operations"
              look={a === 'retry' ? 'primary' : a === 'cancel' ? 'danger' : 'quiet'}
              confirm={words[a]?.[1] ?? ''}
              run={run(a)}
              label={`${words[a]?.[0]}: ${title}`}
            >
              {words[a]?.[0]}
            </Act>
          ))}
      </div>
    </article>
  );
}

function Jobs({ onDone }: { onDone: () => void }) {
  const jobs = useLoaded<{ items: Job[] }>(can('read:operations') ? '/v1/operations/bulk?limit=3' : undefined, 1_500);
  const recent = (jobs.data?.items ?? []).filter(
    (j) => j.status === 'running' || Date.now() - Date.parse(j.createdAt) < 3_600_000,
  );
  const running = recent.some((j) => j.status === 'running');
  const wasRunning = useRef(running);
  useEffect(() => {
    if (wasRunning.current && !running) onDone();
    wasRunning.current = running;
  }, [running]);
  if (recent.length === 0) return null;
  return (
    <Card title={t('Массовые действия', 'Bulk actions')}>
      <ul class="plain jobs" aria-live="polite">
        {recent.map((j) => (
          <li key={j.id}>
            <div>
              <strong>{bulkWord(j.action)}</strong>{' '}
              <span class="muted small">
                {[j.filter.kind && kindWord(j.filter.kind), j.filter.instance, j.filter.code && codeWord(j.filter.code)]
                  .filter(Boolean)
                  .join(' · ')}
                {j.task && <a href={link(`tasks/${j.task}`)}>{t('ответ на задачу', 'answer to a task')}</a>}
              </span>
            </div>
            <Bar
              done={j.done}
              bad={j.refused}
              total={j.total}
              label={`${bulkWord(j.action)}: ${j.done + j.refused} / ${j.total}`}
            />
            <div class="small">
              {number(j.done)} {t('из', 'of')} {number(j.total)}
              {j.refused > 0 && (
                <span class="bad-text">
                  {' '}
                  · {t('отказано', 'refused')}: {number(j.refused)}
                </span>
              )}{' '}
              {j.status === 'running' ? (
                <Act
                  scope="operations"
                  look="quiet"
                  run={() => api(`/v1/operations/bulk/${j.id}/stop`, { body: {} }).then(jobs.reload).then(onDone)}
                >
                  {t('Остановить', 'Stop')}
                </Act>
              ) : (
                <Badge tone={j.status === 'done' ? 'ok' : 'warn'}>
                  {j.status === 'done' ? t('Готово', 'Done') : t('Остановлено', 'Stopped')}
                </Badge>
              )}
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
