import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { commands } from '../canonical/commands/registry.ts';
import { nearest } from '../canonical/nearest.ts';
import { plainTypes } from '../canonical/plain-types.ts';
import { checkPeople } from './check-people.ts';
import { ConnectorCommon, type HubConfigFile, HubConfigSchema } from './schema.ts';
import { holdsReference, protectReferences, substitute, UnresolvedVariable } from './substitute.ts';

/** One fault of a configuration file, with its place. */
export interface ConfigFault {
  file: string;
  line: number;
  /** Dotted path of the key, e.g. `connectors.sms-main.login`. */
  key: string;
  message: string;
}

/** Every fault at once, so that one edit mends them all. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];
  constructor(faults: readonly ConfigFault[]) {
    super(
      `Configuration has ${faults.length} fault${faults.length === 1 ? '' : 's'}:\n${faults.map(formatFault).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

function formatFault(f: ConfigFault): string {
  return `  ${f.file}:${f.line}: ${f.key ? `${f.key}: ` : ''}${f.message}`;
}

export interface ConnectorEntry extends ConnectorCommon {
  instance: string;
  /** Parsed by the connector's own schema. */
  settings: unknown;
}

export interface HubConfig extends Omit<HubConfigFile, 'connectors'> {
  file: string;
  connectors: readonly ConnectorEntry[];
}

/** Config schemas by system, from the connector registry. */
export type ConnectorSchemas = ReadonlyMap<string, z.ZodType>;
/** Operation kinds that each system serves; routes are not checked against them without it. */
export type ConnectorKinds = ReadonlyMap<string, readonly string[]>;

/**
 * Reads, fills in, and validates hub.yaml.
 *
 * @throws ConfigError listing every fault with file, line, key and, for a misspelt key, the nearest valid name
 */
export function loadConfig(
  file: string,
  schemas: ConnectorSchemas,
  env: NodeJS.ProcessEnv,
  kinds?: ConnectorKinds,
): HubConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new ConfigError([
      {
        file,
        line: 0,
        key: '',
        message: code === 'ENOENT' ? 'there is no such file; `hub init` writes one' : `cannot be read (${code})`,
      },
    ]);
  }
  return parseConfig(text, file, schemas, env, kinds);
}

