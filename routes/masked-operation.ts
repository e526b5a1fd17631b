import type { CommandDefinition } from '../canonical/command.ts';
import { deliveryCommands } from '../canonical/commands/deliver-webhook.ts';
import { personalFields } from '../canonical/personal.ts';
import type { Operation } from '../storage/repositories/operation.ts';
import { showOperation } from './operations.ts';

const HIDDEN = '•••';

/** A personal value as it may be shown to everybody who may see operations: of a phone its code and the last two digits. */
export function maskPersonal(value: unknown): unknown {
  if (typeof value === 'string') {
    const [, code, end] = /^(\+7\d{3})\d{5}(\d{2})$/.exec(value) ?? [];
    return code && end ? `${code}${HIDDEN}${end}` : HIDDEN;
  }
  if (Array.isArray(value)) return value.map(maskPersonal);
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskPersonal(inner)]));
  return value === null ? null : HIDDEN;
}

/** A payload with its personal fields masked; of a kind that the hub doesn't know any more everything is. */
export function maskedPayload(
  op: Pick<Operation, 'kind' | 'payload'>,
  commands: ReadonlyMap<string, CommandDefinition>,
): Record<string, unknown> {
  const definition = commands.get(op.kind) ?? deliveryCommands.get(op.kind);
  const hidden = definition ? personalFields(definition.schema) : Object.keys(op.payload);
  return Object.fromEntries(
    Object.entries(op.payload).map(([name, value]) => [name, hidden.includes(name) ? maskPersonal(value) : value]),
  );
}

/** The API form of an operation with its personal fields masked. */
export function maskedOperation(
  op: Operation,
  commands: ReadonlyMap<string, CommandDefinition>,
): Record<string, unknown> {
  return { ...showOperation(op), payload: maskedPayload(op, commands) };
}
