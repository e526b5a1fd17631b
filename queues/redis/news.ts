import type { Redis } from 'ioredis';
import type { Logger } from '../../connectors/port.ts';
import { openCommands, openWaiting, type RedisSettings } from './connection.ts';

/** Ids of one message: more are told by several. */
const MAX_IDS = 500;

/**
 * Tells the other processes which operations have ended, so that whoever waits for one looks at once. What gets lost
 * costs the waiting one a moment: it looks by itself as well.
 */
export class EndedNews {
  readonly #channel: string;
  readonly #log: Logger;
  readonly #publisher: Redis;
  #subscriber: Redis | undefined;
  readonly #settings: RedisSettings;

  constructor(options: { redis: RedisSettings; log: Logger }) {
    this.#settings = options.redis;
    this.#log = options.log;
    this.#channel = `{${options.redis.prefix}}:ended`;
    this.#publisher = openCommands(options.redis);
    this.#publisher.on('error', (error: Error) => this.#log.debug('the connection to Redis failed', { error }));
  }

  /** These operations have ended. */
  tell(ids: readonly string[]): void {
    if (this.#publisher.status !== 'ready') return;
    for (let i = 0; i < ids.length; i += MAX_IDS)
      this.#publisher
        .publish(this.#channel, ids.slice(i, i + MAX_IDS).join(','))
        .catch((error: unknown) => this.#log.debug('the end of operations could not be told', { error }));
  }

  /** Hears what the others tell, and what this process tells itself. */
  listen(onEnded: (ids: readonly string[]) => void): void {
    const subscriber = openWaiting(this.#settings);
    this.#subscriber = subscriber;
    subscriber.on('error', (error: Error) => this.#log.debug('the connection to Redis failed', { error }));
    subscriber.on('message', (_channel: string, text: string) => onEnded(text.split(',')));
    // ioredis subscribes again by itself after a connection was lost.
    subscriber
      .subscribe(this.#channel)
      .catch((error: unknown) => this.#log.debug('the end of operations is not heard', { error }));
  }

  close(): void {
    this.#publisher.disconnect();
    this.#subscriber?.disconnect();
  }
}
