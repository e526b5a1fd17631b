import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { taskKinds } from '../../canonical/task-kinds.ts';
import { promtoolIsThere } from '../../monitoring/testing/promtool.ts';
import { mandatory } from '../../storage/testing/databases.ts';
import { eventually, startTestHub, type TestHub } from './harness.ts';

const withPromtool = promtoolIsThere() || mandatory ? test : test.skip;
const stranger = '+79031112233 Загребайло';

let t: TestHub;
let text = '';
const metrics = async (): Promise<string> => (await t.call('GET', '/metrics')).text;

beforeAll(async () => {
  t = await startTestHub({ accounts: 10 });
  await t.hub.sync.run({ instance: 'onec-main' });
  const send = (to: string) =>
    t.call('POST', '/v1/messages', { channel: 'sms', to, text: 'Привет', purpose: 'accident' }, { prefer: 'wait=10' });
  expect((await send('+79161234567')).body.status).toBe('succeeded');
  await fetch(`${t.sms.url}/__sim/faults`, { method: 'POST', body: JSON.stringify({ fault: 'no-money' }) });
  await send('+79161234568');
  for (let n = 0; n < 30; n++) {
    await t.call('GET', `/v1/accounts/${encodeURIComponent(stranger)}${n}`);
    await t.call('GET', `/${encodeURIComponent(stranger)}/${n}`);
    await t.call('GET', `/v1/customers?phone=${encodeURIComponent(stranger)}`);
  }
  text = await eventually(metrics, (m) => /hub_tasks_open\{.*kind="instance-paused"\} 1/.test(m));
}, 90_000);
afterAll(() => t.stop(), 30_000);

interface Family {
  type: string;
  labels: Set<string>;
  values: Map<string, Set<string>>;
}

/** Families of the text format with the labels of their samples. */
function families(exposition: string): Map<string, Family> {
  const found = new Map<string, Family>();
  for (const line of exposition.split('\n')) {
    const declared = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (declared) found.set(String(declared[1]), { type: String(declared[2]), labels: new Set(), values: new Map() });
    const sample = /^([a-z0-9_]+)(?:\{(.*)\})? \S+$/.exec(line);
    if (!sample) continue;
    const name = String(sample[1]);
    const family = found.get(name) ?? found.get(name.replace(/_(bucket|sum|count)$/, ''));
    if (!family) throw new Error(`${name} stands without its type`);
    for (const [, label = '', value = ''] of (sample[2] ?? '').matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)) {
      if (label === 'le') continue;
      family.labels.add(label);
      family.values.set(label, (family.values.get(label) ?? new Set()).add(value));
    }
  }
  return found;
}

interface Documented {
  name: string;
  type: string;
  labels: string[];
}

/** The rows of the table in monitoring.md. */
function documented(): Documented[] {
  return [
    ...readFileSync('docs/operations/monitoring.md', 'utf8').matchAll(
      /^\| `(hub_\w+)` \| (\w+) \| (.*?) ?\| (process|hub) \|/gm,
    ),
  ].map(([, name = '', type = '', labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map((m) => String(m[1])),
  }));
}

test('each documented metric is told with its type and labels, and none besides', () => {
  const told = families(text);
  const rows = documented();
  expect(rows.length).toBeGreaterThan(20);
  expect([...told.keys()].filter((name) => name.startsWith('hub_')).sort()).toEqual(rows.map((r) => r.name).sort());
  for (const { name, type, labels } of rows) {
    const family = told.get(name) as Family;
    expect([name, family.type]).toEqual([name, type]);
    expect([name, [...family.labels].filter((l) => !labels.includes(l))]).toEqual([name, []]);
  }
});

