import { stringify } from 'yaml';
import { type Condition, conditions, runbookOf } from './conditions.ts';

const HEADER = `# Alert rules for Prometheus. Made from monitoring/conditions.ts by \`npm run alert-rules\`; alerts.test.yaml tests them.
# Gauges of the whole hub are told by each of its processes alike, so the rules take the greatest and never add them up.
# runbook_url is relative to the hub's documentation: put the address at which yours is read in front of it.
`;

/** The text of docs/operations/alerts.yaml. */
export function rulesText(): string {
  return `${HEADER}${stringify({ groups: [{ name: 'connector-hub', rules: conditions.map(ruleOf) }] }, { lineWidth: 0 })}`;
}

function ruleOf(c: Condition): Record<string, unknown> {
  return {
    alert: c.name,
    expr: `${c.expr} ${c.comparison} ${c.threshold}`,
    ...(c.forSeconds > 0 ? { for: durationOf(c.forSeconds) } : {}),
    ...(c.keepSeconds > 0 ? { keep_firing_for: durationOf(c.keepSeconds) } : {}),
    labels: { severity: c.severity },
    annotations: {
      summary: c.title.en,
      summary_ru: c.title.ru,
      description: `{{ $value | humanize }} (${c.unit.en}); the limit is ${c.comparison} ${c.threshold}`,
      runbook_url: runbookOf(c.name),
    },
  };
}

/** Seconds as Prometheus writes them. */
function durationOf(seconds: number): string {
  if (seconds % 3_600 === 0) return `${seconds / 3_600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
