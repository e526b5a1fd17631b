import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../globals.ts';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';
import { addPowers } from './powers.ts';

interface Shown {
  name: string;
  signer: string;
  subject: { person?: string; commonName?: string; organization?: string; innLegal?: string; inn?: string };
  issuer: string;
  notAfter: string;
  daysLeft: number;
  isInForce: boolean;
}

interface Power {
  name: string;
  endsOn: string;
  daysLeft: number;
  isInForce: boolean;
  revokedAt: string | null;
  representatives: { name?: string; inn?: string }[];
}

/** A power of attorney as a row beside certificates. */
function asShown(p: Power): Shown {
  const [who] = p.representatives;
  return {
    name: `power-of-attorney:${p.name}`,
    signer: '',
    subject: { ...(who?.name ? { person: who.name } : {}), ...(who?.inn ? { inn: who.inn } : {}) },
    issuer: '',
    notAfter: p.endsOn,
    daysLeft: p.daysLeft,
    isInForce: p.isInForce,
  };
}

/** `hub certs`: certificates that the organisation signs by. */
export function addCerts(program: Command, withApi: WithApi): void {
  const certs = program.command('certs').description('certificates that the organisation signs by, and their keys');
  addPowers(certs, withApi);
  certs
    .command('list')
    .description('whose they are, where the keys lie, how long they last')
    .option('--expiring <days>', 'only those that are over within so many days; exit code 1 when there are any')
    .addHelpText('after', '\nExamples:\n  hub certs list\n  hub certs list --expiring 30 --json')
    .action(
      withApi(async (api, out, _args, options) => {
        const within = (options as { expiring?: string }).expiring;
        const { items } = await api.get<{ items: Shown[] }>('/v1/certificates');
        const shown = within === undefined ? items : items.filter((c) => c.daysLeft <= Number(within));
        out.result({ items: shown }, () => (shown.length === 0 ? 'None.' : listOf(shown)));
        if (within !== undefined && shown.length > 0) process.exitCode = 1;
      }),
    );
  certs
    .command('watch')
    .description('what ends first; exit code 1 when something is over or ends within the limit')
    .option('--within <days>', 'the limit', '30')
    .addHelpText(
      'after',
      '\nExamples:\n  hub certs watch\n  hub certs watch --within 14 --json || echo "order a new one"',
    )
    .action(
      withApi(async (api, out, _args, options) => {
        const within = Number((options as { within: string }).within);
        if (!Number.isInteger(within) || within < 0) throw new UsageError('--within takes a whole number of days.');
        const { items } = await api.get<{ items: Shown[] }>('/v1/certificates');
        const powers = await api.get<{ items: Power[] }>('/v1/powers-of-attorney');
        const shown = [...items, ...powers.items.filter((p) => p.revokedAt === null).map(asShown)].sort(
          (a, b) => a.daysLeft - b.daysLeft,
        );
        const ending = shown.filter((c) => c.daysLeft <= within);
        out.result({ within, ending: ending.map((c) => c.name), items: shown }, () =>
          [
            shown.length === 0 ? 'None.' : listOf(shown),
            ending.length === 0
              ? `Nothing ends within ${within} days.`
              : `Within ${within} days: ${ending.map((c) => c.name).join(', ')}.`,
          ].join('\n'),
        );
        if (ending.length > 0) process.exitCode = 1;
      }),
    );
  certs
    .command('import <name> <files...>')
    .description('keep a certificate under a name, with its private key when a file holds it')
    .option('--password-file <file>', 'file with the password of the key or of the PFX; or HUB_KEY_PASSWORD')
    .addHelpText(
      'after',
      '\nExamples:\n  hub certs import director director.pfx --password-file ./pfx.password\n  hub certs import director director.cer director.key ca.cer',
    )
    .action(
      withApi(async (api, out, [name, files], options) => {
        const paths = files as unknown as string[];
        for (const path of paths) refuseContainer(path);
        const passwordFile = (options as { passwordFile?: string }).passwordFile;
        const password = passwordFile ? readFileSync(passwordFile, 'utf8').trim() : process.env.HUB_KEY_PASSWORD;
        const kept = await api.post<Shown>('/v1/certificates', {
          name,
          files: paths.map((path) => readFileSync(path).toString('base64')),
          ...(password === undefined ? {} : { password }),
        });
        out.result(kept, () =>
          [
            listOf([kept]),
            ...(kept.signer === 'none' ? ['Without a private key: it verifies, and signs nothing.'] : []),
          ].join('\n'),
        );
      }),
    );
  certs
    .command('remove <name>')
    .description('remove a certificate and its private key, for good')
    .addHelpText('after', '\nExample:\n  hub certs remove director-2025')
    .action(
      withApi(async (api, out, [name]) => {
        await api.delete(`/v1/certificates/${encodeURIComponent(String(name))}`);
        out.result({ removed: name }, () => `Removed ${String(name)}.`);
      }),
    );
}

function listOf(items: readonly Shown[]): string {
  return table(
    ['name', 'whose', 'ИНН', 'issued by', 'until', 'days left', 'key'],
    items.map((c) => [
      c.name,
      c.subject.person ?? c.subject.commonName ?? c.subject.organization ?? '',
      c.subject.innLegal ?? c.subject.inn ?? '',
      c.issuer,
      c.notAfter.slice(0, 10),
      c.isInForce ? c.daysLeft : `${c.daysLeft} (not in force)`,
      c.signer,
    ]),
  );
}

/** A folder with header.key is a container of CryptoPro: nobody but CSP reads it. */
function refuseContainer(path: string): void {
  let isContainer = /(^|[\\/])(header|masks2?|primary2?|name)\.key$/i.test(path);
  try {
    isContainer ||= statSync(path).isDirectory() && readdirSync(path).some((file) => /^header\.key$/i.test(file));
  } catch {
    // Reading the file says what is wrong with it.
  }
  if (isContainer)
    throw new UsageError(
      `${path} is a container of CryptoPro CSP. Leave the key there and describe it under signing.keys of hub.yaml (signer: cryptopro-csp), or export it as PFX by P12FromGostCSP.`,
    );
}
