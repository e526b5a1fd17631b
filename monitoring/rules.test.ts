import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { mandatory } from '../storage/testing/databases.ts';
import { conditions } from './conditions.ts';
import { rulesText } from './rules.ts';
import { promtoolIsThere } from './testing/promtool.ts';

const folder = 'docs/operations';
const read = (name: string): string => readFileSync(`${folder}/${name}`, 'utf8');
const withPromtool = promtoolIsThere() || mandatory ? test : test.skip;

test('the rules for Prometheus are those by which the hub itself raises alerts', () => {
  // `npm run alert-rules` writes the file anew.
  expect(read('alerts.yaml')).toBe(rulesText());
});

test('each condition that the hub does not look at is one that it cannot know', () => {
  expect(conditions.filter((c) => !c.read).map((c) => c.name)).toEqual([
    'HubDown',
    'HubStoreDown',
    'HubAttemptsFail',
    'HubApiErrors',
    'HubNoticesLate',
  ]);
  for (const { name } of conditions.filter((c) => !c.read)) expect(read('monitoring.md')).toContain(`\`${name}\``);
});

describe.each(['runbook.md', 'runbook.ru.md'])('%s', (file) => {
  test('has a section with steps for each alert, in the order of the rules, and no other', () => {
    const sections = read(file).split(/^## /m).slice(1);
    expect(sections.map((s) => s.split('\n')[0])).toEqual(conditions.map((c) => c.name));
    for (const section of sections) expect(section).toMatch(/\n1\. \S/);
  });
});

test('the address in each rule leads to a section', () => {
  const { groups } = parse(read('alerts.yaml')) as {
    groups: { rules: { alert: string; annotations: Record<string, string> }[] }[];
  };
  const rules = groups.flatMap((g) => g.rules);
  expect(rules).toHaveLength(conditions.length);
  for (const { alert, annotations } of rules)
    expect(annotations.runbook_url).toBe(`docs/operations/runbook.md#${alert.toLowerCase()}`);
});

test('each alert is fired by a test of the rules', () => {
  const tests = read('alerts.test.yaml');
  expect(conditions.map((c) => c.name).filter((name) => !tests.includes(`alertname="${name}"`))).toEqual([
    'HubNoWorker',
  ]);
  expect(tests).toContain('alertname: HubNoWorker');
});

withPromtool('promtool takes the rules, and they fire when they should', () => {
  const run = (...args: string[]): string =>
    execFileSync('promtool', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  expect(run('check', 'rules', 'alerts.yaml')).toContain(`SUCCESS: ${conditions.length} rules found`);
  expect(run('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
});
