import { createHash } from 'node:crypto';
import { uuidv7 } from '../../canonical/values/uuid.ts';
import type { Cipher } from '../cipher.ts';
import type { Database, Row } from '../port.ts';

/** A stored file; its bytes are immutable. */
export interface StoredFile {
  id: string;
  name: string;
  contentType: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
  createdAt: Date;
  /** API client that sent it. */
  createdBy: string;
}

/** The stream grew past the limit; nothing of it was kept. */
export class FileTooLarge extends Error {
  readonly limit: number;
  constructor(limit: number) {
    super(`The file is larger than ${limit} bytes.`);
    this.name = 'FileTooLarge';
    this.limit = limit;
  }
}

/** What came is not what the sender's digest promised; nothing of it was kept. */
export class FileDigestMismatch extends Error {
  readonly sha256: string;
  constructor(sha256: string) {
    super(`The bytes that came have the SHA-256 ${sha256}.`);
    this.name = 'FileDigestMismatch';
    this.sha256 = sha256;
  }
}

const CHUNK_BYTES = 1024 * 1024;

/** Files of requests, filings and signatures: streamed in and out by encrypted chunks, so that memory stays flat. */
export class FileRepository {
  readonly #db: Database;
  readonly #cipher: Cipher;
  readonly #now: () => number;

  constructor(db: Database, cipher: Cipher, now: () => number) {
    this.#db = db;
    this.#cipher = cipher;
    this.#now = now;
  }

  /**
   * Stores a stream. The file exists when, and only when, the promise resolves.
   * @param sha256 expected digest, lower-case hex
   * @throws FileTooLarge, FileDigestMismatch, StoreFull, or what the stream throws; nothing is kept then
   */
  async store(
    input: { org: string; client: string; name: string; contentType: string; sha256?: string; maxBytes: number },
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<StoredFile> {
    const createdAt = new Date(this.#now());
    const id = uuidv7(createdAt.getTime());
    const hash = createHash('sha256');
    let size = 0;
    let no = 0;
    let waiting: Uint8Array[] = [];
    let waitingBytes = 0;
    const flush = async (): Promise<void> => {
      await this.#db.ensureRoom?.();
      const data = Buffer.concat(waiting);
      waiting = [];
      waitingBytes = 0;
      await this.#db.query('insert into file_chunk (org, file, no, data) values ($1, $2, $3, $4)', [
        input.org,
        id,
        no,
        this.#cipher.seal(data, chunkContext(input.org, id, no)),
      ]);
      no++;
    };
    try {
      for await (const part of bytes) {
        size += part.length;
        if (size > input.maxBytes) throw new FileTooLarge(input.maxBytes);
        hash.update(part);
        for (let from = 0; from < part.length; ) {
          const piece = part.subarray(from, from + CHUNK_BYTES - waitingBytes);
          waiting.push(piece);
          waitingBytes += piece.length;
          from += piece.length;
          if (waitingBytes === CHUNK_BYTES) await flush();
        }
      }
      if (waitingBytes > 0) await flush();
      const sha256 = hash.digest('hex');
      if (input.sha256 !== undefined && input.sha256 !== sha256) throw new FileDigestMismatch(sha256);
      await this.#db.query(
        'insert into file (org, id, name, content_type, size, sha256, created_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)',
        [
          input.org,
          id,
          this.#cipher.seal(input.name, nameContext(input.org, id)),
          input.contentType,
          size,
          sha256,
          createdAt,
          input.client,
        ],
      );
      return { id, name: input.name, contentType: input.contentType, size, sha256, createdAt, createdBy: input.client };
    } catch (error) {
      if (no > 0) await this.#db.query('delete from file_chunk where org = $1 and file = $2', [input.org, id]);
      throw error;
    }
  }

  async find(org: string, id: string): Promise<StoredFile | undefined> {
    const { rows } = await this.#db.query('select * from file where org = $1 and id = $2', [org, id]);
    const [row] = rows;
    return row && this.#fileOf(org, row);
  }

  /** The bytes, chunk by chunk in their order. @throws Error when a chunk is missing or altered */
  async *read(org: string, file: StoredFile): AsyncIterable<Uint8Array> {
    let sent = 0;
    for (let no = 0; sent < file.size; no++) {
      const { rows } = await this.#db.query('select data from file_chunk where org = $1 and file = $2 and no = $3', [
        org,
        file.id,
        no,
      ]);
      const data = rows[0]?.data as Uint8Array | undefined;
      if (!data) throw new Error(`Chunk ${no} of file ${file.id} is missing.`);
      const plain = this.#cipher.open(data, chunkContext(org, file.id, no));
      sent += plain.length;
      yield plain;
    }
  }

  #fileOf(org: string, row: Row): StoredFile {
    const id = row.id as string;
    return {
      id,
      name: this.#cipher.openText(row.name as Uint8Array, nameContext(org, id)),
      contentType: row.content_type as string,
      size: Number(row.size),
      sha256: row.sha256 as string,
      createdAt: row.created_at as Date,
      createdBy: row.created_by as string,
    };
  }
}

/** Chunks of uploads that a crash ended: their ids tell when they began. */
export async function removeOrphanChunks(db: Database, before: Date): Promise<number> {
  const { count } = await db.query(
    'delete from file_chunk c where c.file < $1::uuid and not exists (select 1 from file f where f.org = c.org and f.id = c.file)',
    [
      `${before
        .getTime()
        .toString(16)
        .padStart(12, '0')
        .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`,
    ],
  );
  return count;
}

function chunkContext(org: string, file: string, no: number): string {
  return `file:${org}:${file}:${no}`;
}

function nameContext(org: string, file: string): string {
  return `file-name:${org}:${file}`;
}
