import type { CommandDefinition } from '../command.ts';
import { actOnAppeal, answerAppeal } from './answer-appeal.ts';
import { answerDebtInquiry } from './answer-debt-inquiry.ts';
import { importIntoRegistry } from './import-into-registry.ts';
import { publishAccount } from './publish-account.ts';
import { publishContract } from './publish-contract.ts';
import { publishDebt } from './publish-debt.ts';
import { publishHouse } from './publish-house.ts';
import { publishMeter } from './publish-meter.ts';
import { publishMeterReading } from './publish-meter-reading.ts';
import { acknowledgePayment, cancelPayment, publishPayment, unacknowledgePayment } from './publish-payment.ts';
import { publishPaymentDocument, withdrawPaymentDocument } from './publish-payment-document.ts';
import { publishWorks } from './publish-works.ts';
import { sendMessage } from './send-message.ts';
import { submitMeterReading } from './submit-meter-reading.ts';

/** Every verb, by kind. */
export const commands: ReadonlyMap<string, CommandDefinition> = new Map(
  [
    sendMessage,
    submitMeterReading,
    publishMeterReading,
    publishPaymentDocument,
    withdrawPaymentDocument,
    publishPayment,
    cancelPayment,
    acknowledgePayment,
    unacknowledgePayment,
    publishAccount,
    publishMeter,
    publishHouse,
    publishContract,
    publishWorks,
    publishDebt,
    answerDebtInquiry,
    answerAppeal,
    actOnAppeal,
    importIntoRegistry,
  ].map((c) => [c.kind, c]),
);
