import { createHash } from 'node:crypto';
import { HubError } from '../../canonical/errors.ts';
import type { HttpRequest, HttpResponse } from '../http-port.ts';
import { NetworkFault } from '../kit/http.ts';
import { access } from './client.ts';
import type { Ctx } from './ctx.ts';
import { gisError } from './errors.ts';
import { isGuid } from './guid.ts';

/** Octets of a part; only the last one may be shorter. */
export const PART = 5 * 1024 * 1024;
const ROOT = '/ext-bus-file-store-service/rest';
const TRIES = 4;
/** Extensions that ГИС ЖКХ has been seen to take. */
const EXTENSIONS = new Set(
  'pdf xls xlsx doc docx rtf jpg jpeg tif tiff zip xml crt cer txt bmp gif rar csv odp odf ods odt sxc sxw sig'.split(
    ' ',
  ),
);

/** What a refusal of the file store means, by its header X-Upload-Error. Source: contract sheet giszhkh §6. */
export const fileErrors: Readonly<
  Record<string, readonly ['rejected' | 'transient' | 'unauthorized' | 'misconfigured', string]>
> = {
  FieldValidationException: ['misconfigured', 'a field of the request is wrong'],
  FileNotFoundException: ['rejected', 'there is no such file'],
  InvalidStatusException: ['transient', 'the file is not in a state for this'],
  InvalidSizeException: ['rejected', 'the size of the file is wrong'],
  FileVirusInfectionException: ['rejected', 'the file holds a virus'],
  FileVirusNotCheckedException: ['transient', 'the file is not checked for viruses yet'],
  FilePermissionException: ['rejected', 'nothing at ГИС ЖКХ refers to the file yet, or it is not ours'],
  DataProviderValidationException: ['unauthorized', 'the organisation is not known'],
  CertificateValidationException: ['unauthorized', 'the certificate is not accepted'],
  HashConflictException: ['transient', 'the digest of a part differs; it was damaged on the way'],
  InvalidPartNumberException: ['transient', 'a part is missing or numbered wrongly'],
  ContextNotFoundException: ['misconfigured', 'there is no such section of the file store'],
  ExtensionException: ['rejected', 'the kind of file is not allowed'],
  DetectionException: ['rejected', 'the kind of file could not be recognised'],
};

/** What an upload needs to know of its file. */
export interface Upload {
  readonly context: string;
  readonly name: string;
  readonly size: number;
  bytes(): AsyncIterable<Uint8Array>;
}

/** What the caller knows and keeps of an upload in parts. */
export interface UploadMemory {
  /** Identifier of an upload of this file that was begun and may have broken off. */
  readonly begun?: string | undefined;
  /** Told before the first part goes out. */
  onBegun?(id: string): Promise<void>;
}

/**
 * Sends a file to the file store, in one piece or in parts of 5 MiB. A part that failed is sent again; an upload that broke off goes on with
 * the parts that the file store says are missing.
 *
 * @returns GUID of the file
 * @throws HubError rejected/GISZHKH_FILE for a file that can't be taken; transient/GISZHKH_FILE_STORE after several tries
 */
export async function upload(ctx: Ctx, file: Upload, { begun, onBegun }: UploadMemory = {}): Promise<string> {
  checkFile(file);
  if (file.size <= PART) return uploadWhole(ctx, file);
  const count = Math.ceil(file.size / PART);
  const there = begun === undefined ? undefined : await standing(ctx, file.context, begun);
  if (begun !== undefined && there?.isCompleted) return begun;
  const id = begun !== undefined && there ? begun : await begin(ctx, file, count);
  if (id !== begun) await onBegun?.(id);
  let number = 0;
  for await (const part of partsOf(file)) {
    number++;
    if (there?.parts.has(number)) continue;
    await again(() => putPart(ctx, file.context, id, number, part));
  }
  if (number !== count) throw refused('its size is not the one that was announced');
  await again(() => call(ctx, { method: 'POST', path: `${file.context}/${id}?completed`, headers: {} }));
  return id;
}

function checkFile({ name, size }: Upload): void {
  const extension = name.split('.').at(-1)?.toLowerCase() ?? '';
  if (size === 0) throw refused('it is empty');
  if (!EXTENSIONS.has(extension)) throw refused(`ГИС ЖКХ takes no files of the kind .${extension.slice(0, 10)}`);
}

function refused(why: string): HubError {
  return new HubError('rejected', 'GISZHKH_FILE', `The file can’t go to ГИС ЖКХ: ${why}.`);
}

async function uploadWhole(ctx: Ctx, file: Upload): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of partsOf(file)) parts.push(part);
  const body = Buffer.concat(parts);
  if (body.length !== file.size) throw refused('its size is not the one that was announced');
  const response = await again(() =>
    call(ctx, {
      method: 'PUT',
      path: file.context,
      headers: { 'x-upload-filename': encodedName(file.name), 'content-md5': md5(body) },
      body,
    }),
  );
  return idIn(response);
}

async function begin(ctx: Ctx, file: Upload, count: number): Promise<string> {
  const headers = {
    'x-upload-filename': encodedName(file.name),
    'x-upload-length': String(file.size),
    'x-upload-part-count': String(count),
  };
  return idIn(await again(() => call(ctx, { method: 'POST', path: `${file.context}/?upload`, headers })));
}

async function putPart(ctx: Ctx, context: string, id: string, number: number, part: Uint8Array): Promise<void> {
  await call(ctx, {
    method: 'PUT',
    path: `${context}/${id}`,
    headers: { 'x-upload-partnumber': String(number), 'content-md5': md5(part) },
    body: part,
  });
}

