import type { Worker } from 'node:worker_threads';
import { startThread } from '../thread.ts';
import type { WorkerSettings } from './protocol.ts';

/**
 * Starts the thread that owns the store. The stack is large because PostgreSQL recurses into nested JSON, and with the
 * default one such a value vanishes silently together with the atomicity of its transaction.
 */
export function spawnWorker(settings: WorkerSettings): Worker {
  return startThread('./worker', import.meta.url, { workerData: settings, resourceLimits: { stackSizeMb: 64 } });
}
