import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { link } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, AdviceOn, Card, Facts, Id, Page, Shown, Status, Time } from '../ui/parts.tsx';
import {
  codeWord,
  fieldWord,
  isKnownCode,
  kindWord,
  messageWord,
  moment,
  number,
  pauseWord,
  purposeWord,
  statusWord,
  waitWord,
} from '../words.ts';
import type { Brief, LifeData } from './operation-types.ts';
import { aboutOf } from './operations.tsx';
import { Timeline } from './timeline.tsx';

/** One operation from its acceptance to its end, with what a person may do about it. */
export function OperationScreen({ id }: { id: string }) {
  const life = useLoaded<LifeData>(can('read:operations') ? `/v1/operations/${id}/life` : undefined, 2_000);
  const op = life.data?.operation;
  return (
    <Page
      title={op ? `${kindWord(op.kind)} · ${aboutOf(op)}` : t('Операция', 'Operation')}
      lead={<a href={link('operations')}>{t('← Все операции', '← All operations')}</a>}
      aside={op && <Status name={op.status} />}
    >
      <Shown of={life} scope="read:operations">
        {(data) => (
          <>
            <Now data={data} reload={life.reload} />
            <div class="columns">
              <div class="column wide">
                <Card title={t('Ход', 'Timeline')}>
                  <Timeline data={data} />
                </Card>
              </div>
              <div class="column">
                <FactsCard data={data} />
                {data.message && <Delivery data={data} />}
                <Payload data={data} />
                <Chain data={data} />
              </div>
            </div>
          </>
        )}
      </Shown>
    </Page>
  );
}

/** What holds it, in words, and the way out. */
function Now({ data, reload }: { data: LifeData; reload: () => void }) {
  const { operation: op, actions } = data;
  const call =
    (verb: string, body: unknown = {}) =>
    () =>
      api(`/v1/operations/${op.id}/${verb}`, { body }).then(reload);
  const tone = ['dead', 'failed'].includes(op.status)
    ? 'bad'
    : ['uncertain', 'retrying'].includes(op.status)
      ? 'warn'
      : op.status === 'succeeded'
        ? 'ok'
        : 'info';
  return (
    <section class={`now ${tone}`} aria-label={t('Что сейчас', 'What is now')}>
      <div class="now-words">
        <h2>{headline(data)}</h2>
        <p>{explanation(data)}</p>
      </div>
      {actions.length > 0 && (
        <div class="now-actions">
          {data.pause?.of === 'connector' && ['accepted', 'waiting', 'retrying'].includes(op.status) && (
            <Act
              scope="admin"
              look="primary"
              run={() => api(`/v1/connectors/${encodeURIComponent(op.instance)}/resume`, { body: {} }).then(reload)}
            >
              {t('Возобновить коннектор', 'Resume the connector')}
            </Act>
          )}
          {actions.includes('retry') && !data.pause && (
            <Act scope="operations" look="primary" run={call('retry')}>
              {t('Повторить', 'Retry')}
            </Act>
          )}
          {actions.includes('replay') && (
            <a class="button" href={link(`operations/${op.id}/replay`)}>
              {t('Отправить заново…', 'Send anew…')}
            </a>
          )}
          {actions.includes('resolve') && (
            <>
              <Act
                scope="operations"
                run={call('resolve', { answer: 'happened' })}
                confirm={t(
                  'Вы проверили: другая система выполнила операцию?',
                  'Have you checked that the other system carried it out?',
                )}
              >
                {t('Дошло', 'It happened')}
              </Act>
              <Act
                scope="operations"
                run={call('resolve', { answer: 'absent' })}
                confirm={t(
                  'Вы проверили: другая система операцию не выполняла? Она будет отправлена снова.',
                  'Have you checked that the other system did not carry it out? It is sent again.',
                )}
              >
                {t('Не дошло', 'It did not')}
              </Act>
            </>
          )}
          {actions.includes('approve') && (
            <>
              <Act scope="approve" look="primary" run={call('approve')}>
                {t('Одобрить', 'Approve')}
              </Act>
              <Act
                scope="approve"
                look="danger"
                run={call('reject')}
                confirm={t('Отклонить операцию? Она не будет отправлена.', 'Reject the operation? It is not sent.')}
              >
                {t('Отклонить', 'Reject')}
              </Act>
            </>
          )}
          {actions.includes('skip') && (
            <Act
              scope="operations"
              run={call('skip')}
              confirm={t('Пропустить вперёд операции, которые ждут эту?', 'Let those pass that wait for this one?')}
            >
              {t('Пропустить', 'Skip')}
            </Act>
          )}
          {actions.includes('cancel') && (
            <Act
              scope="operations"
              look="danger"
              run={call('cancel')}
              confirm={t(
                'Отменить операцию? Она больше не будет отправлена.',
                'Cancel the operation? It is not sent any more.',
              )}
            >
              {t('Отменить', 'Cancel')}
            </Act>
          )}
        </div>
      )}
    </section>
  );
}

