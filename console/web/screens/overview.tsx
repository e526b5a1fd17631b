import { useMemo, useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { link } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Badge, Card, Empty, Page, Shown, Table, Time } from '../ui/parts.tsx';
import { Plot } from '../ui/plot.tsx';
import { codeWord, duration, kindWord, number, operationsWord, pauseWord } from '../words.ts';
import { type TaskItem, TaskRows } from './task-rows.tsx';

/** A connector of ГИС ЖКХ carries a score of kinds; all of them stand in the title. */
const KINDS_SHOWN = 4;

interface Connector {
  instance: string;
  system: string;
  paused: boolean;
  pauseReason: string | null;
  pausedBy: string | null;
  breaker: 'closed' | 'open' | 'half-open';
  health: { ok?: boolean; message?: string; code?: string; details?: Record<string, unknown> } | null;
  checkedAt: string | null;
  carriesNew: string[];
  queue: Record<string, number>;
  lagMs: number;
  pull: { at: string | null; failed: number; held: number; entities: number } | null;
}

interface OverviewData {
  asOf: string;
  everything: { paused: boolean; reason: string | null };
  connectors: Connector[];
  troubled: { dead: number; uncertain: number; retrying: number };
  waiting: number;
  approvals: number;
  quarantine: number;
}

export function Overview() {
  const overview = useLoaded<OverviewData>(can('read:connectors') ? '/v1/overview' : undefined, 5_000);
  return (
    <Page
      title={t('Обзор', 'Overview')}
      lead={t(
        'Что сейчас происходит с другими системами и очередью.',
        'How the other systems and the queue are doing now.',
      )}
    >
      <Shown of={overview} scope="read:connectors">
        {(data) => (
          <>
            {data.everything.paused && (
              <div class="banner warn" role="alert">
                <strong>{t('Всё приостановлено.', 'Everything is paused.')}</strong> {data.everything.reason}
                <Act scope="admin" run={() => api('/v1/resume', { body: {} }).then(overview.reload)}>
                  {t('Возобновить', 'Resume')}
                </Act>
              </div>
            )}
            <div class="tiles">
              <Tile
                name={t('В очереди', 'In the queue')}
                n={data.waiting + data.troubled.retrying}
                to={link('operations', { status: 'accepted,running,waiting,retrying' })}
              />
              <Tile name={t('Остановлены', 'Dead')} n={data.troubled.dead} tone="bad" to={link('failures')} />
              <Tile
                name={t('Исход неясен', 'Uncertain')}
                n={data.troubled.uncertain}
                tone="warn"
                to={link('failures', { status: 'uncertain' })}
              />
              <Tile
                name={t('Ждут одобрения', 'Wait for approval')}
                n={data.approvals}
                tone="info"
                to={link('operations', { waitingFor: 'approval' })}
              />
              <Tile name={t('В карантине', 'In quarantine')} n={data.quarantine} tone="warn" to={link('sync')} />
            </div>
          </>
        )}
      </Shown>
      <Throughput />
      <Shown of={overview} scope="read:connectors">
        {(data) => <Connectors list={data.connectors} reload={overview.reload} />}
      </Shown>
      <OpenTasks />
    </Page>
  );
}

function Tile({ name, n, tone, to }: { name: string; n: number; tone?: string; to: string }) {
  return (
    <a class={`tile ${n > 0 && tone ? tone : ''}`} href={to}>
      <span class="tile-n">{number(n)}</span>
      <span class="tile-name">{name}</span>
    </a>
  );
}

const spans = [
  { hours: 1, step: 60, ru: '1 час', en: '1 hour' },
  { hours: 24, step: 900, ru: 'Сутки', en: 'Day' },
  { hours: 24 * 7, step: 3600 * 3, ru: 'Неделя', en: 'Week' },
] as const;

interface Stats {
  since: string;
  step: number;
  series: { kind: string; instance: string; status: string; counts: number[] }[];
}

