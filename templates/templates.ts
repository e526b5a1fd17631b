import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { HubError } from '../canonical/errors.ts';
import { nearest } from '../canonical/nearest.ts';
import { shown, Variable, variableFaults } from './variables.ts';

/** Longest text of a message, signs. */
const MAX_TEXT = 1000;

const Template = z.strictObject({
  title: z.string().min(1).describe('Name for people'),
  purpose: z.enum(['debt', 'service', 'accident', 'code']).describe('Decides quiet hours and limits'),
  text: z.string().min(1).max(MAX_TEXT),
  variables: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/), Variable).describe('What each variable holds'),
});
export type Template = z.infer<typeof Template>;

const VARIABLE = /\{([a-zA-Z][a-zA-Z0-9]*)\}/g;

/**
 * Reads a file of templates.
 * @throws Error naming the template and the variable that is used but not declared, or declared but not used
 */
export function loadTemplates(
  file = fileURLToPath(new URL('./ru.yaml', import.meta.url)),
): ReadonlyMap<string, Template> {
  const parsed = z.record(z.string().regex(/^[a-z0-9-]+$/), Template).safeParse(parse(readFileSync(file, 'utf8')));
  if (!parsed.success)
    throw new Error(`${file}: ${parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`);
  for (const [name, template] of Object.entries(parsed.data)) {
    const used = variablesOf(template.text);
    const declared = Object.keys(template.variables);
    const odd = [...used.filter((v) => !declared.includes(v)), ...declared.filter((v) => !used.includes(v))];
    if (odd.length > 0)
      throw new Error(`${file}: ${name}: the text and the declared variables differ in ${odd.join(', ')}.`);
  }
  return new Map(Object.entries(parsed.data));
}

function variablesOf(text: string): string[] {
  return [...new Set([...text.matchAll(VARIABLE)].map((m) => m[1] ?? ''))];
}

/**
 * The text of a message.
 * @throws HubError rejected/TEMPLATE_UNKNOWN, rejected/TEMPLATE_VARIABLES naming each missing, unknown or unfit variable
 */
export function renderTemplate(
  templates: ReadonlyMap<string, Template>,
  name: string,
  variables: Readonly<Record<string, string>>,
): { text: string; purpose: Template['purpose'] } {
  const template = templates.get(name);
  if (!template) {
    const near = nearest(name, [...templates.keys()]);
    throw new HubError(
      'rejected',
      'TEMPLATE_UNKNOWN',
      `There is no template with this name${near ? `; did you mean '${near}'?` : ''}.`,
      { errors: [{ pointer: '/template', message: `is not one of ${[...templates.keys()].join(', ')}` }] },
    );
  }
  const { variables: rules } = template;
  const unfit = (errors: { pointer: string; message: string }[]): HubError =>
    new HubError(
      'rejected',
      'TEMPLATE_VARIABLES',
      `The variables do not fit the template '${name}': ${errors[0]?.pointer} ${errors[0]?.message}.`,
      { errors },
    );
  const errors = variableFaults(rules, variables);
  if (errors.length > 0) throw unfit(errors);
  const text = template.text.replace(VARIABLE, (whole, v: string) => {
    const rule = rules[v];
    return rule ? shown(variables[v] ?? '', rule) : whole;
  });
  if (text.length > MAX_TEXT)
    throw unfit([
      { pointer: '/variables', message: `make a text of ${text.length} signs; a message has at most ${MAX_TEXT}` },
    ]);
  return { text, purpose: template.purpose };
}
