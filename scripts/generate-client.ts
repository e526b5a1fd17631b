import { writeFileSync } from 'node:fs';
import { apiDocument } from './api-document.ts';
import { clientTypes } from './client-types.ts';

/** `npm run client:generate`: client/operations.ts anew from the routes. */
writeFileSync(new URL('../client/operations.ts', import.meta.url), clientTypes(apiDocument()));
