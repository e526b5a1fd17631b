import { useLoaded } from '../loaded.ts';
import { can, t } from '../session.ts';
import { Card, Empty, Page, Shown, Table, Time } from '../ui/parts.tsx';

interface Schedule {
  name: string;
  cron: string;
  timezone: string;
  lastAt: string | null;
  nextAt: string | null;
}

const words: Record<string, readonly [ru: string, en: string]> = {
  retention: ['Удаление отжившего', 'Retention'],
  'webhook-deliveries': ['Удаление старых доставок событий', 'Removal of old deliveries'],
  maintenance: ['Уход за хранилищем', 'Care of the store'],
  checkpoint: ['Контрольная точка хранилища', 'Checkpoint of the store'],
};

function nameOf(name: string): string {
  const known = words[name];
  if (known) return t(...known);
  const [, full, instance] = /^(full-)?sync:(.+)$/.exec(name) ?? [];
  return instance
    ? `${full ? t('Полное чтение', 'Full pull') : t('Чтение изменений', 'Pull of changes')}: ${instance}`
    : name;
}

/** What the hub does by the clock. */
export function Schedules() {
  const list = useLoaded<{ items: Schedule[] }>(can('read:sync') ? '/v1/schedules' : undefined, 10_000);
  return (
    <Page
      title={t('Расписания', 'Schedules')}
      lead={t(
        'Что хаб делает сам по часам. Меняется в hub.yaml.',
        'What the hub does by the clock. Changed in hub.yaml.',
      )}
    >
      <Card flush>
        <Shown of={list} scope="read:sync">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Расписаний нет', 'No schedules')} />
            ) : (
              <Table
                label={t('Расписания', 'Schedules')}
                heads={[
                  t('Что', 'What'),
                  t('Когда', 'When'),
                  t('Пояс', 'Zone'),
                  t('В прошлый раз', 'Last'),
                  t('В следующий раз', 'Next'),
                ]}
              >
                {items.map((s) => (
                  <tr key={s.name}>
                    <td>
                      <strong>{nameOf(s.name)}</strong>
                    </td>
                    <td>
                      <code>{s.cron}</code>
                    </td>
                    <td>{s.timezone}</td>
                    <td class="nowrap">
                      <Time at={s.lastAt} relative />
                    </td>
                    <td class="nowrap">
                      <Time at={s.nextAt} relative />
                    </td>
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
