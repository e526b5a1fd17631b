import type { Page } from 'playwright-core';
import type { Stage } from './stage.ts';

export interface ScreenCase {
  name: string;
  path: string;
  /** What the key must be allowed to. */
  scope: string;
  /** A text that only the screen with its data shows. */
  text: string;
  /** Calls that the screen can't do without, as a pattern of addresses. */
  calls: string;
  ready?(page: Page): Promise<void>;
}

/** Every screen of the console with what proves that it shows its data. */
export function screens(stage: Stage): ScreenCase[] {
  const { ops } = stage;
  return [
    {
      name: 'overview',
      path: '',
      scope: 'read:connectors',
      text: 'sms-main',
      calls: '**/v1/overview',
      ready: async (page) => page.getByText('Работает').nth(1).waitFor(),
    },
    {
      name: 'lookup',
      path: `lookup/${stage.account.id}`,
      scope: 'read:lookup',
      text: 'Начислено',
      calls: '**/v1/lookup',
      ready: async (page) => page.getByRole('button', { expanded: false }).first().click(),
    },
    {
      name: 'operations',
      path: 'operations',
      scope: 'read:operations',
      text: '+7916•••01',
      calls: '**/v1/operations/masked**',
    },
    {
      name: 'operation',
      path: `operations/${ops.delivered}`,
      scope: 'read:operations',
      text: 'Доставлено',
      calls: '**/life',
      ready: async (page) => page.locator('summary').first().click(),
    },
    {
      name: 'failures',
      path: 'failures',
      scope: 'read:operations',
      text: 'Слишком частые запросы к шлюзу',
      calls: '**/causes**',
    },
    {
      name: 'replay',
      path: `operations/${ops.templated}/replay`,
      scope: 'operations',
      text: 'Было',
      calls: '**/replay',
    },
    { name: 'tasks', path: 'tasks', scope: 'read:tasks', text: 'Не удалось выполнить', calls: '**/v1/tasks**' },
    {
      name: 'task',
      path: `tasks/${stage.task}`,
      scope: 'read:tasks',
      text: 'Сделано вручную',
      calls: '**/v1/tasks/**',
    },
    {
      name: 'live',
      path: 'live',
      scope: 'read:changes',
      text: 'На связи',
      calls: '**/v1/events**',
      ready: async (page) => {
        await page.getByText('На связи').waitFor();
        await stage.sendSome();
        await page.getByText('Сообщение: выполнена').first().waitFor();
      },
    },
    { name: 'sync', path: 'sync', scope: 'read:sync', text: 'Лицевые счета', calls: '**/v1/sync' },
    {
      name: 'reconciliations',
      path: 'reconciliations',
      scope: 'read:reconciliations',
      text: 'Завершена',
      calls: '**/v1/reconciliations',
    },
    {
      name: 'reconciliation',
      path: `reconciliations/${stage.comparison}`,
      scope: 'read:reconciliations',
      text: 'По домам',
      calls: '**/v1/reconciliations/**',
      ready: async (page) => page.getByText('20000001').or(page.getByText('•••01')).first().waitFor(),
    },
    {
      name: 'mappings',
      path: 'mappings',
      scope: 'admin',
      text: 'В другой системе',
      calls: '**/v1/mappings',
      ready: async (page) => page.getByText('В другой системе').first().waitFor(),
    },
    { name: 'schedules', path: 'schedules', scope: 'read:sync', text: 'Удаление отжившего', calls: '**/v1/schedules' },
    { name: 'webhooks', path: 'webhooks', scope: 'admin', text: 'Расчётный центр', calls: '**/v1/webhooks' },
    {
      name: 'webhook',
      path: `webhooks/${stage.webhook}`,
      scope: 'admin',
      text: 'message.*, operation.dead',
      calls: '**/v1/webhooks/**',
    },
    { name: 'keys', path: 'keys', scope: 'admin', text: 'Дежурный инженер', calls: '**/v1/keys' },
  ];
}
