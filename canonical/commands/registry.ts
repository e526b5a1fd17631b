import type { CommandDefinition } from '../command.ts';
import { answerDebtInquiry } from './answer-debt-inquiry.ts';
import { publishMeterReading } from './publish-meter-reading.ts';
import { sendMessage } from './send-message.ts';
import { submitMeterReading } from './submit-meter-reading.ts';

/** Every verb, by kind. */
export const commands: ReadonlyMap<string, CommandDefinition> = new Map(
  [sendMessage, submitMeterReading, publishMeterReading, answerDebtInquiry].map((c) => [c.kind, c]),
);