function headline({ operation: op, message, pause }: LifeData): string {
  if (message && op.status === 'succeeded') return messageWord(message.status);
  if (pause && ['accepted', 'waiting', 'retrying'].includes(op.status))
    return t(`Коннектор ${op.instance} приостановлен`, `The connector ${op.instance} is paused`);
  if (op.error && ['dead', 'failed', 'cancelled'].includes(op.status)) return codeWord(op.error.code);
  return statusWord(op.status);
}

function explanation({ operation: op, pause, breaker, held, message, tracking, exchange }: LifeData) {
  const until =
    op.waitingUntil && Date.parse(op.waitingUntil) > Date.now()
      ? ` ${t('Следующий шаг', 'Next step')}: ${moment(op.waitingUntil)}.`
      : '';
  switch (op.status) {
    case 'succeeded':
      if (message?.status === 'delivered')
        return `${t('Телефон получил сообщение', 'The phone has the message')}: ${moment(message.deliveredAt)}.`;
      if (message?.status === 'undelivered' || message?.status === 'expired' || message?.status === 'failed')
        return t(
          'Шлюз принял сообщение, но до телефона оно не дошло.',
          'The gateway took the message, but the phone did not get it.',
        );
      return tracking?.nextAt
        ? t(
            'Шлюз принял сообщение; хаб узнаёт, дошло ли оно.',
            'The gateway has the message; the hub asks whether it arrived.',
          )
        : t('Другая система выполнила операцию.', 'The other system carried it out.');
    case 'dead':
      return t(
        'Попытки исчерпаны, ничего не отправлено. Устраните причину и повторите.',
        'No attempts are left, and nothing took effect. Mend the cause and retry.',
      );
    case 'failed':
      return t(
        'Это окончательный ответ: без исправления повтор даст то же.',
        'This is final: without a change a retry ends the same.',
      );
    case 'cancelled':
      return op.error?.code === 'REPLACED'
        ? t(
            'Она продолжается в новой операции — смотрите «Связанные».',
            'It goes on in a new operation: see “Related”.',
          )
        : t('Она не будет отправлена.', 'It is not sent any more.');
    default:
  }
  if (pause)
    return (
      <>
        {pauseWord(pause.reason)}.{' '}
        {t(
          'Операция ждёт и уйдёт сама, когда коннектор возобновят.',
          'The operation waits and goes out by itself when the connector is resumed.',
        )}{' '}
        <a href={link('')}>{t('К коннекторам', 'To the connectors')}</a>
      </>
    );
  if (held)
    return (
      <>
        {waitWord('order')}{' '}
        <a href={link(`operations/${held.by.id}`)}>
          {kindWord(held.by.kind)}: {statusWord(held.by.status)}
        </a>
      </>
    );
  if (breaker === 'open')
    return `${t('Система часто сбоит, обращения к ней ненадолго прекращены.', 'The system fails often, and is left alone for a while.')}${until}`;
  if (exchange?.nextPollAt)
    return `${waitWord('answer')} ${t('Следующий вопрос', 'Next question')}: ${moment(exchange.nextPollAt)}.`;
  if (op.waitingFor) return `${waitWord(op.waitingFor)}${until}`;
  if (op.status === 'retrying' && op.error) return `${codeWord(op.error.code)}.${until}`;
  if (op.status === 'uncertain') return `${waitWord('settle')}${until}`;
  return t('Операция выполняется.', 'The operation is being carried out.');
}

