import { Worker } from 'node:worker_threads';
import type { WorkerSettings } from './protocol.ts';

/**
 * Starts the thread that owns the store. The stack is large because PostgreSQL recurses into nested JSON, and with the
 * default one such a value vanishes silently together with the atomicity of its transaction.
 */
export function spawnWorker(settings: WorkerSettings): Worker {
  const resourceLimits = { stackSizeMb: 64 };
  const source = import.meta.url.endsWith('.ts');
  const file = new URL(source ? './worker.ts' : './worker.js', import.meta.url);
  if (!source) return new Worker(file, { workerData: settings, resourceLimits });
  // Node 20 doesn't run a TypeScript file in a thread by itself: the loader has to be asked from inside.
  const url = JSON.stringify(file.href);
  const boot = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${url}, ${url}))`;
  return new Worker(boot, { eval: true, execArgv: [], workerData: settings, resourceLimits });
}
