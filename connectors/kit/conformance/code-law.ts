import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { errorKinds } from '../../../canonical/errors.ts';
import { kindOf } from './play-hub.ts';
import type { ConformanceSpec } from './spec.ts';

/** A row of a README's table: `| upstream code | hub code | kind | …`. */
export interface DocumentedCode {
  upstream: string;
  code: string;
  kind: string;
}

/** The rows of a README that document one upstream code each; a typographic minus counts as a minus. */
export function documentedCodes(readme: string): DocumentedCode[] {
  return readme
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter((cells) => cells.length >= 5 && (errorKinds as readonly string[]).includes(cells[3] ?? ''))
    .map(([, upstream = '', code = '', kind = '']) => ({
      upstream: upstream.replace('−', '-').replaceAll('`', ''),
      code: code.replaceAll('`', ''),
      kind,
    }))
    .filter(({ upstream }) => upstream !== '–' && upstream !== '');
}

/** The table in the code and the table in the README say the same, and each code becomes the error that both promise. */
export function codesAreDocumented<Config>(spec: ConformanceSpec<Config>): void {
  const { table, toError } = spec.errors;
  const inCode = Object.entries(table).map(([upstream, [kind, code]]) => ({ upstream, code, kind }));
  const byCode = (a: { upstream: string }, b: { upstream: string }): number => a.upstream.localeCompare(b.upstream);
  assert.deepEqual(
    documentedCodes(readFileSync(spec.readme, 'utf8')).sort(byCode),
    inCode.sort(byCode),
    'The README and the table of codes differ',
  );
  for (const { upstream, code, kind } of inCode) {
    const error = toError(upstream);
    assert.deepEqual({ upstream, kind: error.kind, code: error.code }, { upstream, kind, code });
  }
}

/** A code that nobody foresaw is kept and shown to a person; it is never taken for a passing fault. */
export function unknownCodeIsUnexpected<Config>(spec: ConformanceSpec<Config>): void {
  assert.equal(kindOf(spec.errors.toError('no-such-code-12345')), 'unexpected');
}