/** Same as {@link loadConfig} for text already at hand. */
export function parseConfig(
  text: string,
  file: string,
  schemas: ConnectorSchemas,
  env: NodeJS.ProcessEnv,
  kinds?: ConnectorKinds,
): HubConfig {
  const lines = new LineCounter();
  const document = parseDocument(protectReferences(text), {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const faults: ConfigFault[] = document.errors.map((e) => ({
    file,
    line: lines.linePos(e.pos[0]).line,
    key: '',
    message: e.message,
  }));
  if (faults.length > 0) throw new ConfigError(faults);

  const fault = (path: readonly PropertyKey[], message: string): void => {
    const near =
      message === 'is missing' ? nearest(String(path.at(-1)), keysInFile(document, path.slice(0, -1))) : undefined;
    faults.push({
      file,
      line: lineOf(document, lines, near ? [...path.slice(0, -1), near] : path),
      key: path.map(String).join('.'),
      message: near ? `${message}; is '${near}' a slip for it?` : message,
    });
  };
  fillIn(document, env, (offset, message) => faults.push({ file, line: lines.linePos(offset).line, key: '', message }));
  const raw: unknown = document.toJS();
  const parsed = HubConfigSchema.safeParse(raw ?? {});
  if (!parsed.success) reportIssues(parsed.error.issues, HubConfigSchema, [], fault);

  const entries = parsed.success ? parseConnectors(parsed.data, schemas, fault) : [];
  if (parsed.success) checkReferences(parsed.data, entries, fault);
  if (parsed.success && kinds) checkKinds(parsed.data, kinds, fault);
  if (parsed.success) checkBrakes(parsed.data, fault);
  if (parsed.success) checkPeople(parsed.data, fault);
  if (parsed.success && parsed.data.alerts.mail.length > 0 && !parsed.data.tasks.mail)
    fault(['alerts', 'mail'], 'needs a mail server: give tasks.mail');
  if (faults.length > 0) throw new ConfigError(faults.sort((a, b) => a.line - b.line));
  const { connectors: _omitted, ...rest } = parsed.data as HubConfigFile;
  return { ...rest, file, connectors: entries };
}

type Report = (path: readonly PropertyKey[], message: string) => void;

function parseConnectors(data: HubConfigFile, schemas: ConnectorSchemas, fault: Report): ConnectorEntry[] {
  const common = Object.keys(ConnectorCommon.shape);
  const entries: ConnectorEntry[] = [];
  for (const [instance, block] of Object.entries(data.connectors)) {
    const schema = schemas.get(block.system);
    if (!schema) {
      const near = nearest(block.system, [...schemas.keys()]);
      fault(
        ['connectors', instance, 'system'],
        `'${block.system}' is not a known system${near ? `; did you mean '${near}'?` : ''} (known: ${[...schemas.keys()].join(', ')})`,
      );
      continue;
    }
    const own = Object.fromEntries(Object.entries(block).filter(([key]) => !common.includes(key)));
    const settings = schema.safeParse(own);
    if (!settings.success) {
      reportIssues(settings.error.issues, schema, common, (path, message) =>
        fault(['connectors', instance, ...path], message),
      );
      continue;
    }
    entries.push({ ...ConnectorCommon.parse(block), instance, settings: settings.data });
  }
  return entries;
}

/** A brake on a kind that there is not would guard nothing. */
function checkBrakes(data: HubConfigFile, fault: Report): void {
  for (const [kind, brake] of Object.entries(data.limits.brake)) {
    const path = ['limits', 'brake', kind];
    const command = commands.get(kind);
    if (!command) {
      const near = nearest(kind, [...commands.keys()]);
      fault(
        path,
        `is not an operation kind${near ? `; did you mean '${near}'?` : ` (known: ${[...commands.keys()].join(', ')})`}`,
      );
    } else if (!command.amountKop) {
      for (const key of ['roublesPerHour', 'roublesPerDay'] as const)
        if (brake[key] !== undefined) fault([...path, key], `${kind} carries no amount; use perHour or perDay`);
    }
  }
}

function checkReferences(data: HubConfigFile, entries: readonly ConnectorEntry[], fault: Report): void {
  const ids = data.organisations.map((o) => o.id);
  const instances = Object.keys(data.connectors);
  for (const e of entries) {
    if (!ids.includes(e.organisation))
      fault(
        ['connectors', e.instance, 'organisation'],
        `'${e.organisation}' is not among the organisations (${ids.join(', ')})`,
      );
  }
  data.tracing?.propagateTo.forEach((name, i) => {
    const near = nearest(name, instances);
    if (!instances.includes(name))
      fault(['tracing', 'propagateTo', i], `there is no connector '${name}'${near ? `; did you mean '${near}'?` : ''}`);
  });
  data.organisations.forEach((org, i) => {
    if (ids.indexOf(org.id) !== i) fault(['organisations', i, 'id'], `'${org.id}' stands twice`);
    for (const [kind, names] of Object.entries(org.routes)) {
      names.forEach((name, j) => {
        const near = nearest(name, instances);
        if (!instances.includes(name))
          fault(
            ['organisations', i, 'routes', kind, j],
            `there is no connector '${name}'${near ? `; did you mean '${near}'?` : ''}`,
          );
        else if (data.connectors[name]?.organisation !== org.id)
          fault(['organisations', i, 'routes', kind, j], `connector '${name}' belongs to another organisation`);
        else if (names.indexOf(name) !== j)
          fault(['organisations', i, 'routes', kind, j], `connector '${name}' stands twice in the route`);
      });
    }
  });
}

/** Routes and fail-over name kinds that somebody serves, and instances whose system serves them. */
function checkKinds(data: HubConfigFile, kinds: ConnectorKinds, fault: Report): void {
  const all = [...new Set([...kinds.values()].flat())].sort();
  const checkKind = (path: readonly PropertyKey[], kind: string): boolean => {
    if (all.includes(kind)) return true;
    const near = nearest(kind, all);
    fault(path, `no system serves '${kind}'${near ? `; did you mean '${near}'?` : ''} (known: ${all.join(', ')})`);
    return false;
  };
  for (const kind of Object.keys(data.failover)) checkKind(['failover', kind], kind);
  data.organisations.forEach((org, i) => {
    for (const [kind, names] of Object.entries(org.routes)) {
      if (!checkKind(['organisations', i, 'routes', kind], kind)) continue;
      names.forEach((name, j) => {
        const system = data.connectors[name]?.system;
        if (system !== undefined && kinds.has(system) && !kinds.get(system)?.includes(kind))
          fault(['organisations', i, 'routes', kind, j], `connector '${name}' (${system}) does not serve ${kind}`);
      });
    }
  });
}

/** zod issues as faults; an unknown key suggests the nearest key of the object it stands in. Values are never repeated: they may be secrets. */
function reportIssues(
  issues: readonly z.core.$ZodIssue[],
  schema: z.ZodType,
  alsoValid: readonly string[],
  fault: Report,
): void {
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') {
      const valid = [...keysAt(schema, issue.path), ...(issue.path.length === 0 ? alsoValid : [])];
      for (const key of issue.keys) {
        const near = nearest(key, valid);
        fault(
          [...issue.path, key],
          `unknown key${near ? `; did you mean '${near}'?` : ''} (valid: ${valid.join(', ')})`,
        );
      }
    } else if (issue.code === 'invalid_union') {
      const branch =
        issue.errors.find((e) => e.some((i) => i.path.length > 0 || i.code === 'unrecognized_keys')) ??
        issue.errors[0] ??
        [];
      reportIssues(
        branch.map((i) => ({ ...i, path: [...issue.path, ...i.path] })),
        schema,
        alsoValid,
        fault,
      );
    } else if (issue.code === 'invalid_type' && issue.input === undefined && issue.message.includes('undefined')) {
      fault(issue.path, 'is missing');
    } else {
      fault(issue.path, issue.message);
    }
  }
}