function FactsCard({ data: { operation: op, exchange, approval } }: { data: LifeData }) {
  return (
    <Card title={t('Сведения', 'Facts')}>
      <Facts
        rows={[
          [t('Номер', 'Id'), <Id value={op.id} />],
          [t('Коннектор', 'Connector'), op.instance],
          [t('Принята', 'Accepted'), <Time at={op.acceptedAt} />],
          ...(op.finishedAt ? [[t('Завершена', 'Ended'), <Time at={op.finishedAt} />] as const] : []),
          ...(op.subject ? [[t('Предмет', 'Subject'), <code>{op.subject}</code>] as const] : []),
          ...(op.reference ? [[t('Ссылка', 'Reference'), op.reference] as const] : []),
          ...(op.notBefore ? [[t('Не раньше', 'Not before'), <Time at={op.notBefore} />] as const] : []),
          ...(op.expiresAt ? [[t('Не позже', 'Not after'), <Time at={op.expiresAt} />] as const] : []),
          [t('Попыток', 'Attempts'), number(op.attempts)],
          [t('Кто просил', 'Asked by'), <code class="clip">{op.client}</code>],
          ...(exchange
            ? [[t('Обмен', 'Exchange'), `${exchange.status}${exchange.ticket ? ` · ${exchange.ticket}` : ''}`] as const]
            : []),
          ...(approval
            ? [
                [
                  approval.decision === 'approved' ? t('Одобрена', 'Approved') : t('Отклонена', 'Rejected'),
                  <Time at={approval.at} />,
                ] as const,
              ]
            : []),
        ]}
      />
      {op.error && op.status !== 'succeeded' && (
        <div class="error-box">
          <strong>{codeWord(op.error.code)}</strong>
          <p class="small">{isKnownCode(op.error.code) ? null : op.error.message}</p>
          <p class="small muted">
            <code>{op.error.code}</code>
            {op.error.upstream?.code && (
              <>
                {' '}
                · {op.error.upstream.system}: <code>{op.error.upstream.code}</code>
              </>
            )}
          </p>
          <AdviceOn code={op.error.code} title={codeWord(op.error.code)} />
        </div>
      )}
    </Card>
  );
}

function Delivery({ data: { message, parts, tracking } }: { data: LifeData }) {
  if (!message) return null;
  return (
    <Card title={t('Доставка', 'Delivery')} aside={<Status name={message.status} text={messageWord(message.status)} />}>
      <Facts
        rows={[
          [t('Назначение', 'Purpose'), purposeWord(message.purpose)],
          ...(message.template ? [[t('Шаблон', 'Template'), message.template] as const] : []),
          ...(message.segments ? [[t('Частей', 'Parts'), number(message.segments)] as const] : []),
          ...(message.cost ? [[t('Цена', 'Price'), `${message.cost.amount} ₽`] as const] : []),
          ...(message.deliveredAt
            ? [[t('Получено телефоном', 'Delivered'), <Time at={message.deliveredAt} />] as const]
            : []),
          ...(message.statusReason ? [[t('Причина', 'Reason'), message.statusReason] as const] : []),
          ...(tracking?.nextAt ? [[t('Спросим снова', 'Asked again'), <Time at={tracking.nextAt} />] as const] : []),
        ]}
      />
      {parts.length > 0 && (
        <ul class="plain small">
          {parts.map((p) => (
            <li key={`${p.instance}${p.part}`}>
              {p.part}/{p.parts} · {p.instance} · <code>{p.ref ?? t('ответ неизвестен', 'answer unknown')}</code>{' '}
              {p.status && messageWord(p.status)} {p.reason}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Payload({ data: { operation: op } }: { data: LifeData }) {
  const [clear, setClear] = useState<Record<string, unknown>>();
  const names = Object.entries(clear ?? op.payload);
  return (
    <Card
      title={t('Запрос', 'Request')}
      aside={
        op.kind === 'messages.send' &&
        (clear ? (
          <button type="button" class="button quiet" onClick={() => setClear(undefined)}>
            {t('Скрыть', 'Hide')}
          </button>
        ) : (
          <Act
            scope="read:messages"
            look="quiet"
            run={async () => {
              const { to, text, variables } = await api<Record<string, unknown>>(`/v1/messages/${op.id}`);
              setClear({ ...op.payload, to, text, ...(variables ? { variables } : {}) });
            }}
          >
            {t('Показать данные', 'Show data')}
          </Act>
        ))
      }
    >
      <Facts rows={names.map(([name, value]) => [fieldWord(name), shown(value)] as const)} />
      {!clear && op.kind === 'messages.send' && (
        <p class="muted small">{t('Личные данные скрыты.', 'Personal data are hidden.')}</p>
      )}
    </Card>
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(' / ');
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, inner]) => `${name}: ${String(inner)}`)
      .join(', ');
  return String(value ?? '—');
}

function Chain({ data: { parent, children } }: { data: LifeData }) {
  const row = (b: Brief, what: string) => (
    <li key={b.id}>
      <span class="muted small">{what}</span>
      <a href={link(`operations/${b.id}`)}>{kindWord(b.kind)}</a> <Status name={b.status} />{' '}
      <span class="muted small">
        <Time at={b.acceptedAt} />
      </span>
    </li>
  );
  return (
    <Card title={t('Связанные', 'Related')}>
      {!parent && children.length === 0 ? (
        <p class="muted">
          {t(
            'Эта операция не вызвана другой и сама других не вызвала.',
            'No other operation caused this one, and it caused none.',
          )}
        </p>
      ) : (
        <ul class="plain chain">
          {parent && row(parent, t('вызвана этой', 'caused by'))}
          {children.map((c) => row(c, t('вызвала', 'caused')))}
        </ul>
      )}
    </Card>
  );
}
