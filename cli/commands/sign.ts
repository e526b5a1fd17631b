import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../globals.ts';
import type { WithApi } from '../session.ts';

const FORMATS = ['cades-bes', 'cades-t', 'xades-bes', 'raw'];
/** A request holds the document as base64; larger ones go through the API as stored files. */
const MAX_BYTES = 6 * 1024 * 1024;

interface Made {
  signature: string;
  format: string;
  certificate: string;
  document: { size?: number; sha256?: string; digest?: { algorithm: string; value: string } };
}

interface Verified {
  verdict: 'valid' | 'invalid' | 'indeterminate';
  text?: { ru: string; en: string };
  report: { faults?: { code: string; message: string }[]; signedAt?: string };
  certificate?: { holder: string };
}

/** `hub sign` and `hub verify`. */
export function addSign(program: Command, withApi: WithApi): void {
  program
    .command('sign [file]')
    .description('sign a file with a certificate of the organisation')
    .requiredOption('--certificate <name>', 'who signs; several by commas, for CAdES')
    .option('--format <format>', FORMATS.join(', '), 'cades-bes')
    .option('--attached', 'the signature holds the document')
    .option('--encoding <form>', 'der, base64 or pem', 'der')
    .option('--element <id>', 'XAdES: Id of the element')
    .option('--digest <digest>', 'sign this digest in place of a file: streebog256:HEX, streebog512:HEX or sha256:HEX')
    .option('--out <file>', 'where the signature goes; FILE.sig, or FILE.signed.xml for XAdES')
    .option('--force', 'overwrite it')
    .addHelpText(
      'after',
      '\nExamples:\n  hub sign claim.pdf --certificate director\n  hub sign request.xml --certificate director --format xades-bes --element signed-data-container\n  hub sign --digest streebog256:3f53…9dbb --certificate director --out claim.pdf.sig',
    )
    .action(
      withApi(async (api, out, [file], options) => {
        const o = options as {
          certificate: string;
          format: string;
          attached?: boolean;
          encoding: string;
          element?: string;
          digest?: string;
          out?: string;
          force?: boolean;
        };
        if (!FORMATS.includes(o.format)) throw new UsageError(`--format is one of ${FORMATS.join(', ')}.`);
        if ((file === undefined) === (o.digest === undefined)) throw new UsageError('Give either a file or --digest.');
        const [, algorithm, value] = /^(streebog256|streebog512|sha256):([0-9a-fA-F]+)$/.exec(o.digest ?? '') ?? [];
        if (o.digest !== undefined && (!value || !o.out))
          throw new UsageError('--digest looks like streebog256:HEX and needs --out.');
        const path = String(file);
        const target = o.out ?? `${path}${o.format === 'xades-bes' ? '.signed.xml' : '.sig'}`;
        if (existsSync(target) && !o.force) throw new UsageError(`${target} exists already; --force overwrites it.`);
        const [certificate = '', ...and] = o.certificate.split(',').map((name) => name.trim());
        const made = await api.post<Made>('/v1/signatures', {
          certificate,
          and,
          format: o.format,
          ...(value ? { digest: { algorithm, value } } : { document: contentOf(path) }),
          content: o.attached ? 'attached' : 'detached',
          encoding: o.encoding,
          ...(o.element === undefined ? {} : { element: o.element }),
        });
        writeFileSync(target, Buffer.from(made.signature, 'base64'));
        const { signature: _signature, ...facts } = made;
        out.result(
          { ...facts, file: target },
          () =>
            `${target}: ${o.format} over ${value ? `a digest by ${algorithm}` : `${made.document.size} bytes`} by ${o.certificate}.`,
        );
      }),
    );
  program
    .command('verify <file>')
    .description('verify a signature: who signed, when, and whether it is valid; exit code 1 when it is not')
    .option('--document <file>', 'the document of a detached signature; FILE without .sig when it is there')
    .option('--level <level>', 'cms, cades-bes or cades-t', 'cades-bes')
    .option('--xml <name>', 'FILE is XML whose signed element has this name ({namespace}name)')
    .option('--soap', 'that element is the body of a SOAP envelope')
    .addHelpText(
      'after',
      '\nExamples:\n  hub verify claim.pdf.sig\n  hub verify answer.xml --xml "{http://dom.gosuslugi.ru/schema/integration/base/}ResultHeader" --soap --json',
    )
    .action(
      withApi(async (api, out, [file], options) => {
        const o = options as { document?: string; level: string; xml?: string; soap?: boolean };
        const path = String(file);
        const verified = await api.post<Verified>(
          '/v1/signatures/verify',
          o.xml === undefined ? cadesOf(path, o) : xadesOf(path, o.xml, o.soap === true),
        );
        out.result(verified, () => verified.text?.ru ?? textOf(verified));
        if (verified.verdict !== 'valid') process.exitCode = 1;
      }),
    );
}

function cadesOf(path: string, { document, level }: { document?: string; level: string }): object {
  const beside = path.replace(/\.(sig|p7s|sgn)$/i, '');
  const source = document ?? (beside !== path && existsSync(beside) ? beside : undefined);
  return {
    format: 'cades',
    level,
    signature: contentOf(path),
    ...(source === undefined ? {} : { document: contentOf(source) }),
  };
}

function xadesOf(path: string, name: string, isSoap: boolean): object {
  const [, namespace = '', local = name] = /^\{([^}]*)\}(.+)$/.exec(name) ?? [];
  return {
    format: 'xades',
    document: contentOf(path),
    element: { namespace, name: local, place: isSoap ? 'soap-body' : 'root' },
  };
}

function contentOf(path: string): string {
  const octets = readFileSync(path);
  if (octets.length > MAX_BYTES)
    throw new UsageError(
      `${basename(path)} is larger than 6 MB: store it with POST /v1/files and sign it by its id with POST /v1/signatures.`,
    );
  return octets.toString('base64');
}

function textOf({ verdict, report, certificate }: Verified): string {
  return [
    `Подпись ${verdict === 'valid' ? 'действительна' : 'недействительна'}.`,
    ...(certificate ? [`Подписал: ${certificate.holder}`] : []),
    ...(report.signedAt ? [`Время подписания: ${report.signedAt}`] : []),
    ...(report.faults ?? []).map((f) => `— ${f.message} (${f.code})`),
  ].join('\n');
}