/** What the file store has of an upload; undefined when it knows none of this identifier. */
async function standing(
  ctx: Ctx,
  context: string,
  id: string,
): Promise<{ parts: ReadonlySet<number>; isCompleted: boolean } | undefined> {
  try {
    const { headers } = await again(() => call(ctx, { method: 'HEAD', path: `${context}/${id}`, headers: {} }));
    const numbers = (headers['x-upload-completed-parts'] ?? '').split(',').map((number) => Number(number.trim()));
    return {
      parts: new Set(numbers.filter((number) => Number.isInteger(number) && number > 0)),
      // The end of an upload may have arrived while its answer was lost.
      isCompleted: headers['x-upload-completed']?.trim().toLowerCase() === 'true',
    };
  } catch (error) {
    if (!(error instanceof HubError) || error.kind !== 'rejected') throw error;
    return undefined;
  }
}

/**
 * Reads a file of the file store in parts of 5 MiB.
 *
 * @throws HubError as {@link fileErrors}
 */
export async function* download(ctx: Ctx, context: string, guid: string): AsyncGenerator<Uint8Array> {
  const path = `${context}/${guid}`;
  const head = await again(() => call(ctx, { method: 'HEAD', path, headers: {} }));
  const length = Number(head.headers['x-upload-length'] ?? Number.NaN);
  if (!Number.isInteger(length) || length <= 0)
    throw new HubError('unexpected', 'GISZHKH_FILE_LENGTH', 'The file store does not tell the length of a file.');
  for (let from = 0; from < length; from += PART) {
    const to = Math.min(from + PART, length) - 1;
    const headers: Record<string, string> = length > PART ? { range: `bytes=${from}-${to}` } : {};
    const { body } = await again(() => call(ctx, { method: 'GET', path: `${path}?getfile`, headers }));
    if (body.length !== to - from + 1)
      throw new HubError(
        'transient',
        'GISZHKH_FILE_STORE',
        'The file store sent a part of another length than it announced.',
      );
    yield body;
  }
}

async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      // Everything here may be repeated: a file counts only when an import refers to it.
      if (tried < TRIES && (error instanceof NetworkFault || (error instanceof HubError && error.kind === 'transient')))
        continue;
      if (error instanceof NetworkFault) throw error.asTransient('the file store of ГИС ЖКХ');
      throw error;
    }
  }
}

async function call(
  ctx: Ctx,
  {
    method,
    path,
    headers,
    body,
  }: { method: HttpRequest['method']; path: string; headers: Record<string, string>; body?: Uint8Array },
): Promise<HttpResponse> {
  const { url, orgPPAGUID, timeoutMs } = ctx.config;
  const response = await ctx.http.request({
    method,
    url: `${url.replace(/\/$/, '')}${ROOT}/${path}`,
    headers: {
      ...headers,
      ...access(ctx.config),
      'x-upload-orgppaguid': orgPPAGUID,
      ...(body ? { 'content-type': 'application/octet-stream' } : {}),
    },
    ...(body ? { body } : {}),
    timeoutMs,
    maxResponseBytes: PART + 64 * 1024,
  });
  if (response.status === 200 || response.status === 206) return response;
  throw errorOf(response);
}

function errorOf({ status, headers }: HttpResponse): HubError {
  const name = (headers['x-upload-error'] ?? '').trim();
  const upstream = { system: 'giszhkh', status, ...(name ? { code: name.slice(0, 60) } : {}) };
  if (/^[A-Z]{3}\d{6}$/.test(name)) return gisError(name, { status });
  const known = Object.hasOwn(fileErrors, name) ? fileErrors[name] : undefined;
  if (known)
    return new HubError(
      known[0],
      known[0] === 'transient' ? 'GISZHKH_FILE_STORE' : 'GISZHKH_FILE',
      `The file store of ГИС ЖКХ refuses: ${known[1]}.`,
      { upstream },
    );
  if (status === 401 || status === 403)
    return new HubError(
      'unauthorized',
      'GISZHKH_LOGIN',
      `The file store of ГИС ЖКХ or the tunnel refuses access (${status}).`,
      { upstream },
    );
  if (status === 404)
    return new HubError('rejected', 'GISZHKH_FILE', 'The file store of ГИС ЖКХ has no such file.', { upstream });
  return new HubError('transient', 'GISZHKH_FILE_STORE', `The file store of ГИС ЖКХ answered ${status}.`, { upstream });
}

function idIn({ headers }: HttpResponse): string {
  const id = headers['x-upload-uploadid'];
  if (!id || !isGuid(id))
    throw new HubError(
      'unexpected',
      'GISZHKH_FILE_ID',
      'The file store of ГИС ЖКХ took a file and gave it no identifier.',
    );
  return id.toLowerCase();
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** RFC 2047, one line whatever its length: that is how ГИС ЖКХ reads it. */
function encodedName(name: string): string {
  const plain = (name.split(/[/\\]/).at(-1) ?? '').replace(/[<>?:|*%\\"\p{Cc}]/gu, '_');
  return `=?utf-8?B?${Buffer.from(plain, 'utf8').toString('base64')}?=`;
}

async function* partsOf(file: Upload): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of file.bytes()) {
    let from = 0;
    while (from < chunk.length) {
      const taken = chunk.subarray(from, from + PART - length);
      waiting.push(taken);
      length += taken.length;
      from += taken.length;
      if (length === PART) {
        yield Buffer.concat(waiting);
        waiting = [];
        length = 0;
      }
    }
  }
  if (length > 0) yield Buffer.concat(waiting);
}
