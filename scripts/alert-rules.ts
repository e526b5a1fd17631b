// Writes docs/operations/alerts.yaml anew after a change of monitoring/conditions.ts.
import { writeFileSync } from 'node:fs';
import { rulesText } from '../monitoring/rules.ts';

writeFileSync(new URL('../docs/operations/alerts.yaml', import.meta.url), rulesText());
