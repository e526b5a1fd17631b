import { useLoaded } from '../loaded.ts';
import { go, link, place } from '../router.ts';
import { can, t } from '../session.ts';
import { Card, Empty, Page, Shown } from '../ui/parts.tsx';
import { type TaskItem, TaskRows } from './task-rows.tsx';

const views = [
  { id: 'open', query: 'status=open', ru: 'Открытые', en: 'Open' },
  { id: 'overdue', query: 'overdue=true', ru: 'Просроченные', en: 'Overdue' },
  { id: 'all', query: '', ru: 'Все', en: 'All' },
] as const;

/** What a person has to decide. */
export function Tasks() {
  const view = views.find((v) => v.id === place.value.query.get('view')) ?? views[0];
  const tasks = useLoaded<{ items: TaskItem[]; nextCursor: string | null }>(
    can('read:tasks') ? `/v1/tasks?limit=200${view.query && `&${view.query}`}` : undefined,
    5_000,
  );
  return (
    <Page
      title={t('Задачи', 'Tasks')}
      lead={t('Там, где машине нужен ответ человека.', 'Where the machine needs the answer of a person.')}
    >
      <div class="segments" role="group" aria-label={t('Какие', 'Which')}>
        {views.map((v) => (
          <button key={v.id} type="button" aria-pressed={v === view} onClick={() => go(link('tasks', { view: v.id }))}>
            {t(v.ru, v.en)}
          </button>
        ))}
      </div>
      <Card flush>
        <Shown of={tasks} scope="read:tasks">
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={t('Задач нет', 'No tasks')}>
                {t('Хаб справляется сам.', 'The hub manages by itself.')}
              </Empty>
            ) : (
              <TaskRows items={items} />
            )
          }
        </Shown>
      </Card>
    </Page>
  );
}
