import type { SqlValue } from './port.ts';

/**
 * A parameter in the one form that both drivers pass on unchanged: dates as RFC 3339 text, bigints as text, lists as
 * PostgreSQL array literals, objects as JSON text. Bytes and scalars stay as they are.
 */
export function encodeParameter(value: SqlValue): null | string | number | boolean | Uint8Array {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return arrayLiteral(value as readonly SqlValue[]);
  return JSON.stringify(value);
}

/** `{a,"b c",NULL}`: array_in syntax, PostgreSQL manual §8.15.2. */
function arrayLiteral(values: readonly SqlValue[]): string {
  const parts = new Array<string>(values.length);
  for (let i = 0; i < values.length; i++) {
    const v = values[i] as SqlValue;
    if (v === null || v === undefined) parts[i] = 'NULL';
    else if (typeof v === 'number' || typeof v === 'boolean' || typeof v === 'bigint') parts[i] = String(v);
    else parts[i] = `"${textOf(v).replace(/["\\]/g, '\\$&')}"`;
  }
  return `{${parts.join(',')}}`;
}

function textOf(value: SqlValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`;
  const encoded = encodeParameter(value);
  return encoded instanceof Uint8Array ? textOf(encoded) : String(encoded);
}

const special = /[\\\n\r\t]/;
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Rows in COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
export function encodeCopy(rows: readonly (readonly SqlValue[])[]): string {
  const lines = new Array<string>(rows.length);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] as readonly SqlValue[];
    let line = '';
    for (let c = 0; c < row.length; c++) {
      if (c > 0) line += '\t';
      const v = row[c] as SqlValue;
      if (v === null || v === undefined) line += '\\N';
      else {
        const text = textOf(v);
        line += special.test(text) ? text.replace(/[\\\n\r\t]/g, (sign) => escapes[sign] ?? sign) : text;
      }
    }
    lines[r] = line;
  }
  return `${lines.join('\n')}\n`;
}

/** A name that is safe inside SQL text. Table and column names come from our own code; this keeps a slip from becoming a hole. */
export function identifier(name: string): string {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new Error(`'${name}' is not a table or column name.`);
  return `"${name}"`;
}
