import type { Context } from '../port.ts';
import type { GisZhkhConfig } from './config.ts';

/** What the hub gives to this connector. */
export type Ctx = Context<GisZhkhConfig>;
