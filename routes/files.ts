import { HubError } from '../canonical/errors.ts';
import { FileDigestMismatch, FileTooLarge, type StoredFile } from '../storage/repositories/files.ts';
import { idOf } from './cursor.ts';
import type { RouteDeps } from './deps.ts';
import type { Handling, Route } from './route.ts';

const MAX_NAME = 255;

/** Files that requests, filings and signatures refer to by id. */
export function fileRoutes(deps: RouteDeps): Route[] {
  const own = async ({ req, caller }: Handling): Promise<StoredFile> => {
    const file = await deps.files.find(caller.org, idOf(req.params.id));
    // A resident sees only what their own key sent.
    if (!file || (caller.accounts && file.createdBy !== caller.client))
      throw new HubError('not-found', 'NOT_FOUND', 'There is no file with this id.');
    return file;
  };
  return [
    {
      method: 'post',
      path: '/v1/files',
      scope: 'write:files',
      summary: `Store a file (up to ${deps.filesMaxBytes} bytes), sent as it is; its name in Content-Disposition, its digest in Repr-Digest`,
      bodyKind: 'stream',
      answer: 'File',
      responses: {
        201: 'The file: { id, name, contentType, size, sha256, createdAt }',
        400: 'No bytes came, or they are not those of the digest',
        413: 'Larger than allowed',
      },
      handle: async ({ req, res, caller }) => {
        const sha256 = promisedDigest(req.headers['repr-digest']);
        const name = nameOf(req.headers['content-disposition']);
        const contentType = contentTypeOf(req.headers['content-type']);
        if (Number(req.headers['content-length'] ?? 0) > deps.filesMaxBytes) throw tooLarge(deps.filesMaxBytes);
        try {
          const file = await deps.files.store(
            {
              org: caller.org,
              client: caller.client,
              name,
              contentType,
              ...(sha256 ? { sha256 } : {}),
              maxBytes: deps.filesMaxBytes,
            },
            req as AsyncIterable<Uint8Array>,
          );
          res.status(201).location(`/v1/files/${file.id}`).json(show(file));
        } catch (error) {
          if (error instanceof FileTooLarge) throw tooLarge(error.limit);
          if (error instanceof FileDigestMismatch)
            throw new HubError(
              'rejected',
              'DIGEST_MISMATCH',
              `The bytes that came have the SHA-256 ${error.sha256}, not the one in Repr-Digest; nothing was kept. Send the file again.`,
            );
          throw error;
        }
      },
    },
    {
      method: 'get',
      path: '/v1/files/:id',
      scope: 'read:files',
      summary: 'The bytes of a file',
      answer: 'application/octet-stream',
      responses: { 200: 'The bytes', 304: 'Not changed', 404: 'None with this id' },
      audit: { view: 'files.view' },
      handle: async (h) => {
        const { req, res, caller } = h;
        const file = await own(h);
        const etag = `"${file.sha256}"`;
        res.set('ETag', etag);
        if (req.headers['if-none-match'] === etag) {
          res.status(304).end();
          return;
        }
        res.set({
          'Content-Type': file.contentType,
          'Content-Length': String(file.size),
          // Never shown in place: what was sent by others must not run as a page of the hub.
          'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
          'Repr-Digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
        });
        await h.record();
        for await (const chunk of deps.files.read(caller.org, file)) {
          if (res.destroyed) return;
          if (!res.write(chunk)) await drained(res);
        }
        res.end();
      },
    },
    {
      method: 'get',
      path: '/v1/files/:id/metadata',
      scope: 'read:files',
      summary: 'Name, size and digest of a file',
      answer: 'File',
      responses: { 200: '{ id, name, contentType, size, sha256, createdAt }', 404: 'None with this id' },
      audit: { view: 'files.metadata' },
      handle: async (h) => {
        h.res.json(show(await own(h)));
      },
    },
  ];
}

function show(file: StoredFile): Record<string, unknown> {
  return {
    id: file.id,
    name: file.name,
    contentType: file.contentType,
    size: file.size,
    sha256: file.sha256,
    createdAt: file.createdAt.toISOString(),
  };
}

function tooLarge(limit: number): HubError {
  return new HubError(
    'rejected',
    'BODY_TOO_LARGE',
    `A file may have ${limit} bytes (limits.filesMaxBytes in hub.yaml); nothing was kept.`,
  );
}

/** The reader went away or took what was written. */
function drained(res: Handling['res']): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      res.off('drain', done);
      res.off('close', done);
      resolve();
    };
    res.on('drain', done);
    res.on('close', done);
  });
}

function header(name: string, message: string): HubError {
  return new HubError('rejected', 'INVALID_HEADER', `${name} ${message}.`, {
    errors: [{ pointer: name, message }],
  });
}

/** `Repr-Digest: sha-256=:…:` (RFC 9530) as hex; undefined when there is none. */
function promisedDigest(value: string | string[] | undefined): string | undefined {
  if (value === undefined) return undefined;
  const [, base64] = /(?:^|,\s*)sha-256=:([A-Za-z0-9+/]{43}=):/.exec(String(value)) ?? [];
  if (!base64) throw header('Repr-Digest', 'must have the form sha-256=:<base64>:');
  return Buffer.from(base64, 'base64').toString('hex');
}

/** File name of `Content-Disposition: attachment; filename*=UTF-8''…` (RFC 6266), without any path. */
function nameOf(value: string | undefined): string {
  if (value === undefined) return 'file';
  const [, encoded] = /filename\*\s*=\s*UTF-8''([^;\s]+)/i.exec(value) ?? [];
  const [, quoted, plain] = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(value) ?? [];
  let name: string;
  try {
    name = encoded === undefined ? (quoted?.replace(/\\(.)/g, '$1') ?? plain ?? 'file') : decodeURIComponent(encoded);
  } catch {
    throw header('Content-Disposition', "must have a file name in the form filename*=UTF-8''<percent-encoded>");
  }
  const base = name.split(/[\\/]/).at(-1) ?? '';
  // Control signs in a name break headers and terminals of whoever lists it later.
  const clean = [...base].filter((sign) => sign >= ' ' && sign !== '\u007f').join('');
  if (clean.length > MAX_NAME) throw header('Content-Disposition', `has a file name of more than ${MAX_NAME} signs`);
  return clean === '' ? 'file' : clean;
}

function contentTypeOf(value: string | undefined): string {
  if (value === undefined) return 'application/octet-stream';
  if (!/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/.test(value) || value.length > 200)
    throw header('Content-Type', 'must be a media type such as application/pdf');
  return value;
}
