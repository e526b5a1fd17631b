import type { CommandDefinition } from '../command.ts';
import { sendMessage } from './send-message.ts';
import { submitMeterReading } from './submit-meter-reading.ts';

/** Every verb, by kind. */
export const commands: ReadonlyMap<string, CommandDefinition> = new Map(
  [sendMessage, submitMeterReading].map((c) => [c.kind, c]),
);
