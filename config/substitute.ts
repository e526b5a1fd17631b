import { readFileSync } from 'node:fs';

/** A `${…}` that could not be filled in. */
export class UnresolvedVariable extends Error {}

const written = /\$\{([^}\n]+)\}/g;
const reference = /\$⟨(file:)?([^⟩]+)⟩/g;

/**
 * Braces mean something in YAML's flow style, where people like to write `{ password: ${NAME} }`; other brackets of the
 * same width let it parse and keep every line and column.
 */
export function protectReferences(yaml: string): string {
  return yaml.replace(written, '$⟨$1⟩');
}

export function holdsReference(text: string): boolean {
  return text.search(reference) >= 0;
}

/**
 * Fills protected `${NAME}` from the environment and `${file:/path}` from a file (without its last line break), so that
 * no secret stands in hub.yaml itself.
 *
 * @throws UnresolvedVariable naming the variable or file; never its value
 */
export function substitute(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(reference, (_whole, file: string | undefined, name: string) => {
    if (file) {
      try {
        return readFileSync(name.trim(), 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
        throw new UnresolvedVariable(
          `the file of \${file:${name}} cannot be read (${code}); create it or correct the path`,
        );
      }
    }
    const value = env[name.trim()];
    if (value === undefined)
      throw new UnresolvedVariable(`\${${name}} is not set in the environment; export ${name.trim()} before the start`);
    return value;
  });
}
