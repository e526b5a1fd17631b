/** Where commands print: results on stdout, progress and notes on stderr. */
export interface Output {
  readonly json: boolean;
  result(value: unknown, text: () => string): void;
  note(line: string): void;
}

export function createOutput(json: boolean): Output {
  return {
    json,
    result: (value, text) => {
      process.stdout.write(`${json ? JSON.stringify(value) : text()}\n`);
    },
    note: (line) => {
      process.stderr.write(`${line}\n`);
    },
  };
}

/** Rows as an aligned table; cells are turned into text, long ones are cut at `maxWidth`. */
export function table(headers: readonly string[], rows: readonly (readonly unknown[])[], maxWidth = 60): string {
  const cells = [headers, ...rows].map((row) =>
    row.map((cell) => cut(cell === null || cell === undefined ? '' : String(cell), maxWidth)),
  );
  const widths = headers.map((_, i) => Math.max(...cells.map((row) => [...(row[i] ?? '')].length)));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - [...cell].length))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((w) => '─'.repeat(w)).join('  '));
  return lines.join('\n');
}

function cut(text: string, width: number): string {
  const signs = [...text.replace(/\s+/g, ' ')];
  return signs.length > width ? `${signs.slice(0, width - 1).join('')}…` : signs.join('');
}

/** Whole number with thin groups: 34 588. */
export function grouped(n: number): string {
  return Math.round(n)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Seconds as `12 s`, `3 min 05 s`, `1 h 02 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
  return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, '0')} min`;
}
