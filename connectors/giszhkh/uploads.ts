import { Gost94 } from '../../certs/gost/gost94.ts';
import type { HubFile } from '../port.ts';
import type { Ctx } from './ctx.ts';
import { type UploadState, upload } from './file-store.ts';

/** A file as an import refers to it. */
export interface Uploaded {
  readonly guid: string;
  /** GOST R 34.11-94 with the CryptoPro parameters over the whole file, hex. */
  readonly hash: string;
}

const MOST = 1_000;

/**
 * Files that were sent to the file store, by instance, section and content, so that an attempt after a failed one doesn't send them again,
 * and one that broke off goes on where it was. In memory only: after a restart a file is sent anew, which costs nothing but time.
 */
export class Uploads {
  readonly #done = new Map<string, Uploaded>();
  readonly #open = new Map<string, UploadState>();

  /** ГИС ЖКХ has refused a reference to a file of the instance: whatever was sent for it is sent anew when it is next needed. */
  forget(instance: string): void {
    for (const key of this.#done.keys()) if (key.startsWith(`${instance}\0`)) this.#done.delete(key);
  }

  async send(ctx: Ctx, context: string, file: HubFile): Promise<Uploaded> {
    const key = `${ctx.instance}\0${context}\0${file.sha256}\0${file.name}`;
    const done = this.#done.get(key);
    if (done) return done;
    const state = this.#open.get(key) ?? { done: new Set<number>() };
    this.#open.set(key, state);
    const guid = await upload(ctx, { context, name: file.name, size: file.size, bytes: () => file.bytes() }, state);
    const uploaded = { guid, hash: await hashOf(file) };
    this.#open.delete(key);
    if (this.#done.size >= MOST) this.#done.clear();
    this.#done.set(key, uploaded);
    return uploaded;
  }
}

async function hashOf(file: HubFile): Promise<string> {
  const digest = new Gost94();
  for await (const chunk of file.bytes()) digest.update(chunk);
  return Buffer.from(digest.digest()).toString('hex');
}
