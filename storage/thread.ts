import { type ResourceLimits, Worker } from 'node:worker_threads';

export interface ThreadOptions {
  workerData?: unknown;
  resourceLimits?: ResourceLimits;
}

/**
 * Starts a module of ours in a thread of its own.
 *
 * @param module beside the caller, without extension, e.g. `./worker`
 * @param caller its `import.meta.url`
 */
export function startThread(module: string, caller: string, options: ThreadOptions = {}): Worker {
  const isSource = caller.endsWith('.ts');
  const file = new URL(`${module}${isSource ? '.ts' : '.js'}`, caller);
  if (!isSource) return new Worker(file, options);
  // Node 20 doesn't run a TypeScript file in a thread by itself: the loader has to be asked from inside.
  const url = JSON.stringify(file.href);
  const boot = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${url}, ${url}))`;
  return new Worker(boot, { eval: true, execArgv: [], ...options });
}
