import { Gost94 } from '../../certs/gost/gost94.ts';
import type { HubFile } from '../port.ts';
import { callerOf } from './caller.ts';
import type { Ctx } from './ctx.ts';
import { upload } from './file-store.ts';

/** A file as an import refers to it. */
export interface Uploaded {
  readonly guid: string;
  /** GOST R 34.11-94 with the CryptoPro parameters over the whole file, hex. */
  readonly hash: string;
}

/**
 * Sends a file to the file store, unless it is there already. The hub's notes (`ctx.uploads`) tell which upload this or another process has
 * begun, so that one that broke off goes on with the missing parts; the parts themselves are asked of the file store, which alone knows what
 * has arrived. Without notes the file is sent anew each time.
 *
 * @param context section of the file store
 * @throws HubError as {@link upload}
 */
export async function sendFile(ctx: Ctx, context: string, file: HubFile): Promise<Uploaded> {
  const key = keyOf(ctx, context, file);
  const known = await ctx.uploads?.find(key);
  if (known?.digest !== undefined) return { guid: known.ref, hash: known.digest };
  const guid = await upload(
    ctx,
    { context, name: file.name, size: file.size, bytes: () => file.bytes() },
    { begun: known?.ref, onBegun: async (ref) => ctx.uploads?.note(key, { ref }) },
  );
  const hash = await hashOf(file);
  await ctx.uploads?.note(key, { ref: guid, digest: hash });
  return { guid, hash };
}

/** An instance that is pointed at another contour or organisation has sent nothing there yet. */
function keyOf({ config }: Ctx, context: string, { sha256, name }: HubFile): string {
  return JSON.stringify([config.contour, callerOf(config), context, sha256, name]);
}

async function hashOf(file: HubFile): Promise<string> {
  const digest = new Gost94();
  for await (const chunk of file.bytes()) digest.update(chunk);
  return Buffer.from(digest.digest()).toString('hex');
}
