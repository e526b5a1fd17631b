import { z } from 'zod';
import { HubError } from '../../canonical/errors.ts';
import type { Command, Connector, Context, Health, NativeObject, Query } from '../port.ts';
import { callerOf } from './caller.ts';
import { post, prepare, readable } from './client.ts';
import { GisZhkhConfig } from './config.ts';
import type { Ctx } from './ctx.ts';
import { isService } from './format.ts';
import { type GisTools, gisTools } from './gis-tools.ts';
import { importCommand } from './import-command.ts';
import { importKinds } from './import-kinds.ts';
import { gisPull } from './pull.ts';

/** Asks for the list of directories: it needs the tunnel, the login, the certificate and the signature, and changes nothing. */
async function probe(ctx: Context<GisZhkhConfig>): Promise<Health> {
  const { contour, answers } = ctx.config;
  const prepared = await prepare(ctx, 'nsi-common', 'exportNsiList', {});
  await readable(() => post(ctx, prepared));
  return {
    ok: true,
    details: { contour },
    warnings:
      contour === 'ppak' && answers.signature === 'ifPresent' && answers.certificates.length === 0
        ? ['Answers of ГИС ЖКХ are not verified: no certificate is given in `answers.certificates`.']
        : [],
  };
}

const ExportInput = z.strictObject({
  service: z.string().refine(isService, 'is no service of ГИС ЖКХ that the hub speaks to'),
  operation: z.string().regex(/^export[A-Za-z0-9]{1,80}$/, 'is the name of an export operation'),
  content: z.record(z.string(), z.unknown()).default({}),
});

/** Any export by its official names, for engineers; waits until ГИС ЖКХ has answered. */
function exportQuery({ exports }: GisTools): Query<GisZhkhConfig> {
  return {
    run: async (ctx, input) => {
      const parsed = ExportInput.safeParse(input);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        throw new HubError(
          'rejected',
          'GISZHKH_EXPORT',
          `${issue?.path.join('.') || 'The question'} ${issue?.message}.`,
        );
      }
      const { service, operation, content } = parsed.data;
      const result = await exports.whole(ctx as Ctx, {
        service: service as never,
        operation,
        content: content as NativeObject,
      });
      return { result: result ?? null };
    },
  };
}

/** Elements of a reference directory with their codes and the GUIDs of this contour. */
function directoryQuery({ directories }: GisTools): Query<GisZhkhConfig> {
  return {
    run: async (ctx, { registry }) => {
      if (typeof registry !== 'string' || !/^\d{1,4}$/.test(registry))
        throw new HubError(
          'rejected',
          'GISZHKH_REGISTRY',
          '`registry` is the number of a reference directory, such as 2.',
        );
      return { elements: [...(await directories.all(ctx as Ctx, registry)).values()] };
    },
  };
}

/** ГИС ЖКХ: asynchronous SOAP with GOST signatures behind a TLS tunnel. */
export function gisConnector(tools: GisTools): Connector<GisZhkhConfig> {
  return {
    system: 'giszhkh',
    config: GisZhkhConfig,
    pullsSlowly: true,
    countsCallsOf: callerOf,
    probe,
    pull: gisPull(tools),
    commands: Object.fromEntries(
      importKinds.map((kind): [string, Command<GisZhkhConfig>] => [kind.kind, importCommand(kind, tools)]),
    ),
    queries: { export: exportQuery(tools), directory: directoryQuery(tools) },
  };
}

export const giszhkh = gisConnector(gisTools());
