import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';

const folder = 'docs/operations';
const documented = new Set(
  [...readFileSync(`${folder}/deploy.md`, 'utf8').matchAll(/`((?:HUB|DATABASE|REDIS)_[A-Z_]+)`/g)].map((m) => m[1]),
);
const there = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

(there('systemd-analyze') ? test : test.skip)('the unit files are accepted by systemd', () => {
  const copies = mkdtempSync(join(tmpdir(), 'hub-units-'));
  try {
    for (const name of readdirSync(`${folder}/systemd`)) {
      // The user and the program are not on this machine.
      const text = readFileSync(`${folder}/systemd/${name}`, 'utf8')
        .replaceAll('/opt/connector-hub/node_modules/.bin/hub', '/bin/true')
        .replace(/^(User|Group)=.*\n/gm, '');
      writeFileSync(join(copies, name), text);
    }
    for (const unit of [
      'connector-hub-api@8081.service',
      'connector-hub-worker@9101.service',
      'connector-hub.target',
    ]) {
      const file = join(copies, unit);
      const template = unit.replace(/@\d+/, '@');
      if (template !== unit) writeFileSync(file, readFileSync(join(copies, template)));
      const told = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      expect([told.status, `${told.stdout}${told.stderr}`]).toEqual([0, expect.not.stringContaining(copies)]);
    }
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
});

test('the compose file starts two api processes and three workers with known settings', () => {
  const { services } = parse(readFileSync(`${folder}/compose.yaml`, 'utf8'), { merge: true }) as {
    services: Record<
      string,
      { image: string; environment?: Record<string, string>; deploy?: { replicas: number }; depends_on?: object }
    >;
  };
  const ours = Object.values(services).filter((s) => s.image === 'connector-hub');
  const processes = (role: string) =>
    ours.filter((s) => s.environment?.HUB_ROLE === role).reduce((n, s) => n + (s.deploy?.replicas ?? 1), 0);
  expect([processes('api'), processes('worker')]).toEqual([2, 3]);
  for (const service of ours) {
    for (const name of Object.keys(service.environment ?? {})) expect(documented).toContain(name);
    for (const name of Object.keys(service.depends_on ?? {})) expect(Object.keys(services)).toContain(name);
  }
});

test('the image is built from instructions that exist, and does not run as root', () => {
  const lines = readFileSync(`${folder}/Dockerfile`, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const known = /^(FROM|WORKDIR|COPY|RUN|ENV|USER|VOLUME|EXPOSE|HEALTHCHECK|ENTRYPOINT|CMD) \S/;
  expect(lines.filter((line) => !known.test(line))).toEqual([]);
  expect(lines.findIndex((l) => l.startsWith('USER node'))).toBeGreaterThan(
    lines.findLastIndex((l) => l.startsWith('FROM')),
  );
});

test('every variable of the example environment is documented', () => {
  const names = [...readFileSync(`${folder}/systemd/hub.env.example`, 'utf8').matchAll(/^([A-Z_]+)=/gm)].map(
    (m) => m[1],
  );
  expect(names.length).toBeGreaterThan(4);
  for (const name of names) expect(documented).toContain(name);
});
