import { spawn } from 'node:child_process';
import { HubError } from '../../canonical/errors.ts';

const MAX_OUTPUT = 16 * 1024 * 1024;
const MAX_ERRORS = 8 * 1024;

export interface Program {
  /** What runs, e.g. `openssl` or a path. */
  command: string;
  args: readonly string[];
  /** Added to the environment: passphrases go here, since arguments show in the list of processes. */
  env?: Readonly<Record<string, string>>;
  input?: Uint8Array;
  timeoutMs: number;
}

/**
 * Runs a signing program without a shell.
 *
 * @throws HubError misconfigured/SIGNER_MISSING when it can't be started, transient/SIGNER_TIMEOUT; a failure of the
 * program itself is returned with its status
 */
export function run({ command, args, env, input, timeoutMs }: Program): Promise<{
  status: number | null;
  output: Buffer;
  errors: string;
}> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let size = 0;
    let errors = '';
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(
        new HubError(
          'transient',
          'SIGNER_TIMEOUT',
          `${command} gave no signature within ${timeoutMs / 1000} s; look whether it waits for a PIN or a dialogue.`,
        ),
      );
    }, timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_OUTPUT) output.push(chunk);
      else child.kill('SIGKILL');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString('utf8')).slice(0, MAX_ERRORS);
    });
    child.on('error', (cause) => {
      clearTimeout(timer);
      reject(
        new HubError(
          'misconfigured',
          'SIGNER_MISSING',
          `${command} can't be started (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}): install it, or give its path.`,
          {},
          { cause },
        ),
      );
    });
    // A program that fails early closes its input; its status tells why.
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
    child.on('close', (status) => {
      clearTimeout(timer);
      resolve({ status: size > MAX_OUTPUT ? null : status, output: Buffer.concat(output), errors });
    });
  });
}

/** At most so many at once; the rest wait in their order. */
export class Turns {
  readonly #most: number;
  #running = 0;
  readonly #queue: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#most) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