function Throughput() {
  const [span, setSpan] = useState<(typeof spans)[number]>(spans[1]);
  const path = useMemo(() => {
    const since = new Date(Math.floor((Date.now() - span.hours * 3_600_000) / 60_000) * 60_000);
    return `/v1/stats?step=${span.step}&since=${encodeURIComponent(since.toISOString())}`;
  }, [span]);
  const stats = useLoaded<Stats>(can('read:operations') ? path : undefined, 15_000);
  return (
    <Card
      title={t('Операции во времени', 'Operations over time')}
      aside={
        <div class="segments" role="group" aria-label={t('За какое время', 'Span of time')}>
          {spans.map((s) => (
            <button key={s.hours} type="button" aria-pressed={s === span} onClick={() => setSpan(s)}>
              {t(s.ru, s.en)}
            </button>
          ))}
        </div>
      }
    >
      <Shown of={stats} scope="read:operations">
        {(data) => {
          const size = Math.max(2, ...data.series.map((s) => s.counts.length));
          const sum = (...statuses: string[]): number[] => {
            const total = new Array<number>(size).fill(0);
            for (const s of data.series)
              if (statuses.includes(s.status))
                s.counts.forEach((n, i) => {
                  total[i] = (total[i] ?? 0) + n;
                });
            return total;
          };
          const [accepted, succeeded, bad] = [sum('accepted'), sum('succeeded'), sum('failed', 'dead', 'uncertain')];
          const all = (list: number[]): number => list.reduce((a, b) => a + b, 0);
          const begin = Date.parse(data.since) / 1000;
          return (
            <Plot
              times={accepted.map((_n, i) => begin + i * data.step)}
              lines={[
                { name: t('Принято', 'Accepted'), color: '--info', values: accepted },
                { name: t('Выполнено', 'Succeeded'), color: '--ok', values: succeeded, fill: true },
                { name: t('Сбои', 'Failures'), color: '--bad', values: bad, fill: true },
              ]}
              label={t(
                `График: принято ${all(accepted)}, выполнено ${all(succeeded)}, сбоев ${all(bad)}`,
                `Plot: ${all(accepted)} accepted, ${all(succeeded)} succeeded, ${all(bad)} failures`,
              )}
            />
          );
        }}
      </Shown>
    </Card>
  );
}

function stateOf(c: Connector): { tone: 'ok' | 'bad' | 'warn' | 'plain'; text: string } {
  if (c.paused) return { tone: 'warn', text: t('Приостановлен', 'Paused') };
  if (c.breaker === 'open') return { tone: 'bad', text: t('Отключён: много сбоев', 'Cut off: many faults') };
  if (c.breaker === 'half-open') return { tone: 'warn', text: t('Пробуем снова', 'Trying again') };
  if (c.health === null) return { tone: 'plain', text: t('Проверяется', 'Being checked') };
  return c.health.ok
    ? { tone: 'ok', text: t('Работает', 'Working') }
    : { tone: 'bad', text: t('Не отвечает', 'Not answering') };
}

