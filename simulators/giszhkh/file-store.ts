import { createHash } from 'node:crypto';
import type { SimClock } from '../kit/clock.ts';
import type { Effects } from '../kit/effects.ts';
import type { SimRequest, SimResponse } from '../kit/server.ts';
import { gost94 } from './gost94.ts';
import { Refusal } from './refusal.ts';
import { gisGuid } from './world.ts';

const ROOT = '/ext-bus-file-store-service/rest/';
const PART = 5 * 1024 * 1024;
const CONTEXTS = new Set([
  'homemanagement',
  'agreements',
  'bills',
  'debtreq',
  'appeals',
  'contentmanagement',
  'nsi',
  'inspection',
  'licenses',
  'rki',
  'capitalrepairprograms',
  'programs',
  'msp',
  'disclosure',
  // Unconfirmed: the section of the register of debts is nowhere named.
  'debts',
]);
const EXTENSIONS = new Set(
  'pdf xls xlsx doc docx rtf jpg jpeg tif tiff zip xml crt cer txt bmp gif rar csv odp odf ods odt sxc sxw sig'.split(
    ' ',
  ),
);

interface StoredFile {
  id: string;
  org: string;
  context: string;
  name: string;
  length: number;
  count: number;
  parts: Map<number, Buffer>;
  completed: boolean;
  /** Epoch milliseconds from which on it is checked for viruses. */
  checkedAt: number;
  referred: boolean;
}

/** The REST file store: parts of 5 MiB, MD5 of each, readable only after an object refers to the file. */
export class FileStore {
  readonly #files = new Map<string, StoredFile>();
  readonly #clock: SimClock;
  readonly #effects: Effects;
  readonly #knows: (org: string) => boolean;
  /** How long the virus check takes, milliseconds. */
  virusCheckMs = 0;
  #made = 0;

  constructor(clock: SimClock, effects: Effects, knows: (org: string) => boolean) {
    this.#clock = clock;
    this.#effects = effects;
    this.#knows = knows;
  }

  serves(path: string): boolean {
    return path.startsWith(ROOT);
  }

