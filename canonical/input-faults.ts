import type { z } from 'zod';
import type { InputFault } from './errors.ts';
import { nearest } from './nearest.ts';

/**
 * zod's issues as pointers and sentences. Values are never repeated: they may be personal data.
 * @param known valid field names at the top level, for suggestions
 */
export function inputFaults(error: z.core.$ZodError, known: readonly string[] = [], prefix = ''): InputFault[] {
  return error.issues.flatMap((issue) => faultsOf(issue, known, prefix));
}

function faultsOf(issue: z.core.$ZodIssue, known: readonly string[], prefix: string): InputFault[] {
  const pointer =
    prefix + issue.path.map((step) => `/${String(step).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = issue.path.length === 0 ? nearest(key, known) : undefined;
      return {
        pointer: `${pointer}/${key.slice(0, 100)}`,
        message: `unknown field${near ? `; did you mean '${near}'?` : ''}`,
      };
    });
  }
  if (issue.code === 'invalid_type') {
    const missing = issue.input === undefined;
    return [
      {
        pointer,
        message:
          missing && issue.message.includes('undefined')
            ? `is required (${issue.expected})`
            : `must be of type ${issue.expected}`,
      },
    ];
  }
  return [{ pointer, message: lower(issue.message) }];
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