function Connectors({ list, reload }: { list: Connector[]; reload: () => void }) {
  if (list.length === 0)
    return (
      <Card title={t('Коннекторы', 'Connectors')}>
        <Empty title={t('Коннекторов нет', 'No connectors')}>
          {t('Их добавляют в hub.yaml.', 'They are added in hub.yaml.')}
        </Empty>
      </Card>
    );
  return (
    <Card title={t('Коннекторы', 'Connectors')} flush>
      <Table
        label={t('Коннекторы', 'Connectors')}
        heads={[
          t('Коннектор', 'Connector'),
          t('Состояние', 'State'),
          t('Очередь', 'Queue'),
          t('Отставание', 'Lag'),
          t('Последнее чтение', 'Last pull'),
          '',
        ]}
      >
        {list.map((c) => {
          const state = stateOf(c);
          const depth = Object.entries(c.queue)
            .filter(([s]) => s !== 'dead')
            .reduce((sum, [, n]) => sum + n, 0);
          return (
            <tr key={c.instance}>
              <td>
                <strong>{c.instance}</strong>
                <div class="muted small" title={c.carriesNew.map(kindWord).join(' · ')}>
                  {[c.system, ...c.carriesNew.slice(0, KINDS_SHOWN).map(kindWord)].join(' · ')}
                  {c.carriesNew.length > KINDS_SHOWN &&
                    ` · ${t('ещё', 'and')} ${number(c.carriesNew.length - KINDS_SHOWN)}${t('', ' more')}`}
                </div>
              </td>
              <td>
                <Badge tone={state.tone}>{state.text}</Badge>
                <div class="muted small clip">
                  {c.paused
                    ? pauseWord(c.pauseReason)
                    : c.health?.ok === false
                      ? codeWord(c.health.code ?? null)
                      : null}
                </div>
              </td>
              <td>
                <a
                  href={link('operations', {
                    instance: c.instance,
                    status: 'accepted,running,waiting,retrying,uncertain',
                  })}
                >
                  {operationsWord(depth)}
                </a>
                {(c.queue.dead ?? 0) > 0 && (
                  <div class="small bad-text">
                    {t('остановлено', 'dead')}: {number(c.queue.dead ?? 0)}
                  </div>
                )}
              </td>
              <td>{c.lagMs > 1_000 ? duration(c.lagMs) : <span class="muted">{t('нет', 'none')}</span>}</td>
              <td>
                {c.pull ? <Time at={c.pull.at} relative /> : <span class="muted">—</span>}
                {c.pull && c.pull.failed > 0 && (
                  <div class="small bad-text">
                    {t('с ошибкой', 'failed')}: {c.pull.failed}
                  </div>
                )}
                {c.pull && c.pull.held > 0 && (
                  <div class="small bad-text">
                    {t('ждёт решения', 'held')}: {c.pull.held}
                  </div>
                )}
              </td>
              <td class="row-actions">
                {c.paused ? (
                  <Act
                    scope="admin"
                    label={`${t('Возобновить', 'Resume')} ${c.instance}`}
                    run={() =>
                      api(`/v1/connectors/${encodeURIComponent(c.instance)}/resume`, { body: {} }).then(reload)
                    }
                  >
                    {t('Возобновить', 'Resume')}
                  </Act>
                ) : (
                  <Act
                    scope="admin"
                    look="quiet"
                    label={`${t('Приостановить', 'Pause')} ${c.instance}`}
                    confirm={t(
                      `Приостановить ${c.instance}? Операции будут приниматься и ждать.`,
                      `Pause ${c.instance}? Operations are accepted and wait.`,
                    )}
                    run={() =>
                      api(`/v1/connectors/${encodeURIComponent(c.instance)}/pause`, {
                        body: { reason: t('приостановлен с пульта', 'paused from the console') },
                      }).then(reload)
                    }
                  >
                    {t('Приостановить', 'Pause')}
                  </Act>
                )}
              </td>
            </tr>
          );
        })}
      </Table>
    </Card>
  );
}

function OpenTasks() {
  const tasks = useLoaded<{ items: TaskItem[] }>(
    can('read:tasks') ? '/v1/tasks?status=open&limit=5' : undefined,
    15_000,
  );
  // A hub without tasks has none to show.
  if (tasks.problem?.status === 404) return null;
  return (
    <Card
      title={t('Открытые задачи', 'Open tasks')}
      flush
      aside={<a href={link('tasks')}>{t('Все задачи', 'All tasks')}</a>}
    >
      <Shown of={tasks} scope="read:tasks">
        {(data) =>
          data.items.length === 0 ? (
            <Empty title={t('Ничего не ждёт человека', 'Nothing waits for a person')} />
          ) : (
            <TaskRows items={data.items} />
          )
        }
      </Shown>
    </Card>
  );
}