/** Keys that the schema allows at a path; unions and wrappers are looked through. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let nodes: z.ZodType[] = plainTypes(schema);
  for (const step of path) {
    nodes = nodes.flatMap((node) => {
      if (node instanceof z.ZodObject) {
        const child = (node.shape as Record<string, z.ZodType>)[String(step)];
        return child ? plainTypes(child) : [];
      }
      if (node instanceof z.ZodArray) return plainTypes(node.element as z.ZodType);
      if (node instanceof z.ZodRecord) return plainTypes(node.valueType as z.ZodType);
      return [];
    });
  }
  return nodes.flatMap((n) => (n instanceof z.ZodObject ? Object.keys(n.shape) : []));
}

function fillIn(document: Document, env: NodeJS.ProcessEnv, fault: (offset: number, message: string) => void): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value !== 'string' || !holdsReference(node.value)) return;
      try {
        node.value = substitute(node.value, env);
      } catch (error) {
        if (!(error instanceof UnresolvedVariable)) throw error;
        fault(node.range?.[0] ?? 0, error.message);
      }
    },
  });
}

function keysInFile(document: Document, path: readonly PropertyKey[]): string[] {
  const node = path.length === 0 ? document.contents : document.getIn(path as unknown[], true);
  return isMap(node) ? node.items.map((item) => (isScalar(item.key) ? String(item.key.value) : '')) : [];
}

/** Line of the deepest part of the path that stands in the file. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1) as unknown[], true);
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => isPair(item) && isScalar(item.key) && item.key.value === path[depth - 1],
      );
      if (pair && isScalar(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
    }
    const node = document.getIn(path.slice(0, depth) as unknown[], true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
