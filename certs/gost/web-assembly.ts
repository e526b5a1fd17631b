/** The library of types that is in use here has no WebAssembly. */
interface WebAssemblyGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
}

/** What a module exports that wants nothing from outside. @param module base64 */
export function instantiate(module: string): unknown {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(module, 'base64'))).exports;
}
