import type { Command } from 'commander';
import { ConfigError, loadConfig } from '../../config/load.ts';
import { connectorKinds, connectorSchemas } from '../../connectors/registry.ts';
import { createApi } from '../api.ts';
import { readControlFile } from '../control-file.ts';
import { configFile, type GlobalOptions } from '../globals.ts';
import { startLocalHub } from '../local-hub.ts';
import { createOutput } from '../output.ts';

interface Finding {
  check: string;
  ok: boolean;
  what: string;
  cure?: string;
}

interface ConnectorState {
  instance: string;
  system: string;
  paused: boolean;
  pauseReason: string | null;
  health: {
    ok: boolean;
    code?: string;
    message?: string;
    clockSkewMs?: number;
    warnings?: string[];
    details?: Record<string, unknown>;
  };
}

const cures: Readonly<Record<string, string>> = {
  NETWORK: 'Is the address right, does the system run, does a firewall stand between? Try: curl <url>',
  ONEC_CREDENTIALS: 'Correct auth.login and auth.password in hub.yaml, then: hub serve (again).',
  ONEC_NOT_THERE: 'Correct url in hub.yaml; it ends with the name of the publication, without /odata.',
  SMSC_CREDENTIALS: 'Correct auth in hub.yaml, or put this machine on the allow-list of the gateway account.',
};
const MAX_SKEW_MS = 60_000;

/** `hub doctor`: looks at everything the hub needs, and says what to do about each failing thing. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, store, connectors and clocks; says what to do about each failing thing')
    .addHelpText('after', '\nExit code 0 when all is well, 1 otherwise.')
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals() as GlobalOptions;
      const out = createOutput(options.json);
      const findings: Finding[] = [checkNode()];
      const config = checkConfig(options);
      findings.push(config);
      if (config.ok) findings.push(...(await checkHub(options)));
      out.result(findings, () =>
        findings
          .map((f) => `${f.ok ? 'ok  ' : 'FAIL'}  ${f.check}: ${f.what}${f.cure ? `\n      → ${f.cure}` : ''}`)
          .join('\n'),
      );
      if (findings.some((f) => !f.ok)) process.exitCode = 1;
    });
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { check: 'Node.js', ok, what: process.version, ...(ok ? {} : { cure: 'Install Node.js 20.19 or newer.' }) };
}

function checkConfig(options: GlobalOptions): Finding {
  const file = configFile(options);
  if (!file) return { check: 'configuration', ok: true, what: 'none here: the built-in sandbox' };
  try {
    const config = loadConfig(file, connectorSchemas(), process.env, connectorKinds());
    return {
      check: 'configuration',
      ok: true,
      what: `${file}: ${config.organisations.length} organisation(s), ${config.connectors.length} connector(s)`,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { check: 'configuration', ok: false, what: error.message, cure: 'Correct the lines named above.' };
  }
}

async function checkHub(options: GlobalOptions): Promise<Finding[]> {
  const running = readControlFile(options.data);
  if (running)
    return [
      { check: 'hub', ok: true, what: `runs at ${running.url} (process ${running.pid})` },
      ...(await checkConnectors(running.url, running.key)),
    ];
  try {
    const local = await startLocalHub({ ...options, logLevel: 'silent' });
    try {
      return [
        { check: 'store', ok: true, what: `${local.hub.store.db.kind} opens, the master key fits` },
        ...(await checkConnectors(local.url, local.controlKey)),
      ];
    } finally {
      await local.close();
    }
  } catch (error) {
    return [
      {
        check: 'store',
        ok: false,
        what: error instanceof Error ? error.message : String(error),
        cure: 'Mend what the text says, then run hub doctor again.',
      },
    ];
  }
}

interface SyncState {
  instance: string;
  entity: string;
  deltaBy: string | null;
  deltaNote: string | null;
}

/** What a mapping wants from a feed of changes and does not get, by reason: right, but dearer than it need be. */
function checkDeltas(states: readonly SyncState[]): Finding[] {
  const byReason = new Map<string, string[]>();
  for (const { instance, entity, deltaNote } of states)
    if (deltaNote !== null) {
      const reason = `${instance}\0${deltaNote}`;
      byReason.set(reason, [...(byReason.get(reason) ?? []), entity]);
    }
  return [...byReason].map(([reason, entities]) => {
    const [instance = '', note = ''] = reason.split('\0');
    return { check: `deltas of ${instance}`, ok: true, what: `${entities.join(', ')} by comparison: ${note}` };
  });
}

async function checkConnectors(url: string, key: string): Promise<Finding[]> {
  const api = createApi(url, key);
  const { items } = await api.get<{ items: ConnectorState[] }>('/v1/connectors');
  const states = await api.get<{ items: SyncState[] }>('/v1/sync');
  return [...checkDeltas(states.items), ...connectorFindings(items)];
}

function connectorFindings(items: readonly ConnectorState[]): Finding[] {
  return items.flatMap(({ instance, system, health, paused, pauseReason }): Finding[] => {
    const check = `connector ${instance} (${system})`;
    if (!health.ok)
      return [
        {
          check,
          ok: false,
          what: `${health.code}: ${health.message}`,
          cure: cures[health.code ?? ''] ?? 'See the README of the connector for this code.',
        },
      ];
    const skewed = Math.abs(health.clockSkewMs ?? 0) > MAX_SKEW_MS;
    return [
      {
        check,
        ok: true,
        what:
          Object.entries(health.details ?? {})
            .map(([k, v]) => `${k} ${String(v)}`)
            .join(', ') || 'answers',
      },
      ...(paused
        ? [
            {
              check,
              ok: false,
              what: `is paused: ${pauseReason}`,
              cure: `Mend the reason, then resume: POST /v1/connectors/${instance}/resume`,
            },
          ]
        : []),
      ...(skewed
        ? [
            {
              check,
              ok: false,
              what: `its clock differs by ${Math.round((health.clockSkewMs ?? 0) / 1000)} s`,
              cure: 'Set the clocks of both machines (NTP).',
            },
          ]
        : []),
      ...(health.warnings ?? []).map((w) => ({ check, ok: false, what: w })),
    ];
  });
}
