// Installs a packed hub into an empty folder, starts it, and carries one operation through: message accepted, sent by the
// simulated gateway, counted once; an account pulled from the simulated 1C. Runs with the Node that runs this script.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const pack = resolve(process.argv[2] ?? '');
const folder = mkdtempSync(join(tmpdir(), 'hub-smoke-'));
const port = 18000 + Math.floor(Math.random() * 1000);
// The bin script must find this very Node, not the system's.
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, DATABASE_URL: '' };
let child;
try {
  execFileSync('npm', ['init', '-y'], { cwd: folder, stdio: 'ignore' });
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--omit=dev', pack], {
    cwd: folder,
    stdio: 'ignore',
  });
  child = spawn(
    process.execPath,
    [
      join(folder, 'node_modules/.bin/hub'),
      'serve',
      '--json-banner',
      '--port',
      String(port),
      '--sim-port',
      String(port + 1),
      '--sim-accounts',
      '200',
    ],
    { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const banner = await firstLine(child);
  const { url, key, simulators } = JSON.parse(banner);
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=20' };
  // The typed client, as an app that has installed the package finds it.
  writeFileSync(join(folder, 'use.mjs'), `export { createHubClient } from 'connector-hub/client';`);
  const { createHubClient } = await import(pathToFileURL(join(folder, 'use.mjs')).href);
  const hub = createHubClient({ url, key });
  const operation = await hub.postMessages({
    body: { channel: 'sms', to: '+79161230001', text: 'Проверка' },
    wait: 20,
  });
  if (operation.status !== 'succeeded') throw new Error(`the message ended as ${JSON.stringify(operation)}`);
  const effects = await (await fetch(`${simulators.sms}/__sim/effects`)).json();
  if (effects['sms.sent']?.count !== 1) throw new Error(`the gateway counted ${JSON.stringify(effects)}`);
  const page = await (await fetch(`${url}/console`)).text();
  const script = /src="(\/console\/console-[^"]+\.js)"/.exec(page)?.[1];
  if (!script || (await fetch(`${url}${script}`)).status !== 200) throw new Error('the console is not in the package');
  const until = Date.now() + 60_000;
  for (;;) {
    const page = await (await fetch(`${url}/v1/accounts?limit=1&count=true`, { headers })).json();
    if (page.total === 200) break;
    if (Date.now() > until) throw new Error(`only ${page.total} accounts came`);
    await new Promise((r) => setTimeout(r, 300));
  }
  console.log(`smoke on Node ${process.version}: one message sent once by the typed client, 200 accounts pulled`);
} finally {
  if (child) {
    const ended = new Promise((r) => child.once('exit', r));
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
}

function firstLine(process_) {
  return new Promise((done, failed) => {
    let text = '';
    process_.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) done(text.split('\n')[0]);
    });
    process_.once('exit', (code) => failed(new Error(`the hub ended at its start with code ${code}`)));
  });
}
