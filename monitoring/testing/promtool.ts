import { execFileSync } from 'node:child_process';

/** True when promtool is installed (Debian package: prometheus). */
export function promtoolIsThere(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
