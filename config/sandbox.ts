/** Where the sandbox's simulators listen, and the credentials that they were started with. */
export interface SandboxSimulators {
  onec: { url: string; login: string; password: string };
  sms: { url: string; login: string; password: string };
}

/**
 * hub.yaml of the sandbox: what `hub serve` uses when there is no configuration file. One organisation, a simulated 1C
 * and a simulated text-message gateway on loopback. Quiet hours are off so that the tour works at night too.
 */
export function sandboxConfig(simulators: SandboxSimulators): string {
  const { onec, sms } = simulators;
  return `# Built-in sandbox: everything on this machine, nothing leaves it.
organisations:
  - id: tk-demo
    name: ООО «УК Пример»
    timezone: Europe/Moscow
    routes:
      messages.send: [sms-main]
      meter-readings.submit: [onec-main]
connectors:
  onec-main:
    system: onec
    organisation: tk-demo
    url: ${JSON.stringify(onec.url)}
    timezone: Europe/Moscow
    auth: { login: ${JSON.stringify(onec.login)}, password: ${JSON.stringify(onec.password)} }
    sync: '*/15 * * * *'
    fullSync: '30 3 * * *'
  sms-main:
    system: smsc
    organisation: tk-demo
    url: ${JSON.stringify(sms.url)}
    auth: { login: ${JSON.stringify(sms.login)}, password: ${JSON.stringify(sms.password)} }
limits:
  quietHours: off
`;
}
