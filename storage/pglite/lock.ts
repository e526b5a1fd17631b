import { mkdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Another process uses the data directory. Two of them would corrupt it. */
export class DataDirectoryLocked extends Error {
  readonly directory: string;
  constructor(directory: string) {
    super(
      `The data directory ${directory} is in use by another hub. Stop that process, or give this one its own directory with --data.`,
    );
    this.name = 'DataDirectoryLocked';
    this.directory = directory;
  }
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/**
 * Takes a directory for this process. The lock is a listening socket named after the directory's device and inode,
 * which the kernel frees when the process dies however it dies, so nobody waits for a lease after a kill.
 *
 * @throws DataDirectoryLocked when another process (or another open store here) holds it
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true });
  const { dev, ino } = statSync(directory);
  const name = `connector-hub-${dev}-${ino}`;
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new DataDirectoryLocked(directory) : error);
    });
    server.listen(process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`), resolve);
  });
  server.unref();
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}