test('labels take values of short lists, whatever callers send', () => {
  const kinds = [
    'messages.send',
    'meter-readings.submit',
    'webhooks.deliver',
    'webhooks.deliver-in-order',
    ...taskKinds,
  ];
  const allowed: Record<string, (value: string) => boolean> = {
    kind: (v) => kinds.includes(v),
    status: (v) => /^([1-5]\d\d|accepted|running|waiting|retrying|uncertain|succeeded|failed|dead|cancelled)$/.test(v),
    connector: (v) => ['onec-main', 'sms-main', 'webhooks.uk', 'webhooks.other'].includes(v),
    organisation: (v) => ['uk', 'other'].includes(v),
    action: (v) => ['send', 'poll', 'reconcile'].includes(v),
    outcome: (v) => /^[a-z-]{1,20}$/.test(v),
    method: (v) => /^(GET|POST|DELETE|HEAD)$/.test(v),
    route: (v) => v === '(none)' || /^\/[a-z0-9:/.-]*$/i.test(v),
    role: (v) => ['api', 'worker', 'all'].includes(v),
    by: (v) => ['hub', 'person'].includes(v),
    entity: (v) => /^[A-Z][A-Za-z]{1,40}$/.test(v),
    version: (v) => /^\d+\.\d+\.\d+/.test(v),
    certificate: (v) => v === 'server',
  };
  for (const [name, { values }] of families(text)) {
    if (!name.startsWith('hub_')) continue;
    for (const [label, set] of values)
      expect([name, label, [...set].filter((v) => !allowed[label]?.(v))]).toEqual([name, label, []]);
  }
  expect(families(text).get('hub_http_requests_total')?.values.get('route')?.has('(none)')).toBe(true);
  expect(text).not.toContain('Загребайло');
  expect(text).not.toContain('79031112233');
});

test('counts what was sent and what has failed, and shows the connector that the hub has stopped', () => {
  const value = (pattern: RegExp): number => Number(pattern.exec(text)?.[1]);
  expect(value(/^hub_operations_accepted_total\{kind="messages.send"\} (\S+)$/m)).toBe(2);
  expect(
    value(/^hub_operations_ended_total\{connector="sms-main",kind="messages.send",status="succeeded"\} (\S+)$/m),
  ).toBe(1);
  expect(
    value(
      /^hub_attempts_total\{connector="sms-main",kind="messages.send",action="send",outcome="needs-operator"\} (\S+)$/m,
    ),
  ).toBe(1);
  expect(
    value(/^hub_attempt_duration_seconds_count\{connector="sms-main",kind="messages.send",action="send"\} (\S+)$/m),
  ).toBe(2);
  expect(value(/^hub_connector_paused\{connector="sms-main",by="hub"\} (\S+)$/m)).toBe(1);
  expect(value(/^hub_store_up (\S+)$/m)).toBe(1);
});

/** Names of metrics that a PromQL expression reads. */
const named = (expr: string): string[] => expr.match(/\b(?:hub|process|nodejs)_[a-z0-9_]+/g) ?? [];

test('the dashboard and the rules read only what a running hub tells, and labels that are there', () => {
  const told = families(text);
  const labels = new Map(documented().map((r) => [r.name, r.labels]));
  const dashboard = JSON.parse(readFileSync('docs/operations/grafana-dashboard.json', 'utf8')) as {
    panels: { title: string; targets?: { expr: string }[] }[];
    templating: { list: { query: string }[] };
  };
  const expressions = [
    ...dashboard.panels.flatMap((p) => (p.targets ?? []).map((target) => target.expr)),
    ...dashboard.templating.list.map((v) => v.query),
    ...[...readFileSync('docs/operations/alerts.yaml', 'utf8').matchAll(/^ +expr: (.*)$/gm)].map((m) => String(m[1])),
  ];
  expect(expressions.length).toBeGreaterThan(45);
  const base = (name: string): string => (told.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
  for (const expr of expressions) {
    expect([expr, named(expr).filter((name) => !told.has(base(name)))]).toEqual([expr, []]);
    for (const [, name = '', inside = ''] of expr.matchAll(/\b(hub_\w+)\{([^}]*)\}/g))
      for (const [, label = ''] of inside.matchAll(/(\w+)=?[~!]?=/g))
        expect([expr, label, labels.get(base(name))?.includes(label)]).toEqual([expr, label, true]);
  }
  // Each metric of the hub is of use to somebody.
  const used = new Set(expressions.flatMap(named).map(base));
  expect([...labels.keys()].filter((name) => !used.has(name))).toEqual([]);
});

withPromtool('promtool finds the names in order', () => {
  const complaints = execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  expect(complaints).toBe('');
});

test('a process whose store is gone tells of itself and says so', async () => {
  const { db } = t.hub.store;
  const query = db.query.bind(db);
  await eventually(metrics, (m) => m.includes('hub_store_up 1'));
  db.query = () => Promise.reject(new Error('no store'));
  try {
    const alone = await eventually(metrics, (m) => m.includes('hub_store_up 0'));
    expect(alone).toContain('hub_attempts_total{');
    expect(alone).not.toContain('hub_queue_lag_seconds{');
  } finally {
    db.query = query;
  }
});
