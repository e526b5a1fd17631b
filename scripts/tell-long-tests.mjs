import { readdirSync } from 'node:fs';

/** Says before the tests which are left out, so that nobody takes the short run for the whole. */
export default function tell({ rootDir }) {
  const long = readdirSync(`${rootDir}/contract-tests`, { recursive: true }).filter((name) =>
    String(name).endsWith('.long.test.ts'),
  );
  process.stderr.write(`${long.length} long suites are left out; \`CI=1 npm test\` runs them as well.\n`);
}
