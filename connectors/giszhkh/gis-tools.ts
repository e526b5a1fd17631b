import { Directories } from './directories.ts';
import { Exports, type Wait, wait } from './exports.ts';
import { OpenRequests } from './open-requests.ts';
import { MeterHistories } from './settle/meter-histories.ts';

/** What the commands of all instances share within a process; nothing of it is needed after a restart. */
export interface GisTools {
  readonly requests: OpenRequests;
  readonly exports: Exports;
  readonly histories: MeterHistories;
  readonly directories: Directories;
}

/** @param waits how the pauses between questions pass; tests move a clock in place of waiting */
export function gisTools(waits: Wait = wait): GisTools {
  const requests = new OpenRequests();
  const exports = new Exports(requests, waits);
  return {
    requests,
    exports,
    histories: new MeterHistories(exports),
    directories: new Directories(exports),
  };
}
