import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Peer, startProgram } from './process.ts';

const VERSION = '4.1';
const INSTALL_MS = 300_000;
const START_MS = 60_000;

/**
 * Node-RED 4.1 with one flow, http in → http request (keep-alive) → http response, which answers `/live?key=…`. It is not
 * among the packages of this project: the first run installs it into a folder below the system's temporary one.
 *
 * @param url of the upstream's answer, with `{key}` in the place of the key
 */
export async function startNodeRed(
  url: string,
  authorization: string,
  progress: (line: string) => void,
): Promise<Peer & { version: string }> {
  const folder = join(tmpdir(), `hub-peers-node-red-${VERSION}`);
  const script = join(folder, 'node_modules/node-red/red.js');
  if (!existsSync(script)) {
    progress(`installing Node-RED ${VERSION} into ${folder}`);
    mkdirSync(folder, { recursive: true });
    const wanted = [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--prefix',
      folder,
      `node-red@${VERSION}`,
    ];
    await promisify(execFile)('npm', wanted, { timeout: INSTALL_MS });
  }
  const about = readFileSync(join(folder, 'node_modules/node-red/package.json'), 'utf8');
  const port = await freePort();
  const home = join(folder, `home-${port}`);
  mkdirSync(home, { recursive: true });
  const settings = {
    uiHost: '127.0.0.1',
    uiPort: port,
    httpAdminRoot: false,
    disableEditor: true,
    flowFile: 'flows.json',
    logging: { console: { level: 'fatal', metrics: false, audit: false } },
    telemetry: { enabled: false, updateNotification: false },
  };
  const flows = [
    { id: 'tab', type: 'tab', label: 'proxy' },
    { z: 'tab', id: 'in', type: 'http in', url: '/live', method: 'get', wires: [['ask']] },
    {
      z: 'tab',
      id: 'ask',
      type: 'http request',
      method: 'GET',
      ret: 'obj',
      url: url.replace('{key}', '{{{req.query.key}}}'),
      persist: true,
      headers: [{ keyType: 'other', keyValue: 'authorization', valueType: 'other', valueValue: authorization }],
      wires: [['out']],
    },
    { z: 'tab', id: 'out', type: 'http response', wires: [] },
  ];
  writeFileSync(join(home, 'settings.cjs'), `module.exports = ${JSON.stringify(settings)};\n`);
  writeFileSync(join(home, 'flows.json'), JSON.stringify(flows));
  const peer = await startProgram(
    process.execPath,
    [script, '--settings', join(home, 'settings.cjs'), '--userDir', home],
    `http://127.0.0.1:${port}`,
    START_MS,
  );
  return { ...peer, version: (JSON.parse(about) as { version: string }).version };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
