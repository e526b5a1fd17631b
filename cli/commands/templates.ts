import type { Command } from 'commander';
import { UsageError } from '../globals.ts';
import { table } from '../output.ts';
import type { WithApi } from '../session.ts';

interface Template {
  name: string;
  title: string;
  purpose: string;
  variables: Record<string, { type: string; maxLength: number; description: string }>;
}
interface Preview {
  purpose: string;
  text: string;
  encoding: string;
  units: number;
  segments: number;
  segmentUnits: number[];
}

/** `hub templates …`: message templates, and what they would look like and cost in parts. */
export function addTemplates(program: Command, withApi: WithApi): void {
  const templates = program.command('templates').description('message templates: list, preview');
  templates
    .command('list', { isDefault: true })
    .description('names, purposes and variables')
    .action(
      withApi(async (api, out) => {
        const page = await api.get<{ items: Template[] }>('/v1/templates');
        out.result(page, () =>
          table(
            ['name', 'purpose', 'title', 'variables'],
            page.items.map((t) => [
              t.name,
              t.purpose,
              t.title,
              Object.entries(t.variables)
                .map(([name, v]) => `${name}: ${v.type}`)
                .join(', '),
            ]),
          ),
        );
      }),
    );
  templates
    .command('preview <name>')
    .description('text and paid parts with values; nothing is sent and no gateway is asked')
    .option('--var <name=value>', 'value of a variable; repeat it for each', collect, {})
    .addHelpText(
      'after',
      '\nExample:\n  hub templates preview payment-due --var account=000000012 --var amount=1234.50 --var dueDate=2026-12-10',
    )
    .action(
      withApi(async (api, out, [name], options) => {
        const { var: variables } = options as { var: Record<string, string> };
        const preview = await api.post<Preview>(`/v1/templates/${encodeURIComponent(String(name))}/preview`, {
          variables,
        });
        out.result(preview, () =>
          [
            preview.text,
            '',
            `purpose   ${preview.purpose}`,
            `parts     ${preview.segments} (${preview.segmentUnits.join(' + ')} of ${preview.units} units, ${preview.encoding})`,
          ].join('\n'),
        );
      }),
    );
}

function collect(text: string, before: Record<string, string>): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`'${text}' is not of the form name=value.`);
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
