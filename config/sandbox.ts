/** Where the sandbox's simulators listen, and the credentials that they were started with. */
export interface SandboxSimulators {
  onec: { url: string; login: string; password: string };
  sms: { url: string; login: string; password: string };
  /** Stand-in of ГИС ЖКХ, where it runs. */
  giszhkh?: { url: string; organisation: string; executor: string; certificate: string; houses?: readonly string[] };
}

/**
 * hub.yaml of the sandbox: what `hub serve` uses when there is no configuration file. One organisation, a simulated 1C
 * and a simulated text-message gateway on loopback. Quiet hours are off so that the tour works at night too.
 */
export function sandboxConfig(simulators: SandboxSimulators): string {
  const { onec, sms, giszhkh } = simulators;
  return `# Built-in sandbox: everything on this machine, nothing leaves it.
organisations:
  - id: tk-demo
    name: ООО «УК Пример»
    inn: '1655000000'
    timezone: Europe/Moscow
    routes:
      messages.send: [sms-main]
      meter-readings.submit: [onec-main]
${giszhkh ? `${giszhkhKinds.map((kind) => `      ${kind}: [giszhkh-main]`).join('\n')}\n` : ''}connectors:
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
${giszhkh ? giszhkhPart(giszhkh) : ''}limits:
  quietHours: off
`;
}

/** What goes to ГИС ЖКХ. */
const giszhkhKinds = [
  'meter-readings.publish',
  'payment-documents.publish',
  'payment-documents.withdraw',
  'accounts.publish',
  'meters.publish',
  'houses.publish',
  'contracts.publish',
  'works.publish',
  'payments.publish',
  'payments.cancel',
  'payments.acknowledge',
  'payments.unacknowledge',
  'debts.publish',
  'appeals.answer',
  'appeals.act',
  'debt-inquiries.answer',
  'registry.import',
];

function giszhkhPart({
  url,
  organisation,
  executor,
  certificate,
  houses = [],
}: NonNullable<SandboxSimulators['giszhkh']>): string {
  return `  giszhkh-main:
    system: giszhkh
    organisation: tk-demo
    url: ${JSON.stringify(url)}
    contour: ppak
    orgPPAGUID: ${organisation}
    certificate: ${certificate}
    executor: ${executor}
${houses.length > 0 ? `    # Some houses of the company, so that it is in step soon.\n    houses: [${houses.join(', ')}]\n` : ''}    # The stand-in answers within a second; the real one is asked by the operator's schedule.
    poll: { imports: [0.5, 0.5, 1, 2, 5], exports: [0.3, 0.5, 1, 2, 5], directories: [0.3, 0.5, 1] }
    settleAfterMs: 20000
flows:
  debtInquiries: { mode: auto, executor: ${executor} }
`;
}
