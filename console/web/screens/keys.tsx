import { useState } from 'preact/hooks';
import { api, asProblem, type Problem } from '../api.ts';
import { useLoaded } from '../loaded.ts';
import { can, me, t } from '../session.ts';
import { Act, Badge, Card, Dialog, Empty, Id, Page, Shown, Table, Time } from '../ui/parts.tsx';

interface Key {
  id: string;
  name: string;
  prefix: string;
  scopes: string[];
  accounts: string[] | null;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

const SCOPES = [
  'read:*',
  'operations',
  'approve',
  'tasks',
  'reconciliations',
  'write:messages',
  'write:meter-readings',
  'admin',
  '*',
];

/** Who may call the hub. */
export function Keys() {
  const keys = useLoaded<{ items: Key[] }>(can('admin') ? '/v1/keys' : undefined, 15_000);
  const [making, setMaking] = useState(false);
  return (
    <Page
      title={t('Ключи', 'Keys')}
      lead={t('Кто и с какими правами обращается к хабу.', 'Who calls the hub, and what they may do.')}
      aside={
        can('admin') && (
          <button type="button" class="button primary" onClick={() => setMaking(true)}>
            {t('Новый ключ', 'New key')}
          </button>
        )
      }
    >
      <Card flush>
        <Shown of={keys} scope="admin">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Ключей нет', 'No keys')} />
            ) : (
              <Table
                label={t('Ключи', 'Keys')}
                heads={[
                  t('Имя', 'Name'),
                  t('Права', 'Scopes'),
                  t('Создан', 'Created'),
                  t('Последний раз', 'Last used'),
                  '',
                ]}
              >
                {items.map((k) => {
                  const isOver = k.expiresAt !== null && Date.parse(k.expiresAt) < Date.now();
                  return (
                    <tr key={k.id}>
                      <td>
                        <strong>{k.name}</strong>{' '}
                        {k.id === me.value?.client && <Badge tone="info">{t('этот', 'this one')}</Badge>}
                        <div class="muted small">
                          <code>{k.prefix}…</code>
                          {k.accounts && ` · ${t('только свои счета', 'own accounts only')}`}
                        </div>
                      </td>
                      <td class="small">
                        {k.scopes.map((s) => (
                          <code key={s} class="tag">
                            {s}
                          </code>
                        ))}
                      </td>
                      <td class="nowrap">
                        <Time at={k.createdAt} />
                      </td>
                      <td class="nowrap">
                        <Time at={k.lastUsedAt} relative />
                      </td>
                      <td class="row-actions">
                        {k.revokedAt ? (
                          <Badge tone="plain">{t('отозван', 'revoked')}</Badge>
                        ) : isOver ? (
                          <Badge tone="plain">{t('истёк', 'expired')}</Badge>
                        ) : (
                          <Act
                            scope="admin"
                            look="danger"
                            label={`${t('Отозвать', 'Revoke')} ${k.name}`}
                            confirm={t(
                              `Отозвать ключ «${k.name}»? Он перестанет действовать сразу.`,
                              `Revoke the key “${k.name}”? It stops working at once.`,
                            )}
                            run={() => api(`/v1/keys/${k.id}`, { method: 'DELETE' }).then(keys.reload)}
                          >
                            {t('Отозвать', 'Revoke')}
                          </Act>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </Table>
            )
          }
        </Shown>
      </Card>
      {making && (
        <NewKey
          onClose={() => {
            setMaking(false);
            keys.reload();
          }}
        />
      )}
    </Page>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<string>();
  const [problem, setProblem] = useState<Problem>();
  const make = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    try {
      const answer = await api<{ key: string }>('/v1/keys', {
        body: { name: String(form.get('name')), scopes: form.getAll('scope').map(String) },
      });
      setMade(answer.key);
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <Dialog title={t('Новый ключ', 'New key')} onClose={onClose}>
      {made ? (
        <>
          <p>{t('Скопируйте ключ сейчас: больше он не будет показан.', 'Copy the key now: it is not shown again.')}</p>
          <Id value={made} />
          <div class="dialog-actions">
            <button type="button" class="button primary" onClick={onClose}>
              {t('Готово', 'Done')}
            </button>
          </div>
        </>
      ) : (
        <form onSubmit={make}>
          <label for="key-name">{t('Для чего', 'What it is for')}</label>
          <input id="key-name" name="name" required maxLength={100} />
          <fieldset>
            <legend>{t('Права', 'Scopes')}</legend>
            {SCOPES.map((s) => (
              <label key={s} class="check">
                <input type="checkbox" name="scope" value={s} /> <code>{s}</code>
              </label>
            ))}
          </fieldset>
          {problem && (
            <p class="field-problem" role="alert">
              {problem.message}
            </p>
          )}
          <div class="dialog-actions">
            <button type="submit" class="button primary">
              {t('Создать', 'Create')}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
