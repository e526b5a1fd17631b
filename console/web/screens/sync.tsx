import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { can, t } from '../session.ts';
import { Act, Badge, Card, Empty, Page, Shown, Table, Time } from '../ui/parts.tsx';
import { codeWord, entityWord, number } from '../words.ts';

interface EntityState {
  instance: string;
  entity: string;
  running: boolean;
  firstLoadDone: boolean;
  seen: number;
  fullAt: string | null;
  deltaAt: string | null;
  held: { wouldRemove?: number; of?: number } | null;
  error: { code?: string; message?: string } | null;
  deltaBy: string | null;
  progress: { seen: number; changed: number; quarantined: number; phase: string } | null;
}

interface Kept {
  instance: string;
  entity: string;
  nativeKey: string;
  reason: string;
  field: string | null;
  lastAt: string;
  tries: number;
}

/** How well the hub's copy of other systems is in step, and which records could not be read. */
export function Sync() {
  const state = useLoaded<{ items: EntityState[] }>(can('read:sync') ? '/v1/sync' : undefined, 3_000);
  const kept = useLoaded<{ items: Kept[] }>(can('read:sync') ? '/v1/quarantine?limit=200' : undefined, 10_000);
  return (
    <Page
      title={t('Синхронизация', 'Sync')}
      lead={t(
        'Копия данных других систем, с которой хаб отвечает.',
        'The copy of other systems that the hub answers from.',
      )}
    >
      <Shown of={state} scope="read:sync">
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title={t('Чтений ещё не было', 'Nothing was pulled yet')}>
                {t('Они идут по расписанию или по кнопке.', 'Pulls run by schedule or by button.')}
              </Empty>
            </Card>
          ) : (
            [...new Set(items.map((i) => i.instance))].map((instance) => (
              <InstanceState
                key={instance}
                instance={instance}
                list={items.filter((i) => i.instance === instance)}
                reload={state.reload}
              />
            ))
          )
        }
      </Shown>
      <Card
        title={t('Карантин', 'Quarantine')}
        flush
        aside={
          <Act scope="admin" run={() => api('/v1/quarantine/retry', { body: {} }).then(kept.reload)}>
            {t('Прочитать заново', 'Read anew')}
          </Act>
        }
      >
        <Shown of={kept} scope="read:sync">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Карантин пуст', 'The quarantine is empty')}>
                {t('Все записи прочитаны.', 'Every record could be read.')}
              </Empty>
            ) : (
              <Table
                label={t('Карантин', 'Quarantine')}
                heads={[
                  t('Запись', 'Record'),
                  t('Почему не читается', 'Why it can’t be read'),
                  t('Когда', 'When'),
                  t('Попыток', 'Tries'),
                ]}
              >
                {items.map((k) => (
                  <tr key={`${k.instance}${k.entity}${k.nativeKey}`}>
                    <td>
                      <strong>{entityWord(k.entity)}</strong>
                      <div class="muted small break">
                        {k.instance} · {k.nativeKey}
                      </div>
                    </td>
                    <td>
                      <span class="small">{k.reason}</span>
                    </td>
                    <td class="nowrap">
                      <Time at={k.lastAt} />
                    </td>
                    <td class="num">{k.tries}</td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Shown>
      </Card>
    </Page>
  );
}

function InstanceState({ instance, list, reload }: { instance: string; list: EntityState[]; reload: () => void }) {
  const start = (body: Record<string, unknown>) => () =>
    api(`/v1/connectors/${encodeURIComponent(instance)}/sync`, { body }).then(reload);
  return (
    <Card
      title={instance}
      flush
      aside={
        <>
          <Act scope="admin" run={start({})}>
            {t('Прочитать изменения', 'Pull changes')}
          </Act>
          <Act
            scope="admin"
            look="quiet"
            run={start({ full: true })}
            confirm={t(
              'Полное чтение займёт время и нагрузит другую систему. Начать?',
              'A full pull takes time and loads the other system. Start?',
            )}
          >
            {t('Полностью', 'Full')}
          </Act>
        </>
      }
    >
      <Table
        label={`${t('Состояние чтения', 'State of the pulls')}: ${instance}`}
        heads={[
          t('Записи', 'Records'),
          t('Состояние', 'State'),
          t('Прочитано', 'Read'),
          t('Изменения', 'Changes'),
          t('Полная сверка', 'Full sweep'),
          '',
        ]}
      >
        {list.map((s) => (
          <tr key={s.entity}>
            <td>
              <strong>{entityWord(s.entity)}</strong>
            </td>
            <td>
              {s.running ? (
                <Badge tone="info">{t('Читается', 'Pulling')}</Badge>
              ) : s.error ? (
                <Badge tone="bad">{t('Ошибка', 'Error')}</Badge>
              ) : s.held ? (
                <Badge tone="warn">{t('Ждёт решения', 'Held')}</Badge>
              ) : s.firstLoadDone ? (
                <Badge tone="ok">{t('Актуально', 'In step')}</Badge>
              ) : (
                <Badge tone="plain">{t('Ещё не читалось', 'Not yet')}</Badge>
              )}
              <div class="muted small clip">{s.error?.code ? codeWord(s.error.code) : s.error?.message}</div>
            </td>
            <td class="num">{number(s.running && s.progress ? s.progress.seen : s.seen)}</td>
            <td class="nowrap">
              <Time at={s.deltaAt} relative />
            </td>
            <td class="nowrap">
              <Time at={s.fullAt} relative />
            </td>
            <td class="row-actions">
              {s.held && (
                <Act
                  scope="admin"
                  look="danger"
                  run={start({ entity: s.entity, full: true, acceptRemovals: true })}
                  confirm={t(
                    'Принять, что пропавшие записи удалены в другой системе?',
                    'Accept that the missing records were removed in the other system?',
                  )}
                >
                  {t('Принять удаление', 'Accept removal')}
                </Act>
              )}
            </td>
          </tr>
        ))}
      </Table>
    </Card>
  );
}
