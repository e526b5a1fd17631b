import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useLoaded } from '../loaded.ts';
import { place } from '../router.ts';
import { can, language, me, signOut, type Theme, t, theme } from '../session.ts';
import { Icon } from './icons.tsx';
import { PurposeLine } from './purpose-line.tsx';

interface Entry {
  path: string;
  icon: string;
  name: string;
  scope: string;
  count?: number | undefined;
}

/** Navigation, language, light; what the key may not see bears a lock. */
export function Frame({ children }: { children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  const tasks = useLoaded<{ open: number; overdue: number }>(
    can('read:tasks') ? '/v1/tasks/summary' : undefined,
    15_000,
  );
  const overview = useLoaded<{ troubled: { dead: number } }>(
    can('read:connectors') ? '/v1/overview' : undefined,
    15_000,
  );
  const here = place.value.path[0] ?? '';
  useEffect(() => {
    setOpen(false);
    document.getElementById('main')?.scrollTo?.(0, 0);
  }, [place.value]);
  const entries: Entry[] = [
    { path: '', icon: 'overview', name: t('Обзор', 'Overview'), scope: 'read:connectors' },
    { path: 'lookup', icon: 'person', name: t('Поиск жильца', 'Resident lookup'), scope: 'read:lookup' },
    { path: 'operations', icon: 'operations', name: t('Операции', 'Operations'), scope: 'read:operations' },
    {
      path: 'failures',
      icon: 'failures',
      name: t('Сбои', 'Failures'),
      scope: 'read:operations',
      count: overview.data?.troubled.dead,
    },
    { path: 'tasks', icon: 'tasks', name: t('Задачи', 'Tasks'), scope: 'read:tasks', count: tasks.data?.open },
    { path: 'live', icon: 'live', name: t('Лента', 'Live'), scope: 'read:changes' },
    { path: 'sync', icon: 'sync', name: t('Синхронизация', 'Sync'), scope: 'read:sync' },
    {
      path: 'reconciliations',
      icon: 'reconciliations',
      name: t('Сверка с ГИС ЖКХ', 'ГИС ЖКХ comparison'),
      scope: 'read:reconciliations',
    },
    { path: 'mappings', icon: 'mappings', name: t('Сопоставления', 'Mappings'), scope: 'admin' },
    { path: 'schedules', icon: 'schedules', name: t('Расписания', 'Schedules'), scope: 'read:sync' },
    { path: 'webhooks', icon: 'webhooks', name: t('Вебхуки', 'Webhooks'), scope: 'admin' },
    { path: 'keys', icon: 'keys', name: t('Ключи', 'Keys'), scope: 'admin' },
  ];
  const title = entries.find((e) => e.path === here)?.name;
  useEffect(() => {
    document.title = `${title ?? ''} · ${me.value?.organisation.name ?? ''} · Connector Hub`;
  }, [title]);
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.getElementById('main')?.focus()}>
        {t('К содержанию', 'Skip to content')}
      </button>
      <aside class={open ? 'side open' : 'side'}>
        <div class="brand">
          <img src="/console/icon.svg" alt="" width="30" height="30" />
          <div>
            <strong>Connector Hub</strong>
            <span class="org" title={me.value?.organisation.name}>
              {me.value?.organisation.name}
            </span>
          </div>
          <button
            type="button"
            class="button quiet menu"
            aria-expanded={open}
            aria-controls="nav"
            aria-label={t('Меню', 'Menu')}
            onClick={() => setOpen(!open)}
          >
            <Icon name={open ? 'close' : 'menu'} size={22} />
          </button>
        </div>
        <nav id="nav" aria-label={t('Разделы', 'Sections')}>
          {entries.map((e) => (
            <a key={e.path} href={`#/${e.path}`} aria-current={here === e.path ? 'page' : undefined}>
              <Icon name={e.icon} />
              <span>{e.name}</span>
              {can(e.scope) ? (
                e.count ? (
                  <span class="count">{e.count > 999 ? '999+' : e.count}</span>
                ) : null
              ) : (
                <span class="locked" title={`${t('Нужна область доступа', 'It takes the scope')} ${e.scope}`}>
                  <Icon name="lock" size={14} />
                  <span class="sr">{t('нет доступа', 'no access')}</span>
                </span>
              )}
            </a>
          ))}
        </nav>
        <PurposeLine />
        <footer class="side-foot">
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              theme.value = ({ auto: 'light', light: 'dark', dark: 'auto' } as const)[theme.value];
            }}
            aria-label={`${t('Оформление', 'Theme')}: ${themeWord(theme.value)}`}
            title={`${t('Оформление', 'Theme')}: ${themeWord(theme.value)}`}
          >
            <Icon name={{ auto: 'half', light: 'sun', dark: 'moon' }[theme.value]} />
          </button>
          <button
            type="button"
            class="button quiet"
            lang={language.value === 'ru' ? 'en' : 'ru'}
            onClick={() => {
              language.value = language.value === 'ru' ? 'en' : 'ru';
            }}
          >
            {language.value === 'ru' ? 'English' : 'Русский'}
          </button>
          <button
            type="button"
            class="button quiet"
            onClick={signOut}
            aria-label={t('Выйти', 'Sign out')}
            title={t('Выйти', 'Sign out')}
          >
            <Icon name="exit" />
          </button>
        </footer>
      </aside>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

function themeWord(name: Theme): string {
  return { auto: t('как в системе', 'as the system'), light: t('светлое', 'light'), dark: t('тёмное', 'dark') }[name];
}
