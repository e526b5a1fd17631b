import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../globals.ts';
import { grouped, table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Entry {
  no: number;
  at: string;
  actor: string;
  action: string;
  subject: string | null;
  purpose: string | null;
  details: Record<string, unknown>;
}
interface Head {
  no: number;
  hash: string;
}
interface Verified {
  rows: number;
  unlinked: number;
  head: Head | null;
  fault: { fault: string; no: number; id: string | null; message: string } | null;
}
const PAGE = 1_000;

/** `hub audit …`: who did what, and who looked at personal data. */
export function addAudit(program: Command, withApi: WithApi): void {
  const audit = program.command('audit').description('the audit log: list, verify, export, head');
  audit
    .command('list', { isDefault: true })
    .description('newest first')
    .option('--actor <id>', 'key id, or control')
    .option('--action <name>', 'e.g. keys.create, or a family: keys.*')
    .option('--subject <ref>', 'e.g. Customer:<id>')
    .option('--since <instant>', 'RFC 3339')
    .option('--limit <n>', 'rows', '50')
    .action(
      withApi(async (api, out, _args, options) => {
        const page = await api.get<{ items: Entry[] }>(
          `/v1/audit?${new URLSearchParams(Object.entries(options as Record<string, string>))}`,
        );
        out.result(page, () =>
          table(
            ['no', 'when', 'who', 'what', 'about', 'why', 'details'],
            page.items.map((e) => [
              e.no,
              e.at.slice(0, 19),
              e.actor,
              e.action,
              e.subject,
              e.purpose,
              JSON.stringify(e.details),
            ]),
          ),
        );
      }),
    );
  audit
    .command('verify')
    .description(
      'follow the chain; names the first row that was altered, removed or moved. Exit code 1 when there is one',
    )
    .option('--head <no:hash>', 'a head that was kept elsewhere')
    .option('--heads <file>', 'heads that were kept elsewhere, a line of JSON each (audit.headsFile)')
    .addHelpText('after', '\nExample:\n  hub audit verify --heads /mnt/elsewhere/audit-heads.ndjson')
    .action(
      withApi(async (api, out, _args, options) => {
        const o = options as { head?: string; heads?: string };
        const { organisation } = await api.get<{ organisation: string }>('/v1/audit/head');
        const heads = [
          ...(o.head === undefined ? [] : [headOf(o.head)]),
          ...(o.heads === undefined ? [] : headsOf(o.heads, organisation)),
        ];
        const result = await api.post<Verified>('/v1/audit/verify', { heads: heads.slice(-PAGE) });
        out.result(result, () =>
          result.fault
            ? `NOT as it was written: ${result.fault.message}`
            : `${grouped(result.rows)} rows follow each other; the last is ${result.head?.no ?? 0}${heads.length > 0 ? `, and ${heads.length} kept head${heads.length === 1 ? '' : 's'} fit` : ''}.`,
        );
        if (result.fault) process.exitCode = 1;
      }),
    );
  audit
    .command('head')
    .description('the end of the chain as a line of JSON, to be kept elsewhere')
    .action(
      withApi(async (api, out) => {
        const head = await api.get<Head & { organisation: string; at: string }>('/v1/audit/head');
        const { organisation: org, ...rest } = head;
        out.result(head, () => JSON.stringify({ org, ...rest }));
      }),
    );
  audit
    .command('export <file>')
    .description('all entries as NDJSON, oldest last')
    .option('--since <instant>', 'RFC 3339')
    .action(
      withApi(async (api, out, [file], options) => {
        const { since } = options as { since?: string };
        let rows = 0;
        writeFileSync(String(file), '', { mode: 0o600 });
        for (let before: number | null | undefined; before !== null; ) {
          const query = new URLSearchParams({
            limit: String(PAGE),
            ...(since ? { since } : {}),
            ...(before === undefined ? {} : { before: String(before) }),
          });
          const page: { items: Entry[]; next: number | null } = await api.get(`/v1/audit?${query}`);
          writeFileSync(String(file), page.items.map((e) => `${JSON.stringify(e)}\n`).join(''), { flag: 'a' });
          rows += page.items.length;
          before = page.next;
        }
        out.result({ file, rows }, () => `Wrote ${grouped(rows)} entries to ${String(file)}.`);
      }),
    );
}

function headOf(text: string): Head {
  const [, no, hash] = /^(\d{1,15}):([0-9a-fA-F]{64})$/.exec(text) ?? [];
  if (!no || !hash)
    throw new UsageError('--head takes <number>:<64 hexadecimal signs>, as `hub audit head` tells them.');
  return { no: Number(no), hash };
}

/** Heads of one organisation out of a file that holds those of all. */
function headsOf(file: string, organisation: string): Head[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line, i) => {
      try {
        const { org, no, hash } = JSON.parse(line) as { org: string; no: number; hash: string };
        return org === organisation ? [headOf(`${no}:${hash}`)] : [];
      } catch {
        throw new UsageError(`Line ${i + 1} of ${file} is not a head of an audit log.`);
      }
    });
}
