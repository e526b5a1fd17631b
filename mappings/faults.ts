/** One fault of a mapping file or of a value that it could not translate. */
export interface MappingFault {
  file: string;
  /** 1-based; 0 where no line is known. */
  line: number;
  /** Canonical field, or the part of the file. */
  field: string;
  message: string;
  /** The native value, masked when the field is personal. */
  value?: string;
}

export function formatFault(f: MappingFault): string {
  return `${f.file}${f.line ? `:${f.line}` : ''}: ${f.field}: ${f.message}${f.value === undefined ? '' : ` (value: ${f.value})`}`;
}

/** A mapping file that can't be used. */
export class MappingError extends Error {
  readonly faults: readonly MappingFault[];
  constructor(faults: readonly MappingFault[]) {
    super(faults.map(formatFault).join('\n'));
    this.name = 'MappingError';
    this.faults = faults;
  }
}

/** One record could not be translated; it goes to quarantine, the others go on. */
export class RecordFault extends Error {
  readonly fault: MappingFault;
  constructor(fault: MappingFault) {
    super(formatFault(fault));
    this.name = 'RecordFault';
    this.fault = fault;
  }
}

/** A value as it may stand in an error text: short, and only its kind and length when it is personal. */
export function shownValue(value: unknown, personal: boolean): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (personal) return `${typeof value}, ${text.length} characters, hidden`;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
