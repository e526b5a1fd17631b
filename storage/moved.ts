import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The embedded store was moved to a server; two hubs on the same operations would carry them out twice. */
export class StoreMoved extends Error {}

const nameOf = (dataDir: string): string => join(dataDir, 'moved.json');

/** Leaves a mark, so that nobody goes on with the old store by mistake. */
export function markMoved(dataDir: string, to: string, at: Date): void {
  writeFileSync(nameOf(dataDir), `${JSON.stringify({ to, at: at.toISOString() })}\n`);
}

/** @throws StoreMoved */
export function refuseMoved(dataDir: string): void {
  const file = nameOf(dataDir);
  if (!existsSync(file)) return;
  const { to, at } = JSON.parse(readFileSync(file, 'utf8')) as { to: string; at: string };
  throw new StoreMoved(
    `The store in ${dataDir} was moved to ${to} at ${at}. Set DATABASE_URL to use it there. To go back to the old one, stop every hub on the server first, then delete ${file}: what happened since the move is not in it.`,
  );
}
