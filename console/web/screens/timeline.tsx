import type { ComponentChildren } from 'preact';
import { t } from '../session.ts';
import { Time } from '../ui/parts.tsx';
import { attemptWord, codeWord, duration, isKnownCode, messageWord, outcomeWord } from '../words.ts';
import type { AttemptItem, Call, EventItem, LifeData } from './operation-types.ts';

interface Point {
  at: string;
  tone: string;
  title: string;
  body?: ComponentChildren;
}

const bad = [
  'transient',
  'rate-limited',
  'unauthorized',
  'rejected',
  'not-found',
  'conflict',
  'needs-operator',
  'misconfigured',
  'unexpected',
];

/** Acceptance, attempts with what went over the line, and events, in the order of time. */
export function Timeline({ data }: { data: LifeData }) {
  const { operation: op, attempts, events } = data;
  const points: Point[] = [
    { at: op.acceptedAt, tone: 'info', title: t('Принята', 'Accepted') },
    ...attempts.map(pointOf),
    ...events.flatMap(eventPoint),
  ];
  points.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  return (
    <ol class="timeline">
      {points.map((p, i) => (
        <li key={`${p.at}${i}`} class={p.tone}>
          <div class="point-head">
            <strong>{p.title}</strong>
            <span class="muted small">
              <Time at={p.at} />
            </span>
          </div>
          {p.body}
        </li>
      ))}
    </ol>
  );
}

function pointOf(a: AttemptItem): Point {
  const took = a.endedAt ? duration(Date.parse(a.endedAt) - Date.parse(a.startedAt)) : null;
  const outcome = a.outcome ?? '';
  return {
    at: a.startedAt,
    tone: ['done', 'happened', 'pending'].includes(outcome) ? 'ok' : bad.includes(outcome) ? 'bad' : 'warn',
    title: `${attemptWord(a.action)} № ${a.no}: ${outcomeWord(a.outcome)}`,
    body: (
      <>
        <p class="small muted">{[a.instance, took].filter(Boolean).join(' · ')}</p>
        {a.code && (
          <p class="small">
            {codeWord(a.code)} {!isKnownCode(a.code) && a.message} <code>{a.code}</code>
            {a.upstreamCode && (
              <>
                {' '}
                · {t('код другой системы', 'upstream code')} <code>{a.upstreamCode}</code>
              </>
            )}
          </p>
        )}
        {a.calls.length > 0 && (
          <details>
            <summary>
              {t('Что ушло и что пришло', 'What was sent and answered')} ({a.calls.length})
            </summary>
            {a.calls.map((c, i) => (
              <Exchange key={`${c.url}${i}`} call={c} />
            ))}
          </details>
        )}
      </>
    ),
  };
}

function Exchange({ call }: { call: Call }) {
  return (
    <div class="exchange">
      <p class="small">
        <b>{call.method}</b> <code class="break">{call.url}</code>
      </p>
      {call.request && <Block label={t('Запрос', 'Request')} text={call.request} />}
      <Block
        label={`${t('Ответ', 'Answer')}${call.status === null ? '' : ` ${call.status}`}`}
        text={call.response ?? t('Ответа не было.', 'There was no answer.')}
      />
    </div>
  );
}

function Block({ label, text }: { label: string; text: string }) {
  return (
    <>
      <p class="small muted">{label}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by keyboard */}
      <section class="pre" tabIndex={0} aria-label={label}>
        {text || '—'}
      </section>
    </>
  );
}

function eventPoint(e: EventItem): Point[] {
  const [family = '', what = ''] = e.type.split('.');
  const code = typeof e.data.code === 'string' ? e.data.code : null;
  if (family === 'message')
    return [
      {
        at: e.at,
        tone: ['delivered', 'read'].includes(what)
          ? 'ok'
          : ['undelivered', 'failed', 'expired'].includes(what)
            ? 'bad'
            : 'info',
        title: `${t('Сообщение', 'Message')}: ${messageWord(what).toLowerCase()}`,
      },
    ];
  const [tone, title] = eventWords(what, e.data);
  return [{ at: e.at, tone, title, ...(code ? { body: <p class="small">{codeWord(code)}</p> } : {}) }];
}

function eventWords(what: string, data: Record<string, unknown>): [tone: string, title: string] {
  switch (what) {
    case 'succeeded':
      return [
        'ok',
        data.by ? t('Человек отметил: выполнена', 'Settled by a person: succeeded') : t('Выполнена', 'Succeeded'),
      ];
    case 'failed':
      return ['bad', t('Окончательный отказ', 'Failed')];
    case 'dead':
      return ['bad', t('Остановлена: попытки исчерпаны', 'Dead: no attempts left')];
    case 'cancelled':
      return ['warn', t('Отменена', 'Cancelled')];
    case 'uncertain':
      return ['warn', t('Исход стал неясен', 'The outcome became uncertain')];
    case 'needs-operator':
      return ['warn', t('Понадобился человек', 'A person was needed')];
    case 'changed':
      return ['info', t('Человек пустил её снова', 'A person let it go again')];
    case 'moved':
      return [
        'info',
        `${t('Перешла к другому коннектору', 'Moved to another connector')}: ${String(data.from)} → ${String(data.to)}`,
      ];
    case 'approved':
      return ['ok', t('Одобрена', 'Approved')];
    case 'rejected':
      return ['bad', t('Отклонена человеком', 'Rejected by a person')];
    default:
      return ['info', `operation.${what}`];
  }
}
