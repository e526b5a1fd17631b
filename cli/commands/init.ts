import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { type GlobalOptions, UsageError } from '../globals.ts';
import { createOutput } from '../output.ts';

interface Answers {
  organisation: string;
  name: string;
  timezone: string;
  onecUrl: string;
  onecLogin: string;
  smscLogin: string;
}

const questions: readonly [keyof Answers, string, string][] = [
  ['organisation', 'Short name of the organisation (Latin letters)', 'uk'],
  ['name', 'Its full name', 'ООО «УК»'],
  ['timezone', 'Its time zone', 'Europe/Moscow'],
  ['onecUrl', 'Address of the 1C publication', 'https://1c.example.ru/uk'],
  ['onecLogin', 'Login of the hub in 1C', 'hub'],
  ['smscLogin', 'Login of the SMSC account', 'hub'],
];

/** `hub init`: writes a commented hub.yaml by asking. */
export function addInit(program: Command): void {
  program
    .command('init')
    .description('write a commented hub.yaml by asking a few questions')
    .option('--yes', 'take the suggestions without asking', false)
    .addHelpText('after', '\nExample:\n  hub init && export ONEC_PASSWORD=… SMSC_PASSWORD=… && hub doctor')
    .action(async (own: { yes: boolean }, command: Command) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      const file = options.config ?? 'hub.yaml';
      if (existsSync(file))
        throw new UsageError(`${file} exists already; move it away, or name another with --config.`);
      const answers = Object.fromEntries(questions.map(([key, , standard]) => [key, standard])) as unknown as Answers;
      if (!own.yes) await ask(answers);
      writeFileSync(file, text(answers), { flag: 'wx' });
      createOutput(options.json).result(
        { file },
        () => `Wrote ${file}. Set ONEC_PASSWORD and SMSC_PASSWORD in the environment, then run: hub doctor`,
      );
    });
}

async function ask(answers: Answers): Promise<void> {
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const [key, question, standard] of questions) {
      const answer = (await readline.question(`${question} [${standard}]: `)).trim();
      if (answer) answers[key] = answer;
    }
  } finally {
    readline.close();
  }
}

function text(a: Answers): string {
  const q = JSON.stringify;
  return `# Configuration of Connector Hub. Secrets come from the environment (\${NAME}) or from files (\${file:/path}).
organisations:
  - id: ${q(a.organisation)}                  # short name, part of every key
    name: ${q(a.name)}
    timezone: ${q(a.timezone)}
    routes:                        # which connector serves what
      messages.send: [sms-main]    # several: the next one takes over while the first is down
      meter-readings.submit: [onec-main]

connectors:
  onec-main:
    system: onec
    organisation: ${q(a.organisation)}
    url: ${q(a.onecUrl)}           # the publication, without /odata
    timezone: ${q(a.timezone)}     # zone of the 1C server: its dates carry none
    auth: { login: ${q(a.onecLogin)}, password: \${ONEC_PASSWORD} }
    sync: '*/15 * * * *'           # what changed, every quarter of an hour
    fullSync: '30 3 * * *'         # everything, at night
    # mappings: ./mappings         # your own mapping files, see docs/writing-a-mapping.md
  sms-main:
    system: smsc
    organisation: ${q(a.organisation)}
    auth: { login: ${q(a.smscLogin)}, password: \${SMSC_PASSWORD} }
    # sender: MY-NAME              # registered sender name
    # callbackSecret: \${SMSC_CALLBACK_SECRET}   # reports to https://<this hub>/hooks/sms-main

limits:
  # At the place where the recipient lives; debts and service notices wait, accidents and codes don't.
  quietHours: { workdays: '22:00-08:00', weekends: '20:00-09:00' }

# Who answers tasks, and who is told by mail; see docs/guides/tasks.md.
# people:
#   - { id: ivanova, name: Иванова А. П., email: ivanova@example.ru, handles: ['*'] }
# tasks:
#   escalate: { afterOverdueHours: 4, to: ivanova }
#   mail: { url: smtps://mail.example.ru, auth: { login: hub, password: \${SMTP_PASSWORD} }, from: hub@example.ru }
`;
}
