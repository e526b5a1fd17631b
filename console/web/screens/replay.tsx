import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { go, link } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Badge, Card, Empty, Page, Shown } from '../ui/parts.tsx';
import { codeWord, fieldWord } from '../words.ts';
import { type Difference, differences } from './differences.ts';

interface Side {
  payload: Record<string, unknown>;
  request: unknown;
  fault: { code: string; message: string } | null;
}

interface Plan {
  way: 'retry' | 'resubmit';
  before: Side;
  after: Side;
  refused: { code: string; message: string } | null;
  fingerprint: string;
  masked: boolean;
}

/** What was sent and what would be sent now, side by side; nothing goes out before somebody has seen it and said so. */
export function Replay({ id }: { id: string }) {
  const plan = useLoaded<Plan>(can('operations') ? `/v1/operations/${id}/replay` : undefined);
  return (
    <Page
      title={t('Отправить заново', 'Send anew')}
      lead={<a href={link(`operations/${id}`)}>{t('← К операции', '← To the operation')}</a>}
    >
      <Shown of={plan} scope="operations">
        {(data) => {
          const texts = differences(data.before.payload, data.after.payload);
          const requests = differences(requestOf(data.before.request), requestOf(data.after.request));
          const hasRequest = data.before.request !== null || data.after.request !== null;
          return (
            <>
              <section class={`now ${data.refused ? 'bad' : 'info'}`}>
                <div class="now-words">
                  <h2>
                    {data.way === 'resubmit'
                      ? t(
                          'Будет создана новая операция с исправленными данными',
                          'A new operation is made with the mended data',
                        )
                      : t('Та же операция будет повторена', 'The same operation is tried again')}
                  </h2>
                  <p>
                    {data.refused
                      ? `${t('Сейчас её не примут', 'It would be refused now')}: ${codeWord(data.refused.code)}.`
                      : data.way === 'resubmit'
                        ? t(
                            'Старая операция закроется, отправить обе нельзя. Пока ничего не отправлено.',
                            'The old operation is closed, and both can’t be sent. Nothing is sent yet.',
                          )
                        : t(
                            'Шаблон не изменился. Если первая попытка могла дойти, хаб сначала спросит другую систему.',
                            'The template has not changed. If an attempt may have acted, the other system is asked first.',
                          )}
                  </p>
                </div>
                <div class="now-actions">
                  <Act
                    scope="operations"
                    look="primary"
                    run={async () => {
                      const made = await api<{ id: string }>(`/v1/operations/${id}/replay`, {
                        body: { fingerprint: data.fingerprint },
                      });
                      go(link(`operations/${made.id}`));
                    }}
                  >
                    {t('Отправить', 'Send')}
                  </Act>
                  <button type="button" class="button" onClick={plan.reload}>
                    {t('Проверить снова', 'Look again')}
                  </button>
                </div>
              </section>
              <Compared title={t('Данные', 'Data')} rows={texts} />
              {hasRequest && (
                <Compared
                  title={t('Запрос к другой системе', 'Request to the other system')}
                  rows={requests}
                  fault={data.after.fault}
                />
              )}
              {data.masked && (
                <p class="muted small">
                  {t(
                    'Личные данные скрыты: ключу не хватает области',
                    'Personal data are hidden: the key lacks the scope',
                  )}{' '}
                  <code>read:messages</code>.
                </p>
              )}
            </>
          );
        }}
      </Shown>
    </Page>
  );
}

function requestOf(value: unknown): Record<string, unknown> {
  const inner = (value as { request?: unknown } | null)?.request ?? value;
  return inner !== null && typeof inner === 'object'
    ? (inner as Record<string, unknown>)
    : inner
      ? { request: inner }
      : {};
}

function Compared({ title, rows, fault }: { title: string; rows: Difference[]; fault?: Side['fault'] }) {
  const changed = rows.filter((r) => r.before !== r.after).length;
  return (
    <Card
      title={title}
      aside={
        <Badge tone={changed > 0 ? 'warn' : 'plain'}>
          {changed > 0 ? `${t('изменено', 'changed')}: ${changed}` : t('без изменений', 'no changes')}
        </Badge>
      }
    >
      {fault && (
        <p class="bad-text small" role="alert">
          {t('Новый запрос сейчас не построить', 'The new request can’t be made now')}: {codeWord(fault.code)}
        </p>
      )}
      {rows.length === 0 ? (
        <Empty title={t('Показывать нечего', 'Nothing to show')} />
      ) : (
        <div class="compare">
          <div class="compare-head muted small">
            <span>{t('Поле', 'Field')}</span>
            <span>{t('Было', 'Before')}</span>
            <span>{t('Станет', 'After')}</span>
          </div>
          {rows.map((r) => (
            <div key={r.path} class={r.before === r.after ? 'compare-row' : 'compare-row changed'}>
              <span class="muted">{fieldWord(r.path)}</span>
              <span class="before">{r.before ?? '—'}</span>
              <span class="after">{r.after ?? '—'}</span>
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}
