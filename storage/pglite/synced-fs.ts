import { closeSync, fsyncSync, openSync } from 'node:fs';
import { NodeFS } from '@electric-sql/pglite/nodefs';

/** The parts of Emscripten's NODEFS that the fix touches. */
interface NodeFsModule {
  NODEFS: {
    stream_ops: Record<string, unknown>;
    realPath(node: unknown): string;
  };
}
interface NodeFsStream {
  nfd?: number;
  node: unknown;
}
type Init = Parameters<NodeFS['init']>;
type InitResult = Awaited<ReturnType<NodeFS['init']>>;
type PreRun = (module: NodeFsModule) => void;

/**
 * PGlite's Node file system with a real fsync. As shipped the WebAssembly build ignores fsync, so a power cut loses or
 * destroys what was acknowledged; here files and directories reach the disk when PostgreSQL asks for it.
 */
export class SyncedNodeFS extends NodeFS {
  readonly #onSync: () => void;

  /** @param onSync called after each fsync, so that a test can count them */
  constructor(dataDir: string, onSync: () => void = () => {}) {
    super(dataDir);
    this.#onSync = onSync;
  }

  override async init(...args: Init): Promise<InitResult> {
    const result = await super.init(...args);
    const options = result.emscriptenOpts as { preRun?: PreRun[] };
    // After the base class has mounted NODEFS, or there would be nothing to patch.
    options.preRun = [...(options.preRun ?? []), (module) => this.#patch(module)];
    return result;
  }

  #patch(module: NodeFsModule): void {
    const { NODEFS } = module;
    NODEFS.stream_ops.fsync = (stream: NodeFsStream): number => {
      if (stream.nfd !== undefined) fsyncSync(stream.nfd);
      else syncDirectory(NODEFS.realPath(stream.node));
      this.#onSync();
      return 0;
    };
  }
}

/** Makes names created in a directory durable. */
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
