import { HubError } from '../../canonical/errors.ts';
import type { NativeObject } from '../port.ts';
import type { Ctx } from './ctx.ts';
import { sendFile } from './uploads.ts';

/** Stands for the file in a preview, which uploads nothing. */
const NOT_UPLOADED = '00000000-0000-4000-8000-000000000000';
const NO_HASH = '0'.repeat(64);
const MAX_ATTACHMENT = 50 * 1024 * 1024;

/**
 * Sends each `{ $file: id, Name, Description }` of a native object to the file store and puts the reference that ГИС ЖКХ wants in its place.
 *
 * @param context section of the file store that the operation's files belong to
 */
export async function attach(
  ctx: Ctx,
  native: NativeObject,
  context: string | undefined,
  purpose: 'send' | 'preview',
): Promise<NativeObject> {
  return (await walk(native)) as NativeObject;

  async function walk(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) {
      const out: unknown[] = [];
      for (const item of value) out.push(await walk(item));
      return out;
    }
    if (value === null || typeof value !== 'object') return value;
    const { $file: id, ...rest } = value as Record<string, unknown>;
    if (id !== undefined) return reference(String(id), rest);
    const out: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(rest)) out[key] = await walk(inner);
    return out;
  }

  async function reference(id: string, rest: Record<string, unknown>): Promise<NativeObject> {
    if (!context)
      throw new HubError(
        'misconfigured',
        'GISZHKH_FILE_CONTEXT',
        'The mapping has attachments but its `source.files` names no section of the file store.',
      );
    if (!ctx.files)
      throw new HubError('misconfigured', 'GISZHKH_NO_FILES', 'The hub has given the connector no files.');
    const file = await ctx.files.open(id);
    if (file.size > MAX_ATTACHMENT)
      throw new HubError(
        'rejected',
        'GISZHKH_FILE',
        `The file can’t go to ГИС ЖКХ: it is larger than ${MAX_ATTACHMENT / 1024 / 1024} MiB.`,
      );
    const { guid, hash } =
      purpose === 'preview' ? { guid: NOT_UPLOADED, hash: NO_HASH } : await sendFile(ctx, context, file);
    return {
      ...rest,
      Name: rest.Name ?? file.name,
      Description: rest.Description ?? file.name,
      Attachment: { AttachmentGUID: guid },
      AttachmentHASH: hash,
    };
  }
}