  state(): { files: number; completed: number } {
    const all = [...this.#files.values()];
    return { files: all.length, completed: all.filter((f) => f.completed).length };
  }

  /** Uploads that are not completed are gone, with their parts. */
  dropUnfinished(): void {
    for (const [id, file] of this.#files) if (!file.completed) this.#files.delete(id);
  }

  /** An object names a file. @throws Refusal as ГИС ЖКХ refuses the object then */
  refer(org: string, context: string, guid: string, hash: string): void {
    const file = this.#files.get(guid.toLowerCase());
    if (!file?.completed || file.org !== org || file.context !== context)
      throw new Refusal('FIL001001', 'Файл не найден в хранилище');
    if (this.#clock.now() < file.checkedAt) throw new Refusal('FIL001004', 'Файл еще не проверен');
    const wanted = gost94(contentOf(file));
    if (wanted !== hash.toLowerCase()) throw new Refusal('FIL001005', 'Хэш файла не совпадает');
    file.referred = true;
  }

  handle(request: SimRequest): SimResponse {
    const [context = '', id = ''] = request.path.slice(ROOT.length).split('/');
    const org = String(
      request.headers['x-upload-orgppaguid'] ?? request.headers['x-upload-dataprovider'] ?? '',
    ).toLowerCase();
    if (!this.#knows(org)) return refused('DataProviderValidationException');
    if (!CONTEXTS.has(context)) return refused('ContextNotFoundException');
    const route = `${request.method} ${id === '' ? 'new' : 'file'}${request.rawQuery ? `?${request.rawQuery}` : ''}`;
    if (route === 'PUT new') return this.#whole(request, org, context);
    if (route === 'POST new?upload') return this.#begin(request, org, context);
    const file = this.#files.get(id.toLowerCase());
    if (!file || file.org !== org || file.context !== context) return refused('FileNotFoundException', 404);
    if (route === 'PUT file') return this.#part(request, file);
    if (route === 'POST file?completed') return this.#complete(file);
    if (route === 'HEAD file') return { status: 200, headers: headersOf(file) };
    if (route === 'GET file?getfile') return this.#read(request, file);
    return refused('FieldValidationException', 405);
  }

  #new(request: SimRequest, org: string, context: string, length: number, count: number): StoredFile | SimResponse {
    const encoded = String(request.headers['x-upload-filename'] ?? '');
    const [, base64] = /^=\?utf-8\?B\?([A-Za-z0-9+/=]+)\?=$/i.exec(encoded) ?? [];
    const name = base64 ? Buffer.from(base64, 'base64').toString('utf8') : encoded;
    if (name === '' || /[<>?:|*%\\"/]/.test(name) || (!base64 && /[^\x20-\x7e]/.test(name)))
      return refused('FieldValidationException');
    if (!EXTENSIONS.has(name.split('.').at(-1)?.toLowerCase() ?? '')) return refused('ExtensionException');
    if (!(length > 0)) return refused('InvalidSizeException');
    const file: StoredFile = {
      id: gisGuid('file', ++this.#made),
      org,
      context,
      name,
      length,
      count,
      parts: new Map(),
      completed: false,
      checkedAt: Number.POSITIVE_INFINITY,
      referred: false,
    };
    this.#files.set(file.id, file);
    return file;
  }

  #whole(request: SimRequest, org: string, context: string): SimResponse {
    if (request.body.length > PART) return refused('InvalidSizeException');
    if (!md5Fits(request)) return refused('HashConflictException');
    const file = this.#new(request, org, context, request.body.length, 1);
    if ('status' in file) return file;
    file.parts.set(1, request.body);
    return this.#complete(file);
  }

  #begin(request: SimRequest, org: string, context: string): SimResponse {
    const length = Number(request.headers['x-upload-length']);
    const count = Number(request.headers['x-upload-part-count']);
    if (!Number.isInteger(length) || count !== Math.ceil(length / PART)) return refused('FieldValidationException');
    const file = this.#new(request, org, context, length, count);
    return 'status' in file ? file : { status: 200, headers: headersOf(file) };
  }

  #part(request: SimRequest, file: StoredFile): SimResponse {
    if (file.completed) return refused('InvalidStatusException');
    const number = Number(request.headers['x-upload-partnumber']);
    if (!Number.isInteger(number) || number < 1 || number > file.count) return refused('InvalidPartNumberException');
    const wanted = number < file.count ? PART : file.length - PART * (file.count - 1);
    if (request.body.length !== wanted) return refused('InvalidSizeException');
    if (!md5Fits(request)) return refused('HashConflictException');
    file.parts.set(number, request.body);
    this.#effects.add('giszhkh.file-parts', `${file.id} ${number}`);
    return { status: 200, headers: headersOf(file) };
  }

  #complete(file: StoredFile): SimResponse {
    if (file.parts.size !== file.count) return refused('InvalidPartNumberException');
    if (!file.completed) this.#effects.add('giszhkh.files', createHash('sha256').update(contentOf(file)).digest('hex'));
    file.completed = true;
    file.checkedAt = Math.min(file.checkedAt, this.#clock.now() + this.virusCheckMs);
    return { status: 200, headers: headersOf(file) };
  }

  #read(request: SimRequest, file: StoredFile): SimResponse {
    if (!file.completed) return refused('InvalidStatusException');
    if (!file.referred) return refused('FilePermissionException', 403);
    if (this.#clock.now() < file.checkedAt) return refused('FileVirusNotCheckedException');
    const content = contentOf(file);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(String(request.headers.range ?? '')) ?? [];
    if (from === undefined)
      return content.length > PART ? refused('InvalidSizeException') : { status: 200, body: content };
    if (Number(to) - Number(from) + 1 > PART || Number(to) >= content.length)
      return refused('InvalidSizeException', 416);
    return { status: 206, body: content.subarray(Number(from), Number(to) + 1) };
  }
}

function contentOf(file: StoredFile): Buffer {
  return Buffer.concat([...file.parts.keys()].sort((a, b) => a - b).map((n) => file.parts.get(n) as Buffer));
}

function headersOf(file: StoredFile): Record<string, string> {
  return {
    'X-Upload-UploadID': file.id,
    'X-Upload-OrgPPAGUID': file.org,
    'X-Upload-Filename': `=?utf-8?B?${Buffer.from(file.name).toString('base64')}?=`,
    'X-Upload-Length': String(file.length),
    'X-Upload-Completed-Parts': [...file.parts.keys()].sort((a, b) => a - b).join(','),
    'X-Upload-Completed': String(file.completed),
    Location: `${ROOT}${file.context}/${file.id}`,
  };
}

function md5Fits({ headers, body }: SimRequest): boolean {
  return headers['content-md5'] === createHash('md5').update(body).digest('base64');
}

function refused(error: string, status = 400): SimResponse {
  return { status, headers: { 'X-Upload-Error': error } };
}
