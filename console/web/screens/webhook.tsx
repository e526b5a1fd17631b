import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { go, link } from '../router.ts';
import { can, t } from '../session.ts';
import { Act, Card, Empty, Facts, Page, Shown, Status, Table, Time } from '../ui/parts.tsx';
import { codeWord } from '../words.ts';
import { type Webhook, webhookState } from './webhooks.tsx';

interface Delivery {
  id: string;
  type: string;
  status: string;
  attempts: number;
  acceptedAt: string;
  nextAt: string | null;
  finishedAt: string | null;
  code?: string | null;
  error?: { code: string } | null;
}

/** One endpoint with what was delivered to it. */
export function WebhookScreen({ id }: { id: string }) {
  const hook = useLoaded<Webhook>(can('admin') ? `/v1/webhooks/${id}` : undefined, 5_000);
  const deliveries = useLoaded<{ items: Delivery[] }>(
    can('admin') ? `/v1/webhooks/${id}/deliveries?limit=50` : undefined,
    5_000,
  );
  const [tested, setTested] = useState<string>();
  const call = (verb: string) => () => api(`/v1/webhooks/${id}/${verb}`, { body: {} }).then(hook.reload);
  return (
    <Page
      title={t('Вебхук', 'Webhook')}
      lead={<a href={link('webhooks')}>{t('← Все вебхуки', '← All webhooks')}</a>}
      aside={hook.data && webhookState(hook.data)}
    >
      <Shown of={hook} scope="admin">
        {(w) => (
          <Card
            title={w.description || w.url}
            aside={
              <>
                <Act
                  scope="admin"
                  run={async () => {
                    const d = await api<Delivery>(`/v1/webhooks/${id}/test`, { body: {} });
                    setTested(d.status);
                    deliveries.reload();
                  }}
                >
                  {t('Проверить', 'Test')}
                </Act>
                {w.status === 'disabled' ? (
                  <Act scope="admin" look="primary" run={call('enable')}>
                    {t('Включить', 'Enable')}
                  </Act>
                ) : (
                  <Act scope="admin" run={call('disable')}>
                    {t('Выключить', 'Disable')}
                  </Act>
                )}
                <Act
                  scope="admin"
                  look="danger"
                  confirm={t(
                    'Удалить адрес? То, что ждёт отправки на него, будет отменено.',
                    'Remove the endpoint? What waits for it is cancelled.',
                  )}
                  run={() => api(`/v1/webhooks/${id}`, { method: 'DELETE' }).then(() => go(link('webhooks')))}
                >
                  {t('Удалить', 'Remove')}
                </Act>
              </>
            }
          >
            {tested && (
              <p role="status">
                {t('Проверочное событие', 'Test event')}: <Status name={tested} />
              </p>
            )}
            <Facts
              rows={[
                [t('Адрес', 'Address'), <span class="break">{w.url}</span>],
                [t('События', 'Events'), w.types.join(', ')],
                [t('По порядку', 'In order'), w.ordered ? t('да', 'yes') : t('нет', 'no')],
                ...(w.failingSince
                  ? [[t('Не принимает с', 'Failing since'), <Time at={w.failingSince} />] as const]
                  : []),
                ...(w.lastStatus ? [[t('Последний ответ', 'Last answer'), String(w.lastStatus)] as const] : []),
                ...(w.disabledReason ? [[t('Почему выключен', 'Why disabled'), w.disabledReason] as const] : []),
              ]}
            />
          </Card>
        )}
      </Shown>
      <Card title={t('Доставки', 'Deliveries')} flush>
        <Shown of={deliveries} scope="admin">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Доставок ещё не было', 'No deliveries yet')} />
            ) : (
              <Table
                label={t('Доставки', 'Deliveries')}
                heads={[t('Когда', 'When'), t('Событие', 'Event'), t('Состояние', 'Status'), t('Попытки', 'Attempts')]}
              >
                {items.map((d) => (
                  <tr key={d.id}>
                    <td class="nowrap">
                      <Time at={d.acceptedAt} />
                    </td>
                    <td>
                      <a class="row-link" href={link(`operations/${d.id}`)}>
                        {d.type}
                      </a>
                    </td>
                    <td>
                      <Status name={d.status} />
                      {d.error && <div class="small muted">{codeWord(d.error.code)}</div>}
                    </td>
                    <td class="num">{d.attempts}</td>
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
