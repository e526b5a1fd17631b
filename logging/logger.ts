import winston from 'winston';
import type { Logger } from '../connectors/port.ts';
import { maskFields, maskText } from './mask.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'silent';

export interface LoggerOptions {
  level: LogLevel;
  /** `json` one object a line; `text` for a person at a terminal. */
  format: 'json' | 'text';
  /** Where lines go; default stderr, so that commands can print their results on stdout. */
  stream?: NodeJS.WritableStream;
}

export interface ClosableLogger extends Logger {
  child(fields: Readonly<Record<string, unknown>>): ClosableLogger;
  close(): void;
}

/** The hub's log: structured, one line an event, every message and field masked before it is written. */
export function createLogger(options: LoggerOptions): ClosableLogger {
  const text = winston.format.printf((info) => {
    const { level, message, timestamp, ...fields } = info;
    const rest = Object.entries(fields)
      .map(([k, v]) => ` ${k}=${typeof v === 'object' ? JSON.stringify(v) : String(v)}`)
      .join('');
    return `${String(timestamp)} ${level.padEnd(5)} ${String(message)}${rest}`;
  });
  const logger = winston.createLogger({
    level: options.level === 'silent' ? 'error' : options.level,
    silent: options.level === 'silent',
    format: winston.format.combine(
      winston.format.timestamp(),
      options.format === 'json' ? winston.format.json() : text,
    ),
    transports: [new winston.transports.Stream({ stream: options.stream ?? process.stderr })],
  });
  return wrap(logger, {});
}

function wrap(logger: winston.Logger, base: Readonly<Record<string, unknown>>): ClosableLogger {
  const write =
    (level: Exclude<LogLevel, 'silent'>) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      if (!logger.isLevelEnabled(level)) return;
      logger.log(level, maskText(message), maskFields({ ...base, ...fields }) as Record<string, unknown>);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => wrap(logger, { ...base, ...fields }),
    close: () => {
      logger.close();
    },
  };
}
