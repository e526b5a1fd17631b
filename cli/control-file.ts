import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How the command line finds a running hub that owns a data directory. */
export interface ControlFile {
  url: string;
  /** Key with every scope, made anew at each start, never stored in the database. */
  key: string;
  pid: number;
}

const nameOf = (dataDir: string): string => join(dataDir, 'control.json');

/** Written at start, readable by the owner only. */
export function writeControlFile(dataDir: string, control: ControlFile): void {
  const path = nameOf(dataDir);
  writeFileSync(`${path}.tmp`, JSON.stringify(control), { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
}

/** The control file of a hub whose process is alive; undefined otherwise. */
export function readControlFile(dataDir: string): ControlFile | undefined {
  let text: string;
  try {
    text = readFileSync(nameOf(dataDir), 'utf8');
  } catch {
    return undefined;
  }
  const control = JSON.parse(text) as ControlFile;
  return isAlive(control.pid) ? control : undefined;
}

export function removeControlFile(dataDir: string): void {
  rmSync(nameOf(dataDir), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
