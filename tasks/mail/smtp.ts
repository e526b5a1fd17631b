import { createTransport } from 'nodemailer';
import type { TasksConfig } from '../../config/tasks.ts';

export interface OutgoingMail {
  to: string;
  subject: string;
  text: string;
  /** The same each time this mail is sent, with its angle brackets. */
  messageId: string;
}

/** What became of a try. `code` holds no text of the other server: it may repeat an address. */
export type MailOutcome = { sent: true } | { sent: false; code: string; isFinal: boolean };

export type SendMail = (mail: OutgoingMail) => Promise<MailOutcome>;

/** Mail over a connection of its own each time: there is little of it, and a kept one would be cut in between. */
export function smtpSender(settings: NonNullable<TasksConfig['mail']>): SendMail {
  const url = new URL(settings.url);
  const isImplicit = url.protocol === 'smtps:';
  const login = settings.auth?.login ?? decodeURIComponent(url.username);
  const transport = createTransport({
    host: url.hostname,
    port: url.port === '' ? (isImplicit ? 465 : 587) : Number(url.port),
    secure: isImplicit,
    requireTLS: !isImplicit && !settings.allowPlain,
    connectionTimeout: settings.timeoutMs,
    greetingTimeout: settings.timeoutMs,
    socketTimeout: settings.timeoutMs,
    ...(login === ''
      ? {}
      : { auth: { user: login, pass: settings.auth?.password ?? decodeURIComponent(url.password) } }),
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (mail) => {
    try {
      await transport.sendMail({ ...mail, from: settings.from, headers: { 'Auto-Submitted': 'auto-generated' } });
      return { sent: true };
    } catch (error) {
      return outcomeOf(error);
    }
  };
}

/** RFC 5321: 4yz passes, 5yz about this mail or its recipient does not. A cut connection may pass, and so may a refused login. */
function outcomeOf(error: unknown): MailOutcome {
  const { responseCode, code } = error as { responseCode?: number; code?: string };
  if (responseCode === undefined) return { sent: false, code: code ?? 'UNKNOWN', isFinal: false };
  const isAboutMail = code === 'EENVELOPE' || code === 'EMESSAGE';
  return { sent: false, code: `SMTP_${responseCode}`, isFinal: responseCode >= 500 && isAboutMail };
}

/** Right side of the Message-IDs: the domain of the sender. */
export function mailDomain(from: string): string {
  return /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'connector-hub.invalid';
}
