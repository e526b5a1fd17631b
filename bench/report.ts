import { appendFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** Collects figures, shows them as they come, and can append them to bench/RESULTS.md. */
export class Report {
  readonly #rows: string[] = [];
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  progress(line: string): void {
    this.#write(`… ${line}`);
  }

  row(what: string, figure: string): void {
    this.#rows.push(`| ${what} | ${figure} |`);
    this.#write(`${what}: ${figure}`);
  }

  /** @param note what a reader must know about the circumstances */
  append(file: string, note: string): void {
    const machine = `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
    const load = loadavg()[0]?.toFixed(1) ?? '?';
    appendFileSync(
      file,
      `\n## ${new Date().toISOString().slice(0, 10)}, ${machine}\n\n${note} Load average at the end: ${load}.\n\n| what | figure |\n| --- | --- |\n${this.#rows.join('\n')}\n`,
    );
  }
}
