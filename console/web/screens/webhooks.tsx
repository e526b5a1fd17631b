import { useState } from 'preact/hooks';
import { api, asProblem, type Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { link } from '../router.ts';
import { can, t } from '../session.ts';
import { Badge, Card, Dialog, Empty, Id, Page, Shown, Table, Time } from '../ui/parts.tsx';

export interface Webhook {
  id: string;
  url: string;
  description: string;
  types: string[];
  ordered: boolean;
  status: 'active' | 'failing' | 'disabled';
  disabledAt: string | null;
  disabledReason: string | null;
  failingSince: string | null;
  failures: number;
  lastStatus: number | null;
  createdAt: string;
}

export function webhookState(w: Webhook) {
  if (w.status === 'active') return <Badge tone="ok">{t('Работает', 'Active')}</Badge>;
  return w.status === 'failing' ? (
    <Badge tone="bad">{t('Не принимает', 'Failing')}</Badge>
  ) : (
    <Badge tone="plain">{t('Выключен', 'Disabled')}</Badge>
  );
}

/** Who is told of what happens. */
export function Webhooks() {
  const list = useLoaded<{ items: Webhook[] }>(can('admin') ? '/v1/webhooks' : undefined, 10_000);
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t('Вебхуки', 'Webhooks')}
      lead={t('Кому хаб сам сообщает о событиях.', 'Whom the hub tells of events.')}
      aside={
        can('admin') && (
          <button type="button" class="button primary" onClick={() => setMaking(true)}>
            {t('Новый адрес', 'New endpoint')}
          </button>
        )
      }
    >
      <Card flush>
        <Shown of={list} scope="admin">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Вебхуков нет', 'No webhooks')}>
                {t('Добавьте адрес, и события начнут приходить на него.', 'Add an address, and events go there.')}
              </Empty>
            ) : (
              <Table
                label={t('Вебхуки', 'Webhooks')}
                heads={[t('Адрес', 'Address'), t('События', 'Events'), t('Состояние', 'State'), t('Создан', 'Created')]}
              >
                {items.map((w) => (
                  <tr key={w.id}>
                    <td>
                      <a class="row-link break" href={link(`webhooks/${w.id}`)}>
                        {w.url}
                      </a>
                      <div class="muted small">{w.description}</div>
                    </td>
                    <td class="small">
                      {w.types.map((x) => (
                        <code key={x} class="tag">
                          {x}
                        </code>
                      ))}
                    </td>
                    <td>
                      {webhookState(w)}
                      {w.failures > 0 && (
                        <div class="small bad-text">
                          {t('неудач подряд', 'failures in a row')}: {w.failures}
                        </div>
                      )}
                    </td>
                    <td class="nowrap">
                      <Time at={w.createdAt} />
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Shown>
      </Card>
      {making && (
        <NewWebhook
          onClose={() => {
            setMaking(false);
            list.reload();
          }}
        />
      )}
    </Page>
  );
}

function NewWebhook({ onClose }: { onClose: () => void }) {
  const [secret, setSecret] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const types = String(form.get('types'))
      .split(/[\s,]+/)
      .filter(Boolean);
    try {
      const answer = await api<{ secret: string }>('/v1/webhooks', {
        body: {
          url: String(form.get('url')),
          description: String(form.get('description')),
          types: types.length > 0 ? types : ['*'],
          ordered: form.get('ordered') === 'on',
        },
      });
      setSecret(answer.secret);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <Dialog title={t('Новый адрес', 'New endpoint')} onClose={onClose}>
      {secret ? (
        <>
          <p>
            {t(
              'Секрет для проверки подписи. Скопируйте: больше он не будет показан.',
              'The secret that signs. Copy it: it is not shown again.',
            )}
          </p>
          <Id value={secret} />
          <div class="dialog-actions">
            <button type="button" class="button primary" onClick={onClose}>
              {t('Готово', 'Done')}
            </button>
          </div>
        </>
      ) : (
        <form onSubmit={make}>
          <label for="hook-url">{t('Адрес', 'Address')}</label>
          <input id="hook-url" name="url" type="url" required maxLength={2000} placeholder="https://…" />
          <label for="hook-about">{t('Для чего', 'What it is for')}</label>
          <input id="hook-about" name="description" maxLength={300} />
          <label for="hook-types">{t('События', 'Events')}</label>
          <input id="hook-types" name="types" placeholder="message.*, operation.dead" />
          <label class="check">
            <input type="checkbox" name="ordered" /> {t('По порядку', 'In order')}
          </label>
          {problem && (
            <p class="field-problem" role="alert">
              {problem.message}
            </p>
          )}
          <div class="dialog-actions">
            <button type="submit" class="button primary">
              {t('Добавить', 'Add')}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
