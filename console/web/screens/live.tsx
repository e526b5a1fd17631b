import { useEffect, useRef, useState } from 'preact/hooks';
import type { Problem } from '../api.ts';
import { followEvents, type StreamState } from '../event-stream.ts';
import { link } from '../router.ts';
import { can, t } from '../session.ts';
import { Icon } from '../ui/icons.tsx';
import { Badge, Card, Empty, Failure, Forbidden, Page, Table, Time } from '../ui/parts.tsx';
import { codeWord, kindWord, messageWord, number, statusWord } from '../words.ts';
import type { EventItem } from './operation-types.ts';

/** Events kept on the page. */
const KEPT = 300;
const families = [
  { id: '', ru: 'Все', en: 'All' },
  { id: 'operation.*', ru: 'Операции', en: 'Operations' },
  { id: 'message.*', ru: 'Сообщения', en: 'Messages' },
  { id: 'operation.dead,operation.failed,operation.uncertain,message.undelivered', ru: 'Сбои', en: 'Failures' },
] as const;

/** The change feed as it grows. */
export function Live() {
  const [family, setFamily] = useState('');
  const [events, setEvents] = useState<EventItem[]>([]);
  const [state, setState] = useState<StreamState>('connecting');
  const [problem, setProblem] = useState<Problem>();
  const [held, setHeld] = useState(0);
  const [paused, setPaused] = useState(false);
  const waiting = useRef<EventItem[]>([]);
  const isPaused = useRef(false);
  isPaused.current = paused;
  const allowed = can('read:changes');
  useEffect(() => {
    if (!allowed) return undefined;
    setEvents([]);
    return followEvents(family ? `?type=${encodeURIComponent(family)}` : '', {
      onEvent: (event) => {
        if (isPaused.current) {
          waiting.current = [event, ...waiting.current].slice(0, KEPT);
          setHeld(waiting.current.length);
        } else setEvents((known) => [event, ...known].slice(0, KEPT));
      },
      onState: (now, why) => {
        setState(now);
        setProblem(now === 'broken' ? why : undefined);
      },
    });
  }, [family, allowed]);
  const goOn = (): void => {
    const missed = waiting.current;
    waiting.current = [];
    setHeld(0);
    setEvents((known) => [...missed, ...known].slice(0, KEPT));
    setPaused(false);
  };
  const refused =
    problem !== undefined && problem.status >= 400 && problem.status < 500 && ![409, 410, 429].includes(problem.status);
  return (
    <Page
      title={t('Лента событий', 'Live events')}
      lead={t('Что происходит прямо сейчас.', 'What happens right now.')}
      aside={
        allowed &&
        (state === 'open' ? (
          <Badge tone="ok">{t('На связи', 'Connected')}</Badge>
        ) : state === 'connecting' ? (
          <Badge tone="plain">{t('Соединяется', 'Connecting')}</Badge>
        ) : (
          <Badge tone="bad">{t('Связь прервана, пробуем снова', 'Cut off, trying again')}</Badge>
        ))
      }
    >
      {!allowed || problem?.status === 403 ? (
        <Card>
          <Forbidden scope="read:changes" />
        </Card>
      ) : (
        <>
          <div class="filters">
            <div class="segments" role="group" aria-label={t('Какие события', 'Which events')}>
              {families.map((f) => (
                <button key={f.id} type="button" aria-pressed={f.id === family} onClick={() => setFamily(f.id)}>
                  {t(f.ru, f.en)}
                </button>
              ))}
            </div>
            <button
              type="button"
              class="button"
              aria-pressed={paused}
              onClick={() => (paused ? goOn() : setPaused(true))}
            >
              <Icon name={paused ? 'play' : 'pause'} size={15} />{' '}
              {paused ? `${t('Продолжить', 'Go on')}${held > 0 ? ` (+${number(held)})` : ''}` : t('Задержать', 'Hold')}
            </button>
          </div>
          <Card flush>
            {refused && problem ? (
              <Failure problem={problem} />
            ) : events.length === 0 ? (
              <Empty title={t('Пока тихо', 'Quiet so far')}>
                {t('Новые события появятся здесь сами.', 'New events appear here by themselves.')}
              </Empty>
            ) : (
              <Table
                label={t('События', 'Events')}
                heads={['№', t('Когда', 'When'), t('Событие', 'Event'), t('О чём', 'About')]}
              >
                {events.map((e) => (
                  <tr key={e.id}>
                    <td class="num muted">{number(e.no)}</td>
                    <td class="nowrap">
                      <Time at={e.at} />
                    </td>
                    <td>
                      {wordOf(e)}
                      <div class="muted small">
                        <code>{e.type}</code>
                      </div>
                    </td>
                    <td>{aboutOf(e)}</td>
                  </tr>
                ))}
              </Table>
            )}
          </Card>
        </>
      )}
    </Page>
  );
}

function wordOf(e: EventItem) {
  const [family = '', what = ''] = e.type.split('.');
  const tone = ['succeeded', 'delivered', 'read', 'approved'].includes(what)
    ? 'ok'
    : ['dead', 'failed', 'undelivered', 'expired', 'rejected'].includes(what)
      ? 'bad'
      : ['uncertain', 'needs-operator', 'cancelled'].includes(what)
        ? 'warn'
        : 'info';
  const text =
    family === 'message'
      ? `${t('Сообщение', 'Message')}: ${messageWord(what).toLowerCase()}`
      : family === 'operation'
        ? `${kindWord(String(e.data.kind ?? ''))}: ${statusWord(what).toLowerCase()}`
        : e.type;
  return <Badge tone={tone}>{text}</Badge>;
}

function aboutOf(e: EventItem) {
  const id = e.operation ?? (e.entity === 'Message' ? e.entityId : null);
  const code = typeof e.data.code === 'string' ? e.data.code : null;
  return (
    <>
      {id ? (
        <a href={link(`operations/${id}`)}>
          {t('Операция', 'Operation')} …{id.slice(-6)}
        </a>
      ) : (
        <span class="muted">{e.entity ?? '—'}</span>
      )}
      {code && <div class="small muted">{codeWord(code)}</div>}
    </>
  );
}
