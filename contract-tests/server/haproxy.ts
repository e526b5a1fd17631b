import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, startChild, until } from '../chaos/child.ts';

/** True when HAProxy is installed (Debian package: haproxy). */
export function haproxyIsThere(): boolean {
  try {
    execFileSync('haproxy', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** HAProxy with the example of the documentation, on free loopback ports, in front of these processes. */
export async function startHaproxy(folder: string, urls: readonly string[]): Promise<{ url: string; child: Child }> {
  const port = await freePort();
  const text = readFileSync('docs/operations/haproxy.cfg', 'utf8')
    .replace(/bind .*/, `bind 127.0.0.1:${port}`)
    .replace(/^ {4}server .*\n/gm, '')
    .concat(urls.map((url, i) => `    server api-${i + 1} ${new URL(url).host}\n`).join(''));
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, text);
  const child = startChild('haproxy', 'haproxy', ['-f', file, '-db']);
  const url = `http://127.0.0.1:${port}`;
  await until('HAProxy finds a process', 20_000, async () => (await fetch(`${url}/health/live`)).ok);
  return { url, child };
}
