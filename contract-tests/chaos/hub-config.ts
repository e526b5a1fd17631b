import { backupOf, type GatewayName, gateways } from './gateways.ts';
import type { Plan } from './plan.ts';

/**
 * hub.yaml of a run.
 *
 * @param urls addresses by simulator, as the hub is to call them
 */
export function configText(main: GatewayName, urls: Readonly<Record<string, string>>, plan: Plan): string {
  const backup = backupOf(main);
  const instance = (name: string, system: GatewayName): string =>
    `  ${name}: { system: ${system}, organisation: uk, ${gateways[system].settings(urls[gateways[system].simulator] ?? '', plan)} }\n`;
  return `organisations:
  - id: uk
    name: УК
    timezone: Europe/Moscow
    routes: { messages.send: [${backup ? 'sms-main, sms-backup' : 'sms-main'}] }
connectors:
  onec-main: { system: onec, organisation: uk, url: "${urls.onec}/uk", timezone: Europe/Moscow, auth: { login: hub, password: hub-sandbox }, settleAfterMs: ${plan.settleMs}, concurrency: 4 }
${instance('sms-main', main)}${backup ? instance('sms-backup', backup) : ''}limits: { quietHours: off }
failover:
  messages.send: { afterSeconds: 5, whenUnanswerable: operator, unanswerableAfterMinutes: 3 }
`;
}
